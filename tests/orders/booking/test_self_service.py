"""Booking, and buying passes, by customers themselves."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.models import Service, Tariff, Ticket
from olvery.shared.periods import Period
from olvery.shared.refusals import Refused
from orders.domain.booking import pass_selling
from orders.domain.booking.pass_selling import PassWish
from orders.domain.booking.pricing import Discount
from orders.domain.booking.self_service import MOST_OPEN, buy_own_pass, place_own_order
from orders.domain.booking.wish import Booker
from orders.models import Order
from tests.factories import make_company, make_order, make_pass_tariff, make_pool, make_tariff, make_user, make_wish
from tests.moments import NOW, TUESDAY, clock
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def customer() -> User:
    return make_user(email="petr@example.com")


def book(tariff: Tariff, customer: User, **wish: Any) -> Order:
    """Book as a customer, for Wednesday from 10 to 12 unless the wish says more."""
    asked = make_wish(tariff=tariff, customer=customer, **{"payment_method": "online", **wish})
    booker = Booker.customer(customer, tariff.service.location)
    return place_own_order(asked, booker=booker, at=NOW, tariffs=tariffs_on_sale(booker.location, at=NOW))


def refused(tariff: Tariff, customer: User, **wish: Any) -> list[str]:
    """Book, and return why that is refused; nothing is saved."""
    before = saved_rows()
    with pytest.raises(Refused) as error:
        book(tariff, customer, **wish)
    assert saved_rows() == before
    return [refusal.reason for refusal in error.value.refusals]


def test_the_place_is_held_for_twenty_minutes(tariff: Tariff, customer: User) -> None:
    order = book(tariff, customer)
    until = NOW + timedelta(minutes=20)
    assert (order.status, order.customer, order.created_by, order.deadline_at) == (
        "awaiting_payment",
        customer,
        customer,
        until,
    )
    assert list(Ticket.objects.values_list("status", "held_until", "visitor")) == [("held", until, customer.pk)]


def test_a_service_may_give_own_orders_more_time_to_pay_and_never_less(pool: Service, customer: User) -> None:
    with pytest.raises(IntegrityError, match="service_holds_own_orders_twenty_minutes"), transaction.atomic():
        Service.objects.update(own_order_minutes=19)
    Service.objects.update(own_order_minutes=45)
    first = make_tariff(service=Service.objects.get())
    longer = make_pool(location=first.service.location, name="Студия", own_order_minutes=60, deadline_hours=1)
    until = NOW + timedelta(minutes=45)
    bought = buy(make_pass_tariff(service=first.service), customer)
    assert [order.deadline_at for order in (book(first, customer), bought)] == [until, until]
    assert book(make_tariff(service=longer), customer).deadline_at == NOW + timedelta(hours=1)


def test_a_company_is_booked_for_on_account_within_its_limit(tariff: Tariff, customer: User) -> None:
    company = make_company(customer, credit_limit=Decimal(900))
    Service.objects.update(capacity=9)
    order = book(tariff, customer, company_id=company.pk, payment_method="invoice")
    assert (order.status, order.company, order.due) == ("confirmed", company, 600)
    assert refused(tariff, customer, company_id=company.pk, payment_method="invoice") == ["credit_exceeded"]


def test_without_a_limit_or_for_a_company_of_others_nobody_books_by_invoice(tariff: Tariff, customer: User) -> None:
    own, foreign = make_company(customer), make_company(credit_limit=Decimal(9000))
    assert refused(tariff, customer, company_id=own.pk, payment_method="invoice") == ["method_not_offered"]
    said = refused(tariff, customer, company_id=foreign.pk, payment_method="invoice")
    assert set(said) == {"company_not_of_customer", "method_not_offered"}
    assert book(tariff, customer, company_id=own.pk, payment_method="on_site").company == own


def test_what_is_paid_on_site_is_confirmed_at_once(tariff: Tariff, customer: User) -> None:
    order = book(tariff, customer, payment_method="on_site")
    assert (order.status, order.deadline_at) == ("confirmed", None)


def test_customers_do_not_choose_an_invoice(tariff: Tariff, customer: User) -> None:
    assert refused(tariff, customer, payment_method="invoice") == ["method_missing"]


def test_customers_override_no_rule(tariff: Tariff, customer: User) -> None:
    Service.objects.update(lead_minutes=60 * 48)
    tariff = Tariff.objects.select_related("service__location").get()
    assert refused(tariff, customer, override_reason="Очень надо") == ["too_late"]


def test_customers_give_themselves_no_discount(tariff: Tariff, customer: User) -> None:
    discount = Discount(Decimal(10), is_percent=True)
    assert refused(tariff, customer, discount=discount, discount_reason="Я постоянный") == ["discount_beyond_limit"]


@pytest.mark.parametrize("method", ["online", "on_site"])
def test_many_open_orders_are_enough(pool: Service, tariff: Tariff, customer: User, method: str) -> None:
    Service.objects.update(capacity=10)
    tariff = Tariff.objects.select_related("service__location").get()
    for _number in range(MOST_OPEN):
        book(tariff, customer, payment_method=method)
    assert refused(tariff, customer, payment_method=method) == ["too_many_open_orders"]
    book(tariff, make_user(email="other@example.com"))


def test_paid_past_and_managed_orders_are_not_counted(
    pool: Service, tariff: Tariff, customer: User, manager: User
) -> None:
    Service.objects.update(capacity=20)
    tariff = Tariff.objects.select_related("service__location").get()
    for _number in range(MOST_OPEN):
        make_order(tariff=tariff, customer=customer, by=manager)
    for _number in range(MOST_OPEN):
        book(tariff, customer)
    Order.objects.filter(created_by=customer, pk__lte=Order.objects.earliest("pk").pk + MOST_OPEN + 2).update(paid=1)
    assert book(tariff, customer).status == "awaiting_payment"


def test_orders_that_are_over_free_or_by_invoice_are_not_counted(pool: Service, tariff: Tariff, customer: User) -> None:
    Service.objects.update(capacity=20)
    tariff = Tariff.objects.select_related("service__location").get()
    for _number in range(MOST_OPEN):
        book(tariff, customer)
    Order.objects.update(period=Period(NOW - timedelta(hours=2), NOW))
    free = make_tariff(service=tariff.service, price="0")
    company = make_company(customer, credit_limit=Decimal(9000))
    for _number in range(MOST_OPEN):
        book(free, customer)
        book(tariff, customer, company_id=company.pk, payment_method="invoice")
    assert book(tariff, customer).status == "awaiting_payment"


def test_a_form_that_is_sent_twice_is_one_order_at_the_limit_too(pool: Service, tariff: Tariff, customer: User) -> None:
    Service.objects.update(capacity=10)
    tariff = Tariff.objects.select_related("service__location").get()
    for _number in range(MOST_OPEN - 1):
        book(tariff, customer)
    wish = make_wish(tariff=tariff, customer=customer, payment_method="online")
    booker = Booker.customer(customer, tariff.service.location)
    orders = [
        place_own_order(wish, booker=booker, at=NOW, tariffs=tariffs_on_sale(booker.location, at=NOW))
        for _twice in range(2)
    ]
    assert orders[0] == orders[1]
    assert Order.objects.count() == MOST_OPEN


def test_a_time_that_is_over_is_refused(tariff: Tariff, customer: User) -> None:
    when = When(day=TUESDAY, start=clock("8"), end=clock("9"))
    assert refused(tariff, customer, when=when) == ["already_over"]


# Passes


def buy(tariff: Tariff, customer: User, **wish: Any) -> Order:
    """Buy a pass as a customer."""
    asked = {
        "token": uuid.uuid4(),
        "customer_id": customer.pk,
        "phone": str(customer.phone),
        "email": "petr@example.com",
        "tariff_id": tariff.pk,
        "payment_method": "online",
    }
    booker = Booker.customer(customer, tariff.service.location)
    return buy_own_pass(PassWish(**{**asked, **wish}), booker=booker, at=NOW)


def reasons_against(tariff: Tariff, customer: User, **wish: Any) -> list[str]:
    """Buy a pass, and return why that is refused; nothing is saved."""
    before = saved_rows()
    with pytest.raises(Refused) as error:
        buy(tariff, customer, **wish)
    assert saved_rows() == before
    return [refusal.reason for refusal in error.value.refusals]


def test_a_pass_waits_twenty_minutes_for_its_payment(pool: Service, customer: User) -> None:
    order = buy(make_pass_tariff(service=pool), customer)
    assert (order.status, order.deadline_at) == ("awaiting_payment", NOW + timedelta(minutes=20))
    assert (order.customer, order.created_by, order.total, order.pass_units) == (customer, customer, 2000, 10)


def test_a_pass_is_refused_as_a_booking_is(pool: Service, tariff: Tariff, customer: User) -> None:
    of_pass = make_pass_tariff(service=pool)
    assert reasons_against(of_pass, customer, payment_method="invoice") == ["method_missing"]
    assert reasons_against(of_pass, customer, email="") == ["email_missing"]
    assert reasons_against(of_pass, customer, terms=(7,)) == ["document_changed"]
    assert reasons_against(tariff, customer) == ["tariff_not_on_sale"]
    bought = [buy(of_pass, customer) for _number in range(MOST_OPEN)]
    assert reasons_against(of_pass, customer) == ["too_many_open_orders"]
    assert buy(of_pass, customer, token=bought[0].form_token) == bought[0]
    assert Order.objects.count() == MOST_OPEN


def test_the_same_form_is_one_pass_whatever_became_of_its_price(pool: Service, customer: User) -> None:
    of_pass = make_pass_tariff(service=pool)
    first = buy(of_pass, customer)
    Tariff.objects.filter(pk=of_pass.pk).update(is_active=False)
    assert buy(of_pass, customer, token=first.form_token) == first
    assert reasons_against(of_pass, make_user(), token=first.form_token) == ["token_used"]


def test_a_person_erased_meanwhile_buys_no_pass(pool: Service, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    check = pass_selling.passes_on_sale

    def look_then_erase(*args: Any, **wanted: Any) -> list[Tariff]:
        User.objects.filter(pk=customer.pk).update(erased_at=NOW, phone=None, email=None, is_active=False)
        return check(*args, **wanted)

    monkeypatch.setattr(pass_selling, "passes_on_sale", look_then_erase)
    with pytest.raises(Refused) as error:
        buy(make_pass_tariff(service=pool), customer)
    assert [refusal.reason for refusal in error.value.refusals] == ["person_not_chosen"]
    assert not Order.objects.exists()
