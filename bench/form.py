"""The order form as a manager meets it, request by request, and saving an order. In process, no network."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench.measure import COLUMNS, Call, answered, measure, row
from bench.results import Results
from bench.sides import Side
from bench.targets import FORM_PAGE, FRAGMENT, PEOPLE_SEARCH, SAVE
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.opening import calendar_of
from coworking.models import Location, PaymentMethod, Service, Tariff, Ticket, TicketStatus, Unit
from olvery.shared.periods import DAY
from orders.forms import new_token
from orders.forms_people import key_of
from orders.models import Order, OrderStatus, PaymentStatus

TIMES, SAVES = 25, 40
DAYS_AHEAD = 60  # far enough to have room for the orders of this run, near enough to be booked
HTMX = {"HX-Request": "true"}
NOTE = "Saved by a measurement."
Fields = dict[str, str]


def run(results: Results, sides: Sequence[Side]) -> None:
    """Open the form, fill it in and save, each many times."""
    results.table("Order form", "", *COLUMNS)
    page = measure(sides, lambda side: lambda: answered(side.client.get(reverse("orders:create"))), times=TIMES)
    row(results, "the page", page, FORM_PAGE)
    frequent = measure(sides, _post("create-people", lambda _side: {"customer_q": "иван петров", "for": "customer"}))
    row(results, "people «иван петров»", frequent, PEOPLE_SEARCH)
    for what, name, changes in (
        ("choosing a person", "create-pick", _picked),
        ("a new service: all sections", "create-details", _unchanged),
        ("availability of a pool", "create-availability", _unchanged),
        ("availability of a full pool: alternatives", "create-availability", _full),
        ("availability of seats", "create-availability", _seats),
        ("the price", "create-quote", _unchanged),
        ("the calendar of a month", "create-month", _of_day),
    ):
        row(results, what, measure(sides, _post(name, changes), times=TIMES), FRAGMENT)
    row(results, "saving", measure(sides, save_on, times=SAVES), SAVE)
    cancel_saved(sides)


def save_on(side: Side) -> Call:
    """Return a call that saves an order, each for another hour or day."""
    values, turns = values_of(side.manager, side.location), count()
    days = [open_day(side.location, DAYS_AHEAD + number) for number in range(5)]

    def save() -> object:
        turn = next(turns)
        start = 9 + turn % 8
        when = {"day": days[turn // 8 % len(days)].isoformat(), "start": f"{start:02}:00", "end": f"{start + 1:02}:00"}
        return answered(side.post(reverse("orders:create"), {**values, **when, "token": new_token()}), 302)

    return save  # type: ignore[return-value]


def cancel_saved(sides: Sequence[Side]) -> None:
    """Free the places for the next run, all at once; an order cannot be deleted, so they stay, cancelled."""
    for side in sides:
        side.use()
        saved = Order.objects.filter(internal_note=NOTE, status=OrderStatus.CONFIRMED)
        Ticket.objects.filter(lines__order__in=saved).update(status=TicketStatus.CANCELLED)
        saved.update(status=OrderStatus.CANCELLED, due=0, payment_status=PaymentStatus.NOT_REQUIRED)


def values_of(manager: User, location: Location) -> Fields:
    """Return what the form holds just before it is saved: an hour tariff of the pool, for one."""
    tariff = hour_tariff(location, Service.Kind.POOL)
    customer = User.objects.get(email="customer@olvery.test")
    return {
        "token": new_token(),
        "customer": key_of(customer.pk, viewer=manager),
        "customer_q": customer.full_name,
        "phone": str(customer.phone),
        "email": str(customer.email),
        "service": str(tariff.service_id),
        "tariff": str(tariff.pk),
        "day": open_day(location, DAYS_AHEAD).isoformat(),
        "start": "10:00",
        "end": "13:00",
        "units": "1",
        "places": "1",
        "payment_method": PaymentMethod.ON_SITE,
        "internal_note": NOTE,
    }


def hour_tariff(location: Location, kind: str) -> Tariff:
    """Return the first hour tariff of a service of this kind."""
    on_sale = tariffs_on_sale(location, at=timezone.now())
    return next(tariff for tariff in on_sale if tariff.service.kind == kind and tariff.unit == Unit.HOUR)


def open_day(location: Location, ahead: int) -> date:
    """Return the first open day at least this many days ahead."""
    calendar = calendar_of(location)
    day = calendar.today(timezone.now()) + DAY * ahead
    while calendar.hours_on(day) is None:
        day += DAY
    return day


def _post(name: str, changes: Callable[[Side], Fields]) -> Callable[[Side], Call]:
    def on(side: Side) -> Call:
        fields = {**values_of(side.manager, side.location), **changes(side)}
        return lambda: answered(side.post(reverse(f"orders:{name}"), fields, headers=HTMX))

    return on


def _unchanged(_side: Side) -> Fields:
    return {}


def _of_day(_side: Side) -> Fields:
    return {"field": "day"}


def _picked(side: Side) -> Fields:
    return {"action": f"pick:customer:{values_of(side.manager, side.location)['customer']}"}


def _seats(side: Side) -> Fields:
    tariff = hour_tariff(side.location, Service.Kind.SEATS)
    return {"service": str(tariff.service_id), "tariff": str(tariff.pk)}


def _full(side: Side) -> Fields:
    """Request every place of the pool on a near day."""
    return {"places": "20", "day": open_day(side.location, 1).isoformat()}
