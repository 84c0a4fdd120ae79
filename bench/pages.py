"""Both lists by every page, sort, filter and pair of filters; an order, a ticket, and the size of a list."""

import gzip
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from bench.fill.places import YEARS
from bench.measure import COLUMNS, Call, Samples, answered, measure, row
from bench.results import Results
from bench.sides import Side
from bench.targets import LIST, LIST_BYTES, LIST_BYTES_COMPRESSED, ORDER_PAGE
from coworking.models import PaymentMethod, Service, Ticket, TicketStatus
from olvery.shared.paging import Sort
from orders.domain.queries.lists import ORDER_SORTS, TICKET_SORTS, OrderFilter, TicketFilter, orders_of, tickets_of
from orders.models import Order, OrderStatus, PaymentStatus

ORDERS, TICKETS = "list", "tickets"
SORTS: dict[str, tuple[Sort, ...]] = {ORDERS: ORDER_SORTS, TICKETS: TICKET_SORTS}
DEPTHS = (0.1, 0.5, 0.9, 0.999)
TIMES_OF_ONE, TIMES_OF_PAIR = 5, 3
GROUP_SECONDS = 120
PAGES_OF_ORDERS = 20
Query = dict[str, str]


def run(results: Results, sides: Sequence[Side]) -> None:
    """Measure the lists, then single pages."""
    for name in (ORDERS, TICKETS):
        results.table(f"{'Orders' if name == ORDERS else 'Tickets'}: the list", "", *COLUMNS)
        _deep(results, sides, name)
        _group(results, sides, name, "one filter, every sort", list(_single(name)), times=TIMES_OF_ONE)
        _group(results, sides, name, "two filters", list(_pairs(name)), times=TIMES_OF_PAIR)
        paths = {side: _path(side, name, {}) for side in sides}
        row(results, "a quiet location", _opened_quietly(sides, paths), LIST)
    _single_pages(results, sides)
    _sizes(results, sides[0])


def _group(
    results: Results, sides: Sequence[Side], name: str, what: str, queries: Sequence[Query], *, times: int
) -> None:
    """Request pages of the group in random order, for as long as a group may take."""
    samples, asked, until = Samples(), 0, time.monotonic() + GROUP_SECONDS
    for query in Random(7).sample(queries, len(queries)):
        if time.monotonic() < until:
            samples.add(_asked(sides, name, dict.fromkeys(sides, query), times=times), _spelled(query))
            asked += 1
    row(results, f"{what}, {asked} of {len(queries)}", samples, LIST, count=asked)


def _deep(results: Results, sides: Sequence[Side], name: str) -> None:
    """Measure the first page and pages ever deeper, by every sort in both directions."""
    for sort in SORTS[name]:
        cursors = {depth: {side: _cursor(side, name, sort, depth) for side in sides} for depth in DEPTHS}
        for asked in (sort.name, f"-{sort.name}"):
            samples = Samples()
            samples.add(_asked(sides, name, {key: {"sort": asked} for key in sides}), "page 1")
            for depth, after in cursors.items():
                queries = {side: {"sort": asked, "after": after[side]} for side in sides}
                samples.add(_asked(sides, name, queries), f"{depth:.1%} deep")
            row(results, f"by {asked}", samples, LIST, count=1 + len(DEPTHS))


def _asked(sides: Sequence[Side], name: str, queries: dict[Side, Query], *, times: int = TIMES_OF_ONE) -> Samples:
    return measure(sides, lambda side: _get(side.client, _path(side, name, queries[side])), times=times)


def _cursor(side: Side, name: str, sort: Sort, depth: float) -> str:
    """Return the cursor of the row this deep in the list, in the order of the sort."""
    side.use()
    location = side.location
    rows: QuerySet[Any] = (
        orders_of(location.pk, OrderFilter(), location.zone).all()
        if name == ORDERS
        else tickets_of(location.pk, TicketFilter(), location.zone).all()
    )
    known = side.facts.setdefault("counts", {})
    count = known.get(name) or known.setdefault(name, rows.count())
    ordered = rows.order_by(F(sort.field).desc() if sort.descending else F(sort.field).asc(), "pk")
    value, pk = ordered.values_list(sort.field, "pk")[int(count * depth)]
    return f"{pk}~{'' if sort.is_by_key else value.isoformat() if sort.is_moment else value}"


def _single(name: str) -> Iterator[Query]:
    for sort in _sorts(name):
        for query in _filters(name):
            yield {**query, "sort": sort}


def _pairs(name: str) -> Iterator[Query]:
    """Yield all pairs of filters of different kinds, by the usual sort and by another one in turn."""
    sorts = _sorts(name)
    for number, (one, other) in enumerate(combinations(_filters(name), 2)):
        if not one.keys() & other.keys() and not {"today", "from", "to"} >= one.keys() | other.keys():
            for sort in (sorts[0], sorts[1 + number % (len(sorts) - 1)]):
                yield {**one, **other, "sort": sort}


def _sorts(name: str) -> list[str]:
    return [direction + sort.name for sort in SORTS[name] for direction in ("", "-")]


def _filters(name: str) -> list[Query]:
    """Return every filter: a service is named by its place among those of the location, a day by its distance."""
    today = timezone.localdate()
    day = timedelta(days=1)
    shared: list[Query] = [
        {"service": "first"},
        {"service": "last"},
        {"today": "1"},
        {"from": _day(today), "to": _day(today + 6 * day)},
        {"from": _day(today - 800 * day), "to": _day(today - 794 * day)},
        {"to": _day(today - (YEARS - 30) * day)},
        {"q": "петров"},
        {"q": "юдина"},
    ]
    if name == TICKETS:
        return [*({"status": status.value} for status in TicketStatus), *shared]
    return [
        *({"status": status.value} for status in OrderStatus),
        *({"payment": status.value} for status in PaymentStatus),
        *({"method": method.value} for method in PaymentMethod),
        {"created": _day(today - day)},
        {"created": _day(today - 800 * day)},
        {"by": "manager"},
        {"customer": "some"},
        *shared,
    ]


def _day(day: object) -> str:
    return f"{day:%d.%m.%Y}"


def _path(side: Side, name: str, query: Query) -> str:
    places = {"first": 0, "last": -1}
    if query.get("service") in places:
        if "services" not in side.facts:
            services = Service.objects.filter(location=side.location).order_by("position")
            side.facts["services"] = list(services.values_list("pk", flat=True))
        known = side.facts["services"]
        query = {**query, "service": str(known[places[query["service"]]])}
    if "customer" in query:
        if "customer" not in side.facts:
            side.facts["customer"] = Order.objects.filter(location=side.location).order_by("-pk")[0].customer_id
        query = {**query, "customer": str(side.facts["customer"])}
    return f"{reverse(f'orders:{name}')}?{urlencode(query)}"


def _spelled(query: Query) -> str:
    return " ".join(f"{name}={value}" for name, value in query.items())


def _get(client: object, path: str) -> Call:
    return lambda: answered(client.get(path))  # type: ignore[attr-defined]


def _single_pages(results: Results, sides: Sequence[Side]) -> None:
    results.table("An order, a ticket", "", *COLUMNS)
    _one_by_one(results, sides, "the page of an order", "detail", Order)
    _one_by_one(results, sides, "the card of a ticket", "ticket", Ticket)


def _one_by_one(
    results: Results, sides: Sequence[Side], what: str, name: str, model: "type[Order] | type[Ticket]"
) -> None:
    samples = Samples()
    numbers = {side: _some(side, model) for side in sides}
    for place in range(PAGES_OF_ORDERS):
        paths = {side: reverse(f"orders:{name}", args=[its[place]]) for side, its in numbers.items()}
        samples.add(_opened(sides, paths), paths[sides[0]])
    row(results, what, samples, ORDER_PAGE, count=PAGES_OF_ORDERS)


def _opened(sides: Sequence[Side], paths: dict[Side, str]) -> Samples:
    return measure(sides, lambda side: _get(side.client, paths[side]), times=TIMES_OF_ONE)


def _opened_quietly(sides: Sequence[Side], paths: dict[Side, str]) -> Samples:
    return measure(sides, lambda side: _get(side.quiet_client, paths[side]))


def _some(side: Side, model: "type[Order] | type[Ticket]") -> list[int]:
    """Return numbers at the location, spread over the years."""
    side.use()
    here = {"location": side.location} if model is Order else {"service__location": side.location}
    keys = model.objects.filter(**here).order_by("pk").values_list("pk", flat=True)
    least, most = keys[0], keys.reverse()[0]
    rng = Random(7)
    return [keys.filter(pk__gte=rng.randrange(least, most))[0] for _number in range(PAGES_OF_ORDERS)]


def _sizes(results: Results, side: Side) -> None:
    results.table("Size of a page of a list, bytes", "", "bytes", "compressed", "target", "")
    side.use()
    for name in (ORDERS, TICKETS):
        plain = side.client.get(reverse(f"orders:{name}"), headers={"Accept-Encoding": "identity"}).content
        small = gzip.compress(plain, compresslevel=6)
        missed = len(plain) > LIST_BYTES or len(small) > LIST_BYTES_COMPRESSED
        word = results.judge(missed, f"{name}: {len(plain)} bytes, {len(small)} compressed")
        results.row(name, len(plain), len(small), f"{LIST_BYTES} / {LIST_BYTES_COMPRESSED}", word)
