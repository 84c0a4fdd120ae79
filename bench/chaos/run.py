"""One run of the chaos: set up, storm, drain, settle, compare."""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Sum

from bench.chaos import books, dealings, jobs, letters
from bench.chaos.database import Database
from bench.chaos.deeds import OF_TRADE
from bench.chaos.faults import struck
from bench.chaos.misfortunes import Misfortunes
from bench.chaos.processes import Killer, Site
from bench.chaos.receiver import Receiver
from bench.chaos.settling import settle
from bench.chaos.stage import Stage, crowd, set_up
from bench.chaos.storm import Storm
from bench.chaos.trade import Trade, open_trade
from olvery.shared.money import NO_MONEY
from olvery.yookassa_sandbox import Sandbox
from orders.models import LedgerEntry, MoneyCase, Order, PaymentAttempt, Refund

SHOP, SECRET, TOKEN = "100500", "test_sandbox", "chaos-only-secret-of-a-loopback-address"
THREADS = 6
TIME_SCALE = 30  # by which the provider's clock runs faster
KILLED_EVERY = (1.0, 5.0)  # seconds between two kills


@dataclass
class Outcome:
    """What a run did, and what did not add up."""

    seed: int
    orders: int
    visits: int
    seconds: dict[str, float]
    kills: dict[str, int]
    jobs_left: int
    deeds: Counter[str]
    statuses: Counter[str]
    payments: Counter[str]
    refunds: Counter[str]
    cases: Counter[str]
    letters: int
    letters_repeated: int
    requests: int
    faults: Counter[str]
    misfortunes: str
    provider: Decimal
    ledger: Decimal
    differences: list[str] = field(default_factory=list)


def run(
    *,
    orders: int,
    seed: int,
    killed_every: tuple[float, float] = KILLED_EVERY,
    most_kills: int | None = None,
    database: Database | None = None,
) -> Outcome:
    """Place this many orders in the current database and let chaos rule over their money.

    If the run has its own database, all outside failures happen as well, and more is dealt in.
    """
    times, rng = [time.monotonic()], Random(seed)
    with opened(time_scale=TIME_SCALE) as (sandbox, site, mail, place), Receiver(mail, Random(seed)) as receiver:
        trade = open_trade(place, receiver) if database else None
        storm = _storm(sandbox, site, place, crowd(place, orders, rng), seed=seed, trade=trade)
        killer = Killer(site, Random(seed), every=killed_every, most=most_kills)
        misfortunes = Misfortunes(site, sandbox, database, mail, time_scale=TIME_SCALE)
        _rage(storm, site, killer, misfortunes)
        times.append(time.monotonic())
        faults = struck(sandbox)
        sandbox.remove_fault()
        receiver.recover()
        connection.close()  # it may have broken
        cache.clear()  # a pause the provider asked for is counted by the real clock, what follows is not
        jobs_left, undone = jobs.drain(site)
        times.append(time.monotonic())
        site.kill("worker")  # or two would do the same work
        endless = settle(sandbox, rng)
        times.append(time.monotonic())
        outcome = _outcome(sandbox, site, mail, seed=seed)
        if trade:
            outcome.differences += dealings.differences(storm, receiver)
    outcome.seconds, outcome.misfortunes = _lengths(times), ", ".join(misfortunes.befallen)
    outcome.deeds, outcome.visits, outcome.faults, outcome.jobs_left = storm.done, storm.made, faults, jobs_left
    outcome.differences += [*storm.differences(), *killer.failures, *misfortunes.failures, *undone, *endless]
    outcome.differences += _what_did_not_happen(outcome)
    return outcome


def _storm(
    sandbox: Sandbox, site: Site, stage: Stage, orders: Sequence[int], *, seed: int, trade: Trade | None
) -> Storm:
    """Return the storm over these orders, and over the trade of a run whose database may be lost."""
    return Storm(
        site_url=site.url,
        sandbox=sandbox,
        stage=stage,
        orders=orders,
        seed=seed,
        trade=trade,
        deeds=OF_TRADE if trade else (),
        loses_database=trade is not None,
    )


def _rage(storm: Storm, site: Site, killer: Killer, misfortunes: Misfortunes) -> None:
    """Start the site, and let everything loose on it."""
    for name in site.commands:
        site.start(name)
    site.wait_until_ready()
    killer.start()
    misfortunes.start()
    done = (killer.has_killed_all, lambda: not misfortunes.is_alive(), lambda: bool(storm.sandbox.refunds()))
    storm.rage(THREADS, is_enough=lambda: all(one() for one in done))
    killer.stop()


@contextlib.contextmanager
def opened(*, time_scale: float) -> Iterator[tuple[Sandbox, Site, Path, Stage]]:
    """Open a sandbox with a faster clock, a site that is not started yet, its mail server, and a coworking."""
    with contextlib.ExitStack() as stack:
        mail = Path(stack.enter_context(TemporaryDirectory(prefix="chaos-mail-")))
        sandbox = stack.enter_context(Sandbox(shop=SHOP, secret=SECRET, time_scale=time_scale))
        site = Site(_environment(sandbox, mail))
        stack.callback(site.stop)
        _point_at(sandbox, site, mail)
        yield sandbox, site, mail, set_up()


def _lengths(times: list[float]) -> dict[str, float]:
    names = ("storm", "draining", "settling")
    return {name: round(end - start, 1) for name, start, end in zip(names, times, times[1:], strict=False)}


def _outcome(sandbox: Sandbox, site: Site, mail: Path, *, seed: int) -> Outcome:
    held = [books.held_of(told) for told in sandbox.payments() if told["status"] == "succeeded"]
    sent = letters.read_letters(mail)
    kills = site.kills["worker"] + 1  # one more was killed before the draining
    return Outcome(
        seed=seed,
        orders=Order.objects.count(),
        visits=0,
        seconds={},
        kills=site.kills,
        jobs_left=0,
        deeds=Counter(),
        statuses=Counter(Order.objects.values_list("status", flat=True)),
        payments=Counter(PaymentAttempt.objects.values_list("status", flat=True)),
        refunds=Counter(f"{source} {status}" for source, status in Refund.objects.values_list("source", "status")),
        cases=Counter(MoneyCase.objects.open().values_list("kind", flat=True)),
        letters=len(sent),
        letters_repeated=letters.repeated(sent),
        requests=len(sandbox.journal()),
        faults=Counter(),
        misfortunes="",
        provider=sum(held, NO_MONEY),
        ledger=LedgerEntry.objects.filter(method="online").aggregate(sum=Sum("amount"))["sum"] or NO_MONEY,
        differences=books.differences(sandbox, mail=mail, worker_kills=kills),
    )


def _what_did_not_happen(outcome: Outcome) -> list[str]:
    """A run in which nothing went wrong, or nothing was paid, shows nothing."""
    happened = {
        "no web server was killed": outcome.kills["web"],
        "no worker was killed": outcome.kills["worker"],
        "nothing was paid": outcome.payments["succeeded"],
        "no refund was asked for": outcome.refunds.total(),
        "no fault was injected": outcome.faults.total(),
    }
    sums = [f"provider {outcome.provider}, ledger {outcome.ledger}"] * (outcome.provider != outcome.ledger)
    return sums + [line for line, times in happened.items() if not times]


def _point_at(sandbox: Sandbox, site: Site, mail: Path) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = SHOP, SECRET
    settings.YOOKASSA_API_URL = sandbox.api_url
    settings.YOOKASSA_CHECKOUT_HOSTS = [sandbox.base_url.removeprefix("http://")]
    settings.YOOKASSA_ENVIRONMENT = "chaos"
    settings.SITE_URL = site.url  # a Message-ID ends with it
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(mail)
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    sandbox.set_webhook_url(f"{site.url}/payments/yookassa/webhook/{TOKEN}/")


def _environment(sandbox: Sandbox, mail: Path) -> dict[str, str]:
    database = connection.settings_dict
    host = database["OPTIONS"].get("host") or database["HOST"]
    return {
        **os.environ,
        "OLVERY_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "bench.chaos.settings",
        "DATABASE_URL": f"postgresql://postgres@/{database['NAME']}?host={host}",
        "YOOKASSA_SHOP_ID": SHOP,
        "YOOKASSA_SECRET_KEY": SECRET,
        "YOOKASSA_API_URL": sandbox.api_url,
        "YOOKASSA_CHECKOUT_HOSTS": sandbox.base_url.removeprefix("http://"),
        "YOOKASSA_WEBHOOK_SECRET": TOKEN,
        "YOOKASSA_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "YOOKASSA_ENVIRONMENT": "chaos",
        "CHAOS_MAIL": str(mail),
        "WEBHOOKS_TO_PRIVATE_ADDRESSES": "1",
        "LOG_LEVEL": "ERROR",
    }
