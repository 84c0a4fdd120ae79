"""Forms of the seat plan: a row for each seat, and one for each item drawn around them."""

from typing import Any

from django import forms
from django.forms.models import modelformset_factory
from django.utils.translation import gettext_lazy as _

from coworking.domain.pictures import PLAN_WIDTHS
from coworking.domain.seat_plan import Spot
from coworking.domain.settings_history import Row
from coworking.forms import RowForm, RowSet, positions_behind
from coworking.forms_photos import PictureField
from coworking.models import PlanItem, Seat

SIZE_LABELS = {"width": _("Width, ×10 cm"), "height": _("Depth, ×10 cm")}
DRAWN = [choice for choice in PlanItem.Kind.choices if choice[0] != PlanItem.Kind.PICTURE]
SPOT_LABELS = {"x": _("From the left, ×10 cm"), "y": _("From above, ×10 cm"), "turn": _("Turned, °")}


class SeatSpotForm(RowForm):
    """The position of a seat."""

    class Meta:
        model = Seat
        fields = ("label", "x", "y", "turn", "is_active")
        labels = {**SPOT_LABELS, "is_active": _("On sale")}


class PlanItemForm(RowForm):
    """A table, a wall, a door or a label."""

    class Meta:
        model = PlanItem
        fields = ("kind", "text", "x", "y", "width", "height", "turn")
        labels = {**SPOT_LABELS, **SIZE_LABELS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "---------"), *DRAWN]  # type: ignore[attr-defined]


class PlanPictureForm(RowForm):
    """The picture under the seats, which is uploaded separately."""

    class Meta:
        model = PlanItem
        fields = ("x", "y", "width", "height", "turn", "opacity", "is_in_forms")
        labels = {**SPOT_LABELS, **SIZE_LABELS, "opacity": _("Visible, %"), "is_in_forms": _("In order forms")}


class UploadForm(forms.Form):
    """A scan of the floor plan."""

    picture = PictureField(label=_("File"), widths=PLAN_WIDTHS)


class SpotSet(RowSet):
    """The seats of a service; `spots` are offered to those without a position."""

    def __init__(self, *args: Any, spots: dict[int, Spot], **kwargs: Any) -> None:
        self.spots = spots
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Offer a position."""
        super().add_fields(form, index)
        if form.instance.pk in self.spots:
            form.initial.update(zip(("x", "y", "turn"), self.spots[form.instance.pk], strict=True))

    def to_rows(self) -> list[Row]:
        """Put new seats last."""
        behind = max((form.instance.position for form in self.initial_forms), default=0)
        rows = super().to_rows()
        new = [row for row in rows if row.key is None]
        for row, position in zip(new, positions_behind(behind), strict=False):
            row.values["position"] = position
        return rows


SeatSpots: Any = modelformset_factory(Seat, form=SeatSpotForm, formset=SpotSet, extra=1)
PlanItems: Any = modelformset_factory(PlanItem, form=PlanItemForm, formset=RowSet, extra=1, can_delete=True)
PlanPictures: Any = modelformset_factory(PlanItem, form=PlanPictureForm, formset=RowSet, extra=0, can_delete=True)
