"""`manage.py reconcile`: compares our books with the provider's and with what orders cost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from orders.domain.money import audit
from orders.domain.online import sweep
from orders.domain.online.gateway import Gateway
from orders.management.money import NO_SHOP, MoneyCommand


class Command(MoneyCommand):
    """Runs the periodic job of the same name by hand, further back if requested."""

    help = "Compare the ledger with YooKassa's lists and with the cost of orders; what differs goes to the money desk."
    look_back = sweep.LOOK_BACK

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        hours = int(sweep.LOOK_BACK.total_seconds() // 3600)
        parser.add_argument("--hours", type=int, default=hours, help=f"how far to look back, {hours} by default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare. Raises CommandError."""
        self.look_back = timedelta(hours=max(options["hours"], 1))
        super().handle(*args, **options)

    def work(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Apply what is missing here and open cases for what differs."""
        yield f"Orders that do not add up: {audit.check_balances(at=at)}."
        yield f"Stored sums that differed and were written anew: {audit.check_summaries(at=at)}."
        if shop is None:
            yield NO_SHOP
            return
        swept = sweep.sweep(shop, at=at, look_back=self.look_back)
        yield f"Payments and refunds of YooKassa compared: {swept.seen}, different: {swept.different}."

    def preview(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        self.unsettled = audit.check_balances(at=at, dry_run=True)
        yield f"Orders that do not add up: {self.unsettled}."
        yield f"Stored sums that differ, left alone: {audit.check_summaries(at=at, dry_run=True)}."
        if shop is None:
            yield NO_SHOP
            return
        swept = sweep.sweep(shop, at=at, look_back=self.look_back, dry_run=True)
        yield f"Payments and refunds of YooKassa compared: {swept.seen}, different, left alone: {swept.different}."
