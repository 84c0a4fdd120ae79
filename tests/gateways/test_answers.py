"""Parsing the provider's JSON, and refusing what is too odd to parse."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from orders.domain.online.gateway import OutcomeUnknown
from tests.gateways.bad_server import BadServer, answer
from tests.gateways.sending import PAYMENT, RECEIPT, REFUND, SNAPSHOT, failure_at, shop
from tests.gateways.wishes import PATIENCE, PAYMENT_ID


@pytest.mark.parametrize(
    "spoilt",
    [
        {"id": "../me"},
        {"id": None},
        {"status": ""},
        {"status": 1},
        {"amount": {"value": "500", "currency": "RUB"}},
        {"amount": {"value": "5e2", "currency": "RUB"}},
        {"amount": {"value": "-500.00", "currency": "RUB"}},
        {"amount": {"value": "٥٠٠.00", "currency": "RUB"}},
        {"amount": {"value": 500.0, "currency": "RUB"}},
        {"amount": {"value": "500.00"}},
        {"amount": "500.00"},
        {"refunded_amount": {"value": "0.1", "currency": "RUB"}},
        {"created_at": "2026-11-24T06:00:00"},
        {"created_at": "yesterday"},
        {"captured_at": 5},
        {"recipient": {}},
        {"test": "true"},
        {"confirmation": []},
        {"metadata": {"payment_id": 7}},
    ],
    ids=str,
)
def test_a_payment_that_cannot_be_read_leaves_the_outcome_unknown(spoilt: dict[str, Any]) -> None:
    failure, _asked = failure_at(answer(200, {**PAYMENT, **spoilt}))
    [name] = spoilt
    assert (type(failure), failure.text) == (
        OutcomeUnknown,
        f"/payments: the answer's {'account_id' if name == 'recipient' else _inner(spoilt)} is malformed",
    )


def _inner(spoilt: dict[str, Any]) -> str:
    """Return the name in the complaint."""
    match spoilt:
        case {"amount": {"value": float()}}:
            return "value"
        case {"amount": {"value": _, **rest}} if not rest:
            return "currency"
        case {"metadata": _}:
            return "payment_id"
    return next(iter(spoilt))


def test_words_nobody_has_seen_yet_are_read_as_they_are() -> None:
    news = {
        "status": "frozen",
        "amount": {"value": "500.00", "currency": "CNY"},
        "payment_method": {"type": "brain_wave", "title": "Мысль"},
        "cancellation_details": {"party": "regulator", "reason": "solar_flare"},
        "receipt_registration": "lost",
        "loyalty": {"points": 12},
    }
    with BadServer(answer(200, {**PAYMENT, **news})) as server, closing(shop(server.url)) as yookassa:
        payment = yookassa.payment(PAYMENT_ID, patience=PATIENCE)
    assert payment == replace(
        SNAPSHOT,
        status="frozen",
        currency="CNY",
        method_title="Мысль",
        cancel_party="regulator",
        cancel_reason="solar_flare",
        receipt_registration="lost",
    )


def test_another_object_than_asked_for_is_no_answer() -> None:
    other = {**PAYMENT, "id": PAYMENT_ID.replace("2d5c", "ffff")}
    with (
        BadServer(answer(200, other)) as server,
        closing(shop(server.url)) as yookassa,
        pytest.raises(OutcomeUnknown, match="asked for"),
    ):
        yookassa.payment(PAYMENT_ID, patience=PATIENCE)


def test_a_list_is_read_page_by_page() -> None:
    pages = [
        answer(200, {"type": "list", "items": [REFUND, REFUND], "next_cursor": "c/1"}),
        answer(200, {"type": "list", "items": [REFUND]}),
    ]
    with BadServer(*pages) as server, closing(shop(server.url)) as yookassa:
        moment = datetime.fromisoformat("2026-11-24T09:00:00.5+03:00")
        assert len(list(yookassa.refunds_since(moment))) == 3
    first = [("created_at.gte", "2026-11-24T06:00:00.500Z"), ("limit", "100")]
    assert [(urlsplit(asked.target).path, parse_qsl(urlsplit(asked.target).query)) for asked in server.asked] == [
        ("/v3/refunds", first),
        ("/v3/refunds", [*first, ("cursor", "c/1")]),
    ]


@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        ({"type": "list", "items": [], "next_cursor": "same"}, "round in circles"),
        ({"type": "list"}, "items is malformed"),
        ({"type": "list", "items": [1]}, "items is malformed"),
        ({"type": "list", "items": [RECEIPT]}, "malformed"),
    ],
)
def test_a_list_that_makes_no_sense_is_no_answer(listing: dict[str, Any], reason: str) -> None:
    with (
        BadServer(answer(200, listing)) as server,
        closing(shop(server.url)) as yookassa,
        pytest.raises(OutcomeUnknown, match=reason),
    ):
        list(yookassa.payments_since(datetime(2026, 11, 24, tzinfo=UTC)))
