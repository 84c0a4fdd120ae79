"""Orders at a steady rate, each sent again with the same token until the site reports its outcome."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bench.chaos.browser import sign_in
from bench.chaos.stage import CLOSES, LENGTH, OPENS, PLACES, Stage
from bench.server import Browser
from coworking.models import PaymentMethod
from orders.forms import new_token
from orders.forms_people import key_of

SAVED, REFUSED, AWAY = 302, 422, 503
RIVALS = PLACES + 1  # as many want the places of an hour, so that one of them is refused
AGAIN_SECONDS = 0.5
PHONE = "+79161234567"  # of the order alone: those of chaos are drawn, and no numbers
TIMEOUT = 15  # more than the site needs to find that a host is gone

Wishes = Iterator[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer about an order, and when it came."""

    token: str
    status: int
    sent_at: float
    at: float


@dataclass(slots=True)
class Told:
    """All answers of a load."""

    answers: list[Answer] = field(default_factory=list)
    unavailable: Counter[str] = field(default_factory=Counter)

    def tokens(self, status: int) -> set[str]:
        """Return the tokens of orders with this answer."""
        return {answer.token for answer in self.answers if answer.status == status}

    def gap_after(self, moment: float) -> float:
        """Return after how many seconds an order sent after the moment was saved."""
        return min(answer.at for answer in self.answers if answer.status == SAVED and answer.sent_at > moment) - moment

    def rate(self, start: float, end: float) -> float:
        """Return how many answers a second there were between two moments."""
        return sum(start <= answer.at < end for answer in self.answers) / (end - start)


class Load(threading.Thread):
    """Threads that each send the next order when its time has come."""

    def __init__(
        self, *, port: int, stages: Sequence[Stage], wishes: Sequence[Wishes], rate: float, threads: int
    ) -> None:
        super().__init__(name="load", daemon=True)
        self.stages, self.wishes, self.rate, self.told = stages, wishes, rate, Told()
        self.lock, self.enough = threading.Lock(), threading.Event()
        self.next, self.began, self.broken = 0, 0.0, list[str]()
        self.browsers = [self._browser(port, number) for number in range(threads)]

    def run(self) -> None:
        """Send orders until told to stop, then finish those in progress."""
        self.began = time.monotonic()
        working = [threading.Thread(target=self._work, args=(number,)) for number in range(len(self.browsers))]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()

    def stop(self) -> None:
        self.enough.set()
        self.join()

    def _browser(self, port: int, number: int) -> Browser:
        stage = self.stages[number % len(self.stages)]
        browser = Browser(port, {settings.SESSION_COOKIE_NAME: sign_in(stage.manager)}, timeout=TIMEOUT)
        if browser.get(reverse("orders:create")).status != 200:
            raise RuntimeError("the site shows no form")
        return browser

    def _work(self, number: int) -> None:
        wishes = self.wishes[number % len(self.stages)]
        while True:
            with self.lock:
                due = self.began + self.next / self.rate
                self.next += 1
                wish = next(wishes)
            if self.enough.wait(max(0.0, due - time.monotonic())):
                return
            try:
                self._send(self.browsers[number], wish)
            except Exception as error:  # nothing but an answer is expected in the end
                self.broken.append(f"{type(error).__name__}: {error}")
                raise

    def _send(self, browser: Browser, wish: dict[str, str]) -> None:
        while True:
            sent_at = time.monotonic()
            with suppress(OSError):
                status = browser.post(reverse("orders:create"), wish).status
                if status != AWAY:
                    self.told.answers.append(Answer(wish["token"], status, sent_at, time.monotonic()))
                    return
                self.told.unavailable[str(status)] += 1
            browser.connection.close()
            time.sleep(AGAIN_SECONDS)


def wishes_of(stage: Stage) -> Wishes:
    """Yield the forms of a location: for each hour of each service, one more than there are places."""
    customer = stage.customers[0]
    known = {"customer": key_of(customer.pk, viewer=stage.manager), "customer_q": customer.full_name}
    known |= {"phone": PHONE, "email": str(customer.email), "units": "1", "places": "1"}
    known |= {"payment_method": PaymentMethod.ON_SITE, "internal_note": ""}
    day = timezone.localdate() + timedelta(days=2)
    while True:
        for start in range(OPENS, CLOSES, LENGTH):
            when = {"day": day.isoformat(), "start": f"{start:02}:00", "end": f"{start + LENGTH:02}:00"}
            for _rival in range(RIVALS):
                for tariff in stage.tariffs:
                    chosen = {"service": str(tariff.service_id), "tariff": str(tariff.pk), "token": new_token()}
                    yield {**known, **when, **chosen}
        day += timedelta(days=1)
