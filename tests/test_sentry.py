"""What is sent to a self-hosted Sentry, and that it is self-hosted."""

from typing import Any

import pytest

from olvery.sentry import discreet, is_foreign, start

OWN = "https://key@sentry.parks.test/1"
TYPED = "Ольга Ким, kim@example.com"


@pytest.mark.parametrize(
    ("host", "theirs"),
    [("sentry.io", True), ("o1.ingest.de.sentry.io", True), ("sentry.parks.test", False), ("notsentry.io", False)],
)
def test_a_service_abroad_is_known_by_its_host(host: str, theirs: bool) -> None:
    assert is_foreign(f"https://key@{host}/1") is theirs


def test_a_failure_is_sent_without_what_was_typed(settings: Any) -> None:
    sentry_sdk = pytest.importorskip("sentry_sdk")
    sent: list[dict[str, Any]] = []
    settings.SENTRY_DSN = OWN
    before = sentry_sdk.get_client()
    start()
    client = sentry_sdk.get_client()
    try:
        client.transport.capture_envelope = lambda envelope: sent.append(envelope.get_event())
        try:
            int(TYPED)
        except ValueError as error:
            sentry_sdk.capture_exception(error)
    finally:
        client.close(timeout=0)
        sentry_sdk.get_global_scope().set_client(before)
    (event,) = sent
    (failed,) = event["exception"]["values"]
    assert (failed["type"], failed["value"]) == ("ValueError", "")
    assert failed["stacktrace"]["frames"][-1]["function"] == "test_a_failure_is_sent_without_what_was_typed"
    assert not [typed for typed in TYPED.split(", ") if typed in str(event)]
    assert client.options["include_local_variables"] is False


def test_only_the_keys_of_request_and_person_are_left() -> None:
    failed = {"type": "KeyError", "value": "Ким", "stacktrace": {"frames": [{"vars": {"a": "Ким"}}]}}
    event: dict[str, Any] = {
        "request": {
            "method": "POST",
            "url": "https://olvery.test/pay/4-GmAyXMIPedGJdPvs50YA/start/",
            "data": {"name": "Ким"},
            "query_string": "q=Ким",
            "cookies": {"sessionid": "s"},
            "headers": {"Cookie": "s"},
        },
        "user": {"id": 7, "email": "kim@example.com", "ip_address": "192.0.2.1"},
        "logentry": {"message": "no letter to kim@example.com", "params": ["Ким"]},
        "extra": {"sys.argv": ["Ким"]},
        "exception": {"values": [failed]},
    }
    assert discreet(event, {}) == {
        "request": {"method": "POST", "url": "https://olvery.test/pay/…/start/"},
        "user": {"id": 7},
        "logentry": {"message": "no letter to …@…"},
        "exception": {"values": [{"type": "KeyError", "value": "", "stacktrace": {"frames": [{}]}}]},
    }
