"""«Повторить»: the form filled from an earlier order, on the next day that fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.http import QueryDict

from accounts.models import Company
from coworking.domain.capacity import occupancy_of
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.free_days import next_day
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.rules import BadPeriod, When, period_of, when_of
from coworking.models import Location, PaymentMethod, Tariff, Ticket
from olvery.shared.clocks import clock_text, end_text
from orders.domain.booking.change_extras import quantities
from orders.domain.booking.payment_terms import methods_of
from orders.domain.money.standing import standing
from orders.domain.queries.cards import valid_tickets_in
from orders.forms import MOST_PARTS
from orders.models import EventKind, LineKind, Order
from orders.views.form import typed

# Tickets of one tariff and one period.
Booking = list[Ticket]


@dataclass(slots=True)
class Again:
    """The form's values for an order like an earlier one, and notes about them.

    `day` is the first day, None if nothing of the order is on sale. `lost` names what cannot be carried over.
    """

    order: Order
    values: QueryDict
    day: date | None = None
    shift: timedelta = timedelta()
    is_free: bool = False
    lost: list[str] = field(default_factory=list)


def order_again(order: Order, location: Location, at: datetime) -> Again:
    """Return an order like this one, which `order_card` has read.

    All its bookings move by the same number of days; the contacts are those of the profile.
    """
    calendar = calendar_of(location)
    on_sale = {tariff.pk: tariff for tariff in tariffs_on_sale(location, at=at)}
    again = Again(order, typed.pick_person(QueryDict(), f"customer:{order.customer_id}"))
    if order.company and order.company in Company.objects.of_person(order.customer_id):
        again.values["company"] = str(order.company_id)
    elif order.company:
        again.lost.append(order.company.name)
    series = list(_series_of(order, calendar))
    kept = [bookings for bookings in series if bookings[0][0].tariff_id in on_sale][:MOST_PARTS]
    again.lost += [f"{one[0][0].service.name}, {one[0][0].tariff.name}" for one in series if one not in kept]
    if not kept:
        return again
    first = kept[0][0]
    again.day, again.is_free = next_day(
        on_sale[first[0].tariff_id], first[0].period, places=len(first), calendar=calendar, at=at
    )
    again.shift = again.day - first[0].period.days(calendar.zone)[0]
    again.values["parts"] = str(len(kept))
    for number, bookings in enumerate(kept):
        _fill_booking(again, number, bookings, on_sale[bookings[0][0].tariff_id], calendar.zone)
    _fill_payment(again, [on_sale[bookings[0][0].tariff_id] for bookings in kept])
    return again


def _series_of(order: Order, calendar: Calendar) -> Iterator[list[Booking]]:
    """Yield the bookings of the order; bookings that differ only in the day form a series."""
    valid = valid_tickets_in(order)
    valid.sort(key=lambda ticket: (ticket.period, ticket.service_id, ticket.tariff_id))
    found: dict[object, list[Booking]] = {}
    for _key, group in groupby(valid, key=lambda ticket: (ticket.period, ticket.tariff_id)):
        booking = list(group)
        when = when_of(booking[0].tariff, booking[0].period, calendar.zone)
        alike = (booking[0].tariff_id, len(booking), when.moved_to(date.min))
        found.setdefault(alike, []).append(booking)
    yield from found.values()


def _fill_booking(again: Again, number: int, bookings: Sequence[Booking], tariff: Tariff, zone: ZoneInfo) -> None:
    tickets = bookings[0]
    when = when_of(tariff, tickets[0].period, zone)
    when = when.moved_to(when.day + again.shift)
    values = {
        "service": tariff.service_id,
        "tariff": tariff.pk,
        "day": when.day,
        "start": clock_text(when.start),
        "end": end_text(when.end),
        "last_day": when.later_day or "",
        "units": when.units,
        "places": len(tickets),
        **_visitors(again.order, tickets),
        **_extras(again, tickets, tariff),
    }
    prefix = typed.prefix(number)
    for name, value in values.items():
        again.values[prefix + name] = str(value)
    if tariff.service.has_seats:
        again.values.setlist(f"{prefix}seats", _free_seats(tickets, tariff, when, zone))
    if len(bookings) > 1:
        days = [booking[0].period.days(zone)[0] + again.shift for booking in bookings]
        again.values.setlist(f"{prefix}weekdays", sorted({str(day.weekday()) for day in days}))
        again.values[f"{prefix}until"] = str(days[-1])


def _visitors(order: Order, tickets: Booking) -> dict[str, object]:
    values: dict[str, object] = {}
    for place, ticket in enumerate(tickets):
        if ticket.visitor_id and ticket.visitor_id != order.customer_id:
            values |= {f"visitor-{place}": ticket.visitor_id, f"visitor-{place}-q": ticket.visitor_name}
    return values


def _extras(again: Again, tickets: Booking, tariff: Tariff) -> dict[str, object]:
    numbers, on_sale = {ticket.pk for ticket in tickets}, {extra.pk for extra in tariff.service.extras_on_sale}
    stands = standing(again.order.lines.all())
    sold = [one for one in stands if one.line.kind == LineKind.EXTRA and one.line.ticket_id in numbers]
    again.lost += dict.fromkeys(one.line.title for one in sold if one.line.extra_id not in on_sale)
    return {f"extra-{key}": quantity for key, quantity in quantities(sold).items() if key in on_sale}


def _free_seats(tickets: Booking, tariff: Tariff, when: When, zone: ZoneInfo) -> list[str]:
    """Return the keys of the same seats if they are free again; the person has to choose others."""
    wanted = [ticket.seat_id for ticket in tickets if ticket.seat_id]
    try:
        period = period_of(tariff, when, zone)
    except BadPeriod:
        return []
    free = {seat.pk for seat in occupancy_of(tariff.service, period).free_seats(period)}
    return [str(pk) for pk in wanted if pk in free]


def _fill_payment(again: Again, tariffs: Sequence[Tariff]) -> None:
    order, values = again.order, again.values
    offers = methods_of([tariff.service for tariff in tariffs])
    if any(offer.method == order.payment_method and offer.is_available for offer in offers):
        values["payment_method"] = order.payment_method
    elif order.payment_method != PaymentMethod.FREE:
        again.lost.append(str(PaymentMethod(order.payment_method).label))
    discounts = [one for one in standing(order.lines.all()) if one.line.kind == LineKind.DISCOUNT]
    if order.promo_code:
        values["promo_code"] = order.promo_code.code
    elif discounts:
        values["discount"] = discounts[0].line.title or f"{-sum(one.amount for one in discounts):f}"
        given = next((event for event in order.events.all() if event.kind == EventKind.DISCOUNT_GIVEN), None)
        values["discount_reason"] = given.reason if given else ""
