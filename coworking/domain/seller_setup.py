"""Changing the seller of a location and its taxes, with a history row for each setting."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from coworking.domain.settings_history import Change, Row, changing, record, save_row, touches_before
from coworking.models import Location, Seller, SellerTax, Tariff
from olvery.shared.periods import DAY
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as


class SellerMissing(Refusal):
    """The location has no seller yet."""

    reason = "seller_missing"


class TaxBegun(Refusal):
    """The tax has already begun: something may have been sold at it, and has to be refunded at it."""

    reason = "tax_begun"
    field = "starts_on"


class TaxTwice(Refusal):
    """Two taxes from the same day on."""

    reason = "tax_twice"
    field = "starts_on"


def seller_of(location: Location) -> Seller:
    """Return the seller of a location, or an empty unsaved one."""
    return Seller.objects.filter(location=location).first() or Seller(location=location)


def save_seller(location_id: int, change: Change, values: dict[str, Any]) -> int:
    """Store the requisites and return how many have changed. Raises ChangedMeanwhile, Busy.

    Issued documents keep theirs: requisites are copied into them.
    """
    with changing(location_id, change) as location:
        seller = seller_of(location)
        events = change.differences(seller, values)
        seller.save()
        return record(events, location)


def may_have_sold(location: Location) -> bool:
    """Whether something may have been sold: that needs a tariff, and tariffs that were used stay."""
    return Tariff.objects.filter(service__location=location).exists()


def first_free_day(location: Location, *, at: datetime) -> date:
    """Return the first day a tax may begin: tomorrow, since today's sales keep theirs; today while nothing is sold."""
    today = location.day_at(at)
    return today + DAY if may_have_sold(location) else today


def save_taxes(location_id: int, change: Change, rows: Sequence[Row]) -> int:
    """Change, add and remove future taxes, and return how many settings have changed.

    Raises SellerMissing, TaxBegun, TaxTwice, ChangedMeanwhile, Busy.
    """
    with refused_as({"seller_tax_once_a_day": TaxTwice}), changing(location_id, change) as location:
        seller = Seller.objects.filter(location=location).first()
        if seller is None:
            raise SellerMissing
        known = {row.pk: row for row in SellerTax.objects.filter(seller=seller)}
        first = first_free_day(location, at=change.at)
        if touches_before(first, known, rows):
            raise TaxBegun(first=first)
        saved = [save_row(SellerTax, known, row, change, seller=seller) for row in rows]
        return record(chain.from_iterable(saved), location)
