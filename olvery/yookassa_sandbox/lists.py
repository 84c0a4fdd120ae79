"""Lists of the API: the newest first, filtered, page by page."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt

from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing
from olvery.yookassa_sandbox.wire import Json, from_wire

THREE_YEARS = 3 * 366 * 24 * 3600
MOMENTS: dict[str, Callable[[float, float], bool]] = {"gte": ge, "gt": gt, "lte": le, "lt": lt}
STATUSES = {
    "payment": ("pending", "waiting_for_capture", "succeeded", "canceled"),
    "refund": ("pending", "succeeded", "canceled"),
    "receipt": ("pending", "succeeded", "canceled"),
}
SAME = {"payment": (), "refund": ("payment_id",), "receipt": ("payment_id", "refund_id")}

Test = Callable[[Thing], bool]


def page(provider: Provider, kind: str, query: Mapping[str, str]) -> Json:
    """Return one page of a kind of things. Raises Failure for a malformed filter; unknown ones are ignored."""
    limit = query.get("limit", "10")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise illegal("Limit must be from 1 to 100", "limit")
    tests = _tests(provider, kind, query)
    found = [thing for thing in _from_cursor(provider, kind, query.get("cursor")) if all(test(thing) for test in tests)]
    shown = found[: int(limit)]
    answer: Json = {"type": "list", "items": [thing.public for thing in shown]}
    if len(found) > len(shown):
        answer["next_cursor"] = shown[-1].id
    return answer


def _from_cursor(provider: Provider, kind: str, cursor: str | None) -> list[Thing]:
    """Return the things older than the last one of the previous page."""
    things = provider.store.newest(kind)
    if cursor is None:
        return things
    for number, thing in enumerate(things):
        if thing.id == cursor:
            return things[number + 1 :]
    raise illegal("Cursor is illegal", "cursor")


def _tests(provider: Provider, kind: str, query: Mapping[str, str]) -> list[Test]:
    oldest = provider.now() - THREE_YEARS
    tests: list[Test] = [lambda thing: thing.created_at >= oldest]
    for name, value in query.items():
        field, _dot, operator = name.rpartition(".")
        if name == "status":
            if value not in STATUSES[kind]:
                raise illegal("Status is illegal", "status")
            tests.append(_same("status", value))
        elif name in SAME[kind]:
            tests.append(_same(name, value))
        elif name == "payment_method" and kind == "payment":
            tests.append(lambda thing, value=value: thing.public.get("payment_method", {}).get("type") == value)  # type: ignore[misc]
        elif operator in MOMENTS and (field == "created_at" or (field == "captured_at" and kind == "payment")):
            tests.append(_moment(field, operator, name, value))
    return tests


def _same(field: str, value: str) -> Test:
    return lambda thing: thing.public.get(field) == value


def _moment(field: str, operator: str, name: str, value: str) -> Test:
    try:
        bound = from_wire(value)
    except ValueError:
        raise illegal("Moment is not in ISO 8601", name) from None
    holds = MOMENTS[operator]

    def test(thing: Thing) -> bool:
        # A receipt does not show its creation time, but the till knows it.
        text = thing.public.get(field)
        at = from_wire(text) if text else thing.created_at if field == "created_at" else None
        return at is not None and holds(at, bound)

    return test
