"""The published description, and that the API answers by it whatever it is sent."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coworking.models import Tariff
from olvery.wsgi import application
from orders.api import api
from orders.domain.programs import webhooks
from orders.forms_people import key_of
from orders.forms_programs import TOLD
from orders.models import ApiToken, Delivery, Order
from tests.depth import rounds
from tests.factories import make_order
from tests.moments import NOW

ANSWERS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = rounds(4)  # of each operation, the same at every run


@pytest.fixture
def described() -> Iterator[Any]:
    """Ask the application itself, within the transaction of the test: as Django's client, it closes no connection."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def order(tariff: Tariff) -> Order:
    return make_order(tariff=tariff)


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_as_described(case: Any, made: tuple[ApiToken, str], order: Order) -> None:
    """Objects referred to exist, so that more is checked than their existence."""
    if "number" in case.path_parameters:
        is_ticket = "tickets" in case.operation.path
        case.path_parameters["number"] = order.lines.get().ticket_id if is_ticket else order.number
    if isinstance(case.body, dict) and "bookings" in case.body:
        case.body["customer"] = key_of(order.customer_id, viewer=made[0].holder)
        for booking in case.body["bookings"]:
            booking["tariff"] = order.tariff_id
    headers = {"authorization": f"Bearer {made[1]}", "accept-encoding": "identity"}
    case.call_and_validate(headers=headers, checks=ANSWERS)


def test_every_operation_says_what_it_is_and_which_scope_it_wants() -> None:
    operations = [operation for path in api.get_openapi_schema()["paths"].values() for operation in path.values()]
    assert len(operations) == 14
    assert all(operation["summary"] and operation["security"] for operation in operations)


def test_webhooks_are_described_as_they_are_sent(tariff: Tariff, token: ApiToken) -> None:
    described = api.get_openapi_schema()
    assert set(described["webhooks"]) == {f"order.{kind}" for kind in TOLD}
    webhooks.make_webhook(
        location=token.location, address="https://crm.example.org/", kinds=TOLD, by=token.holder, at=NOW
    )
    make_order(tariff=tariff)
    told, headers = webhooks.signed(Delivery.objects.get(), at=NOW)
    posted = described["webhooks"]["order.created"]["post"]
    schema = posted["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": described["components"]}).validate(json.loads(told))
    assert json.loads(told).keys() == described["components"]["schemas"]["Told"]["properties"].keys()
    assert {one["name"] for one in posted["parameters"]} == {name for name in headers if name.startswith("webhook-")}


def test_a_signature_is_checked_as_the_description_says(tariff: Tariff, token: ApiToken) -> None:
    """Without the library that signs."""
    _webhook, secret = webhooks.make_webhook(
        location=token.location, address="https://crm.example.org/", kinds=TOLD, by=token.holder, at=NOW
    )
    make_order(tariff=tariff)
    body, headers = webhooks.signed(Delivery.objects.get(), at=NOW)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    assert headers["webhook-signature"].split(" ") == [f"v1,{b64encode(digest).decode()}"]
    assert "of `webhook-id.webhook-timestamp.body`" in api.get_openapi_schema()["info"]["description"]
