"""Many at the same moment, in threads with connections of their own."""

import threading
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from coworking.models import Tariff
from olvery.management.commands.work import SLOTS
from olvery.shared.jobs import Queue
from olvery.yookassa_sandbox import Sandbox
from orders import tasks
from orders.domain.online import expiry
from orders.gateways import gateway
from orders.models import Message, Order
from tests.factories import make_location, make_order, make_pool, make_tariff
from tests.orders.steps import seen
from tests.races.guards import at_once
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, notify, work
from tests.scenarios.test_notifications import notification
from tests.scenarios.test_paying import PAID

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERIES = 5
SECOND = 1.0
SLOW = 3.0  # seconds; more would show the same and take longer


@scenario(16)
def test_all_news_of_a_payment_at_once_confirm_the_order_once(scene: Scene) -> None:
    scene.press_pay()
    scene.pay()
    scene.clock.shift(timedelta(minutes=1))
    body = notification("payment.succeeded", scene.told()["id"])
    back = scene.url("pay-return")

    def hear() -> int:
        answer = notify(body)
        work()
        return answer

    def come_back() -> int:
        return Client().get(back).status_code

    jobs = [lambda: tasks.follow_the_money.func(timestamp=0), lambda: tasks.reconcile.func(timestamp=0)]
    results = at_once([*[hear] * DELIVERIES, come_back, *jobs])
    assert results == [*[200] * DELIVERIES, 302, None, None]
    for _time in range(3):
        scene.later(minutes=1)  # whoever found the order locked looks again
    assert (scene.times_confirmed(), seen(scene.order)) == (1, PAID)


@scenario(22)
def test_a_slow_provider_keeps_no_notification_waiting(scene: Scene) -> None:
    scene.press_pay()
    scene.pay()
    told = notification("payment.succeeded", scene.told()["id"])
    assert notify(told) == 200
    scene.sandbox.add_fault({"match": {"method": "GET"}, "action": "slow", "s": SLOW})
    began = perf_counter()
    worker = threading.Thread(target=in_a_thread(work))
    worker.start()
    while not scene.wire.gets():
        assert worker.is_alive()
    took = []
    for _time in range(DELIVERIES):
        before = perf_counter()
        assert notify(told) == 200
        took.append(perf_counter() - before)
    assert max(took) < SECOND
    assert (seen(scene.order).status, worker.is_alive()) == ("awaiting_payment", True)
    worker.join()
    assert perf_counter() - began >= SLOW
    scene.wait(seconds=1)
    assert seen(scene.order) == PAID


class TestHanging:
    """The provider accepts requests and does not answer; every job that may call it is running."""

    def hang(self, scene: Scene, *queues: Queue) -> list[threading.Thread]:
        """Start as many workers as there are slots, on these queues or on all, and return when they wait."""
        scene.press_pay()
        scene.pay()
        slots = SLOTS[Queue.PROVIDER]
        scene.sandbox.add_fault({"match": {"method": "GET"}, "action": "slow", "s": SLOW, "times": slots})
        for _slot in range(slots):
            assert notify(notification("payment.succeeded", scene.told()["id"])) == 200
        asked = len(scene.wire.gets())
        workers = [threading.Thread(target=in_a_thread(lambda: work(*queues))) for _slot in range(slots)]
        for worker in workers:
            worker.start()
        while len(scene.wire.gets()) < asked + len(workers):
            assert all(worker.is_alive() for worker in workers)
        return workers

    def overdue(self) -> Order:
        """Place an order that nobody begins to pay, and whose time is over."""
        tariff = make_tariff(service=make_pool(location=make_location()))
        order = make_order(tariff=tariff, payment_method="online", at=timezone.now())
        Order.objects.filter(pk=order.pk).update(deadline_at=timezone.now())
        return order

    @scenario(45)
    def test_a_letter_goes_out_and_a_place_is_released_meanwhile(self, scene: Scene) -> None:
        workers = self.hang(scene, Queue.PROVIDER)
        order = self.overdue()
        work(Queue.LETTERS)
        tasks.follow_the_clock.func(timestamp=0)
        work(Queue.LETTERS)
        assert all(worker.is_alive() for worker in workers)
        after = seen(order)
        assert (after.status, after.tickets) == ("expired", ["cancelled"])
        assert not Message.objects.filter(order=order, sent_at=None).exists()
        for worker in workers:
            worker.join()
        scene.later(minutes=1)
        assert seen(scene.order) == PAID

    @scenario(45)
    def test_control_with_one_queue_for_all_a_letter_waits_for_the_provider(self, scene: Scene) -> None:
        workers = self.hang(scene)
        order = self.overdue()
        assert all(worker.is_alive() for worker in workers)
        assert Message.objects.filter(order=order, sent_at=None).exists()
        for worker in workers:
            worker.join()
        assert not Message.objects.filter(order=order, sent_at=None).exists()
        scene.later(minutes=1)


def in_a_thread(act: Callable[[], Any]) -> Callable[[], None]:
    """Return a function that acts and leaves no connection behind."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    return run


class TestExpiry:
    """The job that releases places races with a successful payment."""

    @pytest.fixture
    def tariff(self, sandbox: Sandbox) -> Tariff:
        """The only place, which an unpaid order keeps until 10:00."""
        return make_tariff(service=make_pool(location=make_location(), capacity=1, deadline_hours=1), price="300")

    @pytest.fixture(autouse=True)
    def _at_the_end(self, scene: Scene) -> None:
        """A payment waits at the very moment when the places are released."""
        scene.wait(minutes=30)
        scene.press_pay()
        scene.wait(minutes=30)

    @scenario(27)
    def test_together_with_the_news_it_leaves_a_confirmed_order(self, scene: Scene) -> None:
        scene.pay()
        body = notification("payment.succeeded", scene.told()["id"])
        assert notify(body) == 200
        results = at_once([lambda: expiry.expire_overdue(gateway(), timezone.now()), work])
        assert results == [0, None]
        scene.later(seconds=6)
        assert (scene.times_confirmed(), seen(scene.order)) == (1, PAID)

    @scenario(27)
    def test_paid_after_the_job_has_asked_and_before_it_lets_go_the_places_stay(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look = expiry.look_at

        def look_then_pay(*args: Any, **wanted: Any) -> Any:
            seen_by_the_job = look(*args, **wanted)
            scene.pay()
            scene.deliver()
            return seen_by_the_job

        monkeypatch.setattr(expiry, "look_at", look_then_pay)
        assert expiry.expire_overdue(gateway(), timezone.now()) == 0
        after = seen(scene.order)
        assert (after.status, after.tickets, after.letters) == ("confirmed", ["active"], PAID.letters)

    @scenario(27)
    @pytest.mark.parametrize("taken", [False, True], ids=["free", "taken"])
    def test_paid_after_the_places_are_let_go_there_are_places_or_the_money_back(
        self, scene: Scene, taken: bool
    ) -> None:
        assert expiry.expire_overdue(gateway(), timezone.now()) == 1
        if taken:
            make_order(tariff=scene.order.tariff, at=timezone.now())
        scene.pay()
        scene.deliver()
        after = seen(scene.order)
        places = "expired" if taken else "confirmed"
        assert (after.status, len(after.refunds), len(after.ledger)) == (places, int(taken), 1 + int(taken))
