"""Verdicts on the provider's answers: every state with every answer."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.domain.money.facts import Difference, DifferenceField
from orders.domain.online.gateway import PaymentSnapshot, RefundSnapshot
from orders.domain.online.verdicts import Expected, Verdict, VerdictKind, decide, decide_refund
from orders.models import PaymentAttempt, Refund

repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=60)

ID, OTHER_ID = (f"2a000000-000f-5000-8000-00000000000{digit}" for digit in (1, 2))
SUM = Decimal("600.00")
MOMENT = datetime(2026, 11, 24, 6, tzinfo=UTC)
EXPECTED = Expected(attempt_id=7, provider_id=ID, amount=SUM, shop_id="100500", test=True, environment="test")
UNBOUND = replace(EXPECTED, provider_id=None)
OURS = {"payment_id": "7", "order_id": "3", "env": "test"}

NOTHING, PEND, SUCCEED, CANCEL, REFRESH, REVIEW = VerdictKind
# Rows are our states, columns the provider's; see the table of the design.
PAYMENTS = {
    "created": {"pending": PEND, "succeeded": SUCCEED, "canceled": CANCEL},
    "pending": {"pending": PEND, "succeeded": SUCCEED, "canceled": CANCEL},
    "succeeded": {"pending": NOTHING, "succeeded": REFRESH, "canceled": REVIEW},
    "canceled": {"pending": NOTHING, "succeeded": SUCCEED, "canceled": NOTHING},
    "failed": {"pending": NOTHING, "succeeded": SUCCEED, "canceled": NOTHING},
}
REFUNDS = {
    "requested": {"pending": PEND, "succeeded": SUCCEED, "canceled": CANCEL},
    "pending": {"pending": PEND, "succeeded": SUCCEED, "canceled": CANCEL},
    "succeeded": {"pending": NOTHING, "succeeded": REFRESH, "canceled": REVIEW},
    "canceled": {"pending": NOTHING, "succeeded": SUCCEED, "canceled": NOTHING},
    "failed": {"pending": NOTHING, "succeeded": SUCCEED, "canceled": NOTHING},
}
# Words of the provider that we do not act on count as «not decided yet».
UNDECIDED = ["pending", "waiting_for_capture", "a_word_of_next_year"]
REMOTE = [*UNDECIDED, "succeeded", "canceled"]
# One fact that differs from our request, and its name in the verdict.
DIFFERENT: dict[str, tuple[dict[str, Any], Difference]] = {
    "id": ({"id": OTHER_ID}, Difference(DifferenceField.ID, ID, OTHER_ID)),
    "shop": ({"shop_id": "100501"}, Difference(DifferenceField.SHOP, "100500", "100501")),
    "a kopeck less": ({"amount": Decimal("599.99")}, Difference(DifferenceField.AMOUNT, "600.00", "599.99")),
    "currency": ({"currency": "USD"}, Difference(DifferenceField.CURRENCY, "RUB", "USD")),
    "test": ({"test": False}, Difference(DifferenceField.TEST, "True", "False")),
}
# Metadata of another payment, and the verdict's word for it.
NOT_OURS: list[tuple[dict[str, str], list[Difference]]] = [
    ({}, [Difference(DifferenceField.ATTEMPT, "7", ""), Difference(DifferenceField.ENVIRONMENT, "test", "")]),
    ({**OURS, "payment_id": "8"}, [Difference(DifferenceField.ATTEMPT, "7", "8")]),
    ({**OURS, "env": "production"}, [Difference(DifferenceField.ENVIRONMENT, "test", "production")]),
    ({**OURS, "payment_id": ""}, [Difference(DifferenceField.ATTEMPT, "7", "")]),
]
TO = {PEND: "pending", SUCCEED: "succeeded", CANCEL: "canceled"}

local_payments = st.sampled_from(PaymentAttempt.Status.values)
local_refunds = st.sampled_from(Refund.Status.values)
expectations = st.sampled_from([EXPECTED, UNBOUND])


def told(status: str = "pending", **facts: Any) -> PaymentSnapshot:
    fields = {"id": ID, "amount": SUM, "currency": "RUB", "shop_id": "100500", "test": True, "metadata": OURS, **facts}
    return PaymentSnapshot(status=status, created_at=MOMENT, **fields)


def told_refund(status: str = "pending", **facts: Any) -> RefundSnapshot:
    fields = {"id": ID, "payment_id": OTHER_ID, "amount": SUM, "currency": "RUB", **facts}
    return RefundSnapshot(status=status, created_at=MOMENT, **fields)


def after(local: str, verdict: Verdict) -> str:
    """Return the state that a decision leads to."""
    return TO.get(verdict.kind, local)


# Payments


@pytest.mark.parametrize(("local", "remote"), product(PAYMENTS, PAYMENTS["created"]))
def test_every_state_has_one_answer_to_every_status(local: str, remote: str) -> None:
    assert PAYMENTS.keys() == set(PaymentAttempt.Status.values)
    verdict = decide(local, EXPECTED, told(remote))
    assert verdict.kind == PAYMENTS[local][remote]
    taken_back = (Difference(DifferenceField.STATUS, "succeeded", "canceled"),)
    assert verdict.differences == (taken_back if verdict.kind == REVIEW else ())


@pytest.mark.parametrize(("local", "remote"), product(PAYMENTS, UNDECIDED[1:]))
def test_a_word_that_we_do_not_act_on_counts_as_pending(local: str, remote: str) -> None:
    assert decide(local, EXPECTED, told(remote)).kind == PAYMENTS[local]["pending"]


@pytest.mark.parametrize("name", DIFFERENT)
@pytest.mark.parametrize(("local", "remote"), product(PAYMENTS, REMOTE))
def test_whatever_differs_is_for_a_person(local: str, remote: str, name: str) -> None:
    facts, difference = DIFFERENT[name]
    assert decide(local, EXPECTED, told(remote, **facts)) == Verdict(kind=REVIEW, differences=(difference,))


@pytest.mark.parametrize(("metadata", "differences"), NOT_OURS)
@pytest.mark.parametrize("remote", REMOTE)
def test_an_unknown_id_must_name_our_payment(
    remote: str, metadata: dict[str, str], differences: list[Difference]
) -> None:
    verdict = decide("created", UNBOUND, told(remote, metadata=metadata))
    assert verdict == Verdict(kind=REVIEW, differences=tuple(differences))


@pytest.mark.parametrize("metadata", [metadata for metadata, _differences in NOT_OURS])
def test_a_bound_payment_is_matched_by_id_alone(metadata: dict[str, str]) -> None:
    assert decide("pending", EXPECTED, told("succeeded", metadata=metadata)).kind == SUCCEED


@repeatable
@given(local_payments, expectations)
def test_a_success_is_never_lost(local: str, expected: Expected) -> None:
    assert decide(local, expected, told("succeeded")).kind in (SUCCEED, REFRESH)


@repeatable
@given(local_payments, expectations, st.sampled_from(REMOTE), st.lists(st.sampled_from(list(DIFFERENT)), min_size=1))
def test_several_differences_are_all_named(local: str, expected: Expected, remote: str, names: list[str]) -> None:
    snapshot = told(remote)
    for name in names:
        snapshot = replace(snapshot, **DIFFERENT[name][0])
    if expected is UNBOUND and set(names) == {"id"}:
        return  # any id is new to us
    verdict = decide(local, expected, snapshot)
    assert (verdict.kind, after(local, verdict)) == (REVIEW, local)
    if "id" not in names:
        assert set(verdict.differences) == {DIFFERENT[name][1] for name in names}


@repeatable
@given(local_payments, expectations, st.sampled_from(REMOTE))
def test_the_same_news_twice_changes_nothing_the_second_time(local: str, expected: Expected, remote: str) -> None:
    state = after(local, decide(local, expected, told(remote)))
    again = decide(state, EXPECTED, told(remote))
    assert after(state, again) == state
    assert again.kind not in (SUCCEED, CANCEL)


@repeatable
@given(local_payments, st.lists(st.sampled_from(REMOTE), max_size=6), st.data())
def test_news_in_any_order_end_with_the_money(local: str, statuses: list[str], data: st.DataObject) -> None:
    statuses.insert(data.draw(st.integers(0, len(statuses))), "succeeded")
    state = local
    for status in statuses:
        state = after(state, decide(state, EXPECTED, told(status)))
    assert state == "succeeded"


# Refunds


@pytest.mark.parametrize(("local", "remote"), product(REFUNDS, REFUNDS["requested"]))
def test_every_refund_has_one_answer_to_every_status(local: str, remote: str) -> None:
    assert REFUNDS.keys() == set(Refund.Status.values)
    assert decide_refund(local, SUM, told_refund(remote)).kind == REFUNDS[local][remote]


@pytest.mark.parametrize(
    ("facts", "difference"),
    [
        ({"amount": Decimal("600.01")}, Difference(DifferenceField.AMOUNT, "600.00", "600.01")),
        ({"currency": "EUR"}, Difference(DifferenceField.CURRENCY, "RUB", "EUR")),
    ],
)
@pytest.mark.parametrize(("local", "remote"), product(REFUNDS, REMOTE))
def test_a_refund_of_another_sum_is_for_a_person(
    local: str, remote: str, facts: dict[str, Any], difference: Difference
) -> None:
    assert decide_refund(local, SUM, told_refund(remote, **facts)) == Verdict(kind=REVIEW, differences=(difference,))


@repeatable
@given(local_refunds, st.sampled_from(REMOTE))
def test_a_refund_told_of_twice_changes_nothing_the_second_time(local: str, remote: str) -> None:
    state = after(local, decide_refund(local, SUM, told_refund(remote)))
    again = decide_refund(state, SUM, told_refund(remote))
    assert after(state, again) == state
    assert again.kind not in (SUCCEED, CANCEL)


@repeatable
@given(local_refunds)
def test_a_refund_that_went_through_is_never_lost(local: str) -> None:
    assert after(local, decide_refund(local, SUM, told_refund("succeeded"))) == "succeeded"
