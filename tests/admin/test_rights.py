"""Rights in Django admin: nobody grants them to themselves, only superusers to staff, and each change is recorded."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User
from coworking.models import Location
from tests.admin.pages import address, errors_of, filled
from tests.factories import make_location, make_manager, make_user
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

GRANTED, REVOKED = "granted", "revoked"


@pytest.fixture
def boss(support: Client) -> User:
    """The superuser of the browser `support`."""
    return User.objects.get(email="support@example.com")


@pytest.fixture
def helper() -> User:
    """Staff with every permission, but not a superuser."""
    person = make_user(is_staff=True, last_name="Белов")
    group = Group.objects.create(name="Поддержка")
    group.permissions.set(Permission.objects.all())
    person.groups.add(group)
    return person


@pytest.fixture
def browser(helper: User) -> Client:
    client = Client()
    client.force_login(helper)
    return client


def history() -> list[tuple[Any, ...]]:
    """Return every entry: who granted or revoked what, to whom, where and when."""
    events = apps.get_model("accounts", "RoleEvent").objects.order_by("pk")
    return list(events.values_list("by", "action", "right", "person", "location", "group", "at"))


def role_form(*, location: Location, **changes: Any) -> dict[str, Any]:
    role = {"memberships-0-role": "rental_manager", "memberships-0-location": location.pk}
    return {"memberships-TOTAL_FORMS": 1, **role, **changes}


# Sign-in


def test_an_e_mail_for_sign_in_is_shown_and_never_changed(support: Client, boss: User) -> None:
    person = make_user(email="petrov@example.com")
    row = EmailAddress.objects.create(user=person, email=person.email, primary=True)
    own = {"user": person.pk, "email": boss.email, "verified": "on"}

    assert support.get(address(EmailAddress, "change", row.pk)).status_code == 200
    for page in (
        address(EmailAddress, "add"),
        address(EmailAddress, "change", row.pk),
        address(EmailAddress, "delete", row.pk),
    ):
        assert support.post(page, own).status_code == 403
    for action in ("make_verified", "delete_selected"):
        support.post(address(EmailAddress, "changelist"), {"action": action, "_selected_action": row.pk, "post": "yes"})
    assert list(EmailAddress.objects.values_list("user", "email", "verified")) == [(person.pk, person.email, False)]


def test_staff_changes_nobodys_sign_in(browser: Client) -> None:
    person = make_user(email="petrov@example.com", phone="+79162044821")
    url = address(User, "change", person.pk)
    taken = {"email": "helper@example.com", "phone": "+79160000001", "is_active": "", "is_staff": "on"}

    answer = browser.post(url, filled(browser.get(url), company="Ромашка", is_superuser="on", groups=[1], **taken))

    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.company, person.email, str(person.phone)) == ("Ромашка", "petrov@example.com", "+79162044821")
    assert (person.is_active, person.is_staff, person.is_superuser, person.groups.count()) == (True, False, False, 0)
    words = {"password1": "gorod-reka-42", "password2": "gorod-reka-42", "usable_password": "true", "set-password": "1"}
    assert browser.post(reverse("admin:auth_user_password_change", args=[person.pk]), words).status_code == 403
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_a_superuser_does(support: Client) -> None:
    person = make_user(email="petrov@example.com")
    url = address(User, "change", person.pk)
    support.post(url, filled(support.get(url), email="new@example.com", phone="8 916 204 48 21"))
    person.refresh_from_db()
    assert (person.email, str(person.phone)) == ("new@example.com", "+79162044821")


# Own rights


def test_not_even_a_superuser_changes_the_own_rights(support: Client, boss: User) -> None:
    group, location = Group.objects.create(name="Своя"), make_location()
    url = address(User, "change", boss.pk)

    page = filled(support.get(url), company="Ромашка", is_active="", is_staff="", is_superuser="", groups=[group.pk])
    answer = support.post(url, page | role_form(location=location))

    assert answer.status_code == 302
    boss.refresh_from_db()
    assert (boss.company, boss.is_active, boss.is_staff, boss.is_superuser) == ("Ромашка", True, True, True)
    assert not boss.groups.exists()
    assert not Membership.objects.exists()
    assert support.post(address(User, "delete", boss.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("who", ["superuser", "staff"])
def test_nobody_gives_or_takes_the_own_role(support: Client, boss: User, helper: User, who: str) -> None:
    person, client = {"superuser": (boss, support), "staff": (helper, Client())}[who]
    client.force_login(person)
    location = make_location()
    page = client.post(
        address(Membership, "add"), {"user": person.pk, "role": "rental_manager", "location": location.pk}
    )
    assert errors_of(page) == {
        "user": ["Выберите другого человека: себе прав не дают, а сотрудникам их даёт суперпользователь."]
    }
    assert not Membership.objects.exists()

    held = Membership.objects.create(user=person, location=location, role=Role.RENTAL_MANAGER)
    assert client.post(address(Membership, "delete", held.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": held.pk, "post": "yes"}
    client.post(address(Membership, "changelist"), chosen)
    moved = {"user": person.pk, "role": "location_administrator", "location": location.pk}
    assert client.post(address(Membership, "change", held.pk), moved).status_code == 403
    assert list(Membership.objects.values_list("user", "role")) == [(person.pk, "rental_manager")]
    assert history() == []


def test_staff_edits_no_group_and_a_superuser_none_of_the_own(
    browser: Client, support: Client, boss: User, helper: User
) -> None:
    theirs, other = helper.groups.get(), Group.objects.create(name="Другая")
    boss.groups.add(other)
    for client, group in ((browser, theirs), (browser, other), (support, other)):
        assert client.post(address(Group, "change", group.pk), {"name": "Новая"}).status_code == 403
        assert client.post(address(Group, "delete", group.pk), {"post": "yes"}).status_code == 403
    assert browser.post(address(Group, "add"), {"name": "Новая"}).status_code == 403
    assert set(Group.objects.values_list("name", flat=True)) == {"Поддержка", "Другая"}

    assert support.post(address(Group, "change", theirs.pk), {"name": "Помощь"}).status_code == 302
    theirs.refresh_from_db()
    assert (theirs.name, theirs.permissions.count()) == ("Помощь", 0)


def test_staff_gives_roles_to_customers_and_not_to_staff(browser: Client, helper: User) -> None:
    person, colleague, location = make_user(), make_user(is_staff=True), make_location()
    for somebody in (person, colleague):
        role = {"user": somebody.pk, "role": "rental_manager", "location": location.pk}
        browser.post(address(Membership, "add"), role)
    assert list(Membership.objects.values_list("user", flat=True)) == [person.pk]

    held = Membership.objects.create(user=colleague, location=location, role=Role.RENTAL_MANAGER)
    assert browser.post(address(Membership, "delete", held.pk), {"post": "yes"}).status_code == 403
    assert history() == [(helper.pk, GRANTED, "rental_manager", person.pk, location.pk, "", NOW)]


# The history


def test_a_role_that_is_given_and_taken_is_noted(support: Client, boss: User) -> None:
    person, location = make_user(), make_location()
    url = address(User, "change", person.pk)
    event = ("rental_manager", person.pk, location.pk, "", NOW)

    support.post(url, filled(support.get(url), **role_form(location=location)))
    support.post(url, filled(support.get(url), company="Ромашка"))
    support.post(url, filled(support.get(url), **{"memberships-0-DELETE": "on"}))
    support.post(address(Membership, "add"), {"user": person.pk, "role": "rental_manager", "location": location.pk})
    support.post(address(Membership, "delete", Membership.objects.get().pk), {"post": "yes"})

    given, taken = (boss.pk, GRANTED, *event), (boss.pk, REVOKED, *event)
    assert history() == [given, taken, given, taken]
    assert not Membership.objects.exists()


def test_roles_taken_from_a_list_are_noted_one_by_one(support: Client, boss: User) -> None:
    location = make_location()
    people = [make_manager(location=location), make_manager(location=location)]
    chosen = list(Membership.objects.values_list("pk", flat=True))
    url = address(Membership, "changelist")

    support.post(url, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})

    assert not Membership.objects.exists()
    assert history() == [(boss.pk, REVOKED, "rental_manager", person.pk, location.pk, "", NOW) for person in people]


def test_rights_in_admin_are_noted_as_roles_are(support: Client, boss: User) -> None:
    person, group = make_user(), Group.objects.create(name="Поддержка")
    url = address(User, "change", person.pk)
    rights = [("group", "Поддержка"), ("superuser", ""), ("support", "")]

    support.post(url, filled(support.get(url), is_staff="on", is_superuser="on", groups=[group.pk]))
    changed = filled(support.get(url), groups=[])
    support.post(url, {name: value for name, value in changed.items() if name not in ("is_staff", "is_superuser")})

    assert history() == [
        (boss.pk, action, right, person.pk, None, name, NOW) for action in (GRANTED, REVOKED) for right, name in rights
    ]


def test_a_new_person_with_a_role_is_noted(support: Client, boss: User) -> None:
    location = make_location()
    typed = {"last_name": "Фёдоров", "first_name": "Пётр", "phone": "", "email": "", "usable_password": "false"}

    support.post(address(User, "add"), {**typed, "memberships-INITIAL_FORMS": 0, **role_form(location=location)})

    person = User.objects.get(last_name="Фёдоров")
    assert history() == [(boss.pk, GRANTED, "rental_manager", person.pk, location.pk, "", NOW)]


def test_a_person_or_a_location_with_roles_is_not_deleted_under_them(support: Client) -> None:
    location = make_location()
    manager = make_manager(location=location)
    for row in (manager, location):
        support.post(address(type(row), "delete", row.pk), {"post": "yes"})
    assert Membership.objects.filter(user=manager, location=location).exists()
    assert not LogEntry.objects.exists()


def test_the_database_refuses_to_rewrite_the_history_of_rights(support: Client, boss: User) -> None:
    person, location = make_user(), make_location()
    support.post(address(Membership, "add"), {"user": person.pk, "role": "rental_manager", "location": location.pk})
    before = history()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE fails while constraints are still to be checked
    for statement in (
        "UPDATE accounts_roleevent SET action = 'revoked'",
        "DELETE FROM accounts_roleevent",
        "TRUNCATE accounts_roleevent CASCADE",
    ):
        with connection.cursor() as cursor, pytest.raises(IntegrityError) as error, transaction.atomic():
            cursor.execute(statement)
        assert error.value.__cause__.diag.constraint_name == "history_only_grows"  # type: ignore[union-attr]
    assert history() == before


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("role_event_by_another", {"by": "person"}),
        ("role_event_says_where", {"location": None}),
        ("role_event_says_where", {"right": "support"}),
        ("role_event_says_where", {"right": "group", "location": None}),
        ("role_event_says_where", {"group": "Поддержка"}),
    ],
)
def test_an_event_that_contradicts_itself_is_refused(constraint: str, wrong: dict[str, Any]) -> None:
    person = make_user()
    right = {"person": person, "location": make_location(), "right": "rental_manager", "action": GRANTED}
    fields = {"by": make_user(), "at": NOW, **right, **wrong}
    fields["by"] = person if fields["by"] == "person" else fields["by"]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        apps.get_model("accounts", "RoleEvent").objects.create(**fields)
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]
