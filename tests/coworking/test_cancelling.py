"""What a cancellation returns, by how early it is."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from coworking.domain.cancelling import percent_returned, percent_until, returned_by_policy
from coworking.models import CancellationStep
from coworking.wording import policy_text
from olvery.shared.money import KOPECK
from tests.moments import hours

START = hours("10", "12").start
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
USUAL = [(24, 100), (2, 50)]
repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=200)

policies = st.dictionaries(st.integers(0, 200), st.integers(0, 100), max_size=5).map(lambda steps: list(steps.items()))
notices = st.integers(-10 * 3600, 300 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def steps(policy: list[tuple[int, int]]) -> list[CancellationStep]:
    return [CancellationStep(hours_before=hours_before, percent=percent) for hours_before, percent in policy]


def percent(policy: list[tuple[int, int]], at: datetime) -> int:
    return percent_returned(steps(policy), start=START, sold_at=at, at=at)


@pytest.mark.parametrize(
    ("notice", "returned"),
    [
        (timedelta(days=30), 100),
        (24 * HOUR, 100),
        (24 * HOUR - SECOND, 50),
        (2 * HOUR, 50),
        (2 * HOUR - SECOND, 0),
        (SECOND, 0),
        (timedelta(0), 0),
        (-HOUR, 0),
    ],
)
def test_the_step_that_the_notice_reaches_counts(notice: timedelta, returned: int) -> None:
    assert percent(USUAL, START - notice) == percent(USUAL[::-1], START - notice) == returned


@pytest.mark.parametrize(("notice", "returned"), [(HOUR, 100), (SECOND, 100), (timedelta(0), 0), (-HOUR, 0)])
def test_without_a_policy_everything_goes_back_until_the_start(notice: timedelta, returned: int) -> None:
    assert percent([], START - notice) == returned


@repeatable
@given(policies, notices)
def test_a_percentage_is_one_of_the_policy_or_nothing(policy: list[tuple[int, int]], notice: timedelta) -> None:
    returned = percent(policy, START - notice)
    reached = [(before, share) for before, share in policy if notice >= before * HOUR]
    if notice <= timedelta(0):
        assert returned == 0
    elif policy:
        assert returned == (max(reached)[1] if reached else 0)
    else:
        assert returned == 100


@repeatable
@given(policies, notices)
def test_a_percentage_stays_until_the_moment_that_is_given(policy: list[tuple[int, int]], notice: timedelta) -> None:
    at = START - notice
    until = percent_until(steps(policy), start=START, sold_at=at, at=at)
    if until is None:
        assert percent(policy, at) == percent(policy, START) == 0
    else:
        assert at <= until <= START
        assert (
            percent(policy, until - min(SECOND, until - at)) == percent(policy, at) != percent(policy, until + SECOND)
        )


@pytest.mark.parametrize(
    ("policy", "notice", "left"),
    [
        (USUAL, 30 * HOUR, 24 * HOUR),
        (USUAL, 24 * HOUR, 24 * HOUR),
        (USUAL, 20 * HOUR, 2 * HOUR),
        ([(24, 100), (12, 100), (2, 50)], 30 * HOUR, 12 * HOUR),
        ([], 30 * HOUR, timedelta(0)),
    ],
)
def test_the_step_that_changes_the_percentage_ends_it(
    policy: list[tuple[int, int]], notice: timedelta, left: timedelta
) -> None:
    at = START - notice
    assert percent_until(steps(policy), start=START, sold_at=at, at=at) == START - left


@repeatable
@given(
    st.integers(0, 10**11).map(lambda kopecks: kopecks * KOPECK),
    st.integers(0, 100),
)
def test_what_goes_back_is_within_what_was_paid_and_half_a_kopeck(paid: Decimal, share: int) -> None:
    back = returned_by_policy(paid, share)
    assert 0 <= back <= paid
    assert back == back.quantize(KOPECK)
    assert abs(back * 100 - paid * share) <= Decimal("0.5")


@pytest.mark.parametrize(("share", "back"), [(100, "333.33"), (50, "166.67"), (0, "0.00")])
def test_a_half_of_an_odd_sum_is_rounded_up(share: int, back: str) -> None:
    assert returned_by_policy(Decimal("333.33"), share) == Decimal(back)


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ([], "до начала возвращаем всю сумму"),
        (
            [(0, 50), (24, 100)],
            "за 24 часа до начала и раньше возвращаем 100\u00a0%, до начала возвращаем 50\u00a0%, позже не возвращаем",
        ),
        ([(1, 80)], "за 1 час до начала и раньше возвращаем 80\u00a0%, позже не возвращаем"),
    ],
)
def test_a_policy_is_told_in_a_sentence(policy: list[tuple[int, int]], text: str) -> None:
    with override("ru"):
        assert policy_text(steps(policy)) == text
