"""`manage.py follow_the_clock`: deadlines that are near or over, bookings that begin soon or have ended."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from orders import clock
from orders.domain.online.gateway import Gateway
from orders.management.money import MoneyCommand


class Command(MoneyCommand):
    """Runs the periodic job of the same name by hand."""

    help = "Warn of deadlines, remind of bookings, expire and complete orders, end forgotten visits, release places."

    def work(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Warn, remind, expire and complete."""
        for what, step in clock.steps_with_files(shop).items():
            yield f"{what}: {step(at)}."

    def preview(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Do everything except deleting files, then roll back: letters and requests are rows, so nothing is sent."""
        with transaction.atomic():
            counts = {what: step(at) for what, step in clock.steps(None).items()}
            transaction.set_rollback(True)
        yield from (f"{what}: {count}." for what, count in counts.items())
        yield "A dry run: nothing of this is kept, and YooKassa was not asked who has paid."
