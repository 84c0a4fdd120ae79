"""`manage.py check_itself`: is anybody double-booked, is a rouble missing?"""

import sys
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from orders.domain.queries.self_check import check_itself

NEEDS_A_PERSON = 3


class Command(BaseCommand):
    """Runs the nightly job of the same name by hand; the page for support shows what it finds."""

    help = "Check every ticket and order; exit with 3 when something does not add up."

    def handle(self, *args: Any, **options: Any) -> None:
        found = check_itself(at=timezone.now())
        places, money = found.places, found.money
        self.stdout.write(f"Tickets on seats: {places.seated}, sharing one: {places.sharing}.")
        self.stdout.write(f"Pools with more tickets than places: {places.overfull}.")
        self.stdout.write(f"Orders: {money.orders}, ledger {money.ledger}, stored on orders {money.stored}.")
        self.stdout.write(f"Orders whose stored sum differs: {money.differing}. Took {found.seconds} s.")
        passes = found.passes
        self.stdout.write(f"Passes: {passes.passes}, of them with another balance than entries: {passes.differing}.")
        if found.without_pass:
            self.stdout.write(f"Paid sales of a pass without a pass: {', '.join(map(str, found.without_pass))}.")
        if not found.is_clean:
            sys.exit(NEEDS_A_PERSON)
