"""«Срок хранения»: the administrator ticks people, sees what would happen, and erases or keeps their data."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Erasure, RetentionHold, Role, User
from orders.forms_people import key_of
from orders.models import MoneyCase
from tests.factories import make_location, make_member, make_order, make_user
from tests.moments import moment
from tests.orders.desk.test_retention import ordered
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/erasures/retention/"
LONG_AGO = moment("2019-03-12 10:00")


def gone(name: str) -> User:
    return make_user(last_name=name, date_joined=LONG_AGO)


def ticked(*people: User, by: User) -> str:
    return urlencode({"person": [key_of(person.pk, viewer=by) for person in people]}, doseq=True)


def test_several_are_erased_at_once_with_a_result_for_each(world: World, administrator: User, office: Client) -> None:
    free, owing = gone("Орлова"), gone("Белова")
    order = ordered(owing, world)
    MoneyCase.objects.create(kind="debt", order=order)
    page = read(office.get(PAGE))
    assert [len(page.attrs_of("input", name="person")), "12.03.2019" in page.html] == [2, True]

    address = f"{PAGE}erase/?{ticked(free, owing, by=administrator)}"
    asked = office.get(address).content.decode()
    assert "Удалить данные 1 человека навсегда?" in asked
    assert "Не разобран 1 вопрос" in asked

    done: Any = office.post(address)
    act = Erasure.objects.get()
    free.refresh_from_db()
    assert (free.full_name, act.person, act.ground) == (f"№ {act.pk}", free, "retention")
    assert f"Акт об удалении № {act.pk}" in done.content.decode()
    assert "Белова" in done.content.decode()
    assert "Больше не нужны" in office.get("/manage/erasures/").content.decode()
    again = office.post(f"{PAGE}erase/?{ticked(free, by=administrator)}", follow=True)
    assert ("Отметьте хотя бы одного" in again.content.decode(), Erasure.objects.count()) == (True, 1)


def test_the_page_before_erasing_takes_as_many_queries_for_three_as_for_one(
    world: World, administrator: User, office: Client
) -> None:
    people = [gone(name) for name in ("Орлова", "Белова", "Седова")]
    for person in people:
        MoneyCase.objects.create(kind="debt", order=ordered(person, world))

    def queries(*asked: User) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = office.get(f"{PAGE}erase/?{ticked(*asked, by=administrator)}").content.decode()
        assert page.count("Не разобран 1 вопрос") == len(asked)
        return len(queries)

    queries(people[0])  # the first one records that the session is used
    assert queries(*people) == queries(people[0])


def test_data_are_kept_until_a_day_with_a_reason(administrator: User, office: Client) -> None:
    person = gone("Орлова")
    address = f"{PAGE}keep/?{ticked(person, by=administrator)}"
    assert "Орлова" in office.get(address).content.decode()
    for values in ({}, {"until": "24.11.2020", "reason": "Спор"}, {"until": "завтра", "reason": ""}):
        refused = office.post(address, values)
        assert (refused.status_code, RetentionHold.objects.count()) == (422, 0)
    assert "Спор" in office.post(address, {"until": "24.11.2020", "reason": "Спор"}).content.decode()
    kept = office.post(address, {"until": "01.06.2027", "reason": "Спор"}, follow=True).content.decode()
    assert ("Данные 1 человека остаются" in kept, "01.06.2027" in kept, "Спор" in kept) == (True, True, True)


def test_foreign_people_and_keys_are_left_alone(world: World, administrator: User, office: Client) -> None:
    person = gone("Орлова")
    ordered(person, world)
    stranger = make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR)
    elsewhere = Client()
    elsewhere.force_login(stranger)
    assert "Орлова" not in elsewhere.get(PAGE).content.decode()
    active = make_user()
    make_order(tariff=world.tariff, customer=active, by=world.manager)
    before = saved_rows()
    for client, query in (
        (elsewhere, ticked(person, by=stranger)),
        (office, ticked(person, by=stranger)),
        (office, ticked(active, by=administrator)),
        (office, ""),
    ):
        for path in ("erase/", "keep/"):
            values = {"until": "01.06.2027", "reason": "Спор"}
            answer = client.post(f"{PAGE}{path}?{query}", values)
            assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert (saved_rows(), Erasure.objects.count(), RetentionHold.objects.count()) == (before, 0, 0)
