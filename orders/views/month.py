"""The month that opens below a day field; on a booking form it marks the free days."""

from calendar import Calendar as Weeks
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coworking.access import StaffRequest, any_staff, managers_only
from coworking.domain.free_days import DayState, states_of_days
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.rules import When
from olvery.shared.days import FARTHEST, read_day, split_hours
from olvery.shared.formats import DAY_AND_MONTH
from orders.forms import chosen_service_ids
from orders.forms_booking import BookingForm
from orders.views.form.order_form import form_of, sent_by
from orders.wording_refusals import refusal_text


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of the month; `state` only if availability is known."""

    day: date
    is_focused: bool
    is_chosen: bool
    is_today: bool
    state: DayState | None

    @property
    def name(self) -> str:
        """The day with its weekday, in words."""
        return date_format(self.day, f"l, {DAY_AND_MONTH}")

    @property
    def title(self) -> str:
        """What is known of the day, in words."""
        if self.state is None:
            return ""
        if self.state.is_free:
            return _("free")
        return refusal_text(self.state.refusal) if self.state.refusal else _("everything is taken")


@require_safe
@any_staff
def month(request: StaffRequest) -> HttpResponse:
    """Answer a month to choose a day from."""
    return show_month(request, request.GET, request.location.day_at(timezone.now()), {})


@require_POST
@managers_only
def month_of_form(request: StaffRequest) -> HttpResponse:
    """Answer a month to choose a day from, with the days that are free for the wish on the order form."""
    now = timezone.now()
    today = request.location.day_at(now)
    sent = sent_by(request)
    form = form_of(request, sent, now, service_ids=chosen_service_ids(sent))
    form.hide_errors()
    field = request.POST.get("field", "")
    part = next((part for part in form.parts if field in (part.add_prefix("day"), part.add_prefix("last_day"))), None)
    states = states_of(part, shown_days(request.POST, today), calendar_of(request.location), now) if part else {}
    return show_month(request, request.POST, today, states)


def states_of(part: BookingForm, days: list[date], calendar: Calendar, at: datetime) -> Mapping[date, DayState]:
    """Return the state of each day for a booking; empty without a tariff. One query."""
    tariff, values = part.chosen_tariff, part.cleaned_data
    if tariff is None:
        return {}
    when = When(
        day=days[0],
        start=values.get("start"),
        end=values.get("end"),
        units=values.get("units") or tariff.min_units,
    )
    return states_of_days(
        tariff,
        when,
        days,
        places=part.place_count,
        seat_ids=part.seat_ids if tariff.service.has_seats else (),
        calendar=calendar,
        at=at,
    )


def show_month(request: HttpRequest, asked: QueryDict, today: date, states: Mapping[date, DayState]) -> HttpResponse:
    """Answer the requested month with the states of its days."""
    chosen, focused = _chosen(asked, today), _focused(asked, today)
    days = {
        day: MonthDay(day, day == focused, day == chosen, day == today, states.get(day))
        for day in shown_days(asked, today)
    }
    weeks = [[days.get(day) for day in week] for week in Weeks().monthdatescalendar(focused.year, focused.month)]
    step = relativedelta(months=1)
    context = {
        "first": focused.replace(day=1),
        "previous": focused - step,
        "following": focused + step,
        "weeks": weeks,
        "knows_free": bool(states),
    }
    return render(request, "ui/month.html", context)


def shown_days(asked: QueryDict, today: date) -> list[date]:
    """Return the days of the requested month."""
    focused = _focused(asked, today)
    return [day for day in Weeks().itermonthdates(focused.year, focused.month) if day.month == focused.month]


def _chosen(asked: QueryDict, today: date) -> date | None:
    shown = asked.get("shown", "")[:40]
    hours = split_hours(shown)
    return read_day(hours[0] if hours else shown, today=today, is_past=asked.get("is_past") == "past")


def _focused(asked: QueryDict, today: date) -> date:
    """Return the day with keyboard focus: the requested one, or that of the field."""
    try:
        day = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        day = _chosen(asked, today) or today
    limit = relativedelta(years=FARTHEST)
    return min(max(day, today - limit), today + limit)
