"""How many orders are saved in a second by eight browsers at once, through the form and over the network."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from bench import database, server
from bench.form import Fields, cancel_saved, open_day, values_of
from bench.measure import percentiles
from bench.results import Results
from bench.sides import Side
from bench.targets import SAVES_A_SECOND, SAVES_A_SECOND_OF_ONE_SERVICE
from coworking.domain.catalogue import tariffs_on_sale
from coworking.models import Tariff, Unit
from orders.forms import new_token

CLIENTS = 8
SAVES = 50  # of each client
DAYS = 12
FIRST_DAY = 45
LARGE = 60  # places, so that nobody is refused beside a crowd


def run(results: Results, sides: Sequence[Side]) -> None:
    """Save to several services and to one, with and without the job worker running."""
    side = sides[0]
    side.use()
    columns = ("", "a second", "p50, ms", "p95", "target", "")
    results.table(f"Saving by {CLIENTS} at once, {CLIENTS * SAVES} orders, over the network", *columns)
    on_sale = tariffs_on_sale(side.location, at=timezone.now())
    tariffs = [tariff for tariff in on_sale if tariff.unit == Unit.HOUR]
    pools = [tariff for tariff in tariffs if not tariff.service.has_seats]
    # The demo has no large pool, and no crowd this far ahead.
    pools = [tariff for tariff in pools if tariff.service.capacity >= LARGE] or pools
    several = [pools[number % len(pools)] for number in range(CLIENTS)]
    for what, chosen, least in (
        ("over several services", several, SAVES_A_SECOND),
        ("on one service", [pools[0]] * CLIENTS, SAVES_A_SECOND_OF_ONE_SERVICE),
    ):
        for beside_worker in (False, True):
            took, answers = _throng(side, chosen, beside_worker=beside_worker)
            wrong = [status for status, _ms in answers if status != 302]
            results.expect(not wrong, f"saving {what}: answers {sorted(set(wrong))}, {len(wrong)} times")
            rate = (len(answers) - len(wrong)) / took
            name = f"{what}, while {_waiting()} jobs wait" if beside_worker else what
            word = results.judge(rate < least, f"saving {name}: {rate:.0f} a second, target {least}")
            results.row(name, rate, *percentiles([ms for _status, ms in answers]), f"≥ {least}", word)
            cancel_saved([side])


def _throng(side: Side, tariffs: Sequence[Tariff], *, beside_worker: bool) -> tuple[float, list[tuple[int, float]]]:
    """Let each client save its orders; return the seconds from the first to the last, and all answers."""
    days = [open_day(side.location, FIRST_DAY + number) for number in range(DAYS)]
    values = values_of(side.manager, side.location)
    url = database.url(side.name)
    connection.close()
    forking = multiprocessing.get_context("fork")
    ready, said = forking.Barrier(CLIENTS + 1), forking.SimpleQueue()
    with ExitStack() as stack:
        if beside_worker:
            stack.enter_context(server.worker(url))
        site = stack.enter_context(server.running(url))
        manager = server.Browser(site.port)
        manager.sign_in("manager@olvery.test")  # once: sign-ins are counted, and limited
        clients = [
            forking.Process(
                target=_client,
                args=(server.Browser(site.port, manager.cookies), number, tariff, values, days, ready, said),
            )
            for number, tariff in enumerate(tariffs)
        ]
        for client in clients:
            client.start()
        ready.wait(60)
        began = time.perf_counter()
        answers = [said.get() for _client in clients]
        took = time.perf_counter() - began
        for client in clients:
            client.join()
    return took, [answer for its in answers for answer in its]


def _client(
    browser: server.Browser, number: int, tariff: Tariff, values: Fields, days: list[date], ready: Any, said: Any
) -> None:
    """Open the form, and save it again and again, each time for another hour."""
    create = reverse("orders:create")
    browser.get(create)
    ready.wait(60)
    answers = []
    chosen = {"service": str(tariff.service_id), "tariff": str(tariff.pk)}
    for turn in range(SAVES):
        start = 9 + (turn + number) % 8
        when = {"day": days[turn % len(days)].isoformat(), "start": f"{start:02}:00", "end": f"{start + 1:02}:00"}
        answer = browser.post(create, {**values, **chosen, **when, "token": new_token()})
        answers.append((answer.status, answer.ms))
    said.put(answers)
    os._exit(0)


def _waiting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'letters'")
        return f"{cursor.fetchone()[0]:,}"
