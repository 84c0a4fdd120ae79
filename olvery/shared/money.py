"""Roubles: Decimal with two places, rounded once, half up, when a line is priced."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

KOPECK = Decimal("0.01")
NO_MONEY = Decimal("0.00")
NBSP = "\u00a0"


def to_kopecks(amount: Decimal) -> Decimal:
    """Round a sum of roubles to two places, half up."""
    return amount.quantize(KOPECK, rounding=ROUND_HALF_UP)


class MoneyField(models.DecimalField):
    """A sum in roubles."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)
