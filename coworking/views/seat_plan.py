"""«Схема мест»: the positions of a service's seats, and the items drawn around them."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coworking.access import StaffRequest, administrators_only
from coworking.domain import seat_plan
from coworking.domain.settings_history import last_event
from coworking.forms_plan import PlanItems, PlanPictures, SeatSpots, UploadForm
from coworking.models import PictureFile, PlanItem, Section, Service
from coworking.views.pictures import IMAGE
from coworking.views.sections import Part, refusal_of, show
from coworking.views.service_page import ORDER
from olvery.shared.errors import asks_again
from olvery.shared.refusals import Refusal


class PlanPage:
    """The plan of a service as stored, or as submitted in `data`."""

    def __init__(self, service: Service, at: datetime, data: Any = None) -> None:
        self.service, self.at, self.data = service, at, data
        self.refusal: Refusal | None = None
        seats = service.seats.order_by(*ORDER[Section.SEATS])
        items = PlanItem.objects.filter(service=service).order_by("pk")
        pictures = items.filter(kind=PlanItem.Kind.PICTURE).select_related("picture")
        self.seats = SeatSpots(data, queryset=seats, prefix="seats", spots=seat_plan.offered_spots(seats))
        self.items = PlanItems(data, queryset=items.exclude(kind=PlanItem.Kind.PICTURE), prefix="items")
        self.pictures = PlanPictures(data, queryset=pictures, prefix="picture")
        self.upload = UploadForm(auto_id="upload-%s")
        self.last = last_event(service.location, service, Section.SEATS)

    @property
    def part(self) -> Part:
        """The header that every section of the settings has."""
        return Part(Section.SEATS, self.seats, self.last, self.refusal)

    @property
    def sold(self) -> str:
        """The seats that are booked now or later, in the format of the script."""
        return ",".join(str(key) for key in sorted(seat_plan.sold_ahead(self.service, self.at)))

    def save(self, *, by: Any) -> bool:
        """Save what was submitted and return whether that succeeded."""
        if not all([self.seats.is_valid(), self.items.is_valid(), self.pictures.is_valid()]):
            return False
        drawn = [*self.items.to_rows(), *self.pictures.to_rows()]
        save = partial(seat_plan.save_plan, self.service.pk, seats=self.seats.to_rows(), items=drawn)
        self.refusal = refusal_of(save, Section.SEATS, self.data, by=by, at=self.at)
        return self.refusal is None

    def lay_under(self, sent: StaffRequest) -> bool:
        """Save an uploaded picture and return whether that succeeded."""
        self.upload = UploadForm(sent.POST, sent.FILES, auto_id="upload-%s")
        if not self.upload.is_valid():
            return False
        save = partial(seat_plan.save_picture, self.service.pk, read=self.upload.cleaned_data["picture"])
        self.refusal = refusal_of(save, Section.SEATS, sent.POST, by=sent.user, at=self.at)
        return self.refusal is None


@require_http_methods(["GET", "POST"])
@administrators_only
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the plan of a service with numbered seats, or save it."""
    service = _own(request, pk)
    is_sent = request.method == "POST"
    page = PlanPage(service, timezone.now(), request.POST if is_sent else None)
    if is_sent and not asks_again(request) and page.save(by=request.user):
        messages.success(request, _("The plan is saved."))
        return redirect("coworking:service-plan", pk)
    return _show(request, page)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def picture(request: StaffRequest, pk: int) -> HttpResponse:
    """Return the picture under the seats, or upload another one."""
    service = _own(request, pk)
    if request.method != "POST":
        content = PictureFile.objects.of_plan(service.pk).content()
        if content is None:
            raise Http404
        return HttpResponse(content, content_type=IMAGE)
    page = PlanPage(service, timezone.now())
    if asks_again(request) or not page.lay_under(request):
        return _show(request, page)
    messages.success(request, _("The picture lies under the seats."))
    return redirect("coworking:service-plan", pk)


def _own(request: StaffRequest, pk: int) -> Service:
    services = Service.objects.select_related("location").filter(location=request.location)
    return get_object_or_404(services, pk=pk, kind=Service.Kind.SEATS)


def _show(request: StaffRequest, page: PlanPage) -> HttpResponse:
    return show(request, "coworking/seat_plan.html", page=page, service=page.service)
