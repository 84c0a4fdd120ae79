"""Run every measurement: `make bench`, or `python -m bench --fresh` to fill the database anew."""

import argparse
import os
import sys

from bench import database
from olvery import embedded


def main() -> int:
    """Measure and print; return 1 when something does not hold."""
    if sys.argv[1:2] == ["chaos"]:
        from bench.chaos.__main__ import main as under_fire

        return under_fire(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="drop the database and fill it anew")
    parser.add_argument("--demo", action="store_true", help="measure on the demo's data, as `make demo` left them")
    parser.add_argument(
        "only", nargs="*", help="people_search, lists, form, money, or chaos; without a name all but chaos"
    )
    asked = parser.parse_args()
    os.environ.setdefault("OLVERY_DEMO", "1")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    with embedded.running():
        if asked.demo:
            return _measure(asked.only or ["money"], fill=False)
        database.ensure(fresh=asked.fresh)
        os.environ["DATABASE_URL"] = database.url()  # the settings read it when Django is set up
        return _measure(asked.only, fill=True)


def _measure(only: list[str], *, fill: bool) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench import form, generate, lists, money, people_search
    from bench.measure import Report

    if fill:
        generate.fill_once()
    report = Report()
    for part in (people_search, lists, form, money):
        if not only or part.__name__.rpartition(".")[2] in only:
            part.measure(report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
