"""Faults of the provider, played by its sandbox: whatever happens, the same bytes make one payment."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from orders.domain.online.gateway import GatewayError, NotSent, OutcomeUnknown, RateLimited, Rejected
from tests.gateways.shops import ShopAtTheSandbox, all_payments, create_payment, now, shop_at_the_sandbox
from tests.gateways.wishes import PATIENCE, payment_wish

IMPATIENT = timedelta(seconds=0.2)


@pytest.fixture
def shop() -> Iterator[ShopAtTheSandbox]:
    """Run a sandbox."""
    with shop_at_the_sandbox() as at_the_sandbox:
        yield at_the_sandbox


FAULTS: list[tuple[dict[str, Any], type[GatewayError], int | None]] = [
    ({"action": "http_500_before"}, OutcomeUnknown, 500),
    ({"action": "http_500_after"}, OutcomeUnknown, 500),
    ({"action": "http_502_html", "done": True}, OutcomeUnknown, 502),
    ({"action": "503_json"}, OutcomeUnknown, 503),
    ({"action": "429", "retry_after": 1500}, RateLimited, 429),
    ({"action": "401"}, Rejected, 401),
    ({"action": "timeout_before"}, OutcomeUnknown, None),
    ({"action": "timeout_after"}, OutcomeUnknown, None),
    ({"action": "close_before"}, OutcomeUnknown, None),
    ({"action": "close_after"}, OutcomeUnknown, None),
    ({"action": "202_processing"}, OutcomeUnknown, 202),
    ({"action": "bad_json"}, OutcomeUnknown, 200),
    ({"action": "wrong_amount", "value": "1e3"}, OutcomeUnknown, 200),
]


@pytest.mark.parametrize(("fault", "kind", "status"), FAULTS, ids=[str(fault["action"]) for fault, _, _ in FAULTS])
def test_after_every_fault_the_same_bytes_make_exactly_one_payment(
    shop: ShopAtTheSandbox, fault: dict[str, Any], kind: type[GatewayError], status: int | None
) -> None:
    shop.sandbox.add_fault(fault)
    call = shop.gateway.call(payment_wish())
    # A short limit only for a server that never answers: on a busy machine an answer takes longer.
    patience = IMPATIENT if str(fault["action"]).startswith("timeout") else PATIENCE
    with pytest.raises(kind) as failure:
        shop.gateway.send(call, key="key-1", patience=patience)
    assert (type(failure.value), failure.value.status) == (kind, status)
    payment = shop.gateway.send(call, key="key-1", patience=PATIENCE)
    assert all_payments(shop) == [payment]
    assert [entry["key"] for entry in shop.sandbox.journal()] == ["key-1", "key-1", None]


def test_a_provider_that_is_away_is_told_from_one_that_may_have_heard(shop: ShopAtTheSandbox) -> None:
    shop.sandbox.close_port()
    with pytest.raises(GatewayError) as failure:
        create_payment(shop)
    shop.sandbox.open_port()
    assert (type(failure.value), all_payments(shop)) == (NotSent, [])


def test_words_of_a_later_version_are_kept_as_they_are(shop: ShopAtTheSandbox) -> None:
    payment = create_payment(shop)
    shop.decline(payment.id, "general_decline")
    shop.sandbox.add_fault({"action": "unknown_fields"})
    declined = now(shop, payment)
    assert (declined.cancel_party, declined.cancel_reason) == ("regulator", "solar_flare")
