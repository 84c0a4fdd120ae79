"""Money taken at the desk: a person decides what a part payment means, and none of it is lost."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from orders import tasks
from orders.models import MoneyCase, Order, OrderEvent
from orders.wording import event_text
from tests.orders.steps import seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, work
from tests.scenarios.test_mismatches import at_desk
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db(transaction=True)

ONE = ("charge", "on_site", Decimal("1.00"))
WAIT = {"rest": "wait"}
OWE = {"rest": "owe", "owed_until": "2026-11-24"}


def take(browser: Client, scene: Scene, amount: str, **choice: str) -> int:
    """Send the dialog «Принять оплату» and return the answer's status."""
    typed = {"token": str(uuid4()), "amount": amount, "method": "on_site", "moved_on": "2026-11-24", **choice}
    return browser.post(reverse("orders:take-payment", args=[scene.order.pk]), typed).status_code


def half_an_hour_later() -> None:
    """Compare the books, as the worker does twice an hour."""
    tasks.reconcile.func(timestamp=0)
    work()


@scenario(48)
def test_a_part_that_is_taken_without_a_word_about_the_rest_is_asked_about(scene: Scene) -> None:
    browser, before = at_desk(scene), saved_rows()
    assert take(browser, scene, "1") == 422
    assert saved_rows() == before
    assert take(browser, scene, "600") == 302  # the whole sum needs no question
    assert seen(scene.order).status == "confirmed"


@scenario(48)
def test_an_order_that_waits_for_the_rest_is_confirmed_by_the_rest(scene: Scene) -> None:
    browser = at_desk(scene)
    assert take(browser, scene, "1", **WAIT) == 302
    after = seen(scene.order)
    assert (after.status, after.tickets, after.ledger, after.letters) == (
        "awaiting_payment",
        ["held"],
        [ONE],
        ["created"],
    )
    scene.pay_at_once()
    after = seen(scene.order)
    assert scene.told()["amount"]["value"] == "599.00"
    assert (after.status, after.cases, after.letters) == ("confirmed", [], ["created", "paid"])


@scenario(48)
def test_a_part_that_waited_in_vain_is_a_case_when_the_deadline_passes(scene: Scene) -> None:
    take(at_desk(scene), scene, "1", **WAIT)
    scene.later(hours=24, minutes=1)
    after = seen(scene.order)
    assert (after.status, after.tickets, after.cases) == ("expired", ["cancelled"], ["refund_due"])
    assert MoneyCase.objects.get().amount == 1
    form = {"token": str(uuid4()), "source": "desk", "amount": "1", "reason": "Не оплачен", "method": "on_site"}
    refund = reverse("orders:refund", args=[scene.order.pk])
    assert at_desk(scene).post(refund, {**form, "moved_on": "2026-11-25"}).status_code == 302
    assert (seen(scene.order).cases, Order.objects.get(pk=scene.order.pk).paid) == ([], 0)


@scenario(48)
def test_an_order_confirmed_with_a_debt_is_a_case_once_its_date_has_passed(scene: Scene) -> None:
    browser = at_desk(scene)
    assert take(browser, scene, "1", **OWE) == 302
    after = seen(scene.order)
    assert (after.status, after.tickets, after.cases) == ("confirmed", ["active"], [])
    paid = OrderEvent.objects.get(order=scene.order, kind="paid")
    assert paid.by is not None
    assert event_text(paid, scene.order.location.zone).endswith("остаток 599\u00a0₽ — до 24\u00a0ноября")
    scene.wait(hours=14)
    half_an_hour_later()
    assert seen(scene.order).cases == []  # the day is not over
    scene.wait(hours=1)
    half_an_hour_later()
    assert seen(scene.order).cases == ["debt_overdue"]
    assert MoneyCase.objects.get().amount == Decimal("599.00")
    scene.pay_at_once()
    half_an_hour_later()
    assert seen(scene.order).cases == []


@scenario(48)
@pytest.mark.parametrize("day", ["", "2026-11-23", "9999-12-31"])
def test_a_debt_needs_a_day_to_come(scene: Scene, day: str) -> None:
    browser, before = at_desk(scene), saved_rows()
    assert take(browser, scene, "1", rest="owe", owed_until=day) == 422
    assert saved_rows() == before
