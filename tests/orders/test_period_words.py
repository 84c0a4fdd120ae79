"""How the time of an order is named on one line of a list."""

from types import SimpleNamespace
from typing import Any

import pytest

from olvery.shared.periods import Period
from orders.wording_bookings import period_in_row
from tests.moments import MOSCOW, moment

pytestmark = pytest.mark.usefixtures("now")
DAY = Period(moment("2026-12-08 00:00"), moment("2026-12-09 00:00"))
MONTHS = Period(moment("2026-12-08 10:00"), moment("2027-02-23 12:00"))


@pytest.mark.parametrize(
    ("period", "bookings", "services", "words"),
    [
        (MONTHS, 12, 1, "8\u00a0дек – 23\u00a0фев, 12 раз"),
        (MONTHS, 24, 2, "8\u00a0дек – 23\u00a0фев, 24\u00a0бронирования"),
        (DAY, 2, 2, "08.12.2026, 2\u00a0бронирования"),
        (DAY, 1, 1, "08.12.2026"),
    ],
)
def test_several_bookings_are_told_in_a_line(period: Period, bookings: int, services: int, words: str) -> None:
    order: Any = SimpleNamespace(
        period=period, booking_count=bookings, service_ids=[*range(services)], pass_units=None, tariff_name=""
    )
    assert period_in_row(order, MOSCOW) == words
