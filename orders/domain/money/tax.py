"""VAT of a sale, and the codes by which a fiscal receipt (54-FZ) names it.

Computed once, when a payment is requested or a document written, and stored with it: later papers
repeat the stored code, whatever the seller's rate is by then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings

from coworking.models import Location, SellerTax, Vat
from olvery.shared.money import NO_MONEY
from orders.models import EntryKind, LedgerEntry, Order, OrderStatus

# The provider's codes of tag 1199: for the plain rate, and for the calculated one (22/122), which is due on money
# paid before the service: article 164, item 4 of the Tax Code. Without VAT and at 0 % there is only one code.
CODES = {
    Vat.NONE: (1, 1),
    Vat.ZERO: (2, 2),
    Vat.TEN: (3, 5),
    Vat.TWENTY: (4, 6),
    Vat.FIVE: (7, 9),
    Vat.SEVEN: (8, 10),
    Vat.TWENTY_TWO: (11, 12),
}
VAT_OF_CODE = {code: vat for vat, codes in CODES.items() for code in codes}
FULL_PAYMENT, PARTIAL_PREPAYMENT = "full_payment", "partial_prepayment"
# Payment modes (tag 1214) of money paid before the service.
PREPAYMENTS = ("full_prepayment", PARTIAL_PREPAYMENT, "advance")
# A period that ends at midnight ends on the day before.
MIDNIGHT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A seller's tax on a day; `tax_system` is None if the provider need not be told."""

    vat: Vat
    tax_system: int | None


def tax_of(location: Location, *, on: date) -> Tax:
    """Return the tax of sales on a local day of the location: from the seller's rows, or else from the settings."""
    rows = SellerTax.objects.filter(seller__location=location, starts_on__lte=on)
    row = rows.order_by("-starts_on").first()
    if row is None:
        return Tax(vat=VAT_OF_CODE[settings.YOOKASSA_VAT_CODE], tax_system=settings.YOOKASSA_TAX_SYSTEM)
    return Tax(vat=row.vat, tax_system=row.tax_system)


def tax_at(location: Location, *, at: datetime) -> Tax:
    """Return the tax of a sale at a moment: that of its day at the location."""
    return tax_of(location, on=location.day_at(at))


def tax_of_charge(order: Order, *, at: datetime) -> Tax:
    """Return the tax of a charge for an order now: today's, or once the order is completed, that of its sale."""
    if order.status == OrderStatus.COMPLETED:
        return tax_of_sale(order)
    return tax_at(order.location, at=at)


def tax_of_sale(order: Order) -> Tax:
    """Return the tax of the day on which a completed order was first charged, as in its receipts, or else ended.

    The earlier day counts, article 167, item 1 of the Tax Code: a later payment changes no rate. A charge that was
    corrected to zero never came, and one fully returned before the order ended paid for nothing.
    """
    over = order.period.end - MIDNIGHT
    entries = list(order.entries.select_related("attempt").order_by("at", "pk"))
    charges = (one for one in entries if one.kind == EntryKind.CHARGE and one.at <= over)
    charge = next((one for one in charges if _left_of(one, entries, over) > 0), None)
    asked_at = charge and (charge.attempt.created_at if charge.attempt else charge.at)
    return tax_at(order.location, at=asked_at or over)


def _left_of(charge: LedgerEntry, entries: Iterable[LedgerEntry], over: datetime) -> Decimal:
    """Return a charge with its corrections, less what the provider had returned of it by a moment, roubles."""
    corrected = (one.amount for one in entries if one.corrects_id == charge.pk)
    returned = (
        one.amount for one in entries if one.refund_id and one.attempt_id == charge.attempt_id and one.at <= over
    )
    return charge.amount + sum((*corrected, *returned), NO_MONEY)


def vat_code(vat: Vat, mode: str) -> int:
    """Return the code of a rate in a receipt with this payment mode."""
    plain, calculated = CODES[vat]
    return calculated if mode in PREPAYMENTS else plain


def plain_code(code: int) -> int:
    """Return the code of the same rate once the service is rendered."""
    plain, _calculated = CODES[VAT_OF_CODE[code]]
    return plain
