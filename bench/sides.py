"""The two databases compared: the same page is requested from both in turn, so that noise affects both."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.cache import caches
from django.db import connections
from django.test import Client

from accounts.access import SESSION_KEY
from accounts.domain.search_limit import LIMITS
from accounts.models import User
from bench.fill.places import QUIET
from coworking.models import Location
from olvery.demo.places import LOCATION_NAME

BROWSER = {"Accept-Encoding": "gzip"}
FORM = "application/x-www-form-urlencoded"


def browser_of(person: User, location: Location | None = None) -> Client:
    """Return a browser with a signed-in person who works at this location."""
    client = Client(SERVER_NAME="localhost", headers=BROWSER)
    client.force_login(person)
    if location:
        session = client.session
        session[SESSION_KEY] = location.pk
        session.save()
    return client


@dataclass(eq=False)
class Side:
    """One database, with a signed-in manager."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = connections.create_connection("default")
        self.connection.settings_dict = {**self.connection.settings_dict, "NAME": self.name}

    def use(self) -> None:
        """Make everything that follows in this thread use this database."""
        connections["default"] = self.connection

    @cached_property
    def location(self) -> Location:
        """The busiest location."""
        return Location.objects.get(name=LOCATION_NAME)

    @cached_property
    def manager(self) -> User:
        """The manager of the busiest location."""
        return User.objects.get(email="manager@olvery.test")

    @cached_property
    def client(self) -> Client:
        """The browser of the manager."""
        return browser_of(self.manager)

    def post(self, path: str, fields: dict[str, str], *, headers: Mapping[str, str] | None = None) -> Any:
        """Send a form as the browser does. By default Django's client sends one with files, which takes longer."""
        return self.client.post(path, urlencode(fields), content_type=FORM, headers=headers)

    @cached_property
    def quiet_client(self) -> Client:
        """The browser of the manager who works only at the quiet location."""
        quiet = Location.objects.get(name=QUIET)
        return browser_of(User.objects.get(memberships__location=quiet), quiet)


def prepare(sides: "list[Side]") -> None:
    """Disable the search limit: nobody types as often as this measures.

    Garbage is collected as rarely as in a web process, see `gunicorn.conf.py`.
    """
    LIMITS.update(dict.fromkeys(LIMITS, 1_000_000))
    for side in sides:
        side.use()
        caches["default"].clear()
        assert side.location.pk, side.client
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
