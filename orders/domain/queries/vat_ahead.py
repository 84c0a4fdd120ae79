"""Whether a seller without VAT approaches or exceeds the income above which the simplified system pays VAT."""

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
from orders.domain.money.tax import Tax, tax_at, tax_of
from orders.domain.queries.statements import MOVED_ON
from orders.models import LedgerEntry

# The share of the VAT-free income from which the limit counts as near.
NEAR = Decimal("0.8")
# Systems that pay VAT depending on income. An unknown system may be one of these.
SIMPLIFIED = (None, TaxSystem.SIMPLIFIED_INCOME, TaxSystem.SIMPLIFIED_INCOME_LESS_COSTS)
Income = Mapping[date, Decimal]  # by the first day of a month, roubles


@dataclass(frozen=True, slots=True)
class VatAhead:
    """The yearly income, roubles, that makes a seller pay VAT from a day on; already passed, or just near."""

    seller: str
    year: int
    limit: Decimal
    starts_on: date
    is_passed: bool
    is_late: bool  # whether the day has come


def vat_ahead(location: Location, *, at: datetime) -> VatAhead | None:
    """Return what the seller of a location has to know about VAT, None if nothing.

    Nothing for a seller that pays VAT, or has entered a rate for that day. Income is what came in and went back here,
    at all locations of the company, as the simplified system counts it, article 346.17 of the Tax Code; other income of
    the company is not known here. Four queries at most, one if the requisites are missing.
    """
    seller = Seller.objects.filter(location=location).first()
    if seller is None or not _may_be_free(tax_at(location, at=at)):
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
    """Return the first day from which VAT is due, or the approaching one.

    Article 145 of the Tax Code, as amended by law 425-FZ of 28 November 2025: if more was earned in the year before,
    from 1 January on; if more is earned during a year, from the first day of the next month.
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
    """Return the month in which a year's income exceeded a limit."""
    so_far = NO_MONEY
    for month in sorted(month for month in income if month.year == year):
        so_far += income[month]
        if so_far > limit:
            return month
    return None
