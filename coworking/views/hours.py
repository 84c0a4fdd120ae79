"""Opening hours of a location: the week, special days, days off of the production calendar."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coworking.access import StaffRequest, any_staff
from coworking.domain import opening_setup
from coworking.domain.opening import calendar_of
from coworking.domain.settings_history import Change, last_event
from coworking.forms_hours import CopyForm, DaySet, WeekForm
from coworking.models import OpeningHours, Section
from coworking.views.service_settings import administrators_only, steps_left
from coworking.wording import refusal_text
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal

WEEK, DAYS, COPY = "week", "days", "copy"
SECTIONS = {WEEK: Section.HOURS, DAYS: Section.DAYS, COPY: Section.DAYS}


class HoursPage:
    """The three forms of the page; `sent` names the one that was sent with `data`."""

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "") -> None:
        self.location, self.at, self.sent, self.by = request.location, at, sent, request.user
        self.data = request.POST if sent else None
        self.today = at.astimezone(self.location.zone).date()
        self.year = self._year(request)
        self.refusal = ""
        self.week = WeekForm(self.data if sent == WEEK else None, calendar=calendar_of(self.location))
        days = OpeningHours.objects.filter(location=self.location, on__gte=self.today).order_by("on")
        data = self.data if sent == DAYS else None
        self.days = DaySet(data, queryset=days, prefix="days", form_kwargs={"today": self.today})
        offered = opening_setup.calendar_days(self.location, self.year)
        self.copy = CopyForm(self.data if sent == COPY else None, offered=offered)
        self.lacks_next_year = opening_setup.lacks_next_year(self.location, at)
        self.last = {name: last_event(self.location, None, section) for name, section in SECTIONS.items()}

    @property
    def years(self) -> list[int]:
        """The years whose days can be copied."""
        return [self.today.year, self.today.year + 1]

    def save(self) -> bool:
        """Save what was sent and return whether that went well."""
        form: Any = {WEEK: self.week, DAYS: self.days, COPY: self.copy}[self.sent]
        if not form.is_valid():
            return False
        seen = as_id(self.data.get("seen")) if self.data else None
        change = Change(section=SECTIONS[self.sent], seen=seen or 0, by=self.by, at=self.at)
        try:
            self._store(change)
        except Refusal as refusal:
            self.refusal = refusal_text(refusal)
        return not self.refusal

    def _store(self, change: Change) -> None:
        if self.sent == WEEK:
            opening_setup.save_week(self.location.pk, change, self.week.to_week())
        elif self.sent == DAYS:
            opening_setup.save_days(self.location.pk, change, self.days.to_rows())
        else:
            name = _("Working Saturday: transferred day")
            chosen = self.copy.to_days()
            opening_setup.copy_days(self.location.pk, change, year=self.year, chosen=chosen, worked_name=name)

    def _year(self, request: StaffRequest) -> int:
        asked = as_id(request.POST.get("year") or request.GET.get("year"))
        usual = self.today.year + (self.today.month >= opening_setup.OCTOBER)
        return asked if asked in (self.today.year, self.today.year + 1) else usual


@require_safe
@any_staff
def hours(request: StaffRequest) -> HttpResponse:
    """Show when the location is open."""
    return _show(request, HoursPage(request, timezone.now()))


@require_POST
@administrators_only
def save_hours(request: StaffRequest, section: str) -> HttpResponse:
    """Save the week or the special days, or copy days of the production calendar."""
    if section not in SECTIONS:
        raise Http404
    page = HoursPage(request, timezone.now(), section)
    if asks_again(request) or not page.save():
        return _show(request, page)
    messages.success(request, _("The opening hours are saved."))
    return redirect("coworking:hours")


def _show(request: StaffRequest, page: HoursPage) -> HttpResponse:
    context = {
        "page": page,
        "steps": steps_left(request),
        "can_edit": request.access.is_administrator,
        "zone": request.location.zone,
    }
    return render(request, "coworking/hours.html", context, status=shown_status(request))
