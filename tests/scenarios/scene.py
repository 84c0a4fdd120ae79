"""The people of a scenario: a customer with a browser, the worker, the provider's courier, and the clock."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from olvery.shared.jobs import Queue, later
from olvery.shared.refusals import Busy
from olvery.yookassa_sandbox import Sandbox
from orders import tasks
from orders.domain.online.links import ensure_link
from orders.models import Order, OrderEvent, PaymentAttempt
from tests.scenarios.wire import Wire

SECRET_OF_THE_ADDRESS = "2fE8unguessable"
RETRY = timedelta(seconds=5)
TAKE_A_JOB = """
DELETE FROM procrastinate_jobs WHERE id = (
    SELECT id FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s) AND queue_name = ANY(%s)
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING task_name, args
"""


class Killed(BaseException):
    """The end of a process; no `except Exception` survives it."""


@contextmanager
def killed(module: Any, name: str, *, done: bool = False) -> Iterator[None]:
    """Kill the process at a function called in the block, before or after it has done its work."""
    act = getattr(module, name)

    def die(*args: Any, **wanted: Any) -> None:
        if done:
            act(*args, **wanted)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, name, die)
        with pytest.raises(Killed):
            yield


def work(*queues: Queue) -> None:
    """Run due jobs until none is left, as a worker does; jobs that find a lock run again later."""
    while job := _take_a_job(list(queues or Queue)):
        name, ids = job[0], json.loads(job[1])
        try:
            app.tasks[name].func(**ids)
        except Busy:
            later(name, at=timezone.now() + RETRY, **ids)


def _take_a_job(queues: list[Queue]) -> tuple[str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_A_JOB, [timezone.now(), queues])
        return cursor.fetchone()


def every_minute() -> None:
    """Run the worker's periodic jobs."""
    tasks.follow_the_money.func(timestamp=0)
    tasks.follow_the_clock.func(timestamp=0)


@dataclass
class Courier:
    """Hands the provider's notifications to the site, without a network between them."""

    address: str = "127.0.0.1"
    answers: list[int] = field(default_factory=list)
    then: Callable[[], None] = lambda: None  # what happens before anything else does

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            answer = notify(body, REMOTE_ADDR=self.address)
            self.then()
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()
        self.answers.append(answer)
        return answer


def notify(body: bytes, **facts: str) -> int:
    """Post a notification and return the site's answer."""
    url = reverse("orders:webhook", args=[SECRET_OF_THE_ADDRESS])
    return Client().post(url, body, content_type="application/json", **facts).status_code


@dataclass
class Scene:
    """One order that waits for its money, and everybody around it."""

    order: Order
    sandbox: Sandbox
    wire: Wire
    clock: time_machine.Coordinates
    browser: Client = field(default_factory=Client)

    def url(self, name: str = "pay", order: Order | None = None) -> str:
        """Return the address of the payment page, or of what belongs to it."""
        link = ensure_link(order or self.order, at=timezone.now())
        return reverse(f"orders:{name}", args=[link.token])

    def press_pay(self, browser: Client | None = None, order: Order | None = None) -> str:
        """Press «Оплатить» and return where that leads."""
        form = {"email": "petrov@example.com"}
        answer = (browser or self.browser).post(self.url("pay-start", order), form)
        assert answer.status_code == 303
        return answer.url

    def look(self, *, came_back: bool = False) -> Any:
        """Open the payment page, and return the answer."""
        answer = self.browser.get(self.url() + ("?back=1" if came_back else ""))
        assert answer.status_code == 200
        return answer

    def stage(self, *, came_back: bool = False) -> str:
        """Return what the payment page shows."""
        return str(self.look(came_back=came_back).context["paying"].stage)

    def wait_page_leads_to(self, browser: Client | None = None) -> str:
        """Let a waiting page poll; return where it is sent, or nothing while it keeps waiting."""
        asks = {"stage": "starting", "asked": "1"}
        answer = (browser or self.browser).get(self.url("pay-state"), asks, HTTP_HX_REQUEST="true")
        assert answer.status_code == 200
        return answer.headers.get("HX-Redirect", "")

    def come_back(self) -> str:
        """Come back from the provider's page, and return what the payment page shows then."""
        answer = self.browser.get(self.url("pay-return"), follow=True)
        return str(answer.context["paying"].stage)

    def payer_presses(self, page: str, action: str, **form: str) -> str:
        """Press a button on the provider's page and return where that leads."""
        parts = urlsplit(page)
        body = urlencode({"action": action, **form})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with closing(http.client.HTTPConnection(parts.netloc, timeout=5)) as call:
            call.request("POST", f"{parts.path}?{parts.query}", body, headers)
            with call.getresponse() as answer:
                return answer.headers["Location"]

    def told(self, attempt: int = 1) -> dict[str, Any]:
        """Return an attempt as the provider has it."""
        return self.sandbox.payments()[attempt - 1]

    def attempt(self, attempt: int = 1) -> PaymentAttempt:
        """Return an attempt as we have it."""
        return PaymentAttempt.objects.get(order=self.order, number=attempt)

    def times_confirmed(self) -> int:
        """Return how often the order was confirmed."""
        return OrderEvent.objects.filter(order=self.order, kind="status_changed", data__to="confirmed").count()

    def pay(self, attempt: int = 1) -> None:
        """Pay on the provider's page; we do not know of it yet."""
        self.sandbox.pay(self.told(attempt)["id"])

    def deliver(self) -> None:
        """Deliver due notifications of the provider, and process them."""
        self.sandbox.flush_webhooks()
        work()

    def pay_at_once(self) -> None:
        """Pay without any trouble, up to the confirmed order."""
        assert self.press_pay() == self.page()
        self.pay()
        self.deliver()

    def page(self, attempt: int = 1) -> str:
        """Return the address of the provider's page."""
        return self.told(attempt)["confirmation"]["confirmation_url"]

    def wait(self, **length: float) -> None:
        """Let time pass and the worker work."""
        self.clock.shift(timedelta(**length))
        work()

    def later(self, **length: float) -> None:
        """Let time pass, then run the worker's periodic jobs."""
        self.wait(**length)
        every_minute()
        work()

    def minutes(self, number: int) -> None:
        """Let minutes pass, with what the worker does each of them."""
        for _minute in range(number):
            self.later(minutes=1)

    @contextmanager
    def provider_away(self) -> Iterator[None]:
        """Let nobody answer at the provider's address."""
        self.sandbox.close_port()
        try:
            yield
        finally:
            self.sandbox.open_port()
