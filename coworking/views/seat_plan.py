"""«Схема мест»: the positions of a service's seats, and the items drawn around them."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, administrators_only
from coworking.domain import seat_plan
from coworking.domain.settings_history import Change
from coworking.forms_plan import PlanItems, PlanPictures, SeatSpots, UploadForm
from coworking.models import PictureFile, PlanItem, Section, Service
from coworking.views.pictures import IMAGE
from coworking.views.sections import SectionsPage, views_of
from coworking.views.service_page import ORDER, own_service

PLAN, PICTURE = "plan", "picture"
DRAWN = ("seats", "items", "pictures")  # saved together


class PlanPage(SectionsPage):
    """The plan of a service with numbered seats, and the picture under it, which is uploaded on its own."""

    template = "coworking/seat_plan.html"
    address = "coworking:service-plan"
    sections = {PLAN: Section.SEATS, PICTURE: Section.SEATS}
    saved = gettext_lazy("The plan is saved.")
    service: Service

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "", *, pk: int) -> None:
        super().__init__(request, at, sent)
        self.service = own_service(request, pk)
        if not self.service.has_seats:
            raise Http404

    @property
    def context(self) -> dict[str, Any]:
        """The service, which the template names several times."""
        return {"service": self.service}

    def make_forms(self) -> dict[str, Any]:
        """Return the rows of what is drawn, and the form of the upload."""
        data, file = self.sent_to(PLAN), self.request.FILES if self.sent == PICTURE else None
        seats = self.service.seats.order_by(*ORDER[Section.SEATS])
        items = PlanItem.objects.filter(service=self.service).order_by("pk")
        pictures = items.filter(kind=PlanItem.Kind.PICTURE).select_related("picture")
        return {
            "seats": SeatSpots(data, queryset=seats, prefix="seats", spots=seat_plan.offered_spots(seats)),
            "items": PlanItems(data, queryset=items.exclude(kind=PlanItem.Kind.PICTURE), prefix="items"),
            "pictures": PlanPictures(data, queryset=pictures, prefix="picture"),
            PICTURE: UploadForm(self.sent_to(PICTURE), file, auto_id="upload-%s"),
        }

    @property
    def sold(self) -> str:
        """The seats that are booked now or later, in the format of the script."""
        return ",".join(str(key) for key in sorted(seat_plan.sold_ahead(self.service, self.at)))

    def is_valid(self) -> bool:
        """Whether the upload is valid, or everything drawn."""
        return all(self.forms[name].is_valid() for name in ((PICTURE,) if self.sent == PICTURE else DRAWN))

    def store(self, change: Change) -> None:
        """Save the plan, or put a picture under it. Raises Refusal."""
        if self.sent == PICTURE:
            seat_plan.save_picture(self.service.pk, change, self.forms[PICTURE].cleaned_data["picture"])
            self.saved = gettext_lazy("The picture lies under the seats.")
        else:
            seats, items, pictures = (self.forms[name].to_rows() for name in DRAWN)
            seat_plan.save_plan(self.service.pk, change, seats=seats, items=[*items, *pictures])


plan, save_plan = views_of(PlanPage, readers=administrators_only)


@require_safe
@administrators_only
def picture(request: StaffRequest, pk: int) -> HttpResponse:
    """Return the picture under the seats."""
    content = PictureFile.objects.of_plan(own_service(request, pk).pk).content()
    if content is None:
        raise Http404
    return HttpResponse(content, content_type=IMAGE)
