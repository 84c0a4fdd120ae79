import pytest

from olvery.yookassa_sandbox import Sandbox
from tests.yookassa_sandbox.shop import RECEIPT, Json, Shop, refusal


@pytest.fixture
def three(shop: Shop, sandbox: Sandbox) -> list[Json]:
    """Make a pending, a paid and a declined payment, a minute apart; return the newest first."""
    pending = shop.create()
    sandbox.advance(60)
    paid = sandbox.pay(shop.create()["id"], "sbp")
    sandbox.advance(60)
    return [sandbox.decline(shop.create()["id"]), paid, pending]


def test_a_list_has_the_newest_first(shop: Shop, three: list[Json]) -> None:
    assert shop.get("/payments").json == {"type": "list", "items": three}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "pending"}, [2]),
        ({"status": "succeeded"}, [1]),
        ({"payment_method": "sbp"}, [1]),
        ({"payment_method": "bank_card"}, []),
        ({"created_at.gte": "2026-11-24T06:01:00.000Z"}, [0, 1]),
        ({"created_at.gt": "2026-11-24T06:01:00.000Z"}, [0]),
        ({"created_at.lte": "2026-11-24T09:01:00.000+03:00"}, [1, 2]),
        ({"created_at.lt": "2026-11-24T06:01:00.000Z"}, [2]),
        ({"created_at.gte": "2026-11-24T06:01:00Z", "created_at.lt": "2026-11-24T06:02:00Z"}, [1]),
        ({"captured_at.gte": "2026-11-24T06:01:00Z"}, [1]),
        ({"captured_at.gt": "2026-11-24T06:01:00Z"}, []),
        ({"captured_at.gt": "2026-11-24T06:00:59Z"}, [1]),
        ({"captured_at.lte": "2026-11-24T06:01:00Z"}, [1]),
        ({"captured_at.lt": "2026-11-24T06:01:00Z"}, []),
        ({"captured_at.lt": "2026-11-24T06:01:01Z"}, [1]),
        ({"captured_at.gte": "2026-11-24T06:01:01Z"}, []),
        ({"captured_at.lte": "2026-11-24T06:00:59Z"}, []),
        ({"metadata": "7"}, [0, 1, 2]),
    ],
)
def test_filters_narrow_the_list(shop: Shop, three: list[Json], query: dict[str, str], found: list[int]) -> None:
    assert shop.get("/payments", **query).json["items"] == [three[number] for number in found]


def test_a_list_is_read_page_by_page(shop: Shop) -> None:
    made = [shop.create()["id"] for _ in range(5)]
    seen, query, sizes = [], {"limit": "2"}, []
    while len(sizes) < len(made):  # pages that begin anew each time would never end
        page = shop.get("/payments", **query).json
        seen += [payment["id"] for payment in page["items"]]
        sizes.append(len(page["items"]))
        if "next_cursor" not in page:
            break
        query["cursor"] = page["next_cursor"]
        shop.create()  # what comes meanwhile does not shift the pages
    assert (seen, sizes) == (made[::-1], [2, 2, 1])


def test_the_moment_of_capture_is_not_that_of_creation(shop: Shop, sandbox: Sandbox) -> None:
    held = sandbox.pay(shop.create(capture=False)["id"])
    sandbox.advance(3600)
    captured = shop.post(f"/payments/{held['id']}/capture", {}).json
    assert shop.get("/payments", **{"captured_at.gte": "2026-11-24T07:00:00Z"}).json["items"] == [captured]
    assert shop.get("/payments", **{"captured_at.lt": "2026-11-24T07:00:00Z"}).json["items"] == []
    assert shop.get("/payments", **{"created_at.gte": "2026-11-24T07:00:00Z"}).json["items"] == []


def test_a_filtered_list_is_read_page_by_page_too(shop: Shop) -> None:
    """The cursor of a page is the last item shown, and filtered items do not count."""
    paid = []
    for _time in range(3):
        shop.create()
        paid.append(shop.paid())
        shop.create()
    first = shop.get("/payments", status="succeeded", limit="2").json
    assert first == {"type": "list", "items": [paid[2], paid[1]], "next_cursor": paid[1]["id"]}
    rest = shop.get("/payments", status="succeeded", limit="2", cursor=first["next_cursor"]).json
    assert rest == {"type": "list", "items": [paid[0]]}
    assert shop.get("/payments", status="canceled", cursor=first["next_cursor"]).json == {"type": "list", "items": []}


def test_ten_are_shown_unless_asked_for_more(shop: Shop) -> None:
    for _ in range(11):
        shop.create()
    assert len(shop.get("/payments").json["items"]) == 10
    assert len(shop.get("/payments", limit="100").json["items"]) == 11


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"status": "happy"}, "status"),
        ({"created_at.gte": "yesterday"}, "created_at.gte"),
        ({"cursor": "0" * 36}, "cursor"),
    ],
)
@pytest.mark.parametrize("path", ["/payments", "/refunds", "/receipts"])
def test_a_filter_that_cannot_be_read_is_refused(shop: Shop, path: str, query: dict[str, str], parameter: str) -> None:
    status, code, _text, named = refusal(shop.get(path, **query))
    assert (status, code, named) == (400, "invalid_request", parameter)


def test_refunds_and_receipts_are_found_by_what_they_belong_to(shop: Shop, sandbox: Sandbox) -> None:
    one, two = shop.paid(receipt=RECEIPT), shop.paid(receipt=RECEIPT)
    refunds = [shop.refund(payment["id"], "1200.00").json for payment in (one, two)]
    receipts = sandbox.receipts()
    assert shop.get("/refunds").json["items"] == refunds[::-1]
    assert shop.get("/refunds", payment_id=one["id"]).json["items"] == [refunds[0]]
    assert shop.get("/refunds", status="canceled").json == {"type": "list", "items": []}
    assert shop.get("/receipts", payment_id=two["id"]).json["items"] == [receipts[3], receipts[1]]
    assert shop.get("/receipts", refund_id=refunds[0]["id"]).json["items"] == [receipts[2]]
    assert shop.get("/receipts", **{"created_at.gt": "2026-11-24T06:00:00Z"}).json["items"] == []
    assert shop.get("/receipts", status="pending", limit="1").json["next_cursor"] == receipts[3]["id"]


def test_lists_reach_three_years_back(shop: Shop, sandbox: Sandbox) -> None:
    shop.create()
    sandbox.advance(4 * 366 * 86400)
    assert shop.get("/payments").json["items"] == []
