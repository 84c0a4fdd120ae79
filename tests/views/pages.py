"""Reading pages the way a browser does, and a location with everything an order form can name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from django.test import Client

from accounts.models import User
from coworking.models import Extra, Location, Seat, Service, Tariff
from orders.forms_people import key_of
from tests.factories import make_extra, make_location, make_manager, make_seats, make_tariff, make_user, seat_of
from tests.moments import WEDNESDAY

Attrs = dict[str, str]
Values = dict[str, list[str]]

# Our pages are valid, as `test_access.py` says: this reads them three times as fast as `html.parser`.
TAGS = re.compile(
    r"""
    <!.*?>
    | <(?P<start>[a-z][^\s/>]*) (?P<attrs> (?: [^"'>]+ | "[^"]*" | '[^']*' )*) >
    | </(?P<end>[a-z][^\s>]*)\s*>
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
ATTRS = re.compile(r"""([^\s"'=/>]+) (?: \s*=\s* (?: "([^"]*)" | '([^']*)' | ([^\s"'>]+) ) )?""", re.VERBOSE)


@dataclass
class Form:
    """A form with the values that a browser would send."""

    attrs: Attrs
    values: Values = field(default_factory=dict)


class Page:
    """The parts of an HTML answer that tests ask about."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.tags: list[tuple[str, Attrs]] = []
        self.forms: list[Form] = [Form({})]
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._named: str | None = None
        self._select: str | None = None
        self._read(html)

    @property
    def ids(self) -> set[str]:
        """The ids of all elements."""
        return {attrs["id"] for _tag, attrs in self.tags if "id" in attrs}

    @property
    def values(self) -> Values:
        """The values of the order form, or of a fragment of it."""
        return next((form.values for form in self.forms if form.attrs.get("id") == "order"), self.forms[0].values)

    def attrs_of(self, tag: str, **wanted: str) -> list[Attrs]:
        """Return the attributes of the elements with this tag that have the wanted ones."""
        return [attrs for name, attrs in self.tags if name == tag and wanted.items() <= attrs.items()]

    def links(self) -> list[str]:
        """Return where the links lead."""
        return [attrs.get("href", "") for attrs in self.attrs_of("a")]

    def _read(self, html: str) -> None:
        before = 0
        for found in TAGS.finditer(html):
            if self._named or self._open:
                self._text(unescape(html[before : found.start()]))
            before = found.end()
            if tag := found["start"]:
                self._start(tag.lower(), attrs_in(found["attrs"]))
            elif tag := found["end"]:
                self._end(tag.lower())

    def _start(self, tag: str, attrs: Attrs) -> None:
        self.tags.append((tag, attrs))
        if tag == "form":
            self.forms.append(Form(attrs))
        elif tag == "input":
            self._input(attrs)
        elif tag == "textarea":
            self._named = attrs["name"]
            self._add(attrs["name"], "")
        elif tag == "select":
            self._select = attrs["name"]
        elif tag == "option" and self._select and "selected" in attrs:
            self._add(self._select, attrs["value"])
        elif tag in ("th", "td", "h1", "h2", "title"):
            self._open.append(tag)
            self.text.setdefault(tag, []).append("")

    def _end(self, tag: str) -> None:
        if tag == "form":
            self.forms.append(Form({}))
        elif tag == "textarea":
            self._named = None
        elif tag == "select":
            self._select = None
        elif tag == "table":  # HTML does not need the end tags of cells
            self._open = []
        elif self._open and tag == self._open[-1]:
            self._open.pop()

    def _text(self, text: str) -> None:
        if self._named:
            self.forms[-1].values[self._named][-1] += text.removeprefix("\n")
        else:
            self.text[self._open[-1]][-1] += text

    def _input(self, attrs: Attrs) -> None:
        has_box = attrs.get("type") in ("checkbox", "radio")
        if "name" in attrs and (not has_box or "checked" in attrs) and "disabled" not in attrs:
            self._add(attrs["name"], attrs.get("value", "on" if has_box else ""))

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].values.setdefault(name, []).append(value)


def attrs_in(text: str) -> Attrs:
    """Return the attributes of a tag."""
    return {name.lower(): unescape(one or two or bare) for name, one, two, bare in ATTRS.findall(text)}


def read(response: Any) -> Page:
    """Return the page of an answer."""
    return Page(response.content.decode())


def shortened(value: object) -> str:
    """Return a name for a test's parameter that fits on a line."""
    return repr(value)[:40]


def lost(values: Values, typed: dict[str, Any], *, but: Iterable[str] = ()) -> dict[str, Any]:
    """Return typed values that are no longer on the page."""
    return {
        name: value
        for name, value in typed.items()
        if name not in but and not {str(one) for one in _many(value) if one != ""} <= set(values.get(name, []))
    }


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True)
class World:
    """A location that sells four numbered seats by the hour, with a manager who is signed in."""

    location: Location
    service: Service
    tariff: Tariff
    extra: Extra
    customer: User
    visitor: User
    manager: User

    def seat(self, label: str = "A1") -> Seat:
        """Return a seat by its number."""
        return seat_of(self.service, label)

    def key(self, person: User | int) -> str:
        """Return the key of a person that a search gives the manager."""
        return key_of(person if isinstance(person, int) else person.pk, viewer=self.manager)

    def filled(self, **changes: Any) -> dict[str, Any]:
        """Return everything a browser sends from a filled form; a change to None leaves the field out."""
        values = {
            "token": str(uuid4()),
            "back": "/manage/orders/?status=confirmed",
            "customer": self.key(self.customer),
            "customer_q": "Петров Иван",
            "phone": "8 916 204-48-21",
            "email": "petrov@example.com",
            "service": str(self.service.pk),
            "tariff": str(self.tariff.pk),
            "day": WEDNESDAY.isoformat(),
            "start": "10:00",
            "end": "12:00",
            "places": "1",
            "seats": [str(self.seat().pk)],
            "visitor-0": self.key(self.visitor),
            "visitor-0-q": "Орлова Мария",
            f"extra-{self.extra.pk}": "2",
            "payment_method": "on_site",
            "discount": "10%",
            "discount_reason": "Постоянный клиент",
            "comment": "Ключ на стойке <у входа>",
            "internal_note": "Просил «тихо»",
        }
        named = {name.replace("__", "-"): value for name, value in changes.items()}
        return {name: value for name, value in (values | named).items() if value is not None}


def signed_in(world: World) -> tuple[World, SimpleCookie]:
    """Return a world with the cookies of the browser in which its manager has signed in."""
    client = Client()
    client.force_login(world.manager)
    return world, client.cookies


def make_world(*, client: Client | None = None) -> World:
    """Save the location with its people, and sign its manager in."""
    location = make_location(discount_limit=20)
    service = make_seats(location=location, labels=("A1", "A2", "A3", "A4"))
    manager = make_manager(location=location)
    if client:
        client.force_login(manager)
    return World(
        location=location,
        service=service,
        tariff=make_tariff(service=service, name="Час", price="300"),
        extra=make_extra(service=service, max_quantity=3),
        customer=make_user(last_name="Петров", first_name="Иван", email="petrov@example.com"),
        visitor=make_user(last_name="Орлова", first_name="Мария"),
        manager=manager,
    )
