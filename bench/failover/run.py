"""The drill: the primary is killed, the site is cut from it, and it is cut from its standby before it dies."""

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import close_old_connections, connection

from bench.chaos import letters, places
from bench.chaos.processes import Site
from bench.chaos.stage import Stage
from bench.chaos.stage import set_up as set_up_location
from bench.failover.cluster import Cluster, wait_until
from bench.failover.load import REFUSED, SAVED, Load, wishes_of
from bench.failover.network import SITE
from coworking.models import Service
from orders.models import Message, Order

LOCATIONS, THREADS = 4, 16
STEADY_SECONDS = 10.0  # of load before and after what happens
RESTART_SECONDS = 5.0  # as in deploy/systemd/olvery-worker.service
UNREPLICATED_SECONDS = 9.0  # longer than a page waits, shorter than the primary waits for its standby
WRITES_BACK_SECONDS = 15.0
LETTERS_SECONDS = 300.0


@dataclass
class Act:
    """What was done to the database, and the result."""

    name: str
    figures: dict[str, object] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def show(self) -> None:
        """Print the figures."""
        print(self.name, flush=True)
        for name, value in self.figures.items():
            print(f"    {name:28}{value}", flush=True)


class Keeper(threading.Thread):
    """Restarts the worker when it ends, as systemd does."""

    def __init__(self, site: Site) -> None:
        super().__init__(name="keeper", daemon=True)
        self.site, self.enough, self.restarts = site, threading.Event(), 0

    def run(self) -> None:
        """Look every half second."""
        while not self.enough.wait(0.5):
            if self.site.running["worker"].poll() is not None:
                self.restarts += 1
                time.sleep(RESTART_SECONDS)
                self.site.start("worker")


class Drill:
    """A site on a cluster, and the orders that come in."""

    def __init__(self, cluster: Cluster, folder: Path, *, rate: float) -> None:
        self.cluster, self.rate, self.mail = cluster, rate, folder / "mail"
        self.mail.mkdir()
        self.site = Site(_environment(cluster, self.mail), web_processes=2)
        self.stages = [_location() for _number in range(LOCATIONS)]
        # Shared by all acts: starting over would want places that an earlier act has taken.
        self.wishes = [wishes_of(stage) for stage in self.stages]
        self.keeper = Keeper(self.site)
        self.told: list[Load] = []

    def __enter__(self) -> "Drill":
        for name in self.site.commands:
            self.site.start(name)
        self.site.wait_until_ready()
        self.keeper.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.keeper.enough.set()
        self.keeper.join()
        self.site.stop()

    def act(self, name: str, happens: Callable[[], float], *, limit: float = WRITES_BACK_SECONDS) -> Act:
        """Let something happen under load; it returns the moment from which orders should be saved again."""
        connection.close()  # to the primary before
        load = Load(port=self.site.port, stages=self.stages, wishes=self.wishes, rate=self.rate, threads=THREADS)
        self.told.append(load)
        load.start()
        time.sleep(STEADY_SECONDS)
        began = time.monotonic()
        moment = happens()
        wait_until(lambda: any(one.sent_at > moment and one.status == SAVED for one in load.told.answers), name)
        time.sleep(STEADY_SECONDS)
        load.stop()
        back = load.told.gap_after(moment)
        act = Act(name)
        act.figures = {
            "orders a second before": round(load.told.rate(load.began, began), 1),
            "orders saved": len(load.told.tokens(SAVED)),
            "orders refused": len(load.told.tokens(REFUSED)),
            "answers 503": load.told.unavailable.total(),
            "saved again after, s": round(back, 1),
        }
        act.show()
        if back > limit:
            act.differences.append(f"{name}: orders are saved again after {back:.1f} s")
        return act

    def kill_primary(self) -> float:
        """Kill the primary, and return the moment."""
        self.cluster.primary().kill()
        return time.monotonic()

    def cut_site(self, seconds: float) -> Callable[[], float]:
        """Return what cuts the site from the primary for a while."""

        def cut() -> float:
            with self.cluster.network.cut(SITE, self.cluster.primary().name):
                time.sleep(seconds)
            return time.monotonic()

        return cut

    def kill_unreplicated(self) -> float:
        """Cut the primary from its standby, and kill it when pages have lost their patience."""
        primary = self.cluster.primary()
        with self.cluster.network.cut(primary.name, self.cluster.standby().name):
            time.sleep(UNREPLICATED_SECONDS)
            primary.kill()
        return time.monotonic()

    def mend(self) -> None:
        """Start the machine that was killed, and wait until it follows."""
        for node in self.cluster.nodes.values():
            if node.process and node.process.poll() is not None:
                node.start()
        self.cluster.wait_for_standby()

    def verdict(self) -> Act:
        """Compare the answers with the books and the letters."""
        act = Act("at the end")
        connection.close()
        late = wait_until(lambda: not _unsent(), "every letter goes out", seconds=LETTERS_SECONDS)
        known = {str(token) for token in Order.objects.values_list("form_token", flat=True)}
        saved, refused = (set().union(*(load.told.tokens(status) for load in self.told)) for status in (SAVED, REFUSED))
        statuses = {answer.status for load in self.told for answer in load.told.answers}
        sent = letters.read_letters(self.mail)
        act.figures = {
            "orders": len(known),
            "acknowledged and lost": len(saved - known),
            "refused and saved": len(refused & known),
            "letters": len(sent),
            "letters twice": letters.repeated(sent),
            "letters all out after, s": round(late, 1),
            "restarts of the worker": self.keeper.restarts,
        }
        act.show()
        act.differences = [
            *(f"order {token} was acknowledged and is lost" for token in sorted(saved - known)),
            *(f"order {token} was refused and is there" for token in sorted(refused & known)),
            *(f"order {token} is there, and nobody was told" for token in sorted(known - saved - refused)),
            *(f"an answer {status}" for status in sorted(statuses - {SAVED, REFUSED})),
            *(line for load in self.told for line in load.broken),
            *places.differences(),
            *letters.differences(sent, worker_kills=0),
        ]
        return act


def drill(cluster: Cluster, folder: Path, *, rate: float, cut_seconds: float) -> list[Act]:
    """Play the acts one after the other."""
    acts = []
    with Drill(cluster, folder, rate=rate) as one:
        acts.append(one.act("the primary is killed", one.kill_primary))
        one.mend()
        if cluster.network.can_cut:
            acts.append(one.act(f"the site is cut from the primary for {cut_seconds:.0f} s", one.cut_site(cut_seconds)))
            acts.append(
                one.act("the primary is cut from its standby, then killed", one.kill_unreplicated, limit=math.inf)
            )
            one.mend()
        acts.append(one.verdict())
    return acts


def _unsent() -> bool:
    close_old_connections()
    return Message.objects.filter(sent_at=None).exists()


def _location() -> Stage:
    stage = set_up_location()
    Service.objects.filter(location=stage.location).update(horizon_days=3650)
    return stage


def _environment(cluster: Cluster, mail: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bench.failover.settings",
        "DATABASE_URL": cluster.url(),
        "CHAOS_MAIL": str(mail),
        "LOG_LEVEL": "ERROR",
    }
