"""Browsers without JavaScript that only visit the site under fire."""

import json
import re
import time
from decimal import Decimal
from importlib import import_module
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from urllib3.exceptions import NewConnectionError

from accounts.models import User
from bench.chaos.pages import Fields, Form, forms_of

TIMEOUT = 20
PATIENT_FOR = 15
REFUSED, UNAVAILABLE = 422, 503

VERSION = re.compile(r'name="version" value="([^"]+)"')  # of the plan that is shown


class Broken(OSError):
    """The site answered with an error of its own."""


class Unavailable(OSError):
    """The site answered that its database is away."""


class TurnedAway(OSError):
    """The site refused, with a reason."""


class Browser:
    """One person's cookies, and the habit of pressing reload while nobody listens."""

    def __init__(self, site_url: str) -> None:
        """Open an empty browser."""
        self.site_url = site_url
        self.session = requests.Session()
        self.session.trust_env = False
        self.text = ""  # of the last page

    def open(self, path: str, fields: Fields | dict[str, str] | None = None, file: bytes | None = None) -> str:
        """Load a page, or send a form; return where the site redirects to. Raises OSError if the server died."""
        if fields is None:
            return self.ask("GET", path)
        data = {**fields, "csrfmiddlewaretoken": self.session.cookies.get("csrftoken", "")}
        return self.ask("POST", path, data=data, files=file and {"file": ("list.csv", file)})

    def form(self, path: str, named: str) -> Form:
        """Load a page and return its form with a field or an id of this name. Raises TurnedAway, OSError."""
        if self.open(path):
            raise TurnedAway(path)
        found = [form for form in forms_of(self.text) if named in (form.attrs.get("id"), *form.values)]
        if not found:
            raise TurnedAway(path)
        found[0].attrs.setdefault("action", path)
        return found[0]

    def ask(self, method: str, path: str, **sent: Any) -> str:
        """Retry until a server listens; return where the site redirects to. Raises OSError."""
        deadline = time.monotonic() + PATIENT_FOR
        while True:
            try:
                return self._ask(method, path, **sent)
            except requests.ConnectionError as error:
                if not _nobody_listens(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _ask(self, method: str, path: str, **sent: Any) -> str:
        status, self.text, where = self._send(method, path, **sent)
        if status == REFUSED:
            raise TurnedAway(path)
        if status == UNAVAILABLE:
            raise Unavailable(path)
        if status >= 400:
            # Without the key of the order, so that equal errors are counted together.
            raise Broken(f"{method} {path.strip('/').split('/')[-1]} answered with {status}")
        return where

    def _send(self, method: str, path: str, **sent: Any) -> tuple[int, str, str]:
        """Return the status, the text, and the redirect target."""
        answer = self.session.request(method, self.site_url + path, timeout=TIMEOUT, allow_redirects=False, **sent)
        return answer.status_code, answer.text, answer.headers.get("Location", "")


class Customer(Browser):
    """Somebody with a payment link."""

    def press_pay(self, token: str, email: str) -> None:
        """Open the payment page and press «Pay». Raises OSError."""
        self.open(f"/pay/{token}/")
        self.open(f"/pay/{token}/start/", {"email": email})

    def come_back(self, token: str) -> None:
        """Come back from the provider. Raises OSError."""
        self.open(f"/pay/{token}/return/")


class Person(Browser):
    """Somebody who is signed in."""

    def __init__(self, site_url: str, session_key: str) -> None:
        """Take the session that `sign_in` has made."""
        super().__init__(site_url)
        self.session.cookies.set(settings.SESSION_COOKIE_NAME, session_key)


class Program(Browser):
    """An external program with a token."""

    def __init__(self, site_url: str, secret: str) -> None:
        """Take the secret of the token."""
        super().__init__(site_url)
        self.session.headers["Authorization"] = f"Bearer {secret}"

    def post(self, path: str, body: Any, *, key: str = "") -> Any:
        """Send a body under a key, and return the answer. Raises OSError."""
        self.ask("POST", f"/api/v1/{path}", json=body, headers={"Idempotency-Key": key} if key else {})
        return json.loads(self.text)


class Manager(Person):
    def cancel(self, number: int, *, reason: str, returned: Decimal) -> None:
        """Cancel an order. Raises OSError."""
        self._send_dialog(f"/manage/orders/{number}/cancel/", {"reason": reason, "amount": str(returned)})

    def refund(self, number: int, amount: Decimal, *, reason: str, token: UUID) -> None:
        """Return a sum online; the same token again is the same form sent again. Raises OSError."""
        fields = {"source": "online", "amount": str(amount), "reason": reason, "token": str(token)}
        self._send_dialog(f"/manage/orders/{number}/refund/", fields)

    def move(self, ticket: int, wish: dict[str, str]) -> None:
        """Move a ticket to another time, as if it were dragged in the calendar. Raises OSError."""
        dialog = self.open(f"/manage/coworking/calendar/tickets/{ticket}/change/?{urlencode(wish)}")
        self.open(dialog)
        shown = VERSION.search(self.text)
        if shown is None:  # there is no room, or nothing to change
            raise TurnedAway(dialog)
        self.open(dialog.partition("?")[0], {**wish, "version": shown[1]})

    def let_in(self, ticket: int, *, token: UUID) -> None:
        """Let the visitor of a ticket in; the same token again is the same scan. Raises OSError."""
        self.open("/manage/check-in/")
        self.open("/manage/check-in/", {"q": str(ticket), "token": str(token), "do": "in"})

    def let_out(self, ticket: int) -> None:
        """Let the visitor of a ticket out. Raises OSError."""
        self.open("/manage/check-in/", {"q": str(ticket), "do": "out"})

    def _send_dialog(self, path: str, fields: dict[str, str]) -> None:
        if self.open(path):  # redirected: there is nothing to do in this dialog
            raise TurnedAway(path)
        self.open(path, fields)


def sign_in(person: User) -> str:
    """Sign a person in and return the key of the session."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _nobody_listens(error: requests.ConnectionError) -> bool:
    """Whether the connection was refused, so that nothing can have been done."""
    return bool(error.args) and isinstance(getattr(error.args[0], "reason", None), NewConnectionError)
