"""«Коворкинг › Сотрудники»: the administrator gives and revokes roles, the manager reads."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain import search_limit
from accounts.models import Membership, Role, User
from tests.factories import make_location, make_manager, make_member, make_user
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LIST = "/manage/coworking/people/"
TYPED = {"last_name": "Орлова", "first_name": "Мария", "email": "o@example.com", "role": "rental_manager"}


def test_a_role_is_given_and_what_it_allows_ends_when_it_is_taken(client: Client, world: World) -> None:
    answer = client.post(f"{LIST}new/", TYPED, follow=True)
    person = User.objects.get(email="o@example.com")
    assert answer.redirect_chain == [(LIST, 302)]
    assert f"{person.short_name} теперь в роли «Менеджер по аренде»." in answer.content.decode()
    theirs = Client()
    theirs.force_login(person)
    assert theirs.get("/manage/orders/").status_code == 200
    held = Membership.objects.get(user=person)
    page = read(client.post(f"{LIST}{held.pk}/take/", follow=True))
    assert theirs.get("/manage/orders/").status_code == 403
    assert "Забрать: " not in page.html  # their own role has no button
    assert page.html.count("Менеджер по аренде —") == 2  # given and taken, in the history


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last_name": ""}, "Укажите фамилию"),
        ({"email": ""}, "Укажите электронную почту."),
        ({"email": "o@"}, "адрес"),
        ({"email": "+7 916 000-00-01"}, "адрес"),
        ({"role": "tsar"}, "Выберите корректный вариант"),
    ],
)
def test_bad_input_is_422_and_nothing_is_saved_or_lost(
    client: Client, world: World, changes: dict[str, str], said: str
) -> None:
    before = list(Membership.objects.values()), User.objects.count()
    answer = client.post(f"{LIST}new/", {**TYPED, **changes})
    assert (answer.status_code, (list(Membership.objects.values()), User.objects.count())) == (422, before)
    assert said in answer.content.decode()
    (form,) = [form for form in read(answer).forms if "email" in form.values]
    kept = {**TYPED, **changes}
    assert {name: form.values[name] for name in ("last_name", "email")} == {
        name: [kept[name]] for name in ("last_name", "email")
    }


def test_a_phone_gives_no_role(client: Client, world: World) -> None:
    stranger = make_user(last_name="Орлова", phone="+79160000001")
    answer = client.post(f"{LIST}new/", {**TYPED, "email": "+7 916 000-00-01"})
    assert (answer.status_code, Membership.objects.filter(user=stranger).exists()) == (422, False)


def test_giving_roles_counts_as_searching(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_limit, "LIMITS", {timedelta(minutes=1): 1})
    client.post(f"{LIST}new/", {**TYPED, "email": world.manager.email or "m@example.com"})
    before = list(Membership.objects.values()), User.objects.count()
    answer = client.post(f"{LIST}new/", {**TYPED, "email": "p@example.com"})
    assert (answer.status_code, (list(Membership.objects.values()), User.objects.count())) == (422, before)
    assert "Вы искали слишком часто" in answer.content.decode()


def test_a_manager_reads_and_a_role_of_elsewhere_is_not_there(client: Client, world: World) -> None:
    elsewhere = Membership.objects.get(user=make_manager(location=make_location(), last_name="Дальняя"))
    assert client.post(f"{LIST}{elsewhere.pk}/take/").status_code == 404
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    page = read(client.get(LIST))
    assert world.manager.full_name in page.html
    assert "Дать роль" not in page.html
    assert elsewhere.user.full_name not in page.html


def test_many_people_cost_no_more_queries(client: Client, world: World) -> None:
    make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR)
    client.get(LIST)  # a session asks once about the second factor
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _n in range(3):
        make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few)
