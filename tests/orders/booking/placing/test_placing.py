from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, Service, Tariff, Ticket, Unit
from olvery.shared.periods import Period
from orders.domain.booking.placing import TokenUsed, place_order
from orders.domain.booking.pricing import Discount
from orders.domain.booking.wish import Booker
from orders.models import Message, Order, OrderEvent, OrderFacet, OrderLine
from tests.factories import (
    make_booking_wish,
    make_extra,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import NOW, TUESDAY, WEDNESDAY, hours, moment
from tests.orders.booking.asking import at_hours, refusals
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db


# Placed


def test_an_order_paid_on_site_is_confirmed_with_everything_it_consists_of(
    location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    guest = make_user(last_name="Орлова", first_name="Ольга")
    locker = make_extra(service=pool, name="Локер", price="150")
    request = make_wish(
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

    order = place_order(request, booker=Booker.manager(manager, location), at=NOW)

    facet = OrderFacet.objects.get(status="confirmed", payment_status="unpaid", is_by_customer=False)
    assert Order.objects.values().get() == {
        "number": order.number,
        "location_id": location.pk,
        "service_id": pool.pk,
        "tariff_id": tariff.pk,
        "service_name": "Опен-спейс",
        "tariff_name": "Час",
        "period": hours("10", "12"),
        "ticket_count": 2,
        "booking_count": 1,
        "service_ids": [pool.pk],
        "customer_id": customer.pk,
        "customer_name": "Петров Иван Андреевич",
        "phone": customer.phone,
        "email": "petrov@example.com",
        "payment_method": "on_site",
        "status": "confirmed",
        "kept": Decimal("0.00"),
        "total": Decimal("1350.00"),
        "paid": Decimal("0.00"),
        "due": Decimal("1350.00"),
        "payment_status": "unpaid",
        "paid_by": [],
        "deadline_at": None,
        "owed_until": None,
        "promo_code_id": None,
        "company_id": None,
        "pass_units": None,
        "from_pass_id": None,
        "also_services": [],
        "comment": "Нужен тихий угол",
        "internal_note": "Позвонить накануне",
        "created_by_id": manager.pk,
        "created_at": NOW,
        "form_token": request.token,
        "name_key": " петров иван андреевич",
        "given_key": "иван",
        "facet_id": facet.pk,
    }
    assert (Order.objects.get().total, order.period) == (Decimal("1350.00"), hours("10", "12"))
    tickets = list(Ticket.objects.order_by("number"))
    assert [
        (
            ticket.service,
            ticket.tariff,
            ticket.seat,
            ticket.visitor,
            ticket.visitor_name,
            ticket.period,
            ticket.status,
            ticket.held_until,
        )
        for ticket in tickets
    ] == [
        (pool, tariff, None, customer, "Петров Иван Андреевич", hours("10", "12"), "active", None),
        (pool, tariff, None, guest, "Орлова Ольга", hours("10", "12"), "active", None),
    ]
    columns = ("order", "kind", "ticket", "extra", "title", "quantity", "unit", "unit_price", "amount")
    assert list(OrderLine.objects.order_by("pk").values_list(*columns)) == [
        (order.pk, "tariff", tickets[0].pk, None, "Опен-спейс, Час", 2, "hour", 300, 600),
        (order.pk, "tariff", tickets[1].pk, None, "Опен-спейс, Час", 2, "hour", 300, 600),
        (order.pk, "extra", tickets[0].pk, locker.pk, "Локер", 2, "", 150, 300),
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
    first, second = messages
    assert jobs() == [("orders.send_message", {"message_id": first.pk, "also": [second.pk]})]


@pytest.mark.usefixtures("shop")
def test_an_order_paid_online_holds_its_places_until_the_money_is_due(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, payment_method="online")

    order = place_order(request, booker=Booker.manager(manager, location), at=NOW)

    order.refresh_from_db()
    deadline = moment("2026-11-25 09:00")
    assert (order.status, order.payment_method, order.deadline_at) == ("awaiting_payment", "online", deadline)
    assert list(Ticket.objects.values_list("status", "held_until")) == [("held", deadline)]
    message = Message.objects.get()
    assert message.kind == "created"
    assert jobs() == [("orders.send_message", {"message_id": message.pk})]
    assert OrderEvent.objects.get().data == {"status": "awaiting_payment", "method": "online", "total": "600.00"}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("when", "deadline_at"),
    [
        (at_hours("10", "12"), "2026-11-25 09:00"),
        (at_hours("08", "10"), "2026-11-25 08:00"),
        (at_hours("09:00", "10", day=TUESDAY), "2026-11-24 09:20"),
        (at_hours("09:30", "10:30", day=TUESDAY), "2026-11-24 09:30"),
    ],
)
def test_the_deadline_is_the_time_to_pay_or_the_start_but_never_less_than_twenty_minutes(
    when: When, deadline_at: str, location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, payment_method="online", when=when)
    assert place_order(request, booker=Booker.manager(manager, location), at=NOW).deadline_at == moment(deadline_at)


def test_a_price_of_zero_asks_for_no_method_and_is_confirmed(
    location: Location, pool: Service, manager: User, customer: User
) -> None:
    free = make_tariff(service=pool, price="0")
    request = make_wish(tariff=free, customer=customer, payment_method="", shown_total=Decimal(0))
    order = place_order(request, booker=Booker.manager(manager, location), at=NOW)
    assert (order.payment_method, order.status, order.deadline_at) == ("free", "confirmed", None)
    assert Order.objects.get().payment_status == "not_required"


def test_contacts_are_changed_in_this_order_only(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    profile = User.objects.values().get(pk=customer.pk)
    request = make_wish(tariff=tariff, customer=customer, phone="+79990001122", email="office@example.com")

    order = place_order(request, booker=Booker.manager(manager, location), at=NOW)

    assert User.objects.values().get(pk=customer.pk) == profile
    assert Order.objects.values_list("phone", "email").get() == ("+79990001122", "office@example.com")
    assert list(OrderEvent.objects.order_by("pk").values_list("kind", "by", "data")[1:]) == [
        (
            "contact_changed",
            manager.pk,
            {
                "phone": {"profile": str(customer.phone), "order": "+79990001122"},
                "email": {"profile": "petrov@example.com", "order": "office@example.com"},
            },
        )
    ]
    assert {message.to for message in order.messages.all()} == {"office@example.com"}


def test_a_customer_without_an_e_mail_gets_an_order_and_no_message(
    location: Location, tariff: Tariff, manager: User
) -> None:
    order = place_order(
        make_wish(tariff=tariff, customer=make_user(email=None)), booker=Booker.manager(manager, location), at=NOW
    )
    assert (order.email, Message.objects.count(), jobs()) == ("", 0, [])
    assert OrderEvent.objects.get().kind == "created"


def test_seats_that_were_named_are_those_of_the_tickets(location: Location, manager: User, customer: User) -> None:
    service = make_seats(location=location, labels=["A1", "A2", "A3"])
    request = make_wish(
        tariff=make_tariff(service=service),
        customer=customer,
        visitor_ids=(None, None),
        seat_ids=(seat_of(service, "A3").pk,),
    )
    place_order(request, booker=Booker.manager(manager, location), at=NOW)
    assert list(Ticket.objects.order_by("number").values_list("seat__label", flat=True)) == ["A3", "A1"]


def test_names_and_prices_are_copies_of_the_moment(
    location: Location, pool: Service, tariff: Tariff, manager: User, customer: User
) -> None:
    place_order(make_wish(tariff=tariff, customer=customer), booker=Booker.manager(manager, location), at=NOW)
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
    request = make_wish(tariff=make_tariff(service=pool, unit=unit, price="1000"), customer=customer, when=when)
    order = place_order(request, booker=Booker.manager(manager, location), at=NOW)
    end = {Unit.DAY: "2026-11-27", Unit.WEEK: "2026-12-09", Unit.MONTH: "2027-01-25"}[unit]
    assert order.period == Period(moment("2026-11-25"), moment(end))
    assert OrderLine.objects.values_list("quantity", "unit", "amount").get() == (2, unit, 2000)


def test_a_third_of_an_hour_is_charged_and_stored(
    location: Location, pool: Service, manager: User, customer: User
) -> None:
    tariff = make_tariff(service=pool, price="100", step_minutes=20, min_units=0)
    request = make_wish(tariff=tariff, customer=customer, when=at_hours("10", "10:20"))
    place_order(request, booker=Booker.manager(manager, location), at=NOW)
    assert OrderLine.objects.values_list("quantity", "amount").get() == (Decimal("0.333"), Decimal("33.33"))


def test_placing_costs_the_same_number_of_queries_for_one_place_and_for_three(
    location: Location, tariff: Tariff, manager: User, customer: User, django_assert_max_num_queries
) -> None:
    for visitors in ((None,), (None, None, None)):
        with django_assert_max_num_queries(24):
            request = make_wish(tariff=tariff, customer=customer, visitor_ids=visitors)
            place_order(request, booker=Booker.manager(manager, location), at=NOW)


# The same form twice


def test_the_same_token_twice_is_the_same_order(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer)
    first = place_order(request, booker=Booker.manager(manager, location), at=NOW)
    before = saved_rows()
    again = place_order(request, booker=Booker.manager(manager, location), at=NOW + timedelta(minutes=1))
    assert (again, saved_rows()) == (first, before)


def test_the_same_token_is_the_same_order_though_the_request_would_be_refused_now(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer, visitor_ids=(None,) * 4)
    first = place_order(request, booker=Booker.manager(manager, location), at=NOW)
    before = saved_rows()
    changed = replace(request, shown_total=Decimal(1), phone="+79990001122")
    again = place_order(changed, booker=Booker.manager(manager, location), at=NOW + timedelta(days=30))
    assert (again, saved_rows()) == (first, before)


def test_the_same_token_is_the_same_order_though_the_tariff_was_switched_off_since(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer)
    first = place_order(request, booker=Booker.manager(manager, location), at=NOW)
    Tariff.objects.update(is_active=False)
    assert place_order(request, booker=Booker.manager(manager, location), at=NOW) == first


def test_the_token_of_somebody_else_is_refused(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer)
    place_order(request, booker=Booker.manager(manager, location), at=NOW)
    other = make_manager(location=location)
    assert refusals(request, location=location, by=other) == [(TokenUsed, "token")]


def test_a_token_used_at_another_service_is_the_first_order_too(
    location: Location, tariff: Tariff, manager: User, customer: User
) -> None:
    request = make_wish(tariff=tariff, customer=customer)
    first = place_order(request, booker=Booker.manager(manager, location), at=NOW)
    other = make_booking_wish(tariff=make_tariff(service=make_pool(location=location)))
    elsewhere = replace(request, bookings=(other,))
    before = saved_rows()
    assert place_order(elsewhere, booker=Booker.manager(manager, location), at=NOW) == first
    assert saved_rows() == before
