"""Opening hours of a location: the week, special days, days off of the production calendar."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import opening_setup
from coworking.domain.opening import calendar_of
from coworking.domain.settings_history import Change
from coworking.forms_hours import CopyForm, DaySet, WeekForm
from coworking.models import OpeningHours, Section
from coworking.views.sections import LocationSections, show
from coworking.views.service_settings import steps_left
from olvery.shared.errors import asks_again
from olvery.shared.forms import as_id

WEEK, DAYS, COPY = "week", "days", "copy"
SECTIONS = {WEEK: Section.HOURS, DAYS: Section.DAYS, COPY: Section.DAYS}


class HoursPage(LocationSections):
    """The three forms of the page."""

    sections = SECTIONS

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "") -> None:
        asked = as_id(request.POST.get("year") or request.GET.get("year"))
        today = request.location.day_at(at)
        self.years = [today.year, today.year + 1]
        self.year = asked if asked in self.years else self.years[today.month >= opening_setup.OCTOBER]
        self.lacks_next_year = opening_setup.lacks_next_year(request.location, at)
        super().__init__(request, at, sent)

    def make_forms(self) -> dict[str, Any]:
        """Return the week, the special days that are not over, and what can be copied."""
        days = OpeningHours.objects.filter(location=self.location, on__gte=self.today).order_by("on")
        offered = opening_setup.calendar_days(self.location, self.year)
        return {
            WEEK: WeekForm(self.sent_to(WEEK), calendar=calendar_of(self.location)),
            DAYS: DaySet(self.sent_to(DAYS), queryset=days, prefix="days", form_kwargs={"today": self.today}),
            COPY: CopyForm(self.sent_to(COPY), offered=offered),
        }

    def store(self, change: Change) -> None:
        """Save the week or the days, or copy what was chosen. Raises Refusal."""
        form = self.forms[self.sent]
        if self.sent == WEEK:
            opening_setup.save_week(self.location.pk, change, form.to_week())
        elif self.sent == DAYS:
            opening_setup.save_days(self.location.pk, change, form.to_rows())
        else:
            name = _("Working Saturday: transferred day")
            chosen = form.to_days()
            opening_setup.copy_days(self.location.pk, change, year=self.year, chosen=chosen, worked_name=name)


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
    return show(request, "coworking/hours.html", page=page, steps=steps_left(request))
