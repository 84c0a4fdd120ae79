"""Receipts have the rate of the sale, in its calculated form before the service and its plain form after."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.models import Extra, Location, Seller, SellerTax, Subject, Tariff, TaxSystem, Vat
from orders.domain.booking.pricing import Discount
from orders.domain.desk.cash import correct_entry
from orders.domain.money.tax import tax_of_sale
from orders.domain.online.completion import complete_finished
from orders.domain.online.notifications import take_refund
from orders.domain.online.payments import start_payment
from orders.models import OffsetReceipt, Order, OrderLine, PromoCode, ProviderRequest, Refund
from tests.factories import make_extra, make_order, make_promo_code, make_seller
from tests.gateways.fake import FakeGateway
from tests.moments import moment
from tests.orders.conftest import now
from tests.orders.steps import pay, press_pay, refund, request_of, send_all, take

pytestmark = pytest.mark.django_db


def codes(request: ProviderRequest) -> list[tuple[int, str, str]]:
    """Return VAT code, payment mode and sum of each position of a request's receipt."""
    body = json.loads(request.body)
    items = body.get("receipt", body)["items"]
    return [
        (one["vat_code"], one["payment_mode"], str(Decimal(one["amount"]["value"]) * Decimal(one["quantity"])))
        for one in items
    ]


def complete(order: Order, gateway: FakeGateway, clock: time_machine.Coordinates) -> ProviderRequest:
    clock.move_to(order.period.end)
    assert complete_finished(gateway, now()) == 1
    send_all(gateway)
    return ProviderRequest.objects.get(receipt__isnull=False)


def last_refund() -> ProviderRequest:
    refund = Refund.objects.order_by("-pk").first()
    assert refund
    return request_of(refund)


def test_a_rate_that_changes_meanwhile_changes_nothing_about_a_sale(
    order: Order, location: Location, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    # The order is for 25 November; from that day on the seller pays 5 %, under another system.
    seller = make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})
    SellerTax.objects.update(tax_system=TaxSystem.GENERAL)
    SellerTax.objects.create(
        seller=seller, starts_on="2026-11-25", vat=Vat.FIVE, tax_system=TaxSystem.SIMPLIFIED_INCOME
    )
    attempt = pay(order, gateway)
    clock.move_to(order.period.start)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    offset = complete(order, gateway, clock)
    refund(order, gateway, "200", by=manager)
    after_offset = last_refund()
    refund(order, gateway, "300", by=manager)

    requests = [request_of(attempt), ProviderRequest.objects.filter(refund__isnull=False).earliest("pk"), offset]
    assert [codes(one) for one in [*requests, after_offset, last_refund()]] == [
        [(12, "full_prepayment", "600.00")],
        [(12, "full_prepayment", "100.00")],
        [(11, "full_payment", "500.00")],
        [(11, "full_payment", "200.00")],
        [(11, "full_payment", "300.00")],
    ]
    bodies = [json.loads(body) for body in ProviderRequest.objects.values_list("body", flat=True)]
    assert {body.get("receipt", body)["tax_system_code"] for body in bodies} == {TaxSystem.GENERAL}
    assert (attempt.tax_system, OffsetReceipt.objects.get().amount) == (TaxSystem.GENERAL, Decimal("500.00"))


def test_a_payment_begun_before_midnight_is_asked_for_anew_where_the_rate_has_changed(
    order: Order, location: Location, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    seller = make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY})
    clock.move_to(moment("2026-11-24 23:50").astimezone(now().tzinfo))
    first = press_pay(order, gateway)
    clock.shift(timedelta(minutes=9))
    assert press_pay(order, gateway) == first
    clock.shift(timedelta(minutes=1))
    assert press_pay(order, gateway) == first  # a new day by itself changes nothing
    SellerTax.objects.create(seller=seller, starts_on="2026-11-25", vat=Vat.TWENTY_TWO)
    second = press_pay(order, gateway)
    first.refresh_from_db()
    assert (first.abandoned_at, second.number) == (now(), 2)
    assert [codes(request_of(one)) for one in (first, second)] == [
        [(6, "full_prepayment", "600.00")],
        [(12, "full_prepayment", "600.00")],
    ]


@pytest.mark.parametrize("void", ["corrected", "returned"])
def test_money_that_did_not_stay_sets_no_rate(
    void: str, order: Order, location: Location, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY, "2026-11-25": Vat.TWENTY_TWO})
    if void == "corrected":
        entry = take(order, "600", by=manager)
        correct_entry(entry.pk, Decimal(0), reason="Другой заказ", token=uuid.uuid4(), by=manager, at=now())
    else:
        pay(order, gateway)
        refund(order, gateway, "600", by=manager)
        send_all(gateway)
    before = tax_of_sale(Order.objects.get())
    clock.move_to(moment("2026-11-25 08:00").astimezone(now().tzinfo))
    locker = make_extra(service=order.service, price="100")
    facts = {"extra": locker, "title": locker.name, "quantity": 1, "unit_price": 100, "amount": 100}
    OrderLine.objects.create(order=order, kind="extra", **facts)
    paid = pay(Order.objects.get(), gateway)
    assert (before.vat, paid.status, tax_of_sale(Order.objects.get()).vat) == (
        Vat.TWENTY_TWO,
        "succeeded",
        Vat.TWENTY_TWO,
    )


def test_the_whole_of_a_payment_that_was_set_off_goes_back_as_a_full_payment(
    order: Order, location: Location, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.SEVEN})
    pay(order, gateway)
    offset = complete(order, gateway, clock)
    refund(order, gateway, "600", by=manager)
    assert [codes(offset), codes(last_refund())] == [[(8, "full_payment", "600.00")]] * 2


def test_what_was_never_set_off_goes_back_first_and_as_the_prepayment_it_is(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates, settings: Any
) -> None:
    settings.YOOKASSA_VAT_CODE = 11
    pay(order, gateway)
    gateway.refunds_stay_pending = True
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    complete(order, gateway, clock)
    # The bank refuses the 200 ₽ after the other 400 ₽ were set off.
    Refund.objects.update(status=Refund.Status.CANCELED)
    refund(order, gateway, "500", by=manager)
    assert codes(last_refund()) == [(12, "full_prepayment", "200.00"), (11, "full_payment", "300.00")]
    refund(order, gateway, "100", by=manager)
    assert codes(last_refund()) == [(11, "full_payment", "100.00")]


def test_what_is_left_beside_a_refund_in_the_cabinet_goes_back_as_it_was_set_off(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates, settings: Any
) -> None:
    settings.YOOKASSA_VAT_CODE = 11
    attempt = pay(order, gateway)
    complete(order, gateway, clock)
    take_refund(gateway.external_refund(attempt.provider_id or "", Decimal("400.00")), at=now())
    refund(order, gateway, "200", by=manager)
    assert codes(last_refund()) == [(11, "full_payment", "200.00")]


def test_an_extra_may_be_goods_at_a_rate_of_its_own(
    tariff: Tariff, location: Location, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})
    goods = make_extra(
        service=tariff.service, name="Книга", price="200", subject=Subject.COMMODITY, vat=Vat.TEN, max_quantity=2
    )
    order = make_order(
        tariff=tariff,
        by=manager,
        payment_method="online",
        extras={goods.pk: 2},
        discount=Discount(Decimal(10), True),
        discount_reason="Постоянный",
    )
    # The original sale keeps its rate, whatever happens to the extra.
    Extra.objects.update(vat=Vat.NONE, subject="")
    attempt = pay(order, gateway)
    offset = complete(order, gateway, clock)
    assert [codes(request_of(attempt)), codes(offset)] == [
        [(12, "full_prepayment", "540.00"), (5, "full_prepayment", "360.00")],
        [(11, "full_payment", "540.00"), (3, "full_payment", "360.00")],
    ]
    assert [item["payment_subject"] for item in json.loads(offset.body)["items"]] == ["service", "commodity"]


def test_a_promo_code_of_a_sum_is_in_the_receipts_to_the_kopeck_at_each_rate(
    tariff: Tariff, location: Location, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})
    goods = make_extra(service=tariff.service, name="Книга", price="200", vat=Vat.TEN, max_quantity=2)
    code = make_promo_code(location=location, value="100.01", is_percent=False)
    order = make_order(tariff=tariff, by=manager, payment_method="online", extras={goods.pk: 2}, promo_code=code.code)
    attempt = pay(order, gateway)
    PromoCode.objects.update(value=1)  # the original sale keeps its discount
    offset = complete(order, gateway, clock)
    assert [codes(request_of(attempt)), codes(offset)] == [
        [(12, "full_prepayment", "539.99"), (5, "full_prepayment", "360.00")],
        [(11, "full_payment", "539.99"), (3, "full_payment", "360.00")],
    ]


def test_the_day_that_counts_is_the_locations(
    order: Order, location: Location, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY, "2026-11-25": Vat.TWENTY_TWO})
    clock.move_to(now().replace(hour=20, minute=59))  # 23:59 in Moscow
    before = start_payment(order.pk, gateway, email="a@example.com", at=now())
    clock.shift(timedelta(minutes=1))
    after = start_payment(order.pk, gateway, email="b@example.com", at=now())
    assert [attempt.receipt_items[0]["vat_code"] for attempt in (before, after)] == [6, 12]


def test_a_service_that_is_paid_after_it_was_rendered_has_the_rate_of_its_own_day(
    tariff: Tariff, location: Location, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY, "2026-12-01": Vat.TWENTY_TWO})
    order = make_order(tariff=tariff, by=manager, payment_method="invoice")
    clock.move_to(order.period.end)
    assert complete_finished(gateway, now()) == 1
    clock.shift(timedelta(days=10))
    assert codes(request_of(pay(order, gateway))) == [(4, "full_payment", "600.00")]


@pytest.mark.parametrize("wrong", [{"vat": "18"}, {"tax_system": 7}, {"starts_on": "2026-01-01"}])
def test_the_database_refuses_a_row_that_no_law_knows_or_a_second_one_of_a_day(
    wrong: dict[str, Any], location: Location
) -> None:
    seller = make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})
    with pytest.raises(IntegrityError), transaction.atomic():
        SellerTax.objects.create(**{"seller": seller, "starts_on": "2027-01-01", "vat": Vat.NONE, **wrong})
    assert Seller.objects.get().taxes.count() == 1
