"""What a seller without VAT has to know: that the limit is near, when VAT is due, and that it is overdue."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from coworking.models import Location, SellerTax, TaxSystem, Vat, free_of_vat
from orders.domain.queries.vat_ahead import VatAhead, vat_ahead
from orders.models import LedgerEntry
from tests.factories import make_location, make_manager, make_order, make_pool, make_seller, make_tariff
from tests.moments import moment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Earn = Callable[..., None]
NAME = "ООО «Три кита»"
M = Decimal(1_000_000)
NOVEMBER = "2026-11-24 12:00"
NEW_YEAR = date(2027, 1, 1)


@pytest.fixture
def free(location: Location) -> Location:
    """A location whose seller pays no VAT."""
    make_seller(location=location, taxes={"2025-01-01": Vat.NONE})
    return location


@pytest.fixture
def earn() -> Earn:
    def earned(location: Location, amount: Decimal, at: str = "2026-11-10 12:00") -> None:
        tariff = make_tariff(service=make_pool(location=location))
        order = make_order(tariff=tariff, by=make_manager(location=location), payment_method="on_site")
        kind = "charge" if amount > 0 else "refund"
        LedgerEntry.objects.create(order=order, kind=kind, method="on_site", amount=amount, at=moment(at))

    return earned


def ahead(location: Location, at: str = NOVEMBER) -> tuple[int, int, date, str] | None:
    """Return the year and its millions, the day on which VAT begins, and the state."""
    found = vat_ahead(location, at=moment(at))
    if found is None:
        return None
    assert found.seller == NAME
    stands = "late" if found.is_late else "passed" if found.is_passed else "near"
    return found.year, int(found.limit / M), found.starts_on, stands


def test_the_limits_of_the_law_go_down_and_the_last_one_stays() -> None:
    assert [free_of_vat(year) for year in range(2025, 2031)] == [None, 20 * M, 15 * M, 10 * M, 10 * M, 10 * M]


@pytest.mark.parametrize(
    ("millions", "told"),
    [
        ("11.99", None),
        ("12", (2026, 15, NEW_YEAR, "near")),
        ("15", (2026, 15, NEW_YEAR, "near")),
        ("15.01", (2026, 15, NEW_YEAR, "passed")),
        ("20", (2026, 15, NEW_YEAR, "passed")),
        ("20.01", (2026, 20, date(2026, 12, 1), "passed")),
    ],
)
def test_the_income_of_a_year_says_from_when_on_vat_is_due(
    free: Location, earn: Earn, millions: str, told: tuple[int, int, date, str] | None
) -> None:
    earn(free, Decimal(millions) * M)
    assert ahead(free) == told


def test_the_first_day_of_the_month_after_the_one_that_went_beyond_counts(free: Location, earn: Earn) -> None:
    earn(free, 19 * M, "2026-03-10 12:00")
    earn(free, 2 * M, "2026-06-30 23:59")
    earn(free, 5 * M, "2026-08-10 12:00")
    assert ahead(free, "2026-06-30 23:59") == (2026, 20, date(2026, 7, 1), "passed")
    assert ahead(free) == (2026, 20, date(2026, 7, 1), "late")


def test_after_new_year_the_income_of_the_year_before_counts(free: Location, earn: Earn) -> None:
    earn(free, 16 * M, "2026-12-31 23:59")
    assert ahead(free, "2027-01-01 00:00") == (2026, 15, NEW_YEAR, "late")
    assert ahead(free, "2028-01-01 00:00") is None  # nothing was earned in 2027


def test_what_went_back_is_no_income_and_other_locations_of_the_company_add_to_it(free: Location, earn: Earn) -> None:
    earn(free, 16 * M)
    earn(free, -2 * M)
    assert ahead(free) == (2026, 15, NEW_YEAR, "near")
    other, strangers = make_location(), make_location()
    make_seller(location=other)
    make_seller(location=strangers, inn="5260998767")
    earn(strangers, 9 * M)
    assert ahead(free) == (2026, 15, NEW_YEAR, "near")
    earn(other, 2 * M)
    assert ahead(free) == (2026, 15, NEW_YEAR, "passed")


def test_income_is_of_the_month_in_which_it_came_in_where_it_came_in(free: Location, earn: Earn) -> None:
    east = make_location(time_zone="Asia/Kamchatka")
    make_seller(location=east, taxes={"2025-01-01": Vat.NONE})
    earn(free, 14 * M)
    earn(east, 2 * M, "2026-12-31 15:00")  # in Kamchatka the new year has begun
    assert ahead(free, "2026-12-31 14:00") == ahead(east, "2026-12-31 14:00") == (2026, 15, NEW_YEAR, "near")
    earn(east, 2 * M, "2026-12-31 14:59")
    assert ahead(free, "2026-12-31 14:00") == ahead(east, "2026-12-31 14:00") == (2026, 15, NEW_YEAR, "passed")


def test_who_pays_vat_or_has_given_its_rate_is_told_nothing(free: Location, earn: Earn) -> None:
    earn(free, 16 * M)
    row = SellerTax.objects.create(seller=free.seller, starts_on=date(2027, 1, 2), vat=Vat.FIVE)
    assert ahead(free) == (2026, 15, NEW_YEAR, "passed")
    SellerTax.objects.update_or_create(pk=row.pk, defaults={"starts_on": NEW_YEAR})
    assert ahead(free) is None
    row.delete()
    SellerTax.objects.update(vat=Vat.TWENTY_TWO)
    assert ahead(free) is None


@pytest.mark.parametrize(
    ("system", "is_told"),
    [
        (None, True),
        (TaxSystem.SIMPLIFIED_INCOME, True),
        (TaxSystem.SIMPLIFIED_INCOME_LESS_COSTS, True),
        (TaxSystem.GENERAL, False),
        (TaxSystem.AGRICULTURAL, False),
    ],
)
def test_the_limit_is_that_of_the_simplified_system(
    free: Location, earn: Earn, system: TaxSystem | None, is_told: bool
) -> None:
    earn(free, 16 * M)
    SellerTax.objects.update(tax_system=system)
    assert (ahead(free) is not None) == is_told


def test_without_requisites_nobody_is_told_anything(location: Location, earn: Earn) -> None:
    earn(location, 16 * M)
    assert vat_ahead(location, at=moment(NOVEMBER)) is None
    make_seller(location=location)  # the settings of the tests are without VAT
    assert vat_ahead(location, at=moment(NOVEMBER)) == VatAhead(NAME, 2026, 15 * M, NEW_YEAR, True, False)
