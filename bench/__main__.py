"""Fill a database and measure the speed of the product on it: `python -m bench fill`, `python -m bench all`."""

import argparse
import importlib
import os
import resource
import subprocess
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bench import database
from bench.ending import end_with_what_was_started
from olvery import embedded

MILLION = 1_000_000
BESIDE = 10_000
MOST_MEMORY = 4 * 2**30
PARTS = {
    "lists": "pages",
    "searches": "searches",
    "form": "form",
    "own": "own",
    "calendar": "calendar_day",
    "today": "today",
    "saving": "saving",
    "crush": "crush",
    "money": "money",
    "memory": "memory",
    "export": "export",
}
# Commands with options of their own.
APART = {
    "chaos": "bench.chaos.__main__",
    "failover": "bench.failover.__main__",
    "walk": "bench.walk",
    "newcomer": "bench.newcomer",
    "sequences": "bench.sequences",
}


def main() -> int:
    """Run the command; return 1 if something does not hold."""
    os.environ.setdefault("OLVERY_DEMO", "1")
    end_with_what_was_started()
    if apart := APART.get("".join(sys.argv[1:2])):
        return int(importlib.import_module(apart).main(sys.argv[2:]))
    asked = _parser().parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    with embedded.running():
        if asked.part == "fill":
            return _fill(asked)
        names = [embedded.DATABASE] if asked.demo else _filled(asked)
        os.environ["DATABASE_URL"] = database.url(names[0])  # the settings read it when Django is set up
        return _measure(asked, names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "part",
        nargs="?",
        default="all",
        choices=("fill", "all", *PARTS, *APART),
    )
    parser.add_argument("--people", type=int, default=MILLION)
    parser.add_argument("--orders", type=int, default=MILLION)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--as-of", type=date.fromisoformat, default=_today(), help="the day the rows look as of; today")
    parser.add_argument("--save-as", help="the name of the page in bench/results/; the part's")
    parser.add_argument("--demo", action="store_true", help="measure on the demo's data, as `make demo` left them")
    return parser


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/Moscow")).date()


def _fill(asked: argparse.Namespace) -> int:
    name = database.name_of(asked.people, asked.orders)
    with database.filling(name) as url:
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        from bench.fill.run import Size, fill

        fill(Size(asked.people, asked.orders, asked.seed, asked.as_of), url, connection)
    print(f"{name} is filled.", flush=True)
    return 0


def _filled(asked: argparse.Namespace) -> list[str]:
    """Return the names of the large and the small database, filling them if they are missing."""
    names = []
    for people, orders in ((asked.people, asked.orders), (BESIDE, BESIDE)):
        names.append(database.name_of(people, orders))
        if not database.exists(names[-1]):
            # In a process of its own: Django remembers the URL it was set up with.
            size = ["--people", str(people), "--orders", str(orders), "--seed", str(asked.seed)]
            subprocess.run([sys.executable, "-m", "bench", "fill", *size], check=True)
    return names


def _measure(asked: argparse.Namespace, names: list[str]) -> int:
    import django

    # A runaway measurement ends itself, not other programs on this machine.
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    django.setup()
    from django.core.management import call_command

    from bench.results import Results
    from bench.sides import Side, prepare

    sides = [Side(name) for name in names]
    for side in sides:
        side.use()
        call_command("migrate", verbosity=0)
    prepare(sides)
    parts = list(PARTS) if asked.part == "all" else [asked.part]
    size = f"{asked.people:,} people and {asked.orders:,} orders, seed {asked.seed}"
    results = Results("the data of the demo" if asked.demo else size)
    for part in parts:
        importlib.import_module(f"bench.{PARTS[part]}").run(results, sides)
    sides[0].use()
    code = results.finish()
    print(f"Written to {results.save(asked.save_as or asked.part)}.")
    return code


if __name__ == "__main__":
    sys.exit(main())
