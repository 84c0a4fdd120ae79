"""A customer's choices for a service, kept in the URL and in the booking form."""

from datetime import date, datetime, time, timedelta

from django.http import QueryDict

from accounts.models import User
from coworking.domain.opening import Calendar
from coworking.domain.showcase import seats_among
from coworking.models import Service, Tariff
from olvery.shared.clocks import END_OF_DAY, clock_text, end_text, read_clock
from olvery.shared.days import read_day, split_hours
from olvery.shared.forms import as_id, as_ids
from orders.forms import new_token

OF_THE_TIME = ("tariff", "day", "start", "end", "last_day", "units", "places", "seats")
CHOSEN = (*OF_THE_TIME, "company", "payment_method", "pass_id", "promo_code", "comment")
SHOWN = ("shown_total", "shown_left")
SENT = ("token", *SHOWN, "phone", "email")


def chosen_values(
    sent: QueryDict, service: Service, tariffs: list[Tariff], calendar: Calendar, *, customer: User | None, at: datetime
) -> QueryDict:
    """Return the values of the order form: what was chosen, and the rest as in any customer's order.

    Nothing else is read: no discount, no other person, no override.
    """
    values = QueryDict(mutable=True)
    for name in sent:
        if name in CHOSEN or name in SENT or name.startswith("extra-"):
            values.setlist(name, sent.getlist(name))
    values["service"], values["parts"] = str(service.pk), "1"
    values.setdefault("token", new_token())
    values.setdefault("places", "1")
    values.setdefault("units", "1")
    if as_id(values.get("tariff")) not in {tariff.pk for tariff in tariffs}:
        values["tariff"] = str(tariffs[0].pk)
    if "seats" in values:
        values.setlist("seats", _seats(values, service))
    values["day"] = sent.get("other_day") or values.get("day") or calendar.first_open_day(at).isoformat()
    tariff = _tariff(values, tariffs)
    _date(values, tariff, today=calendar.today(at))
    for hour in sent.getlist("at"):
        _press(values, hour, tariff)
    if customer is None:
        values.pop("pass_id", None)
    else:
        values["customer"] = str(customer.pk)
        values.setdefault("phone", str(customer.phone or ""))
        values.setdefault("email", customer.email or "")
    return values


def as_address(values: QueryDict) -> str:
    """Return the query string of these choices."""
    address = QueryDict(mutable=True)
    for name in values:
        if (name in CHOSEN and name != "comment") or name.startswith("extra-"):
            address.setlist(name, [value for value in values.getlist(name) if value])
    return address.urlencode()


def _tariff(values: QueryDict, tariffs: list[Tariff]) -> Tariff:
    return next(tariff for tariff in tariffs if tariff.pk == as_id(values["tariff"]))


def _seats(values: QueryDict, service: Service) -> list[str]:
    """Return the seats of the service among the chosen ones: an address may name any. One query, if any is named."""
    asked = as_ids(values.getlist("seats"))
    own = seats_among(service, asked) if asked else set()
    return [str(pk) for pk in asked if pk in own]


def _date(values: QueryDict, tariff: Tariff, *, today: date) -> None:
    """Write a typed day as a date: «завтра» becomes another day if the page stays open past midnight."""
    hours = split_hours(values.get("day", "")[:40]) if tariff.is_hourly else None
    if hours:
        values["day"], values["start"], values["end"] = hours
    for name in ("day", "last_day"):
        if day := read_day(values.get(name, "")[:40], today=today):
            values[name] = day.isoformat()


def _press(values: QueryDict, hour: str, tariff: Tariff) -> None:
    """Press an hour: the first press sets the start, one after it the end; then it starts over."""
    pressed, start = read_clock(hour), read_clock(values.get("start", ""))
    end = read_clock(values.get("end", ""), is_end=True)
    if pressed is None or not tariff.is_hourly:
        return
    shortest = timedelta(hours=tariff.min_units)
    if start and end and start < pressed and end == _later(start, shortest):
        values["end"] = end_text(_later(pressed, timedelta(hours=1)))
        return
    values["start"], values["end"] = clock_text(pressed), end_text(_later(pressed, shortest))


def _later(clock: time, by: timedelta) -> time:
    """Return a time of day, at most the end of the day."""
    later = datetime.combine(date.min, clock) + by
    return later.time() if later.date() == date.min else END_OF_DAY
