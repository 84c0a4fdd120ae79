"""Promo codes of the demo: one for newcomers, one for the meeting rooms on workdays, one of last autumn."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from olvery.demo.people import People
from olvery.demo.places import Site
from olvery.shared.periods import DAY
from orders.domain.desk.promo_codes import make_code
from orders.models import PromoCode

FOR_NEWCOMERS = "НОВОСЕЛЬЕ"
WORKDAYS = list(range(5))


def make_codes(site: Site, people: People, *, at: datetime) -> list[PromoCode]:
    """Save the codes, made by the location administrator."""
    today = site.calendar.today(at)
    codes: list[dict[str, Any]] = [
        {"code": "ОСЕНЬ-15", "value": 15, "starts_on": today - 80 * DAY, "ends_on": today - 20 * DAY},
        {
            "code": "ПЕРЕГОВОРНАЯ",
            "value": 500,
            "is_percent": False,
            "service_ids": [site.rooms.service.pk],
            "weekdays": WORKDAYS,
            "most_uses": 50,
            "note": "Для встреч в будни",
        },
        {
            "code": FOR_NEWCOMERS,
            "value": 10,
            "ends_on": today + 60 * DAY,
            "most_uses": 100,
            "most_uses_each": 1,
            "note": "Листовки на ресепшен",
        },
    ]
    return [
        make_code(
            location=site.location,
            values={"is_percent": True, **fields, "value": Decimal(fields["value"])},
            by=people.accounts.administrator,
            at=at,
        )
        for fields in codes
    ]
