"""Connections to a replica that is late, away, or no longer a replica."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import Error, connection
from django.test import Client

from coworking.models import Location
from olvery.shared import replica
from olvery.shared.replica import RETRY_SECONDS, Circuit, NoReplica, Positions, read, read_newest
from tests.factories import make_location
from tests.shared.test_replica import CONFLICT, Clock, Primary, read_since, reads, stand_at, which
from tests.shared.test_replica import clock as clock  # noqa: PLC0414 - fixtures
from tests.shared.test_replica import primary as primary  # noqa: PLC0414 - fixtures
from tests.shared.test_replica import standby as standby  # noqa: PLC0414 - fixtures
from tests.slow_urls import CANCEL, ask


@pytest.mark.usefixtures("standby")
def test_statements_on_the_replica_have_the_limits_of_the_page_and_may_not_write(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ROOT_URLCONF = "tests.slow_urls"
    before = reads()
    said = client.get("/slow/replica/").content.decode().split()
    assert said == ["5s", "on", "5s", "on", "0", "off"]  # alone, in a transaction; and nothing of it stays
    assert read_since(before) == {"replica": 1}

    assert client.get("/slow/replica-write/").content == b"primary"
    assert Location.objects.filter(name="Записано").count() == 1
    assert read_since(before) == {"replica": 1, "failed": 1}
    assert "ReadOnlySqlTransaction 25006" in caplog.text


@pytest.mark.usefixtures("standby")
def test_a_connection_of_a_job_may_not_write_there() -> None:
    assert read(lambda: ask("SHOW transaction_read_only")) == "on"
    assert ask("SHOW transaction_read_only") == "off"


@pytest.mark.usefixtures("standby")
def test_what_the_replica_cancels_for_its_own_replaying_is_read_once_more_from_the_primary() -> None:
    asked: list[str] = []

    def work() -> str:
        asked.append(which())
        if which() == "replica":
            with connection.cursor() as cursor:
                cursor.execute(CONFLICT)
        return ask("SELECT 'answer'")

    before = reads()
    assert read(work) == "answer"
    assert asked == ["replica", "primary"]
    assert read_since(before) == {"failed": 1}
    assert not replica.circuit.is_open


@pytest.mark.usefixtures("standby")
def test_a_statement_too_slow_for_the_replica_is_not_tried_on_the_primary() -> None:
    asked: list[str] = []

    def work() -> str:
        asked.append(which())
        return ask(CANCEL)

    with pytest.raises(Error, match="canceling statement"):
        read(work)
    assert asked == ["replica"]
    assert which() == "primary"


@pytest.mark.usefixtures("standby")
def test_a_replica_that_is_away_is_tried_once_in_ten_seconds_and_used_when_it_is_back(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[float] = []

    def away() -> Any:
        tried.append(clock.now)
        raise NoReplica

    with monkeypatch.context() as patched:
        patched.setattr(replica, "_replayed", away)
        assert [read(which) for _ in range(3)] == ["primary"] * 3
        clock.now += RETRY_SECONDS
        assert [read(which) for _ in range(3)] == ["primary"] * 3
    assert tried == [1000, 1000 + RETRY_SECONDS]
    assert replica.circuit.is_open
    assert read(which) == "primary"
    clock.now += RETRY_SECONDS
    assert [read(which) for _ in range(2)] == ["replica"] * 2
    said = [record.getMessage() for record in caplog.records]
    assert said == ["The replica is away, pages read from the primary: NoReplica", "The replica is back."]


def test_one_thread_tries_again_while_the_others_read_the_primary(clock: Clock) -> None:
    circuit = Circuit()
    assert circuit.lets_through()
    circuit.open(Error())
    clock.now += RETRY_SECONDS
    with ThreadPoolExecutor(4) as threads:
        let_through = list(threads.map(lambda _n: circuit.lets_through(), range(8)))
    assert sorted(let_through) == [False] * 7 + [True]
    circuit.close()
    assert circuit.lets_through()


@pytest.mark.usefixtures("standby")
def test_a_server_that_was_promoted_is_no_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert read(which) == "primary"
    assert replica.circuit.is_open
    replica.circuit.close()


@pytest.mark.usefixtures("standby")
def test_a_late_replica_is_left_until_it_has_caught_up(
    clock: Clock, primary: Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_at(monkeypatch, primary.position)
    assert read(which) == "replica"
    primary.position += 1
    clock.now += 4.9  # what is shown may be five seconds old
    assert read(which) == "replica"
    clock.now += 0.2
    before = reads()
    assert read(which) == "primary"
    assert read_since(before) == {"late": 1}
    stand_at(monkeypatch, primary.position)
    assert read(which) == "replica"


@pytest.mark.usefixtures("transactional_db")
def test_the_position_of_the_primary_lies_behind_what_was_committed() -> None:
    before = replica.position_of_primary()
    make_location()
    assert replica.position_of_primary() > before


def test_positions_are_asked_for_twice_in_the_time_and_never_older(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def position() -> int:
        asked.append(clock.now)
        return int(clock.now)

    monkeypatch.setattr(replica, "position_of_primary", position)
    positions = Positions()
    told = []
    for clock.now in (100, 101, 102, 103, 104, 105, 106, 109, 120):
        told.append(positions.within(5))
    assert told == [100, 100, 100, 100, 100, 100, 103, 106, 120]
    assert asked == [100, 103, 106, 109, 120]


@pytest.mark.usefixtures("standby")
def test_a_job_waits_until_the_replica_has_all_that_is_committed(
    clock: Clock, primary: Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.positions.within(5)
    stand_at(monkeypatch, primary.position)
    primary.position += 1

    def replay(_seconds: float) -> None:
        stand_at(monkeypatch, primary.position)

    monkeypatch.setattr("olvery.shared.replica.time.sleep", replay)
    assert read_newest(which) == "replica"

    def stand_still(seconds: float) -> None:
        clock.now += seconds

    primary.position += 1
    monkeypatch.setattr("olvery.shared.replica.time.sleep", stand_still)
    assert read_newest(which) == "primary"
    assert clock.now == pytest.approx(1005, abs=0.1)
