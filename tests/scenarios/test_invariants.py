"""That the comparison of the books after every scenario would find what is wrong."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from orders.domain import letters
from orders.domain.gateway import Call
from orders.gateways import gateway
from orders.models import Message, MessageKind, Payment, ProviderOperation
from tests.races.guards import without_constraint
from tests.sandbox.shop import Shop
from tests.scenarios.invariants import complaints
from tests.scenarios.scene import Scene

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = timedelta(seconds=5)
ANOTHER_ID = "2d5c8d3f-000f-5000-8000-0123456789ab"


@pytest.fixture
def paid(unchecked: Scene) -> Scene:
    """A scene whose order is paid, with nothing to complain of."""
    unchecked.pay_at_once()
    assert found(unchecked) == []
    return unchecked


def found(scene: Scene) -> list[str]:
    return complaints(scene.sandbox, scene.wire)


def test_an_order_paid_twice_is_found(paid: Scene) -> None:
    Payment.objects.create(
        order=paid.order,
        attempt=2,
        amount=Decimal("600.00"),
        status=Payment.Status.SUCCEEDED,
        provider_id=ANOTHER_ID,
        settled_at=timezone.now(),
    )
    assert found(paid) == [f"order {paid.order.pk} is paid 2 times"]


def test_a_sum_that_differs_is_found(paid: Scene) -> None:
    paid.sandbox.external_refund(paid.told()["id"], "250.00")
    assert found(paid) == [f"payment {paid.payment()} is 600.00 here and 350.00 there"]


def test_money_nobody_here_knows_of_is_found(paid: Scene) -> None:
    unknown = Shop(paid.sandbox).paid()
    assert found(paid) == [f"{unknown['id']} is paid and nobody here knows it"]


def test_an_operation_sent_with_another_key_is_found(paid: Scene) -> None:
    operation = ProviderOperation.objects.get()
    gateway().send(Call(operation.path, operation.body), key="another", patience=PATIENCE)
    [unknown, twice] = found(paid)
    assert unknown == "another is no operation's key"
    assert twice.endswith("was sent with 2 keys")


def test_an_operation_sent_with_another_body_is_found(paid: Scene) -> None:
    operation = ProviderOperation.objects.get()
    ProviderOperation.objects.update(body=operation.body.replace("600.00", "60.00"))
    assert found(paid) == [f"{operation.key} was sent with another body"]


def test_a_letter_sent_twice_is_found(paid: Scene) -> None:
    letter = Message.objects.get(kind=MessageKind.PAID)
    Message.objects.filter(pk=letter.pk).update(sent_at=None)
    letters.send_message(letter.pk, at=timezone.now())
    assert found(paid) == [f"<message-{letter.pk}@127.0.0.1> is sent 2 times"]


def test_a_letter_written_twice_is_found(paid: Scene) -> None:
    with without_constraint("orders_message", "message_once_an_order_kind_and_subject"):
        about = Message.objects.get(order=paid.order, kind=MessageKind.PAID).about
        Message.objects.create(order=paid.order, kind=MessageKind.PAID, about=about, to=paid.order.email)
        assert found(paid) == [f"({paid.order.pk}, 'paid', '{about}') is written 2 times"]


def test_a_request_in_a_transaction_is_found(paid: Scene) -> None:
    with transaction.atomic():
        gateway().payment(paid.told()["id"], patience=PATIENCE)
    assert found(paid) == [f"GET /payments/{paid.told()['id']} in a transaction"]
