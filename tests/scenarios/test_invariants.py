"""The comparison of the books after every scenario would find errors."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from orders.domain.money.ledger import record_refund
from orders.domain.money.summary import store_summary
from orders.domain.online.gateway import Call
from orders.gateways import gateway
from orders.letters import send
from orders.models import Message, MessageKind, Order, PaymentAttempt, ProviderRequest, Refund
from tests.races.guards import without_constraint
from tests.scenarios.invariants import complaints
from tests.scenarios.scene import Scene
from tests.scenarios.test_refunds import give_back
from tests.yookassa_sandbox.shop import Shop
from tests.yookassa_sandbox.test_receipts import OFFSET

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = timedelta(seconds=5)
ANOTHER_ID = "2d5c8d3f-000f-5000-8000-0123456789ab"


@pytest.fixture
def paid(unchecked: Scene) -> Scene:
    """A scene whose order is paid, without complaints."""
    unchecked.pay_at_once()
    assert found(unchecked) == []
    return unchecked


def found(scene: Scene) -> list[str]:
    return complaints(scene.sandbox, scene.wire)


def pay_twice(paid: Scene) -> str:
    attempt = paid.attempt()
    attempt.pk, attempt.number, attempt.provider_id = None, 2, ANOTHER_ID
    attempt.save()
    return f"order {paid.order.pk} is paid 2 times"


def pay_twice_and_begin_to_return_it(paid: Scene) -> str:
    told = pay_twice(paid)
    Refund.objects.create(attempt=paid.attempt(2), amount=600, source=Refund.Source.DUPLICATE_PAYMENT)
    store_summary(paid.order)
    return told


def refund_from_the_cabinet(paid: Scene, provider_id: str = ANOTHER_ID, **fields: Any) -> Refund:
    """Record a full refund of the payment in the cabinet, whatever the provider reports."""
    refund = Refund.objects.create(
        attempt=paid.attempt(),
        amount=Decimal("600.00"),
        source=Refund.Source.EXTERNAL,
        status=Refund.Status.SUCCEEDED,
        provider_id=provider_id,
        settled_at=timezone.now(),
        **fields,
    )
    record_refund(refund, at=timezone.now())
    return refund


def return_more_than_came(paid: Scene) -> str:
    refund_from_the_cabinet(paid)
    refund_from_the_cabinet(paid, "2d5c8d3f-000f-5000-8000-0123456789ac")
    return f"payment {paid.attempt()} has returned 600.00 more than came"


def confirm_for_money_that_was_gone(paid: Scene) -> str:
    told = f"payment {paid.attempt()} was gone when it confirmed its order"
    refund = refund_from_the_cabinet(paid)
    assert told not in found(paid)
    Refund.objects.filter(pk=refund.pk).update(requested_at=timezone.now() - timedelta(minutes=1))
    return told


def store_another_sum(paid: Scene) -> str:
    Order.objects.update(paid=Decimal("500.00"), payment_status="partly_paid")
    told = "paid 500.00 instead of 600.00, payment_status partly_paid instead of paid"
    return f"order {paid.order.pk} shows {told}"


def store_another_body(paid: Scene) -> str:
    request = ProviderRequest.objects.get()
    ProviderRequest.objects.update(body=request.body.replace("600.00", "60.00"))
    return f"{request.key} was sent with another body"


def test_what_is_wrong_in_our_books_is_found(paid: Scene) -> None:
    alone = (pay_twice, pay_twice_and_begin_to_return_it, store_another_sum, store_another_body)
    with_others = (return_more_than_came, confirm_for_money_that_was_gone)
    for spoil in (*alone, *with_others):
        with transaction.atomic():
            told, complained = spoil(paid), found(paid)
            assert told in complained, spoil.__name__
            assert len(complained) == 1 or spoil in with_others, complained
            transaction.set_rollback(True)
    assert found(paid) == []


def test_a_sum_that_differs_is_found(paid: Scene) -> None:
    paid.sandbox.external_refund(paid.told()["id"], "250.00")
    assert found(paid) == [f"payment {paid.attempt()} is 600.00 here and 350.00 there"]


def test_money_that_is_here_alone_is_found(paid: Scene) -> None:
    paid.sandbox.reset()
    assert found(paid) == [f"payment {paid.attempt()} is 600.00 here and 0.00 there"]


def test_money_written_down_in_spite_of_a_review_is_found_where_it_differs(paid: Scene) -> None:
    PaymentAttempt.objects.update(mismatch={"text": "amount 350.00"})
    assert found(paid) == []
    paid.sandbox.external_refund(paid.told()["id"], "250.00")
    assert found(paid) == [f"payment {paid.attempt()} is 600.00 here and 350.00 there"]


def test_money_under_review_need_not_be_written_down(unchecked: Scene) -> None:
    unchecked.press_pay()
    unchecked.pay()
    assert found(unchecked) == [f"payment {unchecked.attempt()} is 0.00 here and 600.00 there"]
    PaymentAttempt.objects.update(mismatch={"text": "amount 6.00"})
    assert found(unchecked) == []


def test_a_refund_under_way_may_be_through_there_but_no_more_than_it(paid: Scene) -> None:
    give_back(paid, "400.00")
    assert found(paid) == []
    paid.sandbox.external_refund(paid.told()["id"], "400.00")
    assert found(paid) == []
    paid.sandbox.external_refund(paid.told()["id"], "50.00")
    assert found(paid) == [f"payment {paid.attempt()} is 600.00 here and 150.00 there"]


def test_a_receipt_sent_with_another_key_is_found(paid: Scene) -> None:
    shop, body = Shop(paid.sandbox), OFFSET | {"payment_id": paid.told()["id"]}
    for key in ("one", "one", "other"):
        assert shop.post("/receipts", body, key=key).status == 200
    [twice] = found(paid)
    assert (twice.startswith('["/v3/receipts"'), twice.endswith("was sent with 2 keys")) == (True, True)


def test_money_nobody_here_knows_of_is_found(paid: Scene) -> None:
    unknown = Shop(paid.sandbox).paid()
    assert found(paid) == [f"{unknown['id']} is paid and nobody here knows it"]


def test_an_operation_sent_with_another_key_is_found(paid: Scene) -> None:
    request = ProviderRequest.objects.get()
    gateway().send(Call(request.path, request.body), key="another", patience=PATIENCE)
    [unknown, twice] = found(paid)
    assert unknown == "another is no operation's key"
    assert twice.endswith("was sent with 2 keys")


def test_a_letter_sent_twice_is_found(paid: Scene) -> None:
    letter = Message.objects.get(kind=MessageKind.PAID)
    Message.objects.filter(pk=letter.pk).update(sent_at=None, sending_until=None)
    send.send_message(letter.pk, at=timezone.now())
    assert found(paid) == [f"<message-{letter.pk}@127.0.0.1> is sent 2 times"]


def test_a_letter_written_twice_is_found(paid: Scene) -> None:
    with without_constraint("orders_message", "message_once_a_kind_and_thing"):
        letter = Message.objects.get(order=paid.order, kind=MessageKind.PAID)
        Message.objects.create(order=paid.order, kind=letter.kind, attempt=letter.attempt, to=letter.to)
        about = f"{letter.attempt_id}, None, None, None, None, None"
        assert found(paid) == [f"({paid.order.pk}, 'paid', {about}) is written 2 times"]


def test_a_request_in_a_transaction_is_found(paid: Scene) -> None:
    with transaction.atomic():
        gateway().payment(paid.told()["id"], patience=PATIENCE)
    assert found(paid) == [f"GET /payments/{paid.told()['id']} in a transaction"]
