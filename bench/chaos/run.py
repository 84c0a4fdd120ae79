"""One run of the chaos: set up, storm, settle, compare."""

import contextlib
import os
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from random import Random

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Role, User
from bench.chaos import books
from bench.chaos.processes import Killer, Site
from bench.chaos.storm import Storm
from coworking.domain.rules import When
from coworking.models import Location, OpeningHours, Seat, Service, Tariff, Unit
from olvery.shared.refusals import Refused
from orders.domain.placing import OrderRequest, place_order
from orders.gateways.sandbox import Sandbox
from orders.models import LedgerEntry, MoneyCase, Order, Payment, Refund

SHOP, SECRET, TOKEN = "100500", "test_sandbox", "chaos-only-secret-of-a-loopback-address"
THREADS = 6


@dataclass
class Outcome:
    """What a run did, and what did not add up."""

    seed: int
    orders: int
    seconds: dict[str, float]
    kills: dict[str, int]
    deeds: Counter[str]
    statuses: Counter[str]
    payments: Counter[str]
    refunds: Counter[str]
    cases: Counter[str]
    requests: int
    faults: int
    provider: Decimal
    ledger: Decimal
    differences: list[str] = field(default_factory=list)


def run(*, orders: int, seed: int) -> Outcome:
    """Place so many orders in the current database and let chaos rule over their money."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        till = stack.enter_context(Sandbox(shop=SHOP, secret=SECRET, time_scale=30))
        _point_at(till)
        manager, numbers = _place(orders, Random(seed))
        site = Site(_environment(till))
        till.set_webhook_url(f"{site.url}/payments/yookassa/webhook/{TOKEN}/")
        stack.callback(site.stop)
        for name in site.commands:
            site.start(name)
        site.wait_until_ready()
        killer = Killer(site, Random(seed))
        killer.start()
        storm = Storm(site_url=site.url, till=till, manager=manager, orders=numbers, seed=seed)
        storm.rage(THREADS)
        raged = time.monotonic()
        killer.stop()
        site.stop()
        faults = sum(1 for request in till.journal() if request["fault"])
        till.remove_fault()
        cache.clear()  # a pause the provider asked for is counted by the real clock, what follows is not
        books.settle(till)
        return _outcome(till, site, storm, seed=seed, faults=faults, started=started, raged=raged)


def _outcome(
    till: Sandbox, site: Site, storm: Storm, *, seed: int, faults: int, started: float, raged: float
) -> Outcome:
    succeeded = [told for told in till.payments() if told["status"] == "succeeded"]
    provider = sum((Decimal(told["amount"]["value"]) for told in succeeded), Decimal(0))
    provider -= sum((Decimal(told.get("refunded_amount", {}).get("value", "0")) for told in succeeded), Decimal(0))
    ledger = sum(LedgerEntry.objects.values_list("amount", flat=True), Decimal(0))
    return Outcome(
        seed=seed,
        orders=Order.objects.count(),
        seconds={"storm": round(raged - started, 1), "settling": round(time.monotonic() - raged, 1)},
        kills=site.kills,
        deeds=storm.done,
        statuses=Counter(Order.objects.values_list("status", flat=True)),
        payments=Counter(Payment.objects.values_list("status", flat=True)),
        refunds=Counter(f"{source} {status}" for source, status in Refund.objects.values_list("source", "status")),
        cases=Counter(MoneyCase.objects.open().values_list("kind", flat=True)),
        requests=len(till.journal()),
        faults=faults,
        provider=provider,
        ledger=ledger,
        differences=[*books.differences(till), *(deed for deed in storm.done if "BROKEN" in deed)],
    )


def _point_at(till: Sandbox) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = SHOP, SECRET
    settings.YOOKASSA_API_URL = till.api_url
    settings.YOOKASSA_CHECKOUT_HOSTS = [till.base_url.removeprefix("http://")]
    settings.YOOKASSA_ENVIRONMENT = "chaos"
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"


def _environment(till: Sandbox) -> dict[str, str]:
    database = connection.settings_dict
    host = database["OPTIONS"].get("host") or database["HOST"]
    return {
        **os.environ,
        "OLVERY_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "DATABASE_URL": f"postgresql://postgres@/{database['NAME']}?host={host}",
        "YOOKASSA_SHOP_ID": SHOP,
        "YOOKASSA_SECRET_KEY": SECRET,
        "YOOKASSA_API_URL": till.api_url,
        "YOOKASSA_CHECKOUT_HOSTS": till.base_url.removeprefix("http://"),
        "YOOKASSA_WEBHOOK_SECRET": TOKEN,
        "YOOKASSA_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "YOOKASSA_ENVIRONMENT": "chaos",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "LOG_LEVEL": "ERROR",
    }


def _place(count: int, rng: Random) -> tuple[User, list[int]]:
    """Place orders that crowd: two thirds of what is sold is wanted by more than one."""
    location = Location.objects.create(name=f"Chaos {uuid.uuid4().hex[:8]}", reply_email="chaos@olvery.test")
    OpeningHours.objects.bulk_create(
        OpeningHours(location=location, weekday=day, opens_at=clock(8), closes_at=clock(20)) for day in range(7)
    )
    manager = _person("Манагер")
    Membership.objects.create(user=manager, location=location, role=Role.RENTAL_MANAGER)
    customers = [_person(f"Клиент{number}") for number in range(20)]
    tariffs = [_tariff(location, seats=True), _tariff(location, seats=False)]
    numbers: list[int] = []
    at = timezone.now()
    while len(numbers) < count:
        with contextlib.suppress(Refused):
            numbers.append(_order(rng, location, manager, rng.choice(customers), rng.choice(tariffs), at).pk)
    return manager, numbers


def _order(rng: Random, location: Location, manager: User, customer: User, tariff: Tariff, at: datetime) -> Order:
    day = at.date() + timedelta(days=rng.randint(2, 60))
    start = rng.randint(8, 18)
    return place_order(
        OrderRequest(
            token=uuid.UUID(int=rng.getrandbits(128), version=4),
            customer_id=customer.pk,
            phone=customer.phone or "",
            email=customer.email or "",
            tariff_id=tariff.pk,
            when=When(day=day, start=clock(start), end=clock(start + 2)),
            visitor_ids=(None,),
            payment_method="online",
        ),
        location=location,
        by=manager,
        at=at,
    )


def _tariff(location: Location, *, seats: bool) -> Tariff:
    kind = Service.Kind.SEATS if seats else Service.Kind.POOL
    service = Service.objects.create(location=location, name=kind, kind=kind, capacity=0 if seats else 4)
    if seats:
        Seat.objects.bulk_create(
            Seat(service=service, label=f"A{number}", table=1, position=number) for number in range(4)
        )
    return Tariff.objects.create(service=service, name="Час", unit=Unit.HOUR, price=Decimal("333.33"))


def _person(name: str) -> User:
    digits = uuid.uuid4().int % 10**10
    return User.objects.create_user(
        email=f"{uuid.uuid4().hex}@olvery.test",
        phone=f"+7{digits:010}",
        first_name=name,
        last_name="Хаос",
        password=None,
    )
