"""Changes on days on which the clock is put on or back."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Membership, Role, User
from olvery.shared.periods import DAY
from olvery.shared.refusals import Refused
from orders.domain.desk import changing
from orders.domain.money.balance import balance_of
from orders.models import Order
from tests.factories import (
    make_location,
    make_order,
    make_pool,
    make_tariff,
)
from tests.moments import BERLIN, hours
from tests.orders.booking.changes import (
    change,
    plan,
    reasons,
    ticket_of,
    when,
)
from tests.orders.conftest import now
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


def test_an_hour_that_the_clock_skips_is_no_time_to_move_to(manager: User, clock: Any) -> None:
    order = _order_in_berlin(date(2026, 3, 28), "01", "04", by=manager, clock=clock)
    before = saved_rows()
    planned = plan(order, by=manager, when=when("02", "03", day=date(2026, 3, 29)))
    assert reasons(planned)[0] == "clock_changes"
    with pytest.raises(Refused):
        changing.carry_out(planned)
    assert saved_rows() == before


@pytest.mark.parametrize(("day", "lasts"), [(date(2026, 3, 29), "2"), (date(2026, 10, 25), "4")])
def test_a_night_in_which_the_clock_changes_costs_what_it_lasts(
    day: date, lasts: str, manager: User, clock: Any
) -> None:
    order = _order_in_berlin(day - DAY, "01", "04", by=manager, clock=clock)
    change(order, by=manager, when=when("01", "04", day=day))
    assert ticket_of(order).period == hours("01", "04", day, BERLIN)
    assert balance_of(order).total == 300 * Decimal(lasts)


def _order_in_berlin(day: date, start: str, end: str, *, by: User, clock: Any) -> Order:
    all_night = dict.fromkeys(range(7), (time(0), time(23, 45)))
    location = make_location(time_zone="Europe/Berlin", weekly=all_night)
    Membership.objects.create(user=by, location=location, role=Role.RENTAL_MANAGER)
    clock.move_to(datetime.combine(day - DAY, time(12), BERLIN))
    tariff = make_tariff(service=make_pool(location=location))
    return make_order(tariff=tariff, by=by, when=when(start, end, day=day), at=now())
