"""The sums of the payments of a sweep in the ledger and at the provider, for the page of support."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Sum

from olvery.shared.money import NO_MONEY
from orders.domain.online.gateway import PaymentSnapshot
from orders.models import LedgerEntry

KEY = "yookassa-sums:1"  # its number grows with the fields of `Sums`


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of payments since a moment, less refunds, as of the last sweep."""

    at: datetime
    since: datetime
    payments: int
    ledger: Decimal
    provider: Decimal


def keep_sums(payments: Iterable[PaymentSnapshot], *, since: datetime, at: datetime) -> None:
    """Add up payments that the provider has just listed, and keep both sums. One query besides the cache."""
    paid = {told.id: told.amount - told.refunded for told in payments if told.status == "succeeded"}
    held = LedgerEntry.objects.filter(attempt__provider_id__in=paid).aggregate(sum=Sum("amount"))["sum"]
    cache.set(KEY, Sums(at, since, len(paid), held or NO_MONEY, sum(paid.values(), NO_MONEY)), timeout=None)


def last_sums() -> Sums | None:
    """Return what the last sweep added up. One query."""
    found: Sums | None = cache.get(KEY)
    return found
