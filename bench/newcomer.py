"""The first run of a new location in a browser, counted: `python -m bench newcomer --site http://127.0.0.1:8000`.

Support has opened the location and given somebody its administration. The browser does the rest as a person would,
in the demo that runs there, at 1440 × 900: clicks and keys are counted, and what a person needs for them is estimated
by the keystroke-level model of Card, Moran and Newell: 0.28 s for a key of an average typist, 1.1 s to point,
0.2 s for a press of the button, 0.4 s from one to the other, 1.35 s to think before each field and each press. What is
typed is not read aloud from a document: two seconds are added for each of the codes of the requisites.
"""

import argparse
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import expect

from bench import database
from olvery import embedded

KEY, POINT, PRESS, HOME, THINK, READ_CODE = 0.28, 1.1, 0.2, 0.4, 1.35, 2.0
MOST_SECONDS = 600
SELLER = {
    "name": "ООО «Новый парк»",
    "inn": "7707083893",
    "kpp": "770701001",
    "ogrn": "1027700132195",
    "address": "Москва, ул. Тверская, 1",
    "bank_name": "ПАО Сбербанк",
    "bic": "044525225",
    "account": "40702810138250123017",
    "corr_account": "30101810400000000225",
}
CODES = {"inn", "kpp", "ogrn", "bic", "account", "corr_account"}


@dataclass
class Step:
    name: str
    clicks: int = 0
    keys: int = 0
    person: float = 0  # seconds, estimated
    machine: float = 0  # seconds in which the person waits


@dataclass
class Hand:
    """The hand of a person in the browser."""

    page: Any
    steps: list[Step] = field(default_factory=list)
    is_on_mouse: bool = False

    def begin(self, name: str) -> None:
        self.steps.append(Step(name))

    def click(self, what: Any) -> None:
        """Point at something and press; wait for the result."""
        self._spend(POINT + PRESS, on_mouse=True)
        self.steps[-1].clicks += 1
        self._wait(what.click)

    def write(self, where: Any, text: str, *, is_code: bool = False) -> None:
        """Move to a field with the Tab key, and type."""
        self._spend(KEY * (len(text) + 1) + (READ_CODE if is_code else 0), on_mouse=False)
        self.steps[-1].keys += len(text) + 1
        where.fill("")
        self._wait(lambda: where.press_sequentially(text))

    def choose(self, where: Any) -> None:
        """Open a list and choose its first entry."""
        self._spend(2 * (POINT + PRESS), on_mouse=True)
        self.steps[-1].clicks += 2
        self._wait(lambda: where.select_option(index=1))

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self._spend(KEY * (key.count("+") + 1), on_mouse=False)
            self.steps[-1].keys += key.count("+") + 1
            self._wait(lambda key=key: self.page.keyboard.press(key))

    def _spend(self, seconds: float, *, on_mouse: bool) -> None:
        self.steps[-1].person += THINK + seconds + (HOME if on_mouse != self.is_on_mouse else 0)
        self.is_on_mouse = on_mouse

    def _wait(self, act: Any) -> None:
        began = time.perf_counter()
        act()
        self.page.wait_for_load_state("load")
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        self.steps[-1].machine += time.perf_counter() - began


def main(argv: list[str]) -> int:
    """Do the run and print what it took; return 1 if it is longer than ten minutes."""
    parser = argparse.ArgumentParser(prog="python -m bench newcomer", description=__doc__)
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    asked = parser.parse_args(argv)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
    with embedded.running():
        os.environ["DATABASE_URL"] = database.url(embedded.DATABASE)
        import django  # noqa: PLC0415 - the settings read the address of the database when Django is set up

        django.setup()
        from bench.newcomer_run import run  # noqa: PLC0415 - as above: it needs the models

        steps = run(asked.site, name=f"Новый парк {uuid.uuid4().hex[:4]}")
    return _tell(steps)


def _tell(steps: list[Step]) -> int:
    print("| step | clicks | keys | person, s | machine, s |\n| --- | ---: | ---: | ---: | ---: |")
    for step in steps:
        print(f"| {step.name} | {step.clicks} | {step.keys} | {step.person:.0f} | {step.machine:.1f} |")
    clicks, keys = sum(step.clicks for step in steps), sum(step.keys for step in steps)
    person, machine = sum(step.person for step in steps), sum(step.machine for step in steps)
    print(f"| all | {clicks} | {keys} | {person:.0f} | {machine:.1f} |")
    print(f"\n{(person + machine) / 60:.1f} minutes, at most {MOST_SECONDS // 60}.")
    return int(person + machine > MOST_SECONDS)
