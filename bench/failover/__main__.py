"""`python -m bench failover`: PostgreSQL under Patroni loses its primary while orders come in. Prints its figures.

Returns 1 if something is lost, duplicated, or too late; 2 if the drill cannot run here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench.failover import cluster as clusters
from bench.failover import network as networks

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "var" / "failover.log"
NOT_MADE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run once, in network namespaces where the machine allows them."""
    parser = argparse.ArgumentParser(prog="python -m bench failover", description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="orders a second")
    parser.add_argument("--cut", type=float, default=60, help="seconds without a network between site and primary")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if absent := clusters.missing():
        print(f"NOT MADE: {', '.join(absent)} is not installed: apt-get install patroni etcd-server haproxy")
        return NOT_MADE
    if not asked.inside and networks.are_allowed():
        command = [sys.executable, "-m", "bench", "failover", "--inside", *(arguments or [])]
        return _inside(["unshare", "--net", *command])
    if not asked.inside:
        print("SKIPPED: the network is not cut, this machine allows no network namespaces to us")
    with tempfile.TemporaryDirectory(prefix="olvery-failover-") as made, ExitStack() as stack:
        folder = Path(made)
        folder.chmod(0o755)
        LOG.parent.mkdir(exist_ok=True)
        network = networks.Namespaces() if asked.inside else networks.Loopback()
        if isinstance(network, networks.Namespaces):
            stack.callback(network.close)
        cluster = clusters.Cluster(network, folder, stack.enter_context(LOG.open("wb")))
        stack.callback(cluster.stop)
        cluster.start()
        return _drill(cluster, folder, asked)


def _inside(command: list[str]) -> int:
    with subprocess.Popen(command, cwd=ROOT) as inside:
        try:
            return inside.wait()
        except SystemExit:  # somebody ends the run: let it stop what it has started
            inside.terminate()
            raise


def _drill(cluster: clusters.Cluster, folder: Path, asked: argparse.Namespace) -> int:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE olvery")
    os.environ.update(OLVERY_DEMO="1", DATABASE_URL=cluster.url(), CHAOS_MAIL=str(folder))
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.failover.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench.failover.run import drill

    acts = drill(cluster, folder, rate=asked.rate, cut_seconds=asked.cut)
    differences = [line for act in acts for line in act.differences]
    print(f"differences {len(differences)}", *differences, sep="\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
