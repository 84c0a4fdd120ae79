"""Every deed of the chaos can be done: after renaming a form, it would be skipped silently."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from bench.chaos import books, dealings
from bench.chaos import deeds_customers as customers
from bench.chaos.browser import Browser
from bench.chaos.deeds import OF_TRADE
from bench.chaos.receiver import Receiver
from bench.chaos.settling import settle
from bench.chaos.stage import crowd, set_up
from bench.chaos.storm import Storm
from bench.chaos.trade import open_trade
from coworking.models import PaymentMethod
from olvery.yookassa_sandbox import Sandbox
from orders import gateways
from orders.domain.desk import cash
from orders.models import Order
from tests.chaos.conftest import shop_at

SEED, MOST_ROUNDS = 2, 12  # with this seed three rounds do, and a round takes more than a second


def send_in_process(browser: Browser, method: str, path: str, **sent: Any) -> tuple[int, str, str]:
    """Ask the site without a server."""
    known = {"Authorization": browser.session.headers.get("Authorization", ""), **sent.get("headers", {})}
    client = Client(headers=known)
    client.cookies.load(browser.session.cookies.get_dict())
    if method == "GET":
        answer = client.get(path)
    elif "json" in sent:
        answer = client.post(path, sent["json"], content_type="application/json")
    else:
        files = {name: _named(*file) for name, file in (sent["files"] or {}).items()}
        answer = client.post(path, {**sent["data"], **files})
    browser.session.cookies.update({name: morsel.value for name, morsel in client.cookies.items()})
    return answer.status_code, answer.content.decode(), answer.headers.get("Location", "")


def _named(name: str, content: bytes) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


@dataclass(frozen=True)
class Played:
    """What was dealt in, and who was told of it."""

    storm: Storm
    receiver: Receiver
    mail: Path


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Do every deed at least once, in a transaction that is never committed, and let the dust settle."""
    folder = tmp_path_factory.mktemp("mail")
    with contextlib.ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(transaction.atomic())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(Browser, "_send", send_in_process)
        patch.setattr("bench.chaos.stage.PLACES", 2)
        sandbox = stack.enter_context(Sandbox(webhooks="manual"))
        receiver = stack.enter_context(Receiver(folder, Random(1)))
        receiver.recover()
        stack.enter_context(override_settings(**shop_at(sandbox, folder), WEBHOOKS_TO_PRIVATE_ADDRESSES=True))
        cache.clear()
        stage = set_up()
        trade = open_trade(stage, receiver)
        known = {"sandbox": sandbox, "stage": stage, "trade": trade, "deeds": OF_TRADE}
        storm = Storm(site_url="", orders=crowd(stage, 13, Random(1)), seed=1, **known)
        do_everything(storm)
        assert settle(sandbox, Random(1)) == []
        connection.check_constraints()  # otherwise each test would check these rows at its end
        yield Played(storm, receiver, folder)
        gateways.gateway().close()  # type: ignore[attr-defined] # the real one holds connections
        gateways._yookassa.cache_clear()
        transaction.set_rollback(True)


def do_everything(storm: Storm) -> None:
    grant_pass(storm)
    rng = Random(SEED)
    for _round in range(MOST_ROUNDS):
        for deed, _weight in rng.sample(OF_TRADE, len(OF_TRADE)):
            storm._do(deed, rng.choice(storm.orders), rng)
        if not undone(storm):
            break
    leave_a_debt(storm, rng)


def undone(storm: Storm) -> list[str]:
    return [deed.__name__ for deed, _weight in OF_TRADE if f"{deed.__name__}: done" not in storm.done]


def leave_a_debt(storm: Storm, rng: Random) -> None:
    """Order on account again: earlier orders may have been paid by now."""
    name = f"{customers.book_on_account.__name__}: done"
    before = storm.done[name]
    for _try in range(MOST_ROUNDS):
        storm._do(customers.book_on_account, rng.choice(storm.orders), rng)
        if storm.done[name] > before:
            return


def grant_pass(storm: Storm) -> None:
    """Sell a pass and take its price."""
    storm._do(customers.buy_pass, 0, Random(1))
    sale, token = Order.objects.get(pass_units__isnull=False), uuid.uuid4()
    storm.payments.sent.add(token)
    now, known = timezone.now(), {"method": PaymentMethod.ON_SITE, "document": "", "by": storm.stage.manager}
    cash.take_payment(sale.pk, sale.total, moved_at=now, token=token, at=now, **known)


def dealt(played: Played) -> list[str]:
    return dealings.differences(played.storm, played.receiver)


def test_each_deed_is_done_and_all_of_it_adds_up(played: Played, db: None) -> None:
    storm = played.storm
    assert (undone(storm), [line for line in storm.done if "BROKEN" in line]) == ([], [])
    told = [line for line in storm.differences() if "visits were not made" not in line]
    assert told + books.differences(storm.sandbox, mail=played.mail, worker_kills=0) + dealt(played) == []


def change(table: str, assignments: str) -> None:
    """Change the first row of a table, its guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET {assignments} WHERE ctid = (SELECT min(ctid) FROM {table})")


@pytest.mark.parametrize(
    ("table", "assignments", "told"),
    [
        ("orders_pass", '"left" = "left" + 1', "its entries say"),
        ("orders_promocode", "used = used + 1", "uses, "),
        ("orders_monthbill", "rendered = rendered + 1", "its orders"),
        ("orders_monthbill", "act_number = 99", "have the numbers"),
        (
            "coworking_waitingwish",
            "status = CASE status WHEN 'offered' THEN 'withdrawn' ELSE 'offered' END, closed_at = now()",
            "was offered, or is an order, and not both",
        ),
        ("accounts_company", "credit_limit = 0", "owes"),
        ("orders_bulkitem", "state = 'failed'", "broke"),
        ("accounts_peopleimport", "created = 0", "people came"),
    ],
    ids=["pass", "promo code", "sum of a bill", "number of an act", "wish", "limit", "many at once", "list of people"],
)
def test_what_does_not_add_up_is_a_difference(
    played: Played, db: None, table: str, assignments: str, told: str
) -> None:
    change(table, assignments)
    assert [line for line in dealt(played) if told in line]


def test_promises_and_results_are_compared(played: Played, db: None) -> None:
    lost, token = uuid.UUID(int=1), next(iter(played.storm.told_orders.answered))
    forged = "msg_0_0"
    played.storm.told_orders.answered.add(lost)
    played.storm.told_orders.sent.discard(token)
    played.receiver.taken[forged] = {}
    try:
        lines = dealt(played)
    finally:
        played.storm.told_orders.answered.discard(lost)
        played.storm.told_orders.sent.add(token)
        del played.receiver.taken[forged]
    assert lines == [
        f"order {lost} was answered and is not there",
        f"order {token} is there and nobody sent it",
        f"delivery {forged} came and is of no event",
    ]
