"""Factories of rows: plain functions with keyword-only arguments and defaults for everything else."""

import dataclasses
import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from stdnum.ru import inn as inn_digits

from accounts.models import Company, CompanyMember, Membership, Role, User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.models import (
    Block,
    Extra,
    Location,
    OpeningHours,
    PaymentMethod,
    Seat,
    Seller,
    SellerTax,
    Service,
    Tariff,
    Ticket,
    TicketStatus,
    Unit,
    Vat,
    Visit,
    VisitSource,
    WaitingWish,
)
from olvery.shared.periods import Period
from orders.domain.booking import waiting
from orders.domain.booking.pass_selling import PassWish, sell_pass
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.desk import cash
from orders.models import Order, Pass, PromoCode
from orders.models.promo import promo_key
from tests.moments import NOW, WEDNESDAY

_numbers = itertools.count(1)
MADE_UP = "made up"
WORKDAY = (time(8), time(21))
WEEKLY: dict[int, tuple[time, time]] = {**dict.fromkeys(range(5), WORKDAY), 5: (time(9), time(18))}


def make_user(
    *,
    last_name: str = "Петров",
    first_name: str = "Иван",
    phone: str | None = MADE_UP,
    email: str | None = MADE_UP,
    **fields: Any,
) -> User:
    """Save a person without a role: a customer."""
    number = next(_numbers)
    return User.objects.create_user(
        last_name=last_name,
        first_name=first_name,
        phone=f"+7916{number:07}" if phone == MADE_UP else phone,
        email=f"person-{number}@example.com" if email == MADE_UP else email,
        **fields,
    )


def make_member(*, location: Location, role: Role, **fields: Any) -> User:
    """Save a person who holds a role at a location."""
    user = make_user(**{"last_name": "Соколова", "first_name": "Анна", **fields})
    Membership.objects.create(user=user, location=location, role=role)
    return user


def make_company(*members: User, inn: str = MADE_UP, **fields: Any) -> Company:
    """Save a company with the people who order for it."""
    number = next(_numbers)
    digits = f"5260{number:05}"
    defaults = {"name": f"ООО «Вектор {number}»", "kpp": "526001001", "address": "Нижний Новгород"}
    company: Company = Company.objects.create(
        inn=digits + inn_digits.calc_company_check_digit(digits) if inn == MADE_UP else inn,
        created_by=fields.pop("created_by", None) or make_user(),
        **{**defaults, **fields},
    )
    for person in members:
        CompanyMember.objects.create(company=company, person=person)
    return company


def make_seller(*, location: Location, taxes: Mapping[str, Vat] | None = None, **fields: Any) -> Seller:
    """Save the company that a location's invoices are from; `taxes` are its rates by the day they begin."""
    defaults = {
        "name": "ООО «Три кита»",
        "inn": "7707083893",
        "kpp": "773601001",
        "ogrn": "1027700132195",
        "address": "117312, г. Москва, ул. Вавилова, д. 19",
        "bank_name": "ПАО «Банк»",
        "bic": "044525225",
        "account": "40702810138250123017",
        "corr_account": "30101810400000000225",
        "director": "Смирнова А. В.",
    }
    seller = Seller.objects.create(location=location, **{**defaults, **fields})
    for starts_on, vat in (taxes or {}).items():
        SellerTax.objects.create(seller=seller, starts_on=starts_on, vat=vat)
    return seller


def make_manager(*, location: Location, **fields: Any) -> User:
    """Save a rental manager of a location."""
    return make_member(location=location, role=Role.RENTAL_MANAGER, **fields)


def make_location(*, weekly: dict[int, tuple[time, time]] | None = None, **fields: Any) -> Location:
    """Save a location that is open from 8 to 21, on Saturday from 9 to 18, and closed on Sunday."""
    number = next(_numbers)
    defaults = {"name": f"Бизнес-парк {number}", "reply_email": f"park-{number}@example.com"}
    location = Location.objects.create(**{**defaults, **fields})
    OpeningHours.objects.bulk_create(
        OpeningHours(location=location, weekday=weekday, opens_at=opens_at, closes_at=closes_at)
        for weekday, (opens_at, closes_at) in (WEEKLY if weekly is None else weekly).items()
    )
    return location


def make_exception(
    *, location: Location, on: date, opens_at: time | None = None, closes_at: time | None = None, reason: str = ""
) -> OpeningHours:
    """Save other hours for one date; without hours it is a day off."""
    return OpeningHours.objects.create(location=location, on=on, opens_at=opens_at, closes_at=closes_at, reason=reason)


def make_pool(*, location: Location | None = None, capacity: int = 8, **fields: Any) -> Service:
    """Save a service whose places have no numbers."""
    return _make_service(location=location, kind=Service.Kind.POOL, capacity=capacity, **fields)


def make_seats(
    *,
    location: Location | None = None,
    labels: Sequence[str] = ("A1", "A2", "A3"),
    tables: Sequence[int] = (),
    **fields: Any,
) -> Service:
    """Save a service with numbered seats, one table for all unless `tables` names one for each."""
    service = _make_service(location=location, kind=Service.Kind.SEATS, **fields)
    Seat.objects.bulk_create(
        Seat(service=service, label=label, table=table, position=position)
        for position, (label, table) in enumerate(zip(labels, tables or [1] * len(labels), strict=True))
    )
    return service


def _make_service(*, location: Location | None, **fields: Any) -> Service:
    defaults = {"name": f"Опен-спейс {next(_numbers)}"}
    return Service.objects.create(location=location or make_location(), **{**defaults, **fields})


def seat_of(service: Service, label: str) -> Seat:
    """Return a seat by its number."""
    return service.seats.get(label=label)


def make_tariff(*, service: Service | None = None, unit: Unit = Unit.HOUR, price: str = "300", **fields: Any) -> Tariff:
    """Save a tariff; of a pool of eight unless a service is given."""
    defaults = {"name": f"Тариф {next(_numbers)}"}
    return Tariff.objects.create(
        service=service or make_pool(), unit=unit, price=Decimal(price), **{**defaults, **fields}
    )


def make_extra(*, service: Service, price: str = "150", **fields: Any) -> Extra:
    """Save something sold beside the place."""
    return Extra.objects.create(service=service, price=Decimal(price), **{"name": "Локер", **fields})


def make_ticket(*, service: Service, period: Period, visitor: User | None = None, **fields: Any) -> Ticket:
    """Save a ticket past the domain, so that only the database decides about it."""
    visitor = visitor or make_user()
    defaults = {
        "visitor_name": visitor.full_name,
        "occupied": Ticket.occupying(period, service.buffer),
        "status": TicketStatus.ACTIVE,
        "created_at": NOW,
        "tariff": service.tariffs.first() or make_tariff(service=service),
    }
    return Ticket.objects.create(service=service, visitor=visitor, period=period, **{**defaults, **fields})


def make_visit(*, ticket: Ticket, at: datetime, **fields: Any) -> Visit:
    """Let the visitor of a ticket in at a moment, by themselves unless `let_in_by` is given."""
    values: dict[str, Any] = {"let_in_by": ticket.visitor, "source": VisitSource.NUMBER} | fields
    return Visit.objects.create(ticket=ticket, location=ticket.service.location, arrived_at=at, **values)


def make_block(*, service: Service, period: Period, **fields: Any) -> Block:
    """Save a block without any checks."""
    defaults = {"reason": "Ремонт", "created_by": fields.pop("created_by", None) or make_user()}
    return Block.objects.create(service=service, period=period, **{**defaults, **fields})


def make_booking_wish(*, tariff: Tariff, **overrides: Any) -> BookingWish:
    """Return one place on Wednesday, from 10 to 12 for an hourly tariff."""
    when = When(day=WEDNESDAY, start=time(10), end=time(12)) if tariff.is_hourly else When(day=WEDNESDAY)
    defaults: dict[str, Any] = {"tariff_id": tariff.pk, "when": when, "visitor_ids": (None,)}
    return BookingWish(**{**defaults, **overrides})


def make_wish(*, tariff: Tariff, customer: User, **overrides: Any) -> Wish:
    """Return what a manager fills in: one booking, paid on site; `overrides` are fields of either."""
    of_booking = {field.name for field in dataclasses.fields(BookingWish)} & overrides.keys()
    booking = make_booking_wish(tariff=tariff, **{name: overrides.pop(name) for name in of_booking})
    defaults: dict[str, Any] = {
        "token": uuid.uuid4(),
        "customer_id": customer.pk,
        "phone": customer.phone,
        "email": customer.email or "",
        "bookings": (booking,),
        "payment_method": "on_site",
    }
    return Wish(**{**defaults, **overrides})


def make_order(
    *,
    tariff: Tariff | None = None,
    customer: User | None = None,
    by: User | None = None,
    at: datetime = NOW,
    **overrides: Any,
) -> Order:
    """Place an order as a manager of the tariff's location does."""
    tariff = tariff or make_tariff()
    location = tariff.service.location
    return place_order(
        make_wish(tariff=tariff, customer=customer or make_user(), **overrides),
        booker=Booker.manager(by or make_manager(location=location), location),
        at=at,
    )


def make_waiting(
    *,
    tariff: Tariff,
    customer: User | None = None,
    by: User | None = None,
    at: datetime = NOW,
    places: int = 1,
    **overrides: Any,
) -> WaitingWish:
    """Put somebody on the waiting list, for Wednesday, from 10 to 12 for an hourly tariff, paid on site."""
    customer, location = customer or make_user(), tariff.service.location
    asked = make_wish(tariff=tariff, customer=customer, **{"visitor_ids": (None,) * places, **overrides})
    booker = Booker.customer(by or customer, location)
    return waiting.join(asked, booker=booker, at=at, tariffs=tariffs_on_sale(location, at=at))


def make_promo_code(*, location: Location, code: str = "ВЕСНА-10", value: str = "10", **fields: Any) -> PromoCode:
    """Save a promo code of ten per cent without limits."""
    defaults = {"key": promo_key(code), "value": Decimal(value), "is_percent": True}
    return PromoCode.objects.create(location=location, code=code, **{**defaults, **fields})


def make_pass_tariff(*, service: Service, units: int = 10, days: int = 30, **fields: Any) -> Tariff:
    """Save the tariff of a pass: ten hours within thirty days for 2,000 roubles."""
    return make_tariff(service=service, pass_units=units, pass_days=days, **{"price": "2000", **fields})


def make_pass_order(
    *, tariff: Tariff, customer: User | None = None, by: User | None = None, at: datetime = NOW, **overrides: Any
) -> Order:
    """Sell a pass as a manager does; it is not paid yet."""
    customer, location = customer or make_user(), tariff.service.location
    defaults: dict[str, Any] = {
        "token": uuid.uuid4(),
        "customer_id": customer.pk,
        "phone": str(customer.phone),
        "email": customer.email or "",
        "tariff_id": tariff.pk,
        "payment_method": "on_site",
    }
    booker = Booker.manager(by or make_manager(location=location), location)
    return sell_pass(PassWish(**{**defaults, **overrides}), booker=booker, at=at)


def make_pass(
    *, service: Service, customer: User | None = None, by: User | None = None, at: datetime = NOW, **fields: Any
) -> Pass:
    """Sell a pass and take the money for it."""
    by = by or make_manager(location=service.location)
    order = make_pass_order(tariff=make_pass_tariff(service=service, **fields), customer=customer, by=by, at=at)
    method, token = PaymentMethod.ON_SITE, uuid.uuid4()
    cash.take_payment(order.pk, order.total, method=method, moved_at=at, document="", token=token, by=by, at=at)
    return Pass.objects.get(pk=order.pk)
