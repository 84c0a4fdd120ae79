"""What the domain may rely on with any provider: the fake behaves like YooKassa."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from orders.domain.online.gateway import (
    Call,
    OutcomeUnknown,
    PaymentSnapshot,
    ReceiptSnapshot,
    RefundSnapshot,
    Rejected,
)
from tests.gateways.shops import (
    Shop,
    ShopInMemory,
    all_payments,
    create_payment,
    now,
    paid,
    refund,
    shop_at_the_sandbox,
)
from tests.gateways.wishes import (
    PATIENCE,
    PAYMENT_ID,
    RECEIPT_ID,
    REFUND_ID,
    item,
    payment_wish,
    receipt_wish,
    refund_wish,
)

ROUBLE = Decimal("1.00")
IMPATIENT = timedelta(seconds=0.2)


@pytest.fixture(params=["fake", "sandbox"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Run each test with both."""
    if request.param == "fake":
        yield ShopInMemory()
        return
    with shop_at_the_sandbox() as at_the_sandbox:
        yield at_the_sandbox


def test_a_new_payment_waits_for_the_customer_at_the_providers_page(shop: Shop) -> None:
    payment = create_payment(shop)
    assert payment == PaymentSnapshot(
        id=payment.id,
        status="pending",
        amount=Decimal("500.00"),
        currency="RUB",
        shop_id=shop.gateway.shop_id,
        test=True,
        created_at=shop.clock.at,
        confirmation_url=payment.confirmation_url,
        metadata={"payment_id": "7", "order_id": "3", "env": "test", "cms_name": "olvery"},
    )
    assert shop.gateway.is_test
    assert urlsplit(payment.confirmation_url).query == f"orderId={payment.id}"
    assert now(shop, payment) == payment


def test_a_paid_payment_tells_when_and_how(shop: Shop) -> None:
    payment = create_payment(shop)
    shop.clock.advance(minutes=5)
    shop.pay(payment.id)
    assert now(shop, payment) == replace(
        payment,
        status="succeeded",
        captured_at=shop.clock.at,
        method_title="Bank card *4477",
        confirmation_url="",
    )


def test_a_declined_payment_tells_who_and_why(shop: Shop) -> None:
    payment = create_payment(shop)
    shop.decline(payment.id, "insufficient_funds")
    assert now(shop, payment) == replace(
        payment,
        status="canceled",
        confirmation_url="",
        cancel_party="payment_network",
        cancel_reason="insufficient_funds",
    )


def test_a_payment_nobody_makes_lapses_after_an_hour(shop: Shop) -> None:
    payment = create_payment(shop)
    shop.clock.advance(minutes=59)
    assert now(shop, payment) == payment
    shop.clock.advance(minutes=1)
    assert now(shop, payment) == replace(
        payment,
        status="canceled",
        confirmation_url="",
        cancel_party="yoo_money",
        cancel_reason="expired_on_confirmation",
    )


def test_the_same_key_and_body_give_the_first_answer_again(shop: Shop) -> None:
    first = paid(shop)
    again = create_payment(shop)
    assert (again.id, again.status) == (first.id, "pending")
    assert all_payments(shop) == [first]


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    first = create_payment(shop)
    with pytest.raises(Rejected, match="Idempotence key duplicated") as refusal:
        create_payment(shop, amount=Decimal("600.00"))
    assert (refusal.value.status, refusal.value.code, refusal.value.parameter) == (
        400,
        "invalid_request",
        "Idempotence-Key",
    )
    assert all_payments(shop) == [first]


def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    first = create_payment(shop)
    shop.clock.advance(hours=24)
    second = create_payment(shop)
    assert first.id != second.id


def test_the_same_key_from_many_threads_makes_one_payment(shop: Shop) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: create_payment(shop), range(6)))
    assert answers == all_payments(shop) * 6


@pytest.mark.parametrize(("when", "payments"), [("before", 0), ("after", 1)])
def test_a_lost_answer_is_got_by_asking_again(shop: Shop, when: Any, payments: int) -> None:
    shop.lose_the_next(when)
    with pytest.raises(OutcomeUnknown):
        create_payment(shop)
    assert len(all_payments(shop)) == payments
    assert [create_payment(shop)] == all_payments(shop)


def test_a_payment_is_refunded_part_by_part(shop: Shop) -> None:
    payment = paid(shop)
    parts = [refund(shop, payment.id, amount, f"key-{amount}") for amount in ("200.00", "250.00", "50.00")]
    assert parts[0] == RefundSnapshot(
        id=parts[0].id,
        payment_id=payment.id,
        status="succeeded",
        amount=Decimal("200.00"),
        currency="RUB",
        created_at=shop.clock.at,
        metadata={"refund_id": "5"},
    )
    assert shop.gateway.refund(parts[0].id, patience=PATIENCE) == parts[0]
    assert now(shop, payment) == replace(payment, refunded=Decimal("500.00"))
    assert list(shop.gateway.refunds_since(shop.clock.at)) == parts[::-1]


@pytest.mark.parametrize(
    ("earlier", "amount", "reason", "parameter"),
    [
        (None, "500.00", "Payment can not be refunded in current status.", "payment_id"),
        ("", "500.01", "Refund sum exceeded", "amount.value"),
        ("", "499.50", "must be greater than 1.00 RUB", "amount.value"),
        ("300.00", "200.01", "Refund sum exceeded", "amount.value"),
        ("500.00", "1.00", "Payment is already completely refunded", "payment_id"),
    ],
)
def test_no_more_is_refunded_than_was_paid(
    shop: Shop, earlier: str | None, amount: str, reason: str, parameter: str
) -> None:
    payment = create_payment(shop)
    if earlier is not None:
        shop.pay(payment.id)
    if earlier:
        refund(shop, payment.id, earlier, "key-2")
    before = now(shop, payment)
    with pytest.raises(Rejected, match=reason) as refusal:
        refund(shop, payment.id, amount, "key-3")
    assert (refusal.value.status, refusal.value.code, refusal.value.parameter) == (400, "invalid_request", parameter)
    assert now(shop, payment) == before


def test_a_pending_refund_holds_its_sum_until_the_bank_decides(shop: Shop) -> None:
    payment = paid(shop)
    shop.hold_refunds()
    pending = refund(shop, payment.id, "300.00", "key-2")
    assert (pending.status, now(shop, payment)) == ("pending", payment)
    with pytest.raises(Rejected, match="Refund sum exceeded"):
        refund(shop, payment.id, "201.00", "key-3")

    shop.settle_refund(pending.id, "canceled")
    assert shop.gateway.refund(pending.id, patience=PATIENCE) == replace(
        pending, status="canceled", cancel_party="yoo_money", cancel_reason="general_decline"
    )
    assert now(shop, payment) == payment

    second = refund(shop, payment.id, "500.00", "key-4")
    shop.settle_refund(second.id, "succeeded")
    assert shop.gateway.refund(second.id, patience=PATIENCE) == replace(second, status="succeeded")
    assert now(shop, payment).refunded == Decimal("500.00")


def test_a_refund_made_in_the_cabinet_is_found_in_the_list(shop: Shop) -> None:
    payment = paid(shop)
    shop.refund_in_the_cabinet(payment.id, Decimal("120.00"))
    assert [
        (found.payment_id, found.status, found.amount, found.metadata)
        for found in shop.gateway.refunds_since(shop.clock.at)
    ] == [(payment.id, "succeeded", Decimal("120.00"), {})]
    assert now(shop, payment).refunded == Decimal("120.00")


def test_the_receipt_of_a_payment_is_registered_after_it_is_paid(shop: Shop) -> None:
    payment = create_payment(shop, email="anna@example.org", items=(item(),))
    shop.clock.advance(seconds=5)
    assert now(shop, payment).receipt_registration == "pending"
    shop.pay(payment.id)
    assert now(shop, payment).receipt_registration == "pending"
    shop.clock.advance(seconds=1)
    assert now(shop, payment).receipt_registration == "succeeded"


def test_a_declined_payment_has_no_receipt(shop: Shop) -> None:
    payment = create_payment(shop, email="anna@example.org", items=(item(),))
    shop.decline(payment.id, "general_decline")
    assert now(shop, payment).receipt_registration == "canceled"


def test_a_refund_has_a_receipt_when_it_is_whole_or_names_its_positions(shop: Shop) -> None:
    receipt = {"email": "anna@example.org", "items": (item(),)}
    in_parts, whole = paid(shop, "key-1", **receipt), paid(shop, "key-2", **receipt)
    returned = item(price=Decimal("200.00"))
    refunds = [
        refund(shop, in_parts.id, "200.00", "key-3", email="anna@example.org", items=(returned,)),
        refund(shop, in_parts.id, "100.00", "key-4"),
        refund(shop, whole.id, "500.00", "key-5"),
    ]
    assert [one.receipt_registration for one in refunds] == ["pending", "", "pending"]
    shop.clock.advance(seconds=1)
    later = [shop.gateway.refund(one.id, patience=PATIENCE).receipt_registration for one in refunds]
    assert later == ["succeeded", "", "succeeded"]


def test_the_offset_receipt_is_registered_on_its_own(shop: Shop) -> None:
    payment = paid(shop)
    call = shop.gateway.call(receipt_wish(payment_id=payment.id))
    receipt = shop.gateway.send(call, key="key-2", patience=PATIENCE)
    assert receipt == ReceiptSnapshot(id=receipt.id, status="pending", payment_id=payment.id, is_offset=True)
    assert shop.gateway.send(call, key="key-2", patience=PATIENCE) == receipt
    shop.clock.advance(seconds=1)
    assert shop.gateway.receipt(receipt.id, patience=PATIENCE) == replace(receipt, status="succeeded")


def test_the_offset_receipt_of_one_payment_is_listed(shop: Shop) -> None:
    whole = {"email": "anna@example.org", "items": (item(),)}
    payment, other = paid(shop, "key-1", **whole), paid(shop, "key-2", **whole)
    refund(shop, payment.id, "100.00", "key-3", **{**whole, "items": (item(price=Decimal("100.00")),)})
    receipts = [
        shop.gateway.send(shop.gateway.call(receipt_wish(payment_id=one.id)), key=key, patience=PATIENCE)
        for one, key in ((payment, "key-4"), (other, "key-5"))
    ]
    listed = shop.gateway.receipts_of(payment.id, patience=PATIENCE)
    assert [one for one in listed if one.is_offset] == receipts[:1]
    with pytest.raises(ValueError, match="No id"):
        list(shop.gateway.receipts_of("../me", patience=PATIENCE))


@pytest.mark.parametrize(
    "ask",
    [
        lambda gateway: gateway.call(refund_wish()),
        lambda gateway: gateway.call(receipt_wish()),
    ],
    ids=["refund", "receipt"],
)
def test_nothing_is_made_for_a_payment_nobody_knows(shop: Shop, ask: Callable[[Any], Call]) -> None:
    with pytest.raises(Rejected, match="Payment does not exist") as refusal:
        shop.gateway.send(ask(shop.gateway), key="key-1", patience=PATIENCE)
    assert (refusal.value.status, refusal.value.parameter) == (400, "payment_id")


def test_less_than_a_rouble_is_no_payment(shop: Shop) -> None:
    with pytest.raises(Rejected, match="Payment amount is illegal"):
        create_payment(shop, amount=Decimal("0.99"))
    assert create_payment(shop, amount=ROUBLE).amount == ROUBLE


@pytest.mark.parametrize(
    ("name", "unknown_id"), [("payment", PAYMENT_ID), ("refund", REFUND_ID), ("receipt", RECEIPT_ID)]
)
def test_an_unknown_id_is_a_definite_no(shop: Shop, name: str, unknown_id: str) -> None:
    with pytest.raises(Rejected) as refusal:
        getattr(shop.gateway, name)(unknown_id, patience=PATIENCE)
    assert (refusal.value.is_unknown_object, refusal.value.is_our_settings, refusal.value.code) == (
        True,
        False,
        "not_found",
    )


def test_a_malformed_id_is_never_requested(shop: Shop) -> None:
    for name in ("payment", "refund", "receipt"):
        for no_id in ("", "7", "../me", f"{PAYMENT_ID}\n", f"{PAYMENT_ID}/cancel", PAYMENT_ID.upper()):
            with pytest.raises(ValueError, match="No id of a"):
                getattr(shop.gateway, name)(no_id, patience=PATIENCE)
    assert shop.requests() == []


def test_a_malformed_request_is_never_sent(shop: Shop) -> None:
    call = shop.gateway.call(payment_wish())
    with pytest.raises(ValueError, match="Nothing is created at"):
        shop.gateway.send(replace(call, path="/me"), key="key-1", patience=PATIENCE)
    for key in ("", "k" * 65, "ключ", "a\r\nb"):
        with pytest.raises(ValueError, match="No idempotence key"):
            shop.gateway.send(call, key=key, patience=PATIENCE)
    assert shop.requests() == []


def test_the_list_starts_with_the_newest_and_ends_at_the_moment(shop: Shop) -> None:
    payments = []
    for number in range(4):
        shop.clock.advance(minutes=1)
        payments.append(create_payment(shop, f"key-{number}"))
    assert list(shop.gateway.payments_since(payments[1].created_at)) == payments[:0:-1]
    assert list(shop.gateway.refunds_since(payments[1].created_at)) == []


def test_the_list_ends_where_it_is_told_to(shop: Shop) -> None:
    payments = []
    for number in range(3):
        shop.clock.advance(minutes=1)
        payments.append(create_payment(shop, f"key-{number}"))
    first, second, _third = payments
    assert list(shop.gateway.payments_since(first.created_at, until=second.created_at)) == [second, first]
    assert list(shop.gateway.refunds_since(first.created_at, until=second.created_at)) == []


def test_the_refunds_of_one_payment_are_listed_alone(shop: Shop) -> None:
    payment, other = paid(shop, "key-1"), paid(shop, "key-2")
    mine = [refund(shop, payment.id, "100.00", key="key-3"), refund(shop, payment.id, "50.00", key="key-4")]
    refund(shop, other.id, "10.00", key="key-5")
    assert list(shop.gateway.refunds_of(payment.id, patience=PATIENCE)) == mine[::-1]
    with pytest.raises(ValueError, match="No id"):
        list(shop.gateway.refunds_of("../me", patience=PATIENCE))


def test_a_moment_without_a_zone_is_refused(shop: Shop) -> None:
    for since in (shop.gateway.payments_since, shop.gateway.refunds_since):
        with pytest.raises(ValueError, match="time zone"):
            list(since(shop.clock.at.replace(tzinfo=None)))
    assert shop.requests() == []
