"""The second factor of people with rights, and fresh confirmations before the most harmful actions."""

import re
import time
from datetime import UTC
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership, SecurityEvent, User
from olvery import checks
from orders.models import LedgerEntry
from tests.admin.pages import filled
from tests.factories import make_location, make_manager, make_order, make_user
from tests.moments import NOW
from tests.orders.steps import take
from tests.snapshots import saved_rows
from tests.views.pages import make_world

pytestmark = pytest.mark.django_db

PASSWORD = "olvery-demo"
FACTORS = "/accounts/factors/"
NO_ROLES = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    cache.clear()


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as traveller:
        yield traveller


def code_of(secret: str) -> str:
    """Return what an app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def sign_in(person: User, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def with_app(person: User) -> Client:
    """Return a browser in which a person with an app has signed in."""
    TOTP.activate(person, SECRET)
    client = sign_in(person)
    client.post(f"{FACTORS}authenticate/", {"code": code_of(SECRET)})
    return client


def kinds(person: User) -> list[tuple[str, str]]:
    return [(str(e.kind), e.method) for e in SecurityEvent.objects.filter(person=person).order_by("pk")]


def test_people_with_a_role_set_up_a_factor_first(clock: Any) -> None:
    person = make_manager(location=make_location(), password=PASSWORD)
    other, client = sign_in(person), sign_in(person)
    for page in ("/", "/manage/orders/", "/my/orders/", "/manage/orders/export/"):
        assert client.get(page).headers["Location"] == FACTORS
    fragment = client.get("/manage/money/count/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (204, FACTORS)
    assert client.get("/healthz").status_code == client.get(FACTORS).status_code == 200

    answer = client.get(f"{FACTORS}app/add/")
    assert answer.headers["Location"] == f"/accounts/reauthenticate/?next={FACTORS.replace('/', '%2F')}app%2Fadd%2F"
    assert client.post(answer.headers["Location"], {"password": "wrong"}).status_code == 200
    assert client.post(answer.headers["Location"], {"password": PASSWORD}).status_code == 302
    page = client.get(f"{FACTORS}app/add/")
    secret = page.context["form"].secret
    assert '<a href="otpauth://totp/' in page.content.decode()  # the phone that shows the page cannot scan it
    wrong = client.post(f"{FACTORS}app/add/", {"code": "000000"})
    assert (wrong.status_code, Authenticator.objects.count()) == (200, 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.db.transaction.on_commit", lambda done, **_options: done())
        right = client.post(f"{FACTORS}app/add/", {"code": code_of(secret)})

    assert right.headers["Location"] == f"{FACTORS}codes/"
    assert client.get("/manage/orders/").status_code == 200
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    assert other.get("/my/orders/").status_code == 302  # signed in before there was a factor
    assert ("factor_on", "totp") in kinds(person)
    assert client.post(f"{FACTORS}app/remove/").status_code == 200  # the last one stays
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_password_alone_does_not_sign_in(clock: Any) -> None:
    person = make_manager(location=make_location(), password=PASSWORD)
    client = with_app(person)
    assert client.get("/manage/orders/").status_code == 200
    clock.shift(60)

    thief = sign_in(person)
    assert thief.post(f"{FACTORS}authenticate/", {"code": "000000"}).status_code == 200
    assert thief.get("/manage/orders/").headers["Location"].startswith("/accounts/login/")
    thief.post(f"{FACTORS}authenticate/", {"code": code_of(SECRET)})
    assert thief.get("/manage/orders/").status_code == 200

    by_code = Client()
    by_code.post("/accounts/login/code/", {"login": person.email})
    code = re.findall(r"\b[A-Z0-9]{3,}-?[A-Z0-9]{3,}\b", str(mail.outbox[-1].body))[0]
    answer = by_code.post("/accounts/login/code/confirm/", {"code": code})
    assert answer.headers["Location"].startswith(f"{FACTORS}authenticate/")  # a letter by itself does not, either
    assert kinds(person) == [
        ("signed_in", "password totp"),
        ("failed", "totp"),
        ("signed_in", "password totp"),
        ("code_sent", "code"),
    ]


def test_a_code_of_an_app_is_used_once_as_long_as_it_holds(clock: Any) -> None:
    """It is also valid half a minute before and after its own, since a clock may be off."""
    person = make_manager(location=make_location(), password=PASSWORD)
    TOTP.activate(person, SECRET)
    counter = int(time.time()) // 30
    code, window = format_hotp_value(hotp_value(SECRET, counter + 1)), f"{FACTORS}authenticate/"
    assert sign_in(person).post(window, {"code": code}).status_code == 302
    for seconds in (31, 31):
        clock.shift(seconds)
        thief = sign_in(person)
        refused = thief.post(window, {"code": f"{code[:3]} {code[3:]}"})
        assert (refused.status_code, thief.get("/manage/orders/").status_code) == (200, 302)
    assert kinds(person) == [("signed_in", "password totp"), ("failed", "totp"), ("failed", "totp")]


def test_who_had_no_role_for_a_while_needs_a_factor_that_is_there_by_then(clock: Any) -> None:
    person = make_manager(location=make_location(), password=PASSWORD)
    client = with_app(person)
    assert client.get("/manage/orders/").status_code == 200
    role = Membership.objects.get(user=person)
    role.delete()
    clock.shift(60)
    client.post(f"{FACTORS}reauthenticate/", {"code": code_of(SECRET)})
    assert client.post(f"{FACTORS}app/remove/").headers["Location"] == FACTORS
    Membership.objects.create(user=person, location=role.location, role=role.role)
    assert client.get("/manage/orders/").headers["Location"] == FACTORS


def test_a_customer_needs_none(clock: Any) -> None:
    assert sign_in(make_user(password=PASSWORD)).get("/my/orders/").status_code == 200


def test_a_large_refund_waits_for_a_fresh_confirmation(clock: Any, settings: Any) -> None:
    settings.REFUND_CONFIRMED_ABOVE = 100
    world = make_world()
    order = make_order(tariff=world.tariff, by=world.manager)
    take(order, "600", by=world.manager)
    world.manager.set_password(PASSWORD)
    world.manager.save()
    client, url = with_app(world.manager), f"/manage/orders/{order.number}/refund/"
    typed = {
        **{"source": "desk", "method": "on_site", "moved_on": "2026-11-24", "document": "8", "reason": "Шумно"},
        **{"token": "0b0f0d1e-0000-4000-8000-000000000001"},
    }
    before = LedgerEntry.objects.count()

    answer = client.post(url, typed | {"amount": "200"}, headers={"HX-Request": "true"})
    assert (answer.status_code, LedgerEntry.objects.count()) == (204, before)
    clock.shift(60)
    confirmed = client.post(answer.headers["HX-Redirect"], {"code": code_of(SECRET)})

    assert confirmed.headers["Location"] == f"/manage/orders/{order.number}/"
    assert LedgerEntry.objects.count() == before + 1  # what was sent before the confirmation
    clock.shift(360)
    small = client.post(url, typed | {"amount": "50", "token": "0b0f0d1e-0000-4000-8000-000000000002"})
    assert (small.status_code, LedgerEntry.objects.count()) == (302, before + 2), small.context["form"].errors


def test_an_export_waits_for_a_fresh_confirmation(clock: Any) -> None:
    world = make_world()
    world.manager.set_password(PASSWORD)
    world.manager.save()
    client = with_app(world.manager)
    for export in ("/manage/orders/export/?q=7", "/manage/coworking/tickets/export/", "/manage/money/export/"):
        answer = client.get(export, headers={"Referer": "http://testserver/manage/orders/?q=7"})
        assert answer.headers["Location"] == f"{FACTORS}reauthenticate/?next=%2Fmanage%2Forders%2F%3Fq%3D7"
    clock.shift(60)
    assert client.post(answer.headers["Location"], {"code": code_of(SECRET)}).headers["Location"] == (
        "/manage/orders/?q=7"
    )
    assert "spreadsheet" in client.get("/manage/orders/export/?q=7").headers["Content-Type"]


def test_a_role_is_granted_after_a_fresh_confirmation(clock: Any) -> None:
    boss = User.objects.create_superuser("boss@example.com", PASSWORD, last_name="Ким", first_name="Ольга")
    client, person, location = with_app(boss), make_user(), make_location()
    typed = {"user": person.pk, "location": location.pk, "role": "rental_manager"}

    answer = client.post("/admin/accounts/membership/add/", typed)
    assert answer.headers["Location"].startswith(f"{FACTORS}reauthenticate/")
    assert not Membership.objects.exists()
    clock.shift(60)
    client.post(answer.headers["Location"], {"code": code_of(SECRET)})
    assert Membership.objects.get().user == person

    TOTP.activate(person, SECRET)
    factor = Authenticator.objects.get(user=person)
    page = f"/admin/mfa/authenticator/{factor.pk}/"
    assert SECRET not in client.get(f"{page}change/").content.decode()
    client.post(f"{page}delete/", {"post": "yes"})
    assert not Authenticator.objects.filter(user=person).exists()
    assert ("factor_off", "totp") in kinds(person)
    own = Authenticator.objects.get(user=boss, type="totp")
    assert client.post(f"/admin/mfa/authenticator/{own.pk}/delete/", {"post": "yes"}).status_code == 403


def test_production_does_not_start_without_it(settings: Any) -> None:
    settings.DEMO, settings.STAFF_SECOND_FACTOR = False, False
    assert "olvery.E020" in [error.id for error in checks.installation_is_safe()]
    settings.STAFF_SECOND_FACTOR = True
    assert "olvery.E020" not in [error.id for error in checks.installation_is_safe()]


def test_who_signs_in_as_whom_is_changed_after_a_fresh_confirmation(clock: Any) -> None:
    boss = User.objects.create_superuser("boss@example.com", PASSWORD, last_name="Ким", first_name="Ольга")
    client, person, group = (
        with_app(boss),
        make_user(email="petrov@example.com"),
        Group.objects.create(name="Поддержка"),
    )
    page = f"/admin/accounts/user/{person.pk}/change/"
    words = {"password1": "gorod-reka-42", "password2": "gorod-reka-42", "usable_password": "true", "set-password": "1"}
    typed = {
        **{"/admin/accounts/user/add/": {"last_name": "Ким", "first_name": "Олег", **words} | NO_ROLES},
        **{page: filled(client.get(page), email="new@example.com")},
        **{f"/admin/auth/group/{group.pk}/change/": {"name": "Иначе", "permissions": []}},
    }
    before = saved_rows()

    for url in (f"/admin/accounts/user/{person.pk}/password/", *typed):
        answer = client.post(url, typed.get(url, words))
        assert answer.status_code == 302, url
        if url.endswith(("password/", "add/")):  # a password does not wait in the session
            assert answer.headers["Location"] == url
            answer = client.get(url)
        assert answer.headers["Location"].startswith(f"{FACTORS}reauthenticate/"), url
        assert "gorod-reka-42" not in str(client.session.items())
    assert saved_rows() == before


def test_people_with_rights_change_their_contacts_after_a_fresh_confirmation(clock: Any) -> None:
    client = with_app(make_manager(location=make_location(), password=PASSWORD))
    assert client.get("/my/profile/").status_code == 200
    before = saved_rows()
    for url in ("/my/profile/email/", "/my/profile/phone/"):
        assert client.post(url, {"email": "new@example.com", "phone": "89215554433"}).headers["Location"] == url
        assert client.get(url).headers["Location"].startswith(f"{FACTORS}reauthenticate/")
    assert saved_rows() == before
