"""Opening hours of a location: the week, special days, days off of the production calendar."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coworking.access import StaffRequest
from coworking.domain import opening_setup
from coworking.domain.opening import calendar_of
from coworking.domain.settings_history import Change
from coworking.forms_hours import CopyForm, DaySet, WeekForm
from coworking.models import OpeningHours, Section
from coworking.views.sections import SectionsPage, views_of
from olvery.shared.forms import as_id

WEEK, DAYS, COPY = "week", "days", "copy"


class HoursPage(SectionsPage):
    """The three forms of the page."""

    template = "coworking/hours.html"
    address = "coworking:hours"
    sections = {WEEK: Section.HOURS, DAYS: Section.DAYS, COPY: Section.DAYS}
    saved = gettext_lazy("The opening hours are saved.")

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "") -> None:
        asked = as_id(request.POST.get("year") or request.GET.get("year"))
        today = request.location.day_at(at)
        self.years = [today.year, today.year + 1]
        self.year = asked if asked in self.years else self.years[today.month >= opening_setup.OCTOBER]
        self.lacks_next_year = opening_setup.lacks_next_year(request.location, at)
        super().__init__(request, at, sent)

    def make_forms(self) -> dict[str, Any]:
        """Return the forms of the week, of future special days, and of days to copy."""
        days = OpeningHours.objects.filter(location=self.location, on__gte=self.today).order_by("on")
        offered = opening_setup.calendar_days(self.location, self.year)
        return {
            WEEK: WeekForm(self.sent_to(WEEK), calendar=calendar_of(self.location)),
            DAYS: DaySet(self.sent_to(DAYS), queryset=days, prefix="days", form_kwargs={"today": self.today}),
            COPY: CopyForm(self.sent_to(COPY), offered=offered),
        }

    def store(self, change: Change) -> None:
        """Save the week or the days, or copy the chosen days. Raises Refusal."""
        form = self.forms[self.sent]
        if self.sent == WEEK:
            opening_setup.save_week(self.location.pk, change, form.to_week())
        elif self.sent == DAYS:
            opening_setup.save_days(self.location.pk, change, form.to_rows())
        else:
            name = _("Working Saturday: transferred day")
            chosen = form.to_days()
            opening_setup.copy_days(self.location.pk, change, year=self.year, chosen=chosen, worked_name=name)


hours, save_hours = views_of(HoursPage)
