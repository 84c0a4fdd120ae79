"""The order form as a manager meets it: each request against one that does nothing. In process, no network."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.domain.search_limit import LIMITS
from accounts.models import User
from bench.measure import Report, median_ms, queries_of
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.opening import calendar_of
from coworking.models import Location, PaymentMethod, Service, Tariff, Unit
from olvery.demo.places import LOCATION_NAME
from olvery.shared.periods import DAY
from orders.domain.desk.cancelling import cancel_order
from orders.forms import new_token
from orders.forms_people import key_of
from orders.models import Order, OrderStatus

TIMES = 25
EMPTY_TIMES = 100
SAVES = 9
DAYS_AHEAD = 60  # far enough to have room for the orders of this run, near enough to be booked


def measure(report: Report) -> None:
    """Open the form, fill it in and save, each many times."""
    manager = User.objects.get(email="manager@olvery.test")
    location = Location.objects.get(name=LOCATION_NAME)
    client = Client(SERVER_NAME="localhost")
    client.force_login(manager)
    values = _values(manager)
    LIMITS.update(dict.fromkeys(LIMITS, 1_000_000))  # nobody types as often as this measures
    report.title("Order form, ms", "median", "× empty", "queries", "bytes")

    def empty() -> float:
        return median_ms(lambda: _answered(client.get("/healthz")), times=EMPTY_TIMES)

    report.row("empty request (/healthz)", empty(), 1.0, 0, 2)

    def line(name: str, call: Callable[[], HttpResponse], *, times: int = TIMES) -> None:
        beside = empty()  # measured anew each time: what else the machine does slows both
        taken = median_ms(call, times=times)
        queries, size = len(queries_of(call)), len(call().content)
        report.row(name, taken, taken / beside, queries, size)
        report.expect_fast(taken, name)

    def post(name: str, **changes: str) -> Callable[[], HttpResponse]:
        return lambda: _answered(client.post(reverse(f"orders:{name}"), {**values, **changes}, headers=_HTMX))

    create = reverse("orders:create")
    line("the page", lambda: _answered(client.get(create)))
    line("people «пе»", post("create-people", customer_q="пе", **_FOR))
    line("people «иван петров»", post("create-people", customer_q="иван петров", **_FOR))
    line("people «4821»", post("create-people", customer_q="4821", **_FOR))
    line("choosing a person", post("create-pick", action=f"pick:customer:{values['customer']}"))
    line("a new service (all sections)", post("create-details"))
    line("availability, pool", post("create-availability"))
    line("availability, pool, full: alternatives", post("create-availability", **_full(location)))
    line("availability, seats", post("create-availability", **_seats(location)))
    line("price", post("create-quote"))
    line("saving", lambda: _save(client, values), times=SAVES)
    _cancel_saved(manager)
    line("list of orders", lambda: _answered(client.get(reverse("orders:list"))))
    line("list of tickets", lambda: _answered(client.get(reverse("orders:tickets"))))


_HTMX = {"HX-Request": "true"}
_FOR = {"for": "customer"}
_NOTE = "Saved by a measurement."


def _answered(response: Any, status: int = 200) -> HttpResponse:
    if response.status_code != status:
        where = response.headers.get("Location", response.content.decode()[:2000])
        raise RuntimeError(f"{response.status_code} instead of {status}: {where}")
    return cast(HttpResponse, response)


def _save(client: Client, values: dict[str, str]) -> HttpResponse:
    return _answered(client.post(reverse("orders:create"), {**values, "token": new_token()}), 302)


def _cancel_saved(manager: User) -> None:
    """Free the places for the next run; history only grows, so the orders stay, cancelled."""
    for order in Order.objects.filter(internal_note=_NOTE, status=OrderStatus.CONFIRMED):
        cancel_order(order.pk, by=manager, reason=_NOTE, at=timezone.now())


def _values(manager: User) -> dict[str, str]:
    """Return what the form holds just before it is saved: an hour tariff of the pool, for one."""
    location = Location.objects.get(name=LOCATION_NAME)
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
        "internal_note": _NOTE,
    }


def _seats(location: Location) -> dict[str, str]:
    tariff = hour_tariff(location, Service.Kind.SEATS)
    return {"service": str(tariff.service_id), "tariff": str(tariff.pk)}


def _full(location: Location) -> dict[str, str]:
    """Ask for every place of the pool on a busy day."""
    return {"places": "20", "day": open_day(location, 1).isoformat()}


def hour_tariff(location: Location, kind: str) -> Tariff:
    """Return the first hour tariff of a service of this kind."""
    on_sale = tariffs_on_sale(location)
    return next(tariff for tariff in on_sale if tariff.service.kind == kind and tariff.unit == Unit.HOUR)


def open_day(location: Location, ahead: int) -> date:
    """Return the first open day so many days ahead."""
    calendar = calendar_of(location)
    day = calendar.today(timezone.now()) + DAY * ahead
    while calendar.hours_on(day) is None:
        day += DAY
    return day
