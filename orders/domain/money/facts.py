"""The facts of a case besides its foreign keys; stored as JSON, put into words by screens."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

LONGEST = 300  # for text from the provider, which may be anything


class DifferenceField(StrEnum):
    """A property of a payment or refund that the provider reports differently."""

    ID = "id"  # their value is empty if the provider knows no such payment
    ATTEMPT = "attempt"  # of the metadata, as is the next one
    ENVIRONMENT = "environment"
    SHOP = "shop"
    AMOUNT = "amount"
    CURRENCY = "currency"
    TEST = "test"
    STATUS = "status"
    PAGE = "page"
    REFUND = "refund"
    PAYMENT = "payment"  # that a refund belongs to


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that the provider reports differently from our records."""

    field: DifferenceField
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """What contradicts our payment or refund; `text` only holds unknown words left by an older version.

    `status` is the provider's status of the payment, `returned` the sum it has returned, in its own currency.
    """

    differences: tuple[Difference, ...] = ()
    status: str = ""
    returned: Decimal | None = None
    text: str = ""

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Mismatch":
        """Read what was stored with a case, or with a payment."""
        rows = stored.get("differences", ())
        differences = (Difference(DifferenceField(row["field"]), row["ours"], row["theirs"]) for row in rows)
        returned = Decimal(stored["returned"]) if "returned" in stored else None
        status, text = stored.get("status", ""), stored.get("text", "")
        return cls(differences=tuple(differences), status=status, returned=returned, text=text)

    @property
    def currency(self) -> str:
        """The currency that the provider names, empty if it is ours."""
        return next((row.theirs for row in self.differences if row.field == DifferenceField.CURRENCY), "")


@dataclass(frozen=True, slots=True)
class Drift:
    """What is left of a payment in our books and at the provider, roubles."""

    ours: Decimal
    theirs: Decimal

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Drift":
        """Read what was stored with a case."""
        return cls(Decimal(stored["ours"]), Decimal(stored["theirs"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came instead of the requested object: a reason from the provider's list, or a text."""

    code: str = ""
    text: str = ""

    def __str__(self) -> str:
        return self.code or self.text

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Reply":
        """Read what was stored with a case."""
        return cls(code=stored.get("code", ""), text=stored.get("text", ""))


Facts = Mismatch | Drift | Reply


def differing(*told: tuple[DifferenceField, object, object]) -> tuple[Difference, ...]:
    """Return the fields that differ, given our value and the provider's for each."""
    return tuple(Difference(field, str(ours), str(theirs)[:LONGEST]) for field, ours, theirs in told if ours != theirs)


def facts_as_json(facts: Facts | None) -> dict[str, Any]:
    """Return facts as they are stored and compared: equal facts give equal JSON."""
    stored = asdict(facts) if facts else {}
    return {name: _plain(value) for name, value in stored.items() if value not in ("", (), None)}


def _plain(value: object) -> object:
    return [dict(row) for row in value] if isinstance(value, tuple) else str(value)[:LONGEST]
