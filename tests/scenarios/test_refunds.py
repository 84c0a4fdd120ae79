"""Refunds: never more than was paid, never twice, and no letter before they are done."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from olvery.shared.refusals import Refusal
from orders import tasks
from orders.domain.desk.refunding import refund_online
from orders.domain.money.balance import refundable
from orders.domain.online import sending
from orders.domain.online.refunds import RefundRefused
from orders.gateways import gateway
from orders.models import Order, ProviderRequest, Refund
from tests.factories import make_manager
from tests.orders.steps import seen
from tests.races.guards import at_once
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, work
from tests.scenarios.test_mismatches import at_desk
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db(transaction=True)

REFUNDS = {"method": "POST", "path": "/refunds$"}


def give_back(scene: Scene, amount: str, reason: str = "Жалоба") -> Order:
    """Refund money of the order, as a manager does on its page; nothing is sent yet."""
    by = make_manager(location=scene.order.location)
    return refund_online(scene.order.pk, Decimal(amount), reason=reason, by=by, gateway=gateway(), at=timezone.now())


def back(scene: Scene) -> list[tuple[str, str]]:
    """Return the refunds of the order as we have them."""
    return [(str(amount), status) for _source, status, amount in seen(scene.order).refunds]


@scenario(32)
def test_one_of_two_managers_who_together_refund_too_much_is_refused(scene: Scene) -> None:
    scene.pay_at_once()
    results = at_once([lambda: give_back(scene, "400.00")] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Order", "RefundRefused"]
    [refused] = [result for result in results if isinstance(result, Refusal)]
    assert (refused.reason, refused.facts) == ("more_than_refundable", {"most": Decimal("200.00")})
    scene.deliver()
    scene.deliver()
    assert (back(scene), scene.told()["refunded_amount"]["value"]) == ([("400.00", "succeeded")], "400.00")


@scenario(32)
def test_parts_and_the_rest_go_back_each_with_its_receipt(scene: Scene) -> None:
    scene.pay_at_once()
    for amount in ("150.50", "49.50", "400.00"):
        give_back(scene, amount)
        work()
    scene.deliver()
    assert back(scene) == [("150.50", "succeeded"), ("49.50", "succeeded"), ("400.00", "succeeded")]
    assert scene.told()["refunded_amount"]["value"] == "600.00"
    sent = [heard["body"] for heard in scene.sandbox.journal() if heard["path"].endswith("/refunds")]
    sums = [
        sum(Decimal(str(one["quantity"])) * Decimal(one["amount"]["value"]) for one in body["receipt"]["items"])
        for body in sent
    ]
    assert sums == [Decimal(body["amount"]["value"]) for body in sent]
    with pytest.raises(RefundRefused):
        give_back(scene, "1.00")
    assert seen(scene.order).letters == ["created", "paid", "refunded", "refunded", "refunded"]


@scenario(33)
@pytest.mark.parametrize("action", ["http_500_after", "timeout_after"])
def test_a_refund_whose_answer_is_lost_is_made_once(scene: Scene, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    monkeypatch.setitem(sending.send_request.__kwdefaults__, "patience", timedelta(seconds=0.2))
    scene.sandbox.add_fault({"scope": "webhook", "match": {"event": "refund"}, "action": "drop"})
    scene.pay_at_once()
    scene.sandbox.add_fault({"match": REFUNDS, "action": action})
    give_back(scene, "600.00")
    work()
    assert back(scene) == [("600.00", "requested")]
    scene.wait(seconds=6)
    assert (back(scene), len(scene.sandbox.refunds())) == ([("600.00", "succeeded")], 1)
    first, second = scene.wire.posts("/refunds")
    assert (first.key, first.body) == (second.key, second.body)
    assert b"receipt" not in first.body  # the provider reuses the payment's


@scenario(34)
def test_a_refund_the_bank_refuses_is_found_by_asking_and_its_sum_is_free_again(scene: Scene) -> None:
    scene.pay_at_once()
    scene.sandbox.add_fault({"scope": "refund", "action": "pending"})
    give_back(scene, "600.00")
    work()
    assert (back(scene), refundable(scene.attempt())) == ([("600.00", "pending")], 0)
    scene.sandbox.settle_refund(scene.sandbox.refunds()[0]["id"], "canceled", "insufficient_funds")
    scene.minutes(2)
    after = seen(scene.order)
    assert (back(scene), after.letters) == ([("600.00", "canceled")], ["created", "paid"])
    assert "refund_failed" in after.cases
    assert Refund.objects.get().cancel_reason == "insufficient_funds"
    assert refundable(scene.attempt()) == Decimal("600.00")
    give_back(scene, "600.00")
    scene.deliver()
    assert back(scene)[1] == ("600.00", "succeeded")
    assert seen(scene.order).letters == ["created", "paid", "refunded"]
    assert seen(scene.order).cases == []


@scenario(35)
@pytest.mark.parametrize(
    ("amounts", "pay"),
    [(("599.50", "600.01", "0.00"), Scene.pay_at_once), (("100.00",), Scene.press_pay)],
    ids=["paid", "not paid"],
)
def test_a_refund_the_provider_would_refuse_is_refused_here(
    scene: Scene, amounts: tuple[str, ...], pay: Callable[[Scene], object]
) -> None:
    pay(scene)
    by = make_manager(location=scene.order.location)
    before, sent = saved_rows(), len(scene.wire.sent)
    for amount in amounts:
        with pytest.raises(RefundRefused):
            refund_online(scene.order.pk, Decimal(amount), reason="Жалоба", by=by, gateway=gateway(), at=timezone.now())
        assert saved_rows() == before, amount
        assert (Refund.objects.count(), ProviderRequest.objects.count()) == (0, 1), amount
        assert len(scene.wire.sent) == sent, amount


@scenario(36)
@pytest.mark.parametrize("told", [True, False], ids=["notified", "found"])
def test_a_refund_made_in_the_cabinet_is_written_down_and_shown(scene: Scene, told: bool) -> None:
    if not told:
        scene.sandbox.add_fault({"scope": "webhook", "match": {"event": "refund"}, "action": "drop"})
    scene.pay_at_once()
    scene.sandbox.external_refund(scene.told()["id"], "250.00")
    scene.deliver()
    if not told:
        tasks.reconcile.func(timestamp=0)
        work()
    after = seen(scene.order)
    assert after.refunds == [("external", "succeeded", Decimal("250.00"))]
    assert after.ledger[1:] == [("refund", "online", Decimal("-250.00"))]
    assert "external_refund" in after.cases
    assert refundable(scene.attempt()) == Decimal("350.00")
    assert len(scene.wire.posts("/refunds")) == 0


REFUND_FORM = {"source": "online", "amount": "100", "reason": "Жалоба"}


def send_form(scene: Scene, browser: Client, **typed: str | None) -> HttpResponse:
    """Send the dialog «Вернуть деньги»; a value of None leaves a field out."""
    values = {"token": str(uuid4()), **REFUND_FORM, **typed}
    form = {name: value for name, value in values.items() if value is not None}
    return browser.post(reverse("orders:refund", args=[scene.order.pk]), form, headers={"HX-Request": "true"})


def said(answer: HttpResponse) -> str:
    return answer.content.decode().replace("\u00a0", " ")


AT_DESK = {"source": "desk", "method": "on_site", "moved_on": "2026-11-24"}
REFUSED = {
    "no way": ({"source": None}, "Выберите, как вернуть деньги."),
    "unknown way": ({"source": "bank"}, "Выберите, как вернуть деньги."),
    "no token": ({"token": None}, "Форма устарела: откройте её заново."),
    "too much": ({"amount": "601"}, "Вернуть можно не больше 600 ₽."),
    "rest too small": ({"amount": "599.50"}, "не меньше 1 ₽"),
    "no reason": ({"reason": ""}, "Укажите причину возврата."),
    "nothing at the desk": (AT_DESK, "Вернуть можно не больше 0 ₽."),
}


@scenario(35)
def test_a_refund_that_is_refused_says_why_on_the_screen_and_in_the_log(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.pay_at_once()
    browser = at_desk(scene)
    before = saved_rows()
    for case, (typed, words) in REFUSED.items():
        caplog.clear()
        answer = send_form(scene, browser, **typed)
        assert (answer.status_code, saved_rows() == before) == (422, True), case
        assert words in said(answer), case
        assert f"a refund of order {scene.order.pk} is refused" in caplog.text, case


@scenario(35)
def test_a_form_that_is_sent_again_with_another_sum_does_not_claim_to_return_it(scene: Scene) -> None:
    scene.pay_at_once()
    browser, form = at_desk(scene), str(uuid4())
    assert send_form(scene, browser, token=form).status_code == 200
    assert send_form(scene, browser, token=form).status_code == 200  # the same once more: a double click
    answer = send_form(scene, browser, token=form, amount="300")
    assert answer.status_code == 422
    assert "Эта форма уже отправлена" in said(answer)
    work()
    assert back(scene) == [("100.00", "succeeded")]


@scenario(35)
def test_a_refund_that_was_carried_on_after_a_sign_in_says_that_nothing_was_done(scene: Scene) -> None:
    scene.pay_at_once()
    answer = send_form(scene, at_desk(scene), action="")
    assert (answer.status_code, back(scene)) == (200, [])
    assert "ничего не сделано" in said(answer)
