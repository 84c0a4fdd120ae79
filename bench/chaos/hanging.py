"""A provider that accepts requests and does not answer: how late letters and released places are."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.utils import timezone

from bench.chaos import jobs
from bench.chaos.run import opened
from bench.chaos.stage import crowd
from olvery.management.commands.work import SLOTS
from olvery.shared.jobs import Queue
from orders.domain.online import notifications
from orders.domain.online.payments import start_payment
from orders.domain.online.sending import send_due
from orders.gateways import gateway
from orders.models import EventKind, Message, Order, OrderEvent, OrderStatus, PaymentAttempt, ProviderNotification

UNDER_WAY = 8  # as many notifications fill every slot of the provider's jobs twice
HANGS = {"action": "timeout_before", "s": 120, "times": None}
# Seconds.
LETTER_LIMIT, RELEASE_LIMIT = 5.0, 60.0
PATIENT_FOR = 240.0


@dataclass(frozen=True, slots=True)
class Lateness:
    """In seconds: a letter after its order, a place after the deadline of an order nobody began to pay."""

    letter: float
    release: float

    @property
    def is_bearable(self) -> bool:
        """Whether both keep to their limits."""
        return self.letter <= LETTER_LIMIT and self.release <= RELEASE_LIMIT


def measure(*, seed: int) -> Lateness:
    """Let the provider hang with payments in progress, and time unrelated work."""
    rng = Random(seed)
    with opened(time_scale=1) as (sandbox, site, _mail, place):
        site.start("web")
        site.wait_until_ready()
        paying, idle = crowd(place, UNDER_WAY, rng), crowd(place, 1, rng)
        for number in paying:
            start_payment(number, gateway(), email="", at=timezone.now())
        send_due(gateway(), at=timezone.now() + timedelta(minutes=1))
        sandbox.add_fault(HANGS)
        for attempt in PaymentAttempt.objects.all():
            sandbox.pay(attempt.provider_id or "")
        _wait(lambda: ProviderNotification.objects.count() >= UNDER_WAY)
        deadline = timezone.now() + timedelta(seconds=2)
        Order.objects.update(deadline_at=deadline)
        site.start("worker")
        _wait(lambda: jobs.running(notifications.PROCESS) >= SLOTS[Queue.PROVIDER])
        [number] = crowd(place, 1, rng)
        placed = time.monotonic()
        _wait(lambda: not Message.objects.filter(order=number, sent_at=None).exists())
        letter = time.monotonic() - placed
        _wait(lambda: Order.objects.get(pk=idle[0]).status == OrderStatus.EXPIRED)
        released = OrderEvent.objects.get(order=idle[0], kind=EventKind.STATUS_CHANGED)
        return Lateness(letter, (released.at - deadline).total_seconds())


def _wait(is_so: Callable[[], bool]) -> None:
    """Wait until it is so. Raises TimeoutError."""
    until = time.monotonic() + PATIENT_FOR
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"nothing happened within {PATIENT_FOR:.0f} s")
        time.sleep(0.1)
