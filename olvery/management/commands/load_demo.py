"""`manage.py load_demo`: the data of `make demo`."""

from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from olvery.demo.load import AlreadyLoaded, load_demo
from olvery.demo.places import LOCATION_NAME

SEED = 2026
MEMORY = "sandbox.sqlite3"


class Command(BaseCommand):
    """Loads the demo once; a second time it changes nothing."""

    help = "Load demo data: a location, its people, and two months of orders around today."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo, or print that it already exists."""
        if not settings.DEMO:
            raise CommandError("The demo's accounts have a password that everybody knows: set OLVERY_DEMO=1.")
        try:
            loaded = load_demo(at=timezone.now(), rng=Random(SEED))
        except AlreadyLoaded:
            self.stdout.write(f"{LOCATION_NAME} is there already, nothing loaded.")
            return
        forget_payments()
        self.stdout.write(
            f"Loaded {loaded.location.name}: {loaded.people} people, {loaded.orders} orders, {loaded.tickets} tickets."
        )


def forget_payments() -> None:
    """Delete the sandbox's data: its payments belong to a former database, and nobody would know them."""
    for path in Path(settings.VAR_DIR).glob(f"{MEMORY}*"):
        path.unlink()
