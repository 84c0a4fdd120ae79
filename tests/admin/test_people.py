from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.domain import calendar_feeds
from accounts.models import Membership, Role, SecurityEvent, User
from orders.domain.programs.tokens import make_token
from orders.models import ApiToken, Scope
from tests.admin.pages import address, errors_of, filled
from tests.factories import make_location, make_manager, make_user
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


# People


def person_data(**changes: Any) -> dict[str, Any]:
    return {
        **{"last_name": "Фёдоров", "first_name": "Пётр", "phone": "8 (916) 204-48-21", "email": "Fedorov@Example.com"},
        **{"usable_password": "false", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0},
        **changes,
    }


def test_support_registers_a_person_without_a_password(support: Client) -> None:
    answer = support.post(address(User, "add"), person_data())

    person = User.objects.get(email="fedorov@example.com")
    assert answer.status_code == 302
    assert (person.phone, person.name_key, person.has_usable_password(), person.created_by.email) == (
        *("+79162044821", " федоров петр", False),
        "support@example.com",
    )


def test_a_person_may_have_neither_phone_nor_email(support: Client) -> None:
    for _twice in range(2):
        assert support.post(address(User, "add"), person_data(phone="", email="")).status_code == 302

    assert list(User.objects.filter(last_name="Фёдоров").values_list("phone", "email")) == [(None, None)] * 2


def test_a_known_phone_or_email_is_refused_in_any_spelling(support: Client) -> None:
    make_user(phone="+79162044821", email="fedorov@example.com")

    page = support.post(address(User, "add"), person_data())
    nonsense = support.post(address(User, "add"), person_data(phone="12", email=""))

    assert set(errors_of(page)) == {"phone", "email"}
    assert set(errors_of(nonsense)) == {"phone"}
    assert not User.objects.filter(last_name="Фёдоров").exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("8 (916) 204-48-2", "Не хватает 1 цифры: +7 и ещё 10 цифр."),
        ("8 (916) 204-48-21 доб. 5", "Такого номера нет: укажите +7 и ещё 10 цифр."),
        ("9" * 41, "Такого номера нет: укажите +7 и ещё 10 цифр."),
    ],
)
def test_a_wrong_phone_is_refused_in_our_words(support: Client, typed: str, words: str) -> None:
    person = make_user(phone="+79162044821")
    url = address(User, "change", person.pk)

    for page in (
        support.post(address(User, "add"), person_data(phone=typed)),
        support.post(url, filled(support.get(url), phone=typed)),
    ):
        assert errors_of(page)["phone"][0].replace("\u00a0", " ") == words
    assert list(User.objects.filter(phone="+79162044821")) == [person]
    assert not User.objects.filter(last_name="Фёдоров").exists()


@pytest.mark.parametrize("email", [None, "fedorov@example.com"])
def test_a_person_without_a_password_gets_one_and_loses_it(support: Client, email: str | None) -> None:
    person = make_user(last_name="Фёдоров", first_name="Пётр", email=email)
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    assert support.get(address(User, "change", person.pk)).status_code == 200

    assert "Фёдоров Пётр" in str(support.get(url).context["title"])
    words = {"password1": "gorod-reka-42", "password2": "gorod-reka-42"}
    support.post(url, {**words, "usable_password": "true", "set-password": "1"})
    person.refresh_from_db()
    assert person.check_password("gorod-reka-42")

    support.post(url, {"usable_password": "false", "unset-password": "1"})
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_a_person_reads_that_support_has_changed_how_they_sign_in(support: Client) -> None:
    person = make_user(email="old@example.com")
    url, words = reverse("admin:auth_user_password_change", args=[person.pk]), {"password1": "gorod-reka-42"}
    support.post(url, {**words, "password2": "other", "usable_password": "true", "set-password": "1"})
    assert not SecurityEvent.objects.filter(person=person).exists()

    support.post(url, {**words, "password2": "gorod-reka-42", "usable_password": "true", "set-password": "1"})
    page = address(User, "change", person.pk)
    support.post(page, filled(support.get(page), email="new@example.com", phone="8 (916) 204-48-21"))
    support.post(page, filled(support.get(page), company="Ромашка"))

    told = SecurityEvent.objects.filter(person=person).order_by("pk").values_list("kind", "address", "client")
    assert list(told) == [(kind, None, "") for kind in ("password", "email", "phone")]


def test_support_changes_the_own_password_where_everybody_does(support: Client) -> None:
    own = User.objects.get(email="support@example.com")
    before, url = own.password, reverse("admin:password_change")
    words = {"old_password": "x", "new_password1": "gorod-reka-42", "new_password2": "gorod-reka-42"}
    for answer in (support.get(url), support.post(url, words)):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/password/change/")
    own.refresh_from_db()
    assert own.password == before


def test_support_gives_and_takes_a_role(support: Client) -> None:
    person, location, other = make_user(), make_location(), make_location()
    url = address(User, "change", person.pk)
    role = {"memberships-0-role": "rental_manager", "memberships-0-location": location.pk}
    support.post(url, filled(support.get(url), **{"memberships-TOTAL_FORMS": 1, **role}))
    held = Membership.objects.get()
    assert (held.user, held.location, held.role) == (person, location, Role.RENTAL_MANAGER)

    support.post(url, filled(support.get(url), **{"memberships-0-location": other.pk}))
    held.refresh_from_db()
    assert held.location == location

    support.post(url, filled(support.get(url), **{"memberships-0-DELETE": "on"}))
    assert not Membership.objects.exists()


def test_a_role_that_somebody_else_has_given_meanwhile_is_refused_in_words(support: Client) -> None:
    person, location = make_user(), make_location()
    url = address(User, "change", person.pk)
    role = {"memberships-0-role": "rental_manager", "memberships-0-location": location.pk}
    typed = filled(support.get(url), company="Ромашка", **{"memberships-TOTAL_FORMS": 1, **role})
    held = Membership.objects.create(user=person, location=location, role=Role.RENTAL_MANAGER)

    page = support.post(url, typed)

    assert errors_of(page) == {
        "__all__": ["Одна из новых строк уже есть. Ничего не сохранено: откройте страницу заново."]
    }
    assert "Ромашка" in page.content.decode()
    person.refresh_from_db()
    assert (person.company, list(Membership.objects.all())) == ("", [held])


def test_saving_a_person_unchanged_logs_no_change_and_keeps_who_registered_them(support: Client) -> None:
    creator = make_user()
    person = make_user(phone="+79162044821", created_by=creator, consent_at=NOW)
    url = address(User, "change", person.pk)
    page = support.get(url)
    shown = page.context["adminform"].form["phone"].field.prepare_value("+79162044821")

    support.post(url, filled(page, phone=shown, created_by=person.pk))

    entry = admin.models.LogEntry.objects.get()
    assert entry.get_change_message() == entry.__class__(change_message="[]", action_flag=2).get_change_message()
    person.refresh_from_db()
    assert (person.created_by, person.phone) == (creator, "+79162044821")


def test_a_former_email_does_not_open_the_account_any_more(support: Client) -> None:
    person = make_user(email="old@example.com")
    EmailAddress.objects.create(user=person, email="old@example.com", primary=True, verified=True)
    url = address(User, "change", person.pk)

    support.post(url, filled(support.get(url), email="new@example.com"))

    person.refresh_from_db()
    assert person.email == "new@example.com"
    assert not EmailAddress.objects.exists()


def test_what_was_open_before_an_account_was_closed_stays_closed_when_it_is_opened_again(support: Client) -> None:
    location = make_location()
    person = make_manager(location=location, email="petrov@example.com", password="gorod-reka-42")
    make_token(location=location, holder=person, name="Сайт", scopes=[Scope.SERVICES], expires_at=None, at=NOW)
    calendar_feeds.renew(person)
    browser, url = Client(), address(User, "change", person.pk)
    browser.post("/accounts/login/", {"login": person.email, "password": "gorod-reka-42"})
    assert browser.get("/my/orders/").status_code == 200
    closed = filled(support.get(url))
    del closed["is_active"]
    support.post(url, closed)
    support.post(url, filled(support.get(url), is_active="on"))
    person.refresh_from_db()
    assert person.is_active
    assert browser.get("/my/orders/").headers["Location"] == "/accounts/login/?next=/my/orders/"
    assert SecurityEvent.objects.filter(person=person).latest("pk").kind == "ended"
    assert ApiToken.objects.get().revoked_by == User.objects.get(email="support@example.com")
    assert calendar_feeds.token_of(person) == ""


def test_support_that_is_no_superuser_gives_nobody_rights(client: Client) -> None:
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(helper)
    person, boss = make_user(), make_user(is_staff=True, is_superuser=True)
    url = address(User, "change", person.pk)

    answer = client.post(url, filled(client.get(url), company="Ромашка", is_staff="on", is_superuser="on"))

    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.company, person.is_staff, person.is_superuser) == ("Ромашка", False, False)
    for protected in (boss, helper):
        assert client.post(address(User, "change", protected.pk), {}).status_code == 403
        assert client.get(address(User, "change", protected.pk)).status_code == 200
        assert client.get(address(User, "delete", protected.pk)).status_code == 403
        assert client.get(reverse("admin:auth_user_password_change", args=[protected.pk])).status_code == 403


def test_nobody_is_deleted_without_an_act_and_the_page_says_how_data_are_erased(support: Client) -> None:
    person = make_user(last_name="Фёдоров")
    EmailAddress.objects.create(user=person, email="fedorov@example.com")
    page, people = address(User, "change", person.pk), address(User, "changelist")
    before = saved_rows()

    assert "под «Удаление данных»" in support.get(page).content.decode()
    assert support.post(address(User, "delete", person.pk), {"post": "yes"}).status_code == 403
    support.post(people, {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"})
    assert address(User, "delete", person.pk) not in support.get(page).content.decode()
    assert "delete_selected" not in support.get(people).content.decode()
    assert saved_rows() == before


def test_erased_or_merged_people_are_read_only(support: Client) -> None:
    erased, merged = make_user(last_name="№", first_name="7"), make_user()
    page = support.get(address(User, "change", erased.pk))
    gone = {"phone": None, "email": None, "is_active": False}
    User.objects.filter(pk=erased.pk).update(**gone, erased_at=NOW)
    User.objects.filter(pk=merged.pk).update(**gone, merged_into=make_user())
    before = list(User.objects.filter(pk__in=[erased.pk, merged.pk]).order_by("pk").values())

    for person in (erased, merged):
        url = address(User, "change", person.pk)
        assert support.post(url, filled(page, last_name="Ким", is_active="on")).status_code == 403
        assert support.get(url).status_code == 200
    assert list(User.objects.filter(pk__in=[erased.pk, merged.pk]).order_by("pk").values()) == before
