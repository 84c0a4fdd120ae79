"""Shared by the money commands: a dry run, and an exit code that calls for a person."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders.domain.online.gateway import Gateway, GatewayError
from orders.gateways import connected_gateway
from orders.models import MoneyCase

NEEDS_A_PERSON = 3
NO_SHOP = "No shop is connected (YOOKASSA_SHOP_ID): nothing is sent or asked."


class MoneyCommand(BaseCommand, ABC):
    """Does once what a periodic job does; may run twice, and alongside the worker.

    Exits with 0 when all adds up, with 3 when a person is needed, with 1 when the provider cannot be asked.
    """

    unsettled = 0

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the work, or print what would be done, one sentence per line. Raises CommandError."""
        at, shop = timezone.now(), connected_gateway()
        self.unsettled = 0
        try:
            for line in self.preview(shop, at=at) if options["dry_run"] else self.work(shop, at=at):
                self.stdout.write(line)
        except GatewayError as error:
            raise CommandError(f"YooKassa cannot be asked: {error.text}") from error
        self._call_a_person()

    @abstractmethod
    def work(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Do the work and report it."""

    @abstractmethod
    def preview(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Report what `work` would do; change nothing, and send only read requests."""

    def _call_a_person(self) -> None:
        cases = MoneyCase.objects.open().count()
        needed = {
            "open lines at the money desk": cases,
            "orders that do not add up": self.unsettled,
        }
        told = ", ".join(f"{what}: {count}" for what, count in needed.items() if count)
        if told:
            raise CommandError(f"A person is needed. {told.capitalize()}.", returncode=NEEDS_A_PERSON)
