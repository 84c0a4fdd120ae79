"""Money that comes too late, twice, or never: places or the money back, never both and never neither."""

from decimal import Decimal

import pytest
from django.utils import timezone

from coworking.models import Tariff, Ticket
from olvery.yookassa_sandbox import Sandbox
from orders.models import Order, PaymentStatus
from tests.factories import make_location, make_order, make_pool, make_tariff
from tests.orders.steps import Seen, seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, work
from tests.snapshots import Rows, saved_rows

pytestmark = pytest.mark.django_db(transaction=True)

SUM = Decimal("600.00")
CHARGE, BACK = ("charge", "online", SUM), ("refund", "online", -SUM)


@pytest.fixture
def tariff(sandbox: Sandbox) -> Tariff:
    """The only place, which an unpaid order keeps until 10:00."""
    service = make_pool(location=make_location(), name="Опен-спейс", capacity=1, deadline_hours=1)
    return make_tariff(service=service, name="Час", price="300")


def start_and_let_expire(scene: Scene) -> None:
    """Press «Оплатить» twenty minutes before the places are released, and do not pay until they are."""
    scene.later(minutes=40)
    assert scene.press_pay() == scene.page()
    scene.later(minutes=10)
    scene.later(minutes=10)
    after = seen(scene.order)
    assert (after.status, after.tickets, after.payments) == ("expired", ["cancelled"], ["pending"])


def taken_by_another(scene: Scene) -> Order:
    """Let somebody else take the place."""
    return make_order(tariff=scene.order.tariff, at=timezone.now())


def rows_of(order: Order) -> Rows:
    """Return every row of an order, whatever the table."""
    tickets = {ticket.pk for ticket in Ticket.objects.filter(lines__order=order)}
    keys = {"Order": {order.pk}, "Ticket": tickets}
    return {
        name: [row for row in rows if row.get("order_id") == order.pk or row.get("number") in keys.get(name, ())]
        for name, rows in saved_rows().items()
    }


@scenario(25)
def test_money_that_comes_five_minutes_late_takes_the_free_place_again(scene: Scene) -> None:
    start_and_let_expire(scene)
    scene.wait(minutes=5)
    scene.pay()
    scene.deliver()
    scene.minutes(2)
    assert seen(scene.order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["succeeded"],
        refunds=[],
        ledger=[CHARGE],
        letters=["created", "deadline", "expired", "paid"],
        cases=[],
    )
    assert scene.come_back() == "paid"


@scenario(26)
def test_money_for_a_place_that_is_taken_goes_back_whole(scene: Scene) -> None:
    start_and_let_expire(scene)
    other = taken_by_another(scene)
    work()  # tickets are sent to whoever took it
    untouched = rows_of(other)
    scene.wait(minutes=5)
    scene.pay()
    scene.deliver()
    scene.minutes(2)
    assert rows_of(other) == untouched
    assert seen(scene.order) == Seen(
        status="expired",
        tickets=["cancelled"],
        payments=["succeeded"],
        refunds=[("late_payment", "succeeded", SUM)],
        ledger=[CHARGE, BACK],
        letters=["created", "deadline", "expired", "refunded"],
        cases=["late_payment"],
    )
    assert (seen(other).status, seen(other).tickets) == ("confirmed", ["active"])
    assert scene.come_back() == "returned"
    assert scene.told()["refunded_amount"]["value"] == "600.00"
    posts = [heard for heard in scene.sandbox.journal() if heard["method"] == "POST"]
    [asked] = [heard["body"] for heard in posts if heard["path"] == "/v3/refunds"]
    assert (asked["payment_id"], asked["amount"]["value"]) == (scene.told()["id"], "600.00")
    assert "receipt" not in asked  # for a whole sum the provider repeats the payment's


@scenario(28)
def test_the_second_of_two_payments_for_an_order_goes_back(scene: Scene) -> None:
    scene.press_pay()
    scene.later(minutes=56)
    assert scene.press_pay() == scene.page(attempt=2)
    scene.pay(attempt=2)
    scene.deliver()
    scene.pay(attempt=1)
    scene.deliver()
    scene.minutes(2)
    assert seen(scene.order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["succeeded", "succeeded"],
        refunds=[("duplicate", "succeeded", SUM)],
        ledger=[CHARGE, CHARGE, BACK],
        letters=["created", "deadline", "paid", "refunded"],
        cases=["duplicate"],
    )
    assert [told["refunded_amount"]["value"] for told in scene.sandbox.payments()] == ["600.00", "0.00"]
    assert scene.come_back() == "paid"


@scenario(29)
def test_an_order_nobody_pays_frees_its_place_and_says_so_once(scene: Scene) -> None:
    start_and_let_expire(scene)
    taken_by_another(scene)
    scene.later(minutes=41)
    scene.deliver()
    scene.minutes(2)
    assert scene.told()["cancellation_details"]["reason"] == scene.attempt().cancel_reason == "expired_on_confirmation"
    assert seen(scene.order) == Seen(
        status="expired",
        tickets=["cancelled"],
        payments=["canceled"],
        refunds=[],
        ledger=[],
        letters=["created", "deadline", "expired"],
        cases=[],
    )
    assert scene.come_back() == "expired"


def drop_news_of_the_payment(scene: Scene) -> None:
    """Drop notifications of payments; those of refunds arrive."""
    scene.sandbox.add_fault({"scope": "webhook", "match": {"event": "payment"}, "action": "drop"})


@scenario(41)
def test_money_of_an_expired_order_that_went_back_before_it_was_known_gets_no_place(scene: Scene) -> None:
    start_and_let_expire(scene)
    drop_news_of_the_payment(scene)
    scene.wait(minutes=5)
    scene.pay()
    scene.wait(minutes=1)
    scene.sandbox.external_refund(scene.told()["id"], "600.00")
    scene.wait(minutes=1)
    scene.deliver()
    scene.minutes(2)
    assert seen(scene.order) == Seen(
        status="expired",
        tickets=["cancelled"],
        payments=["succeeded"],
        refunds=[("external", "succeeded", SUM)],
        ledger=[CHARGE, BACK],
        letters=["created", "deadline", "expired", "refunded"],
        cases=["external_refund"],
    )
    assert scene.stage() == "returned"
    assert scene.wire.posts("/refunds") == []


@scenario(43)
@pytest.mark.parametrize("news", ["payment", "question"])
def test_a_success_that_was_returned_before_its_first_news_confirms_nothing(scene: Scene, news: str) -> None:
    drop = {"scope": "webhook", "match": {"event": "" if news == "question" else "refund"}, "action": "drop"}
    scene.sandbox.add_fault({**drop, "times": None})
    scene.press_pay()
    scene.pay()
    scene.clock.shift(60)
    scene.sandbox.external_refund(scene.told()["id"], "600.00")
    scene.clock.shift(60)
    scene.deliver()
    scene.minutes(2)
    after = seen(scene.order)
    assert after == Seen(
        status="awaiting_payment",
        tickets=["held"],
        payments=["succeeded"],
        refunds=[("external", "succeeded", SUM)],
        ledger=[CHARGE, BACK],
        letters=["created", "refunded"],
        cases=["external_refund"],
    )
    order = Order.objects.get(pk=scene.order.pk)
    assert (order.total, order.paid, order.due, order.payment_status) == (SUM, 0, SUM, PaymentStatus.UNPAID)
    assert scene.stage() == "payable"


@scenario(43)
def test_the_rest_of_a_late_payment_goes_back_once(scene: Scene) -> None:
    start_and_let_expire(scene)
    drop_news_of_the_payment(scene)
    scene.wait(minutes=5)
    scene.pay()
    scene.sandbox.external_refund(scene.told()["id"], "250.00")
    scene.deliver()
    scene.minutes(2)
    after = seen(scene.order)
    assert (after.status, after.tickets) == ("expired", ["cancelled"])
    assert after.refunds == [
        ("external", "succeeded", Decimal("250.00")),
        ("late_payment", "succeeded", Decimal("350.00")),
    ]
    assert sum(amount for _kind, _method, amount in after.ledger) == 0
    assert "paid" not in after.letters
    assert after.cases == ["external_refund", "late_payment"]
