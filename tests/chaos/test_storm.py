"""What breaks on the way counts: unexpected errors, visits that were not made, jobs left undone, a killer that died."""

import http.client
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from django.db import OperationalError, connection
from django.utils import timezone

from bench.chaos import jobs, run
from bench.chaos.browser import Broken, TurnedAway, Unavailable
from bench.chaos.processes import Killer, Site
from bench.chaos.storm import Storm
from bench.chaos.told import Told
from coworking.models import Ticket, Visit
from olvery.shared.jobs import later
from orders.domain import messages
from tests.chaos.conftest import World


def storm(world: World, *orders: int) -> Storm:
    stage = SimpleNamespace(manager=world.paid.created_by)
    return Storm(site_url="http://127.0.0.1:1", sandbox=world.sandbox, stage=stage, orders=orders, seed=1)  # type: ignore[arg-type]


def deed_that(error: Exception) -> Callable[..., None]:
    def deed(*_given: object) -> None:
        raise error

    return deed


ORDINARY = [
    requests.ConnectionError(),
    http.client.RemoteDisconnected(),
    http.client.BadStatusLine(""),
    http.client.IncompleteRead(b""),
    TurnedAway("no"),
]


@pytest.mark.parametrize("error", ORDINARY, ids=lambda error: type(error).__name__)
def test_a_killed_server_is_ordinary(world: World, error: Exception) -> None:
    one = storm(world)
    one._do(deed_that(error), 1, Random(1))
    assert one.done == {f"deed: {type(error).__name__}": 1}
    assert one.differences() == []


@pytest.mark.parametrize("error", [Broken("GET x answered with 500"), ValueError("odd")], ids=["500", "ValueError"])
def test_what_nobody_expected_is_a_difference(world: World, error: Exception) -> None:
    one = storm(world)
    one._do(deed_that(error), 1, Random(1))
    [line] = one.differences()
    assert line.startswith("deed: BROKEN ")
    assert str(error) in line


@pytest.mark.parametrize("error", [Unavailable("/"), OperationalError("gone")], ids=["503", "gone"])
def test_a_database_that_is_away_is_a_difference_unless_it_was_killed(world: World, error: Exception) -> None:
    one, other = storm(world), storm(world)
    other.loses_database = True
    for each in (one, other):
        each._do(deed_that(error), 1, Random(1))
    name = type(error).__name__
    assert one.differences() == [f"deed: BROKEN {name}, 1 times"]
    assert (other.done, other.differences()) == ({f"deed: {name}": 1}, [])


def test_an_order_is_visited_again_by_whoever_found_the_database_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [OperationalError("gone"), Unavailable("/")]

    def visit(*_given: object) -> None:
        if errors:
            raise errors.pop()

    monkeypatch.setattr("bench.chaos.storm.AWAY_FOR", 0)
    one = storm(world, 1)
    one.loses_database, one.deeds, one.weights = True, (visit,), (1,)
    working = threading.Thread(target=one._work, args=(0, lambda: True))
    working.start()
    working.join()
    assert one.done == {"visit: Unavailable": 1, "visit: OperationalError": 1, "visit: done": 3}
    assert (one.made, one.differences()) == (3, [])


def test_a_visitor_who_came_and_left_no_visit_is_a_difference(world: World) -> None:
    one, (came, told, unknown) = storm(world), (uuid.UUID(int=number) for number in (1, 2, 3))
    ticket = Ticket.objects.filter(lines__order=world.paid)[0]
    for scan in (came, unknown):
        place = {"location": world.paid.location, "arrived_at": timezone.now(), "left_at": timezone.now()}
        Visit.objects.create(ticket=ticket, scan_id=scan, let_in_by=world.paid.created_by, source="number", **place)
    one.scans.sent.update({came, told})
    one.scans.answered.update({came, told})
    lines = [f"scan {told} was answered and is not there", f"scan {unknown} is there and nobody sent it"]
    assert one.differences() == lines


def test_what_was_refused_and_is_done_all_the_same_is_a_difference() -> None:
    told, (lost, refused) = Told(), (uuid.UUID(int=number) for number in (1, 2))
    answers = iter([requests.ConnectionError(), None, TurnedAway("no")])

    def send() -> None:
        if error := next(answers):
            raise error

    told.send(lost, send)  # the answer is lost once
    with pytest.raises(TurnedAway):
        told.send(refused, send)
    assert told.differences("order", {lost, refused}) == [f"order {refused} was refused and is there"]
    assert told.differences("order", {lost}) == []


def test_processes_that_end_with_the_database_are_restarted_and_excused_once() -> None:
    site = Site({})
    site.commands = {"worker": ["false"]}
    site.start("worker")
    site.running["worker"].wait()
    site.wait_until_ready = lambda: None  # type: ignore[method-assign]
    site.revive()
    site.running["worker"].wait()
    with pytest.raises(RuntimeError, match="worker ended by itself with 1"):
        site.kill("worker")
    site.stop()


def test_visits_that_were_not_made_are_a_difference(world: World) -> None:
    one = storm(world, 1, 2)
    one.made = 5
    assert one.differences() == ["storm: 1 visits were not made"]


def test_a_killer_that_dies_is_a_difference() -> None:
    class Victim:
        commands = {"web": [], "worker": []}
        kills = {"web": 0, "worker": 0}
        quiet = threading.Lock()

        def kill(self, name: str) -> None:
            raise RuntimeError("ended by itself with 1")

    killer = Killer(Victim(), Random(1), every=(0, 0))  # type: ignore[arg-type]
    killer.start()
    killer.stop()
    assert killer.failures == ["killer stopped: RuntimeError: ended by itself with 1"]
    assert killer.has_killed_all()  # nothing else is pending


def test_jobs_of_money_and_letters_that_are_left_undone_are_a_difference(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
        jobs.run_now(jobs.CLOCK)  # it comes again
        later(messages.SEND, at=timezone.now() + timedelta(minutes=1), message_id=1)  # it is for later
        assert jobs.undone() == []
        for state in ("todo", "doing", "failed"):
            later(messages.SEND, message_id=2)
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = %s WHERE id = (SELECT max(id) FROM procrastinate_jobs)", [state]
            )
    told = [line.split(" ", 2)[2] for line in jobs.undone()]
    assert told == [f'{messages.SEND} {{"message_id": 2}} is {state}' for state in ("todo", "doing", "failed")]


def test_a_run_in_which_nothing_happens_is_a_difference() -> None:
    figures: dict[str, Any] = dict.fromkeys(run.Outcome.__dataclass_fields__)
    nothing = {
        "kills": {"web": 0, "worker": 0},
        "payments": run.Counter(),
        "refunds": run.Counter(),
    }
    outcome = run.Outcome(**{**figures, **nothing, "faults": run.Counter(), "provider": 1, "ledger": 2})
    assert run._what_did_not_happen(outcome) == [
        "provider 1, ledger 2",
        "no web server was killed",
        "no worker was killed",
        "nothing was paid",
        "no refund was asked for",
        "no fault was injected",
    ]
