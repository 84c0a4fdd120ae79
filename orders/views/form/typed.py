"""What the buttons of the order form do to the typed values."""

import re
from copy import copy
from datetime import date

from django.http import QueryDict

from olvery.shared.forms import as_id
from orders.domain.booking.facts import active_people
from orders.forms import MOST_PARTS, new_token, part_count


def with_first_values(data: QueryDict) -> QueryDict:
    """Fill the initial values of a form: a new token, one place. `with_day` fills the day."""
    values = copy(data)
    first = {"token": new_token(), "parts": "1"}
    for number in range(part_count(values)):
        first |= {f"{prefix(number)}places": "1", f"{prefix(number)}units": "1"}
    for name, value in first.items():
        if name not in values:
            values[name] = value
    return values


def lacks_a_day(values: QueryDict) -> bool:
    """Whether a booking has no day field yet; an emptied one counts as having it."""
    return any(f"{prefix(number)}day" not in values for number in range(part_count(values)))


def with_day(data: QueryDict, day: date) -> QueryDict:
    """Return the form's values with this day for bookings without one."""
    values = copy(data)
    for number in range(part_count(values)):
        if f"{prefix(number)}day" not in values:
            values[f"{prefix(number)}day"] = day.isoformat()
    return values


def prefix(number: int) -> str:
    """Return the prefix of the names of a booking's fields."""
    return f"b{number}-" if number else ""


def part_of(name: str) -> int:
    """Return the index of the booking that a field belongs to, by its name."""
    found = re.match(r"b([1-9])-", name)
    return int(found[1]) if found else 0


def add_part(data: QueryDict) -> QueryDict:
    """Return the form's values with one more booking, on the day and at the time of the last one."""
    values, count = copy(data), part_count(data)
    if count < MOST_PARTS:
        values["parts"] = str(count + 1)
        for name in ("day", "start", "end"):
            values[prefix(count) + name] = values.get(prefix(count - 1) + name, "")
    return values


def remove_part(data: QueryDict, rest: str) -> QueryDict:
    """Return the form's values without a booking; later ones move up."""
    count, gone = part_count(data), as_id(rest)
    if gone is None or not 0 < gone < count:
        return data
    values = QueryDict(mutable=True)
    for name, sent in data.lists():
        part = part_of(name)
        if part != gone:
            moved = prefix(part - 1) + name.removeprefix(prefix(part)) if part > gone else name
            values.setlist(moved, sent)
    values["parts"] = str(count - 1)
    return values


def pick_person(data: QueryDict, action: str) -> QueryDict:
    """Return the form's values with a person chosen: «customer:12» or «b1-visitor-0:12»; no key clears.

    Choosing the customer fills phone and e-mail from the profile.
    """
    values = copy(data)
    target, _colon, key = action.partition(":")
    number = as_id(key)
    person = next(iter(active_people(keys=[number])), None) if number else None
    values[target] = str(person.pk) if person else ""
    values["customer_q" if target == "customer" else f"{target}-q"] = person.full_name if person else ""
    if target == "customer":
        values["company"] = values["pass_id"] = ""
    if target == "customer" and person:
        values["phone"] = str(person.phone or "")
        values["email"] = person.email or ""
    return values


def forget_person(data: QueryDict, target: str) -> QueryDict:
    """Return the form's values with nobody chosen in the field that is being searched."""
    values = copy(data)
    if target in values:
        values[target] = ""
    return values


def take_fewer(data: QueryDict, action: str) -> QueryDict:
    """Return the form's values with as many places as are free: «0|3», booking first."""
    values = copy(data)
    number, _bar, places = action.partition("|")
    if number.isdecimal() and int(number) < part_count(data) and as_id(places):
        values[f"{prefix(int(number))}places"] = places
    return values


def pick_alternative(data: QueryDict, action: str) -> QueryDict:
    """Return the form's values at an alternative: «0|2026-11-24|14:00|18:00|2026-11-24|7,8», booking first."""
    values = copy(data)
    fields = action.split("|")
    if len(fields) == 6 and fields[0].isdecimal() and int(fields[0]) < part_count(data):
        names = prefix(int(fields[0]))
        for name, value in zip(("day", "start", "end", "last_day"), fields[1:], strict=False):
            if value:
                values[names + name] = value
        values.setlist(f"{names}seats", [pk for pk in fields[5].split(",") if pk])
    return values
