import http.client
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, sleep

import pytest

from olvery.yookassa_sandbox import BadRule, Sandbox
from tests.yookassa_sandbox.shop import RECEIPT, Json, Reply, Shop, order, refusal, roubles

CREATE = {"method": "POST", "path": "/payments$"}


def test_nothing_is_done_before_a_fault(shop: Shop, sandbox: Sandbox) -> None:
    for action, status, code in [
        ("http_500_before", 500, "internal_server_error"),
        ("503_json", 503, "internal_server_error"),
        ("429", 429, "too_many_requests"),
        ("401", 401, "invalid_credentials"),
    ]:
        sandbox.add_fault({"match": CREATE, "action": action})
        assert refusal(shop.post("/payments", order(), key="once"))[:2] == (status, code)
    assert sandbox.payments() == []
    payment = shop.create(key="once")
    assert sandbox.payments() == [payment]


def test_too_many_requests_say_when_to_come_again(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"action": "429", "retry_after": 300})
    assert shop.get("/me").json["retry_after"] == 300


def test_a_proxy_answers_in_html(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"action": "http_502_html"})
    reply = shop.post("/payments", order(), key="once")
    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html;charset=UTF-8")
    assert "<h1>502 Bad Gateway</h1>" in reply.text
    assert sandbox.payments() == []


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"action": "http_500_after"}, 500),
        ({"action": "202_processing", "retry_after": 700}, 202),
        ({"action": "bad_json"}, 200),
        ({"action": "http_502_html", "done": True}, 502),
        ({"action": "503_json", "done": True}, 503),
        ({"action": "wrong_amount"}, 200),
        ({"action": "wrong_shop"}, 200),
        ({"action": "live_flag"}, 200),
        ({"action": "unknown_fields"}, 200),
        ({"action": "slow", "s": 0}, 200),
    ],
    ids=lambda value: value["action"] if isinstance(value, dict) else None,
)
def test_an_answer_lost_or_spoilt_comes_whole_with_the_repeat(
    shop: Shop, sandbox: Sandbox, rule: Json, status: int
) -> None:
    sandbox.add_fault({"match": CREATE, **rule})
    assert shop.post("/payments", order(), key="once").status == status
    (payment,) = sandbox.payments()
    repeated = shop.post("/payments", order(), key="once")
    assert (repeated.status, repeated.json) == (200, payment)
    assert sandbox.payments() == [payment]
    assert [entry["fault"] for entry in sandbox.journal()] == [rule["action"], None]
    assert sandbox.faults() == []


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ({"action": "close_before"}, 0),
        ({"action": "timeout_before", "s": 0}, 0),
        ({"action": "close_after"}, 1),
        ({"action": "timeout_after", "s": 0}, 1),
    ],
    ids=lambda value: value["action"] if isinstance(value, dict) else None,
)
def test_a_cut_connection_leaves_it_open_what_was_done(shop: Shop, sandbox: Sandbox, rule: Json, made: int) -> None:
    sandbox.add_fault(rule)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        shop.post("/payments", order(), key="once")
    assert len(sandbox.payments()) == made
    assert sandbox.journal()[0]["status"] is None
    payment = shop.create(key="once")
    assert sandbox.payments() == [payment]


@pytest.mark.parametrize(("action", "made_meanwhile"), [("slow", 0), ("timeout_before", 0), ("timeout_after", 1)])
def test_a_slow_fault_takes_as_long_as_told(shop: Shop, sandbox: Sandbox, action: str, made_meanwhile: int) -> None:
    sandbox.add_fault({"match": CREATE, "action": action, "s": 1})
    began = perf_counter()
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(shop.post, "/payments", order(), key="once")
        while not sandbox.journal() or (made_meanwhile and not sandbox.payments()):
            assert not reply.done()
            sleep(0.01)
        sleep(0.1)
        assert (len(sandbox.payments()), reply.done()) == (made_meanwhile, False)
        error = reply.exception()
    assert 1 <= perf_counter() - began < 4
    assert isinstance(error, http.client.RemoteDisconnected) is (action != "slow")
    assert len(sandbox.payments()) == (0 if action == "timeout_before" else 1)


def test_an_answer_that_it_is_being_processed_says_when_to_ask_again(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"action": "202_processing", "retry_after": 700})
    reply = shop.post("/payments", order(), key="once")
    assert (reply.status, reply.headers["Content-Type"]) == (202, "application/json;charset=UTF-8")
    assert reply.json == {
        "type": "processing",
        "description": "Request accepted, but not processed yet",
        "retry_after": 700,
    }


@pytest.mark.parametrize("action", ["slow", "timeout_before", "timeout_after"])
def test_a_silent_provider_ends_with_the_sandbox(run: Callable[..., Sandbox], action: str) -> None:
    sandbox = run()
    shop, heard = Shop(sandbox), threading.Event()
    sandbox.add_fault({"match": {"method": "POST"}, "action": action, "s": 3600})
    outcome: list[Reply | Exception] = []

    def post() -> None:
        try:
            outcome.append(shop.post("/payments", order()))
        except (OSError, http.client.HTTPException) as error:
            outcome.append(error)
        heard.set()

    client = threading.Thread(target=post)
    client.start()
    while not sandbox.journal():
        assert not heard.is_set()
    assert shop.get("/me").status == 200  # others are answered meanwhile
    sandbox.stop()
    client.join()
    assert heard.is_set()
    assert len(outcome) == 1


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ({"action": "wrong_amount"}, {"amount": roubles("1201.00")}),
        ({"action": "wrong_amount", "value": "1.00"}, {"amount": roubles("1.00")}),
        ({"action": "wrong_amount", "currency": "USD"}, {"amount": {"value": "1201.00", "currency": "USD"}}),
        ({"action": "wrong_shop"}, {"recipient": {"account_id": "999999", "gateway_id": "100700"}}),
        ({"action": "live_flag"}, {"test": False}),
    ],
)
def test_a_lie_is_told_once_and_nothing_is_stored(shop: Shop, sandbox: Sandbox, rule: Json, changed: Json) -> None:
    payment = shop.paid()
    path = f"/payments/{payment['id']}"
    sandbox.add_fault({"match": {"method": "GET"}, **rule})
    assert shop.get(path).json == payment | changed
    assert shop.get(path).json == payment
    sandbox.add_fault({"match": {"method": "GET"}, **rule})
    assert shop.get("/payments").json["items"] == [payment | changed]


def test_tomorrows_api_has_more_to_say(shop: Shop, sandbox: Sandbox) -> None:
    payment = sandbox.decline(shop.create()["id"])
    sandbox.add_fault({"action": "unknown_fields"})
    assert shop.get(f"/payments/{payment['id']}").json == payment | {
        "loyalty_program": {"points": 12, "tiers": ["silver"]},
        "payment_method": {"id": payment["id"], "saved": False, "status": "inactive", "type": "brain_wave"},
        "cancellation_details": {"party": "regulator", "reason": "solar_flare"},
    }


def test_broken_json_is_broken(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"action": "bad_json"})
    with pytest.raises(json.JSONDecodeError):
        _ = shop.get("/me").json


def test_the_first_rule_that_fits_strikes_and_is_counted_down(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"id": "third", "skip": 2, "times": 1, "match": {"path": "^/v3/me$"}, "action": "401"})
    sandbox.add_fault({"id": "others", "match": {"metadata": {"order_id": "8"}}, "action": "503_json"})
    sandbox.add_fault({"id": "twice", "times": 2, "match": {"method": "GET"}, "action": "429"})
    assert [shop.get("/me").status for _ in range(5)] == [429, 429, 401, 200, 200]
    assert [rule["id"] for rule in sandbox.faults()] == ["others"]
    assert shop.post("/payments", order()).status == 200
    assert shop.post("/payments", order(metadata={"order_id": "8"})).status == 503
    assert sandbox.faults() == []


def test_a_method_to_match_is_a_whole_word_or_several(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"times": None, "match": {"method": "POST|DELETE"}, "action": "429"})
    assert [shop.get("/me").status, shop.post("/payments", order()).status] == [200, 429]
    sandbox.remove_fault()
    sandbox.add_fault({"times": None, "match": {"method": "PO.T"}, "action": "429"})
    assert [shop.get("/me").status, shop.post("/payments", order()).status] == [200, 429]


def test_a_rule_knows_the_metadata_of_what_a_request_is_about(shop: Shop, sandbox: Sandbox) -> None:
    mine, other = shop.paid(metadata={"order_id": "8"}), shop.paid()
    sandbox.add_fault({"times": None, "match": {"metadata": {"order_id": "8"}}, "action": "503_json"})
    assert shop.get(f"/payments/{mine['id']}").status == 503
    assert shop.refund(mine["id"], "100.00").status == 503
    assert shop.get(f"/payments/{other['id']}").status == 200
    assert shop.refund(other["id"], "100.00").status == 200
    sandbox.remove_fault()
    assert shop.get(f"/payments/{mine['id']}").json == mine


def test_a_rule_for_a_payment_fits_its_refunds_and_their_receipts_too(shop: Shop, sandbox: Sandbox) -> None:
    mine, other = (shop.paid(metadata={"order_id": number}, receipt=RECEIPT) for number in ("8", "7"))
    refunds = [shop.refund(payment["id"], "1200.00").json for payment in (mine, other)]
    mine_at_first, others_at_first, mine_back, others_back = (receipt["id"] for receipt in sandbox.receipts())
    sandbox.add_fault({"times": None, "match": {"metadata": {"order_id": "8"}}, "action": "503_json"})
    for path in (f"/receipts/{mine_at_first}", f"/receipts/{mine_back}", f"/refunds/{refunds[0]['id']}"):
        assert shop.get(path).status == 503
    for path in (f"/receipts/{others_at_first}", f"/receipts/{others_back}", f"/refunds/{refunds[1]['id']}"):
        assert shop.get(path).status == 200
    assert shop.post("/receipts", {"type": "refund", "refund_id": refunds[0]["id"]}).status == 503
    assert shop.post("/receipts", {"type": "refund", "refund_id": refunds[1]["id"]}).status == 400


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ([], "A rule is an object"),
        ({"scope": "moon", "action": "401"}, "Unknown scope 'moon'"),
        ({"action": "explode"}, "Unknown action 'explode' of scope api"),
        ({"scope": "webhook", "action": "401"}, "Unknown action '401' of scope webhook"),
        ({"action": "401", "retry_after": 5}, "A rule '401' has no retry_after"),
        ({"action": "401", "match": {"event": "payment"}}, "matches by metadata, method, path"),
        ({"action": "401", "match": {"path": "("}}, "path to match is no regular expression"),
        ({"action": "401", "match": {"method": "("}}, "method to match is no regular expression"),
        ({"action": "401", "match": {"method": 5}}, "method to match is no regular expression"),
        ({"action": "401", "match": {"method": "post"}}, "method to match is none of GET, POST, DELETE"),
        ({"action": "401", "match": {"metadata": "7"}}, "Metadata to match is an object"),
        ({"action": "401", "times": 0}, "times is 1 or more"),
        ({"action": "401", "skip": -1}, "skip is 0 or more"),
        ({"action": "slow", "s": "long"}, "s is a number"),
        ({"scope": "webhook", "action": "reorder", "n": 0}, "n is 1 or more"),
        ({"scope": "webhook", "action": "forge", "object": "x"}, "object is an object"),
    ],
)
def test_a_rule_that_could_not_act_is_refused(sandbox: Sandbox, rule: Json, text: str) -> None:
    with pytest.raises(BadRule, match=text.replace("(", r"\(")):
        sandbox.add_fault(rule)
    assert sandbox.faults() == []


def test_two_rules_cannot_have_one_id(sandbox: Sandbox) -> None:
    sandbox.add_fault({"id": "one", "action": "401"})
    with pytest.raises(BadRule, match="There is a rule 'one' already"):
        sandbox.add_fault({"id": "one", "action": "429"})


def test_a_port_can_be_closed_and_opened_again(run: Callable[..., Sandbox]) -> None:
    sandbox = run()
    shop = Shop(sandbox)
    payment = shop.create()
    sandbox.close_port()
    with pytest.raises(ConnectionRefusedError):
        shop.get("/me")
    assert sandbox.pay(payment["id"])["status"] == "succeeded"
    sandbox.open_port()
    assert shop.get(f"/payments/{payment['id']}").json["status"] == "succeeded"
