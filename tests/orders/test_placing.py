import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.domain.rules import BadPeriod, RuleBroken, When
from coworking.domain.tickets import NoSuchSeat, SeatsTaken, SeatTaken
from coworking.models import Location, Seat, Service, Tariff, Ticket, Unit
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal, Refused
from orders.domain.placing import (
    EmailMissing,
    MethodRefused,
    OrderRequest,
    PriceChanged,
    ReasonMissing,
    TokenUsed,
    UnknownChoice,
    place_order,
)
from orders.domain.pricing import Discount, DiscountRefused, ExtraRefused
from orders.models import Message, Order, OrderEvent, OrderLine
from tests.factories import (
    make_extra,
    make_location,
    make_manager,
    make_pool,
    make_request,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.moments import NOW, SUNDAY, TUESDAY, WEDNESDAY, clock, hours, moment
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def location() -> Location:
    return make_location(discount_limit=20)


@pytest.fixture
def pool(location: Location) -> Service:
    return make_pool(location=location, name="Опен-спейс", capacity=4)


@pytest.fixture
def tariff(pool: Service) -> Tariff:
    return make_tariff(service=pool, name="Час", price="300")


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


@pytest.fixture
def customer() -> User:
    return make_user(last_name="Петров", first_name="Иван", middle_name="Андреевич", email="petrov@example.com")


@pytest.fixture
def shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "123456"


def at_hours(start: str, end: str, **fields: Any) -> When:
    return When(**{"day": WEDNESDAY, **fields}, start=clock(start), end=clock(end))


def refusals(request: OrderRequest, *, location: Location, by: User) -> list[tuple[type[Refusal], str]]:
    """Place an order that is refused; return why, having seen that nothing changed."""
    before = saved_rows()
    with pytest.raises(Refused) as refused:
        place_order(request, location=location, by=by, at=NOW)
    assert saved_rows() == before
    assert all(refusal.message for refusal in refused.value.refusals)
    return [(type(refusal), refusal.field) for refusal in refused.value.refusals]


# Placed


def test_an_order_paid_on_site_is_confirmed_with_everything_it_consists_of(
    location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    guest = make_user(last_name="Орлова", first_name="Ольга")
    locker = make_extra(service=pool, name="Локер", price="150")
    request = make_request(
        tariff=tariff,
        customer=customer,
        visitor_ids=(None, guest.pk),
        extras={locker.pk: 2},
        discount=Discount(Decimal(10), is_percent=True),
        discount_reason="Постоянный клиент",
        comment="Нужен тихий угол",
        internal_note="Позвонить накануне",
        shown_total=Decimal("1350.00"),
    )

    order = place_order(request, location=location, by=manager, at=NOW)

    assert Order.objects.values().get() == {
        "number": order.number,
        "location_id": location.pk,
        "service_id": pool.pk,
        "tariff_id": tariff.pk,
        "service_name": "Опен-спейс",
        "tariff_name": "Час",
        "period": hours("10", "12").to_range(),
        "ticket_count": 2,
        "customer_id": customer.pk,
        "customer_name": "Петров Иван Андреевич",
        "phone": customer.phone,
        "email": "petrov@example.com",
        "payment_method": "on_site",
        "status": "confirmed",
        "pay_by": None,
        "comment": "Нужен тихий угол",
        "internal_note": "Позвонить накануне",
        "created_by_id": manager.pk,
        "created_at": NOW,
        "form_token": request.token,
    }
    assert (Order.objects.with_total().get().total, order.time) == (Decimal("1350.00"), hours("10", "12"))
    tickets = list(Ticket.objects.order_by("number"))
    assert [
        (
            ticket.service,
            ticket.seat,
            ticket.visitor,
            ticket.visitor_name,
            ticket.time,
            ticket.status,
            ticket.hold_until,
        )
        for ticket in tickets
    ] == [
        (pool, None, customer, "Петров Иван Андреевич", hours("10", "12"), "active", None),
        (pool, None, guest, "Орлова Ольга", hours("10", "12"), "active", None),
    ]
    columns = ("order", "kind", "ticket", "extra", "title", "quantity", "unit", "unit_price", "amount")
    assert list(OrderLine.objects.order_by("pk").values_list(*columns)) == [
        (order.pk, "tariff", tickets[0].pk, None, "Опен-спейс, Час", 2, "hour", 300, 600),
        (order.pk, "tariff", tickets[1].pk, None, "Опен-спейс, Час", 2, "hour", 300, 600),
        (order.pk, "extra", None, locker.pk, "Локер", 2, "", 150, 300),
        (order.pk, "discount", None, None, "10\u00a0%", 1, "", -150, -150),
    ]
    assert list(OrderEvent.objects.order_by("pk").values_list("order", "kind", "at", "by", "reason", "data")) == [
        (
            order.pk,
            "created",
            NOW,
            manager.pk,
            "",
            {"status": "confirmed", "method": "on_site", "total": "1350.00"},
        ),
        (order.pk, "discount_given", NOW, manager.pk, "Постоянный клиент", {"sum": "150.00"}),
    ]
    messages = list(Message.objects.order_by("pk"))
    assert [(letter.order, letter.kind, letter.to, letter.created_at, letter.sent_at) for letter in messages] == [
        (order, "created", "petrov@example.com", NOW, None),
        (order, "tickets", "petrov@example.com", NOW, None),
    ]
    assert jobs() == [("orders.send_message", {"message_id": letter.pk}) for letter in messages]


@pytest.mark.usefixtures("shop")
def test_an_order_paid_online_holds_its_places_until_the_money_is_due(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, payment_method="online")

    order = place_order(request, location=location, by=manager, at=NOW)

    order.refresh_from_db()
    deadline = moment("2026-11-25 09:00")
    assert (order.status, order.payment_method, order.pay_by) == ("awaiting_payment", "online", deadline)
    assert list(Ticket.objects.values_list("status", "hold_until")) == [("held", deadline)]
    message = Message.objects.get()
    assert message.kind == "created"
    assert jobs() == [("orders.send_message", {"message_id": message.pk})]
    assert OrderEvent.objects.get().data == {"status": "awaiting_payment", "method": "online", "total": "600.00"}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("when", "pay_by"),
    [
        (at_hours("10", "12"), "2026-11-25 09:00"),
        (at_hours("08", "10"), "2026-11-25 08:00"),
        (at_hours("09:00", "10", day=TUESDAY), "2026-11-24 09:20"),
        (at_hours("09:30", "10:30", day=TUESDAY), "2026-11-24 09:30"),
    ],
)
def test_the_deadline_is_the_hold_time_or_the_start_but_never_less_than_twenty_minutes(
    when: When, pay_by: str, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, payment_method="online", when=when)
    assert place_order(request, location=location, by=manager, at=NOW).pay_by == moment(pay_by)


def test_a_price_of_zero_asks_for_no_method_and_is_confirmed(
    location: Location, pool: Service, manager: User, customer: User
) -> None:
    free = make_tariff(service=pool, price="0")
    request = make_request(tariff=free, customer=customer, payment_method="", shown_total=Decimal(0))
    order = place_order(request, location=location, by=manager, at=NOW)
    assert (order.payment_method, order.status, order.pay_by) == ("free", "confirmed", None)
    assert Order.objects.with_total().get().payment_status == "not_required"


def test_contacts_are_changed_in_this_order_only(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    profile = User.objects.values().get(pk=customer.pk)
    request = make_request(tariff=tariff, customer=customer, phone="+79990001122", email="office@example.com")

    order = place_order(request, location=location, by=manager, at=NOW)

    assert User.objects.values().get(pk=customer.pk) == profile
    assert Order.objects.values_list("phone", "email").get() == ("+79990001122", "office@example.com")
    assert list(OrderEvent.objects.order_by("pk").values_list("kind", "by", "data")[1:]) == [
        (
            "contact_changed",
            manager.pk,
            {
                "phone": {"profile": customer.phone, "order": "+79990001122"},
                "email": {"profile": "petrov@example.com", "order": "office@example.com"},
            },
        )
    ]
    assert {message.to for message in order.messages.all()} == {"office@example.com"}


def test_a_customer_without_an_e_mail_gets_an_order_and_no_message(
    location: Location, tariff: Tariff, manager: User
) -> None:
    order = place_order(
        make_request(tariff=tariff, customer=make_user(email=None)), location=location, by=manager, at=NOW
    )
    assert (order.email, Message.objects.count(), jobs()) == ("", 0, [])
    assert OrderEvent.objects.get().kind == "created"


def test_seats_that_were_named_are_those_of_the_tickets(location: Location, manager: User, customer: User) -> None:
    service = make_seats(location=location, labels=["A1", "A2", "A3"])
    request = make_request(
        tariff=make_tariff(service=service),
        customer=customer,
        visitor_ids=(None, None),
        seat_ids=(seat_of(service, "A3").pk,),
    )
    place_order(request, location=location, by=manager, at=NOW)
    assert list(Ticket.objects.order_by("number").values_list("seat__label", flat=True)) == ["A3", "A1"]


def test_names_and_prices_are_copies_of_the_moment(
    location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    place_order(make_request(tariff=tariff, customer=customer), location=location, by=manager, at=NOW)
    before = saved_rows()
    Service.objects.filter(pk=pool.pk).update(name="Другое")
    Tariff.objects.filter(pk=tariff.pk).update(name="Другой", price=999)
    assert saved_rows() == before
    assert Order.objects.values_list("service_name", "tariff_name").get() == ("Опен-спейс", "Час")


@pytest.mark.parametrize("unit", [Unit.DAY, Unit.WEEK, Unit.MONTH])
def test_whole_days_are_placed_by_their_unit(
    unit: Unit, location: Location, pool: Service, manager: User, customer: User
) -> None:
    units = 2
    when = When(day=WEDNESDAY, last_day=WEDNESDAY + timedelta(days=1), units=units)
    request = make_request(tariff=make_tariff(service=pool, unit=unit, price="1000"), customer=customer, when=when)
    order = place_order(request, location=location, by=manager, at=NOW)
    end = {Unit.DAY: "2026-11-27", Unit.WEEK: "2026-12-09", Unit.MONTH: "2027-01-25"}[unit]
    assert order.time == Period(moment("2026-11-25"), moment(end))
    assert OrderLine.objects.values_list("quantity", "unit", "amount").get() == (2, unit, 2000)


def test_a_third_of_an_hour_is_charged_and_stored(
    location: Location, pool: Service, manager: User, customer: User
) -> None:
    tariff = make_tariff(service=pool, price="100", step_minutes=20, min_units=0)
    request = make_request(tariff=tariff, customer=customer, when=at_hours("10", "10:20"))
    place_order(request, location=location, by=manager, at=NOW)
    assert OrderLine.objects.values_list("quantity", "amount").get() == (Decimal("0.333"), Decimal("33.33"))


def test_placing_costs_the_same_number_of_queries_for_one_place_and_for_three(
    location: Location, tariff: Tariff, manager: User, customer: User, django_assert_max_num_queries
) -> None:
    for visitors in ((None,), (None, None, None)):
        with django_assert_max_num_queries(24):
            request = make_request(tariff=tariff, customer=customer, visitor_ids=visitors)
            place_order(request, location=location, by=manager, at=NOW)


# The same form twice


def test_the_same_token_twice_is_the_same_order(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer)
    first = place_order(request, location=location, by=manager, at=NOW)
    before = saved_rows()
    again = place_order(request, location=location, by=manager, at=NOW + timedelta(minutes=1))
    assert (again, saved_rows()) == (first, before)


def test_the_same_token_is_the_same_order_though_the_request_would_be_refused_now(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, visitor_ids=(None,) * 4)
    first = place_order(request, location=location, by=manager, at=NOW)
    before = saved_rows()
    changed = replace(request, shown_total=Decimal(1), phone="+79990001122")
    again = place_order(changed, location=location, by=manager, at=NOW + timedelta(days=30))
    assert (again, saved_rows()) == (first, before)


def test_the_same_token_is_the_same_order_though_the_tariff_was_switched_off_since(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer)
    first = place_order(request, location=location, by=manager, at=NOW)
    Tariff.objects.update(is_active=False)
    assert place_order(request, location=location, by=manager, at=NOW) == first


def test_the_token_of_somebody_else_is_refused(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer)
    place_order(request, location=location, by=manager, at=NOW)
    other = make_manager(location=location)
    assert refusals(request, location=location, by=other) == [(TokenUsed, "token")]


def test_a_token_used_at_another_service_is_the_first_order_too(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer)
    first = place_order(request, location=location, by=manager, at=NOW)
    elsewhere = replace(request, tariff_id=make_tariff(service=make_pool(location=location)).pk)
    before = saved_rows()
    assert place_order(elsewhere, location=location, by=manager, at=NOW) == first
    assert saved_rows() == before


# Refused: what the form names


@pytest.mark.parametrize("make", [lambda: 10**9, lambda: 10**30, lambda: make_user(is_active=False).pk])
def test_a_customer_who_is_unknown_or_switched_off(
    make: Any, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, customer_id=make())
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "customer")]


@pytest.mark.parametrize("make", [lambda: 10**9, lambda: 10**30, lambda: make_user(is_active=False).pk])
def test_a_visitor_who_is_unknown_or_switched_off(
    make: Any, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, visitor_ids=(None, make()))
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "visitor-1")]


def test_a_tariff_that_is_unknown(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    for tariff_id in (10**9, 10**30, -1):
        request = make_request(tariff=tariff, customer=customer, tariff_id=tariff_id)
        assert refusals(request, location=location, by=manager) == [(UnknownChoice, "tariff")]


def test_a_service_of_another_location(location: Location, manager: User, customer: User) -> None:
    request = make_request(tariff=make_tariff(), customer=customer)
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "tariff")]


@pytest.mark.parametrize("model", [Tariff, Service])
def test_a_tariff_or_a_service_that_is_switched_off(
    model: Any, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    model.objects.update(is_active=False)
    request = make_request(tariff=tariff, customer=customer)
    assert refusals(request, location=location, by=manager) == [(UnknownChoice, "tariff")]


def test_an_extra_that_is_unknown_switched_off_or_of_another_service(
    location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    off = make_extra(service=pool, is_active=False)
    foreign = make_extra(service=make_pool(location=location))
    for extra_id in (10**9, 10**30, off.pk, foreign.pk):
        request = make_request(tariff=tariff, customer=customer, extras={extra_id: 1})
        assert refusals(request, location=location, by=manager) == [(UnknownChoice, "extras")]


@pytest.mark.parametrize("quantity", [6, -1])
def test_a_quantity_of_an_extra_that_is_not_sold(
    quantity: int, location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, extras={make_extra(service=pool).pk: quantity})
    assert refusals(request, location=location, by=manager) == [(ExtraRefused, "extras")]


def test_an_order_of_no_places(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_request(tariff=tariff, customer=customer, visitor_ids=())
    assert [field for _kind, field in refusals(request, location=location, by=manager)] == ["places"]


# Refused: the time


@pytest.mark.parametrize(
    ("when", "kind", "field"),
    [
        (at_hours("12", "10"), BadPeriod, "end"),
        (at_hours("10", "10"), BadPeriod, "end"),
        (at_hours("10:10", "12"), BadPeriod, "start"),
        (When(day=WEDNESDAY), BadPeriod, "start"),
        (at_hours("10", "12", day=TUESDAY - timedelta(days=1)), RuleBroken, "day"),
        (at_hours("08", "10", day=TUESDAY), RuleBroken, "start"),
        (at_hours("07", "10"), RuleBroken, "start"),
        (at_hours("20", "22"), RuleBroken, "end"),
        (at_hours("10", "12", day=SUNDAY), RuleBroken, "day"),
        (at_hours("10", "12", day=WEDNESDAY + timedelta(days=91)), RuleBroken, "day"),
        (at_hours("08", "20:30"), RuleBroken, "end"),
    ],
)
def test_a_time_that_is_not_sold(
    when: When, kind: type[Refusal], field: str, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, when=when)
    assert refusals(request, location=location, by=manager) == [(kind, field)]


def test_a_rule_that_may_be_overridden_is_overridden_with_a_reason_that_is_kept(
    location: Location, pool: Service, manager: User, customer: User
) -> None:
    short = make_tariff(service=pool, min_units=4)
    request = make_request(tariff=short, customer=customer)
    assert refusals(request, location=location, by=manager) == [(RuleBroken, "end")]

    order = place_order(replace(request, override_reason="Просьба директора"), location=location, by=manager, at=NOW)

    event = OrderEvent.objects.get(kind="rule_overridden")
    assert (event.order, event.by, event.at, event.reason) == (order, manager, NOW, "Просьба директора")
    assert (event.data["rule"], bool(event.data["text"])) == ("length", True)


def test_a_rule_that_nobody_overrides_stays_whatever_the_reason(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    for when, field in ((at_hours("07", "10"), "start"), (at_hours("08", "08:30", day=TUESDAY), "start")):
        request = make_request(tariff=tariff, customer=customer, when=when, override_reason="Очень просят")
        assert refusals(request, location=location, by=manager) == [(RuleBroken, field)]


def test_a_reason_where_no_rule_is_broken_leaves_no_trace(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, override_reason="На всякий случай")
    place_order(request, location=location, by=manager, at=NOW)
    assert list(OrderEvent.objects.values_list("kind", flat=True)) == ["created"]


# Refused: the places


def test_more_places_than_the_service_has(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_request(tariff=tariff, customer=customer, visitor_ids=(None,) * 5)
    assert refusals(request, location=location, by=manager) == [(SeatsTaken, "places")]


def test_a_pool_that_is_full(location: Location, pool: Service, tariff: Tariff, manager: User, customer: User) -> None:
    for _n in range(4):
        make_ticket(service=pool, period=hours("11", "13"))
    request = make_request(tariff=tariff, customer=customer, override_reason="Потеснимся")
    assert refusals(request, location=location, by=manager) == [(SeatsTaken, "places")]


def test_a_seat_that_is_taken_or_is_not_there(location: Location, manager: User, customer: User) -> None:
    service, other = make_seats(location=location, labels=["A1", "A2", "A3"]), make_seats(location=location)
    Seat.objects.filter(service=service, label="A3").update(is_active=False)
    make_ticket(service=service, seat=seat_of(service, "A1"), period=hours("11", "13"))
    request = make_request(tariff=make_tariff(service=service), customer=customer)
    for seat_ids, kind in (
        ((seat_of(service, "A1").pk,), SeatTaken),
        ((seat_of(service, "A3").pk,), NoSuchSeat),
        ((seat_of(other, "A1").pk,), NoSuchSeat),
        ((10**9,), NoSuchSeat),
        ((10**30,), NoSuchSeat),
        ((seat_of(service, "A1").pk, seat_of(service, "A2").pk), NoSuchSeat),
    ):
        refused = refusals(replace(request, seat_ids=seat_ids), location=location, by=manager)
        assert refused == [(kind, "seats")]


# Refused: the money


def test_a_price_that_is_not_the_one_shown(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_request(tariff=tariff, customer=customer, shown_total=Decimal("599.99"))
    assert refusals(request, location=location, by=manager) == [(PriceChanged, "shown_total")]
    assert place_order(replace(request, shown_total=Decimal(600)), location=location, by=manager, at=NOW)


@pytest.mark.parametrize("discount", [Discount(Decimal(21), is_percent=True), Discount(Decimal(121), is_percent=False)])
def test_a_discount_above_the_limit(
    discount: Discount, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_request(tariff=tariff, customer=customer, discount=discount, discount_reason="Друг")
    assert refusals(request, location=location, by=manager) == [(DiscountRefused, "discount")]


@pytest.mark.parametrize("is_percent", [True, False])
def test_a_discount_below_zero(
    is_percent: bool, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    discount = Discount(Decimal(-5), is_percent=is_percent)
    request = make_request(tariff=tariff, customer=customer, discount=discount, discount_reason="Ошибка")
    assert refusals(request, location=location, by=manager) == [(DiscountRefused, "discount")]


def test_a_discount_without_a_reason(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_request(tariff=tariff, customer=customer, discount=Discount(Decimal(5), is_percent=True))
    assert refusals(request, location=location, by=manager) == [(ReasonMissing, "discount_reason")]


@pytest.mark.parametrize("method", ["", "barter", "free", "invoice"])
def test_a_method_that_the_service_does_not_take(
    method: str, location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    Service.objects.filter(pk=pool.pk).update(payment_methods=["online", "on_site"])
    request = make_request(tariff=tariff, customer=customer, payment_method=method)
    assert refusals(request, location=location, by=manager) == [(MethodRefused, "payment_method")]


@pytest.mark.usefixtures("shop")
def test_online_payment_without_an_e_mail(location: Location, tariff: Tariff, manager: User, customer: User) -> None:
    request = make_request(tariff=tariff, customer=customer, payment_method="online", email="")
    assert refusals(request, location=location, by=manager) == [(EmailMissing, "email")]


def test_online_payment_without_a_shop(
    location: Location, tariff: Tariff, manager: User, customer: User, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    request = make_request(tariff=tariff, customer=customer, payment_method="online")
    assert refusals(request, location=location, by=manager) == [(MethodRefused, "payment_method")]


# Refused: more than one thing


@pytest.mark.usefixtures("shop")
def test_everything_that_is_wrong_is_told_at_once(location: Location, tariff: Tariff, manager: User) -> None:
    request = make_request(
        tariff=tariff,
        customer=make_user(),
        customer_id=10**9,
        email="",
        visitor_ids=(None, 10**9),
        when=at_hours("07", "10"),
        extras={10**9: 1},
        discount=Discount(Decimal(5), is_percent=True),
        payment_method="online",
        shown_total=Decimal(1),
    )
    assert refusals(request, location=location, by=manager) == [
        (UnknownChoice, "customer"),
        (UnknownChoice, "visitor-1"),
        (RuleBroken, "start"),
        (UnknownChoice, "extras"),
        (ReasonMissing, "discount_reason"),
        (EmailMissing, "email"),
        (PriceChanged, "shown_total"),
    ]


def test_a_new_form_after_a_refusal_is_placed_with_the_same_token(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    token = uuid.uuid4()
    bad = make_request(tariff=tariff, customer=customer, token=token, payment_method="")
    assert refusals(bad, location=location, by=manager) == [(MethodRefused, "payment_method")]
    order = place_order(replace(bad, payment_method="on_site"), location=location, by=manager, at=NOW)
    assert (order.form_token, Order.objects.count()) == (token, 1)
