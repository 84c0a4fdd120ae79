"""Whether a seller without VAT comes near the income from which on the simplified system pays it, or is beyond it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from coworking.models import Location, Seller, TaxSystem, Vat, free_of_vat
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import DAY
from orders.domain.money.tax import Tax, tax_of
from orders.domain.queries.statements import MOVED_ON
from orders.models import LedgerEntry

# Of the income that is free of VAT: from which part on it is near.
NEAR = Decimal("0.8")
# What pays VAT by its income. Where no system is given, it may be one of these.
SIMPLIFIED = (None, TaxSystem.SIMPLIFIED_INCOME, TaxSystem.SIMPLIFIED_INCOME_LESS_COSTS)
Income = Mapping[date, Decimal]  # by the first day of a month, roubles


@dataclass(frozen=True, slots=True)
class VatAhead:
    """The income of a year that makes a seller pay VAT from a day on, roubles; `is_passed`, or near by now."""

    seller: str
    year: int
    limit: Decimal
    starts_on: date
    is_passed: bool
    is_late: bool  # whether the day has come


def vat_ahead(location: Location, *, at: datetime) -> VatAhead | None:
    """Return what the seller of a location has to know of VAT, None while that is nothing.

    Nothing is said of a seller that pays VAT, or has given a rate for that day. Counted is what came in and went back
    here, at all locations of the company, as the simplified system counts income, article 346.17 of the Tax Code; other
    income of the company it knows itself. Four queries at most, one where nobody has filled in the requisites.
    """
    seller = Seller.objects.filter(location=location).first()
    if seller is None or not _may_be_free(tax_of(location, on=location.day_at(at))):
        return None
    today = location.day_at(at)
    found = _found(seller.name, _income_of(seller, since=today.year - 1), today)
    return found if found and _may_be_free(tax_of(location, on=max(found.starts_on, today))) else None


def _may_be_free(tax: Tax) -> bool:
    return tax.vat == Vat.NONE and tax.tax_system in SIMPLIFIED


def _income_of(seller: Seller, *, since: int) -> Income:
    """Add up what came in and went back from a year on, each in the month that it was where that happened."""
    locations = Seller.objects.filter(inn=seller.inn).values("location")
    starts = datetime(since, 1, 1, tzinfo=UTC) - DAY  # in no time zone later; what is of the year before counts nowhere
    entries = LedgerEntry.objects.filter(order__location__in=locations, at__gte=starts)
    months = entries.annotate(month=TruncMonth(MOVED_ON)).order_by()
    return dict(months.values_list("month").annotate(sum=Sum("amount")))


def _found(name: str, income: Income, today: date) -> VatAhead | None:
    """Return the first day from which VAT is to be paid, or what is near.

    Article 145 of the Tax Code, as law 425-FZ of 28 November 2025 has it: who earned more in the year before, from
    1 January on; who earns more during a year, from the first day of the month after.
    """
    year = today.year
    before, free, next_free = year - 1, free_of_vat(year), free_of_vat(year + 1)

    def passed(of: int, limit: Decimal, starts_on: date) -> VatAhead:
        return VatAhead(name, of, limit, starts_on, is_passed=True, is_late=starts_on <= today)

    if free and _of_year(income, before) > free:
        return passed(before, free, date(year, 1, 1))
    if free and (month := _passed_in(income, year, free)):
        return passed(year, free, month + relativedelta(months=1))
    if next_free is None:
        return None
    new_year, so_far = date(year + 1, 1, 1), _of_year(income, year)
    if so_far > next_free:
        return passed(year, next_free, new_year)
    is_near = so_far >= next_free * NEAR
    return VatAhead(name, year, next_free, new_year, is_passed=False, is_late=False) if is_near else None


def _of_year(income: Income, year: int) -> Decimal:
    return sum((amount for month, amount in income.items() if month.year == year), NO_MONEY)


def _passed_in(income: Income, year: int, limit: Decimal) -> date | None:
    """Return the month in which the income of a year went beyond a limit."""
    so_far = NO_MONEY
    for month in sorted(month for month in income if month.year == year):
        so_far += income[month]
        if so_far > limit:
            return month
    return None
