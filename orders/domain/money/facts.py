"""What a case of the money desk states beside the keys of what it is about; stored as JSON, worded by screens."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

LONGEST = 300  # of what the provider says: it may be anything


class DifferenceField(StrEnum):
    """What of a payment or a refund the provider tells in another way than we know it."""

    ID = "id"  # theirs is empty where the provider knows no such payment
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
    """One thing that the provider tells in another way than we know it."""

    field: DifferenceField
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """What contradicts our payment or refund; `text` only where an older version left words that nobody knows.

    `status` is what the provider calls the payment, `returned` what it has given back of it, in its own currency.
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
        """The currency that the provider names, empty where it is ours."""
        return next((row.theirs for row in self.differences if row.field == DifferenceField.CURRENCY), "")


@dataclass(frozen=True, slots=True)
class Drift:
    """What is left of a payment here and at the provider, roubles."""

    ours: Decimal
    theirs: Decimal

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Drift":
        """Read what was stored with a case."""
        return cls(Decimal(stored["ours"]), Decimal(stored["theirs"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came instead of the thing asked for: a reason from the provider's list, or a text."""

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
    """Return what differs, of fields that each come with our value and the provider's."""
    return tuple(Difference(field, str(ours), str(theirs)[:LONGEST]) for field, ours, theirs in told if ours != theirs)


def facts_as_json(facts: Facts | None) -> dict[str, Any]:
    """Return facts as they are stored and compared: the same facts are the same JSON."""
    stored = asdict(facts) if facts else {}
    return {name: _plain(value) for name, value in stored.items() if value not in ("", (), None)}


def _plain(value: object) -> object:
    return [dict(row) for row in value] if isinstance(value, tuple) else str(value)[:LONGEST]
