"""Whatever is booked, awaited and cancelled, in any order: the list gets what fits, in its order, and nothing twice."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from coworking.models import Tariff, Ticket, WaitingWish
from olvery.shared.periods import Usage, peak_usage
from olvery.shared.refusals import Refused
from orders.domain.booking import waiting
from orders.domain.desk.cancelling import cancel_order
from orders.models import Order
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff, make_waiting
from tests.moments import NOW, hours
from tests.orders.booking.asking import at_hours

pytestmark = pytest.mark.django_db

CAPACITY = 3
HOURS = ((10, 12), (11, 13), (12, 14))
repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=5)


@dataclass(frozen=True)
class Ask:
    """Book this many places, or join the line for them."""

    when: int
    places: int


@dataclass(frozen=True)
class Free:
    """Cancel one of the orders, and let the job look."""

    which: int


asks = st.builds(Ask, st.integers(0, len(HOURS) - 1), st.integers(1, CAPACITY))
frees = st.builds(Free, st.integers(0, 9))
# First enough requests to fill the hours, then requests and releases mixed.
steps = st.tuples(st.lists(asks, min_size=5, max_size=7), st.lists(st.one_of(asks, frees), min_size=5, max_size=8)).map(
    lambda halves: halves[0] + halves[1]
)


def sold() -> list[Usage]:
    return [Usage(period) for period in Ticket.objects.blocking().values_list("period", flat=True)]


def has_room(wish: WaitingWish, usages: Iterable[Usage]) -> bool:
    return peak_usage(list(usages), wish.period) + wish.places <= CAPACITY


def run(script: list[Ask | Free], tariff: Tariff, manager: User) -> int:
    """Do every step, check that the line is served after it, and return how many wishes were."""
    for step in script:
        if isinstance(step, Free):
            standing = Order.objects.filter(status="confirmed").order_by("pk")
            if standing:
                cancel_order(standing[step.which % len(standing)].pk, by=manager, reason="Передумал", at=NOW)
        else:
            start, end = map(str, HOURS[step.when])
            asked = {"tariff": tariff, "when": at_hours(start, end), "by": manager}
            try:
                make_order(**asked, visitor_ids=(None,) * step.places)
            except Refused:
                make_waiting(**asked, places=step.places)
        expected, usages = [], sold()
        for wish in WaitingWish.objects.waiting().order_by("pk"):  # by hand: the first whose whole wish fits
            if has_room(wish, usages):
                expected.append(wish.pk)
                usages += [Usage(wish.period)] * wish.places
        before = set(WaitingWish.objects.filter(status="offered").values_list("pk", flat=True))
        assert waiting.offer_places(tariff.service_id, at=NOW) == len(expected)
        offered = WaitingWish.objects.filter(status="offered").exclude(pk__in=before)
        assert sorted(offered.values_list("pk", flat=True)) == expected
        assert peak_usage(sold(), hours("8", "21")) <= CAPACITY
        assert not any(has_room(wish, sold()) for wish in WaitingWish.objects.waiting())
    served = WaitingWish.objects.filter(status="offered").select_related("waited__order")
    for wish in served:
        assert (wish.waited.order.ticket_count, wish.waited.order.period) == (wish.places, wish.period)
    return len(served)


def test_any_sequence_of_bookings_and_frees_serves_the_line_in_its_order() -> None:
    location = make_location()
    tariff, manager = (
        make_tariff(service=make_pool(location=location, capacity=CAPACITY)),
        make_manager(location=location),
    )

    served = list[int]()

    @repeatable
    @given(script=steps)
    def check(script: list[Ask | Free]) -> None:
        with transaction.atomic():
            served.append(run(script, tariff, manager))
            transaction.set_rollback(True)

    check()
    assert sum(served) > 5
