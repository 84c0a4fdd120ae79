"""Changes of tickets in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coworking.models import TicketStatus
from olvery.shared.formats import format_money, period
from olvery.shared.periods import Period
from orders.wording_passes import pass_texts

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One property of a ticket, before and after."""

    name: str
    old: str
    new: str
    # What people say instead, where a row of the property, before and after is too much.
    in_words: str = ""

    def __str__(self) -> str:
        return self.in_words or f"{self.name} {self.old} → {self.new}"


def differences(before: State, after: State, zone: ZoneInfo, extras: Iterable[State] = ()) -> list[Difference]:
    """Return the differences between two states of a ticket and its extras, as the history stores them."""
    named = (
        (pgettext("change", "time"), _period(before, zone), _period(after, zone)),
        (pgettext("change", "service"), before["service_name"], after["service_name"]),
        (pgettext("change", "tariff"), before["tariff_name"], after["tariff_name"]),
        (pgettext("change", "seat"), before["seat_label"], after["seat_label"]),
        (pgettext("change", "visitor"), before["visitor_name"], after["visitor_name"]),
    )
    found = [Difference(name, old or "—", new or "—") for name, old, new in named if old != new]
    of_extras = (Difference(one["name"], str(one["before"]), str(one["after"])) for one in extras)
    return [*found, *_of_status(before, after), *of_extras]


def ticket_texts(tickets: list[dict[str, Any]], zone: ZoneInfo) -> list[str]:
    """Return a line for each ticket that is changed or added: «Билет 20001: место A1 → A2»."""
    return [_added_text(one, zone) if one.get("is_added") else _changed_text(one, zone) for one in tickets]


def _changed_text(told: Mapping[str, Any], zone: ZoneInfo) -> str:
    # Events stored before extras could be changed have none.
    found = differences(told["before"], told["after"], zone, told.get("extras", ()))
    return _("Ticket %(number)s: %(changes)s") % {"number": told["number"], "changes": ", ".join(map(str, found))}


def _added_text(told: Mapping[str, Any], zone: ZoneInfo) -> str:
    state = told["after"]
    named = (state["service_name"], _period(state, zone), state["seat_label"], state["visitor_name"])
    return _("Added: %(booking)s") % {"booking": ", ".join(filter(None, named))}


def change_text(data: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Return what a change event changed, with its money."""
    return " · ".join(
        [*ticket_texts(data["tickets"], zone), *_money(data), *pass_texts(data.get("of_pass")), *_others(data)]
    )


def visitor_text(data: Mapping[str, Any]) -> str:
    """Return the former and the new visitor of a ticket: «Билет 20001: Петров Иван → Орлова Мария»."""
    [told] = data["tickets"]
    change = " → ".join(told[end]["visitor_name"] for end in ("before", "after"))
    return _("Ticket %(number)s: %(changes)s") % {"number": told["number"], "changes": change}


def _money(data: Mapping[str, Any]) -> Iterator[str]:
    difference = Decimal(data.get("difference", 0))
    if difference:
        yield f"{'+' if difference > 0 else ''}{format_money(difference)}"
    returned = Decimal(data.get("returned_online", 0)) + Decimal(data.get("returned_at_desk", 0))
    if returned:
        yield _("%(sum)s to return") % {"sum": format_money(returned)}
    if kept := Decimal(data.get("kept", 0)):
        yield _("%(sum)s kept") % {"sum": format_money(kept)}


def _others(data: Mapping[str, Any]) -> Iterator[str]:
    if "together" in data:
        numbers = ", ".join(map(str, data["together"]))
        yield _("rearranged together: orders %(numbers)s") % {"numbers": numbers}


def _period(state: State, zone: ZoneInfo) -> str:
    return period(Period(*(datetime.fromisoformat(state[end]) for end in ("start", "end"))), zone)


def _of_status(before: State, after: State) -> Iterator[Difference]:
    """Yield the difference between a valid ticket, paid or not, and a cancelled one."""
    was, is_now = (state["status"] == TicketStatus.CANCELLED for state in (before, after))
    if was == is_now:
        return
    valid, cancelled = pgettext("status of a ticket", "valid"), pgettext("status of a ticket", "cancelled")
    in_words = cancelled if is_now else pgettext("status of a ticket", "valid again")
    yield Difference(
        pgettext("change", "status"), cancelled if was else valid, cancelled if is_now else valid, in_words
    )
