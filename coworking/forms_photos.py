"""The form of the photos of a service or a location: a row for each, and empty ones for new files."""

from typing import Any

from django import forms
from django.forms.models import modelformset_factory
from django.utils.translation import gettext_lazy as _

from coworking.domain.pictures import MOST_BYTES, PHOTO_WIDTHS, ReadPicture, read_picture
from coworking.domain.settings_history import Row
from coworking.forms import RowForm, RowSet
from coworking.models import MOST_PHOTOS, Photo
from coworking.wording import refusal_text
from olvery.shared.refusals import Refusal

NEW_AT_ONCE = 3
UP, DOWN, REMOVE = "up", "down", "remove"


class PictureField(forms.FileField):
    """An uploaded picture; cleans to a ReadPicture in `widths`."""

    def __init__(self, *, widths: dict[int, int], **kwargs: Any) -> None:
        self.widths = widths
        attrs = {"class": "input", "accept": "image/jpeg,image/png,image/webp"}
        messages = {"required": _("Choose a file."), "empty": _("The file is empty.")}
        super().__init__(widget=forms.FileInput(attrs=attrs), error_messages=messages, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> ReadPicture | None:
        """Re-encode the upload. Raises ValidationError."""
        file = super().clean(data, initial)
        try:
            return read_picture(file.read(), self.widths) if file else None
        except Refusal as refusal:
            raise forms.ValidationError(refusal_text(refusal)) from refusal


class PhotoForm(RowForm):
    """A photo, or a new file with its description."""

    picture = PictureField(label=_("File"), widths=PHOTO_WIDTHS, required=False)

    class Meta:
        model = Photo
        fields = ("alt", "is_decorative")
        labels = {"alt": _("What it shows"), "is_decorative": _("Decorative: says nothing")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["picture"]

    def clean(self) -> dict[str, Any]:
        """Require a file and an alternative text; the text of a decorative photo is dropped."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("picture") and "picture" in self.fields and "picture" not in self.errors:
            self.add_error("picture", self.fields["picture"].error_messages["required"])
        if cleaned.get("is_decorative"):
            cleaned["alt"] = ""
        elif not cleaned.get("alt") and "alt" not in self.errors:
            self.add_error("alt", _("Say what the photo shows, or tick «decorative»."))
        return cleaned

    def to_values(self) -> dict[str, Any]:
        """Include the file of a new photo."""
        values = super().to_values()
        return values if self.instance.pk else {**values, "picture": self.cleaned_data["picture"]}


class PhotoSet(RowSet):
    """The photos in their order; `press` is the button of one of them, such as «up:12»."""

    most_size = MOST_BYTES // 1024**2  # of a file, megabytes

    def to_rows(self) -> list[Row]:
        """Return the rows in their new order."""
        rows = super().to_rows()
        action, _colon, key = self.data.get("press", "").partition(":")
        at = next((place for place, row in enumerate(rows) if str(row.key) == key), None)
        if at is None:
            return rows
        if action == REMOVE:
            rows[at] = Row(rows[at].key, {}, is_removed=True)
        other = at + {UP: -1, DOWN: 1}.get(action, 0)
        if 0 <= other < self.initial_form_count():
            rows[at], rows[other] = rows[other], rows[at]
        return rows


PhotoRows: Any = modelformset_factory(
    Photo, form=PhotoForm, formset=PhotoSet, extra=NEW_AT_ONCE, max_num=MOST_PHOTOS, absolute_max=2 * MOST_PHOTOS
)
