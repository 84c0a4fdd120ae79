"""Attempts to sign in, from where, and their outcome: counted without locking anybody out, and recorded."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.domain import roles
from accounts.models import Membership, Role, User
from tests.factories import make_location, make_user
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SIGN_IN = "/accounts/login/"
PASSWORD = "olvery-demo"
OWNER, ATTACKER = "192.0.2.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def no_counts() -> None:
    """Clear the rate limits of other tests, which are counted in the cache."""
    cache.clear()


@pytest.fixture
def person() -> User:
    return make_user(phone="+79162044821", email="petrov@example.com", password=PASSWORD)


def sign_in(login: str, password: str, *, address: str) -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": "Firefox"})
    client.post(SIGN_IN, {"login": login, "password": password})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def events() -> list[tuple[Any, ...]]:
    """Return everything that was recorded: whose, what, how and from where."""
    kept = apps.get_model("accounts", "SecurityEvent").objects.order_by("pk")
    return list(kept.values_list("person", "kind", "method", "address", "client"))


def test_knowing_an_address_does_not_lock_its_owner_out(person: User) -> None:
    for login in (person.email or "", "8 916 204 48 21"):
        cache.clear()
        for attempt in range(6):
            sign_in(login, f"wrong {attempt}", address=ATTACKER)

        assert not is_in(sign_in(login, PASSWORD, address=ATTACKER))  # guessing is stopped all the same
        assert is_in(sign_in(login, PASSWORD, address=OWNER))
    assert ask_for_a_letter("login/code", person.email or "", address=ATTACKER).status_code == 302
    assert len(mail.outbox) == 1  # a code signs in from there as well


def test_a_phone_is_counted_by_itself_in_any_spelling(person: User) -> None:
    other = make_user(phone="+79031112233", password=PASSWORD)
    for spelling in ("+79162044821", "8 916 204 48 21", "9162044821", "89162044821", "+7 (916) 204-48-21"):
        sign_in(spelling, "wrong", address=OWNER)

    assert is_in(sign_in(str(other.phone), PASSWORD, address=OWNER))
    assert not is_in(sign_in("8 (916) 204-48-21", PASSWORD, address=OWNER))


def test_the_counts_outlive_a_flood_of_other_keys(person: User) -> None:
    for _ in range(5):
        sign_in(person.email or "", "wrong", address=ATTACKER)
    for number in range(320):
        cache.set(f"flood-{number}", number)
    assert not is_in(sign_in(person.email or "", PASSWORD, address=ATTACKER))


def ask_for_a_letter(page: str, email: str, *, address: str) -> Any:
    return Client(REMOTE_ADDR=address).post(f"/accounts/{page}/", {"login": email, "email": email})


def test_letters_have_a_daily_cap_which_one_client_alone_does_not_use_up(person: User) -> None:
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as clock:
        for page in ("login/code", "password/reset") * 10:
            ask_for_a_letter(page, "Petrov@example.com", address=ATTACKER)
            clock.shift(60)
        assert len(mail.outbox) == 6

        assert ask_for_a_letter("login/code", "petrov@example.com", address=OWNER).status_code == 302
        assert len(mail.outbox) == 7
        for number in range(20):
            answer = ask_for_a_letter("login/code", "petrov@example.com", address=f"203.0.113.{number}")
        assert (len(mail.outbox), answer.status_code) == (20, 200)
        assert "Слишком много писем" in answer.content.decode()


def test_security_events_are_recorded(person: User) -> None:
    for password in ("wrong", PASSWORD):
        sign_in("petrov@example.com", password, address=OWNER)
    sign_in("nobody@example.com", PASSWORD, address=ATTACKER)
    for _ in range(7):
        sign_in("petrov@example.com", "wrong", address=ATTACKER)
    ask_for_a_letter("login/code", "petrov@example.com", address=OWNER)

    attacks = [(person.pk, "failed", "password", ATTACKER, "Firefox")] * 5
    assert events() == [
        (person.pk, "failed", "password", OWNER, "Firefox"),
        (person.pk, "signed_in", "password", OWNER, "Firefox"),
        (None, "failed", "password", ATTACKER, "Firefox"),
        *attacks,
        (person.pk, "locked_out", "password", ATTACKER, "Firefox"),  # once, however often it is tried
        (person.pk, "code_sent", "code", OWNER, ""),
    ]


def test_a_role_and_a_password_are_kept_too(person: User) -> None:
    client = sign_in("petrov@example.com", PASSWORD, address=OWNER)
    words = {"oldpassword": PASSWORD, "password1": "gorod-reka-42", "password2": "gorod-reka-42"}
    client.post("/accounts/password/change/", words)
    before = roles.rights_of({person.pk})
    Membership.objects.create(user=person, location=make_location(name="Альфа"), role=Role.RENTAL_MANAGER)
    roles.record_changes({person.pk}, before=before, by=make_user(last_name="Ким", first_name="Ольга"), at=NOW)

    assert [kept[1:4] for kept in events()][1:] == [("password", "", OWNER), ("rights", "", None)]
    page = client.get("/accounts/sign-ins/").content.decode()
    for words in ("Вход", "Пароль изменён", "Права изменены", "Менеджер по аренде", "Альфа", "Ким Ольга", OWNER):
        assert words in page


def test_the_person_sees_the_own_events_alone(person: User) -> None:
    sign_in("petrov@example.com", "wrong", address=ATTACKER)
    other = make_user(password=PASSWORD)

    assert (
        ATTACKER in sign_in("petrov@example.com", PASSWORD, address=OWNER).get("/accounts/sign-ins/").content.decode()
    )
    assert (
        ATTACKER not in sign_in(other.email or "", PASSWORD, address=OWNER).get("/accounts/sign-ins/").content.decode()
    )


def test_the_database_refuses_to_rewrite_what_was_kept(person: User) -> None:
    sign_in("petrov@example.com", "wrong", address=ATTACKER)
    kept = apps.get_model("accounts", "SecurityEvent").objects

    def truncate() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE accounts_securityevent CASCADE")

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE fails while constraints are still to be checked
    change: Callable[[], Any]
    for change in (lambda: kept.update(kind="signed_in"), kept.all().delete, truncate):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert [row[1] for row in events()] == ["failed"]
