"""Searching: the lists by typed or pasted texts, alone and with a filter; people in the order form."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from bench import found
from bench.measure import COLUMNS, Call, Samples, answered, measure, row
from bench.results import Results
from bench.sides import Side
from bench.targets import LIST_SEARCH, PEOPLE_SEARCH
from coworking.models import Location, Ticket
from olvery.demo.places import LOCATION_NAME
from olvery.shared.paging import count_up_to_limit
from orders.domain.queries.lists import OrderFilter, TicketFilter, orders_of, tickets_of
from orders.models import Order

TIMES = 5
HTMX = {"HX-Request": "true"}
FILTERS = {
    "list": (
        {"status": "confirmed"},
        {"status": "completed"},
        {"payment": "unpaid"},
        {"today": "1"},
        {"sort": "customer"},
    ),
    "tickets": ({"status": "active"}, {"status": "used"}, {"today": "1"}, {"sort": "period"}),
}
TEXTS = {
    "a frequent family name": "петров",
    "its feminine form": "петрова",
    "a frequent first name": "александр",
    "a rare name": "цой анна",
    "two words": "иванов ал",
    "two words, any order": "ал иванов",
    "three words": "петров иван андреевич",
    "initials": "п и",
    "three initials": "п и а",
    "one letter": "п",
    "with ё": "семёнова алёна",
    "wrong layout": "gtnhjd bdfy",
    "a name of nobody": "щщщщ",
    "a phone of nobody": "0000000000",
}
Typed = Callable[[Order, Ticket], str]
# What is taken from an order and a ticket of the list itself.
TAKEN: dict[str, Typed] = {
    "the number of an order": lambda order, ticket: str(order.pk),
    "№ and a number": lambda order, ticket: f"№ {order.pk}",
    "the number of a ticket": lambda order, ticket: str(ticket.pk),
    "a pasted address": lambda order, ticket: f"https://olvery.test/manage/orders/{order.pk}/",
    "the whole name": lambda order, ticket: order.customer_name,
    "a whole phone": lambda order, ticket: f"8{str(order.phone)[2:]}",
    "seven digits": lambda order, ticket: str(order.phone)[-7:],
    "the last four digits": lambda order, ticket: str(order.phone)[-4:],
    "an e-mail": lambda order, ticket: order.email,
    "the beginning of an e-mail": lambda order, ticket: order.email[:9] + "@"[: "@" not in order.email[:9]],
}


def run(results: Results, sides: Sequence[Side]) -> None:
    """Measure the searches of both lists and of the form, and check what is found."""
    for name in ("list", "tickets"):
        results.table(f"Search in the list of {'orders' if name == 'list' else 'tickets'}", "", *COLUMNS)
        for what, texts in _texts(sides).items():
            _measure(results, sides, name, what, texts)
    results.table("Search for a customer in the order form", "", *COLUMNS)
    for typed in found.SAMPLES:
        row(results, f"{typed.what} «{typed.text}»", measure(sides, _people(typed.text)), PEOPLE_SEARCH)
    sides[0].use()
    found.compare_all(results)
    _compare_lists(results)


def _texts(sides: Sequence[Side]) -> dict[str, dict[Side, str]]:
    """Return what is typed on each side."""
    known: dict[str, dict[Side, str]] = {what: dict.fromkeys(sides, text) for what, text in TEXTS.items()}
    for side in sides:
        side.use()
        orders = Order.objects.filter(location=side.location).exclude(email="").order_by("pk")
        order = orders[orders.count() * 3 // 4]
        ticket = Ticket.objects.filter(lines__order=order).order_by("pk")[0]
        for what, text_of in TAKEN.items():
            known.setdefault(what, {})[side] = text_of(order, ticket)
    return known


def _measure(results: Results, sides: Sequence[Side], name: str, what: str, texts: dict[Side, str]) -> None:
    alone = measure(sides, _search(name, texts, {}), times=TIMES)
    row(results, f"{what} «{texts[sides[0]]}»", alone, LIST_SEARCH)
    narrowed = Samples()
    for query in FILTERS[name]:
        spelled = " ".join(f"{key}={value}" for key, value in query.items())
        narrowed.add(measure(sides, _search(name, texts, query), times=TIMES), spelled)
    row(results, f"{what}, with a filter", narrowed, LIST_SEARCH, count=len(FILTERS[name]))


def _search(name: str, texts: dict[Side, str], query: dict[str, str]) -> Callable[[Side], Call]:
    def on(side: Side) -> Call:
        path = f"{reverse(f'orders:{name}')}?{urlencode({'q': texts[side], **query})}"
        return lambda: answered(side.client.get(path))

    return on


def _people(text: str) -> Callable[[Side], Call]:
    def on(side: Side) -> Call:
        fields = {"customer_q": text, "for": "customer"}
        return lambda: answered(side.post(reverse("orders:create-people"), fields, headers=HTMX))

    return on


def _compare_lists(results: Results) -> None:
    """Compare how many rows a search by name finds with a reading of everything."""
    place = Location.objects.get(name=LOCATION_NAME)
    for words in (("петров",), ("иванов", "ал"), ("цой", "анна"), ("щщщщ",)):
        text = " ".join(words)
        orders = orders_of(place.pk, OrderFilter(text=text), place.zone).all()
        tickets = tickets_of(place.pk, TicketFilter(text=text), place.zone).all()
        for table, person, rows in (("orders_order", "customer", orders), ("coworking_ticket", "visitor", tickets)):
            shown, is_more = count_up_to_limit(rows)
            expected = _count_by_name(table, person, words)
            holds = shown == expected or (is_more and expected > shown)
            results.expect(holds, f"{table}, «{' '.join(words)}» finds {shown} rows of {expected}")


def _count_by_name(table: str, person: str, words: tuple[str, ...]) -> int:
    named = " AND ".join(f"strpos(person.name_key, ' {word}') > 0" for word in words)
    if len(words) == 1:
        named = f"(strpos(person.name_key, ' {words[0]}') = 1 OR strpos(person.given_key, '{words[0]}') = 1)"
    sql = f"""
        SELECT count(*) FROM {table} t
        JOIN accounts_user person ON person.id = t.{person}_id
        JOIN coworking_service service ON service.id = t.service_id
        JOIN coworking_location location ON location.id = service.location_id
        WHERE location.name = %s AND person.is_active AND {named}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [LOCATION_NAME])
        return int(cursor.fetchone()[0])
