"""What is sold and free, and people to sell it to, as a program sees them."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.domain import search_limit
from accounts.models import User
from coworking.models import Tariff
from orders.models import ApiToken
from tests.api.conftest import Ask
from tests.factories import make_extra, make_order, make_pool, make_tariff, make_user


def test_services_are_told_with_tariffs_and_extras(ask: Ask, tariff: Tariff) -> None:
    extra = make_extra(service=tariff.service, name="Шкафчик", price="150")
    make_tariff(service=make_pool())  # of another location
    told = ask("services").json()
    [service] = told["services"]
    assert (told["time_zone"], service["id"], service["name"]) == (
        "Europe/Moscow",
        tariff.service_id,
        tariff.service.name,
    )
    [sold] = service["tariffs"]
    assert (sold["id"], sold["unit"], sold["price"]) == (tariff.pk, "hour", "300.00")
    assert service["extras"] == [
        {"id": extra.pk, "name": "Шкафчик", "price": "150.00", "max_quantity": extra.max_quantity}
    ]


def test_free_hours_and_days_count_what_is_taken(ask: Ask, tariff: Tariff) -> None:
    make_order(tariff=tariff)
    hours = ask(f"services/{tariff.service_id}/free-hours?day=2026-11-25").json()
    free = {hour["period"]["start"]: hour["free"] for hour in hours}
    assert (free["2026-11-25T06:00:00Z"], free["2026-11-25T07:00:00Z"]) == (2, 1)
    [day] = ask(f"tariffs/{tariff.pk}/free-days?day=2026-11-25&days=1&places=2").json()
    assert day == {"day": "2026-11-25", "is_free": True, "reason": ""}


def test_services_of_other_locations_are_not_found(ask: Ask) -> None:
    foreign = make_tariff(service=make_pool())
    assert ask(f"services/{foreign.service_id}/free-hours?day=2026-11-25").status_code == 404
    assert ask(f"tariffs/{foreign.pk}/free-days?day=2026-11-25").status_code == 404


def test_a_search_shows_what_tells_people_apart(ask: Ask, token: ApiToken) -> None:
    make_user(last_name="Сидорова", first_name="Анна", phone="+79161234567", company="ООО «Ромашка»")
    [found] = ask("people?search=сидорова анна").json()
    assert found == {
        "key": found["key"],
        "name": "Сидорова Анна",
        "company": "ООО «Ромашка»",
        "phone_ends_with": "…45-67",
    }


def test_searching_too_often_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_limit, "LIMITS", {timedelta(minutes=1): 1})
    answers = [ask("people?search=петров") for _n in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[-1].headers["Retry-After"] == "60"


def test_a_person_is_registered_once(ask: Ask, token: ApiToken) -> None:
    sent = {"last_name": "Новикова", "first_name": "Ольга", "phone": "8 916 204-48-21", "email": "New@Example.org"}
    first: Any = ask("people", sent)
    again: Any = ask("people", {**sent, "last_name": "Другая"})
    assert (first.status_code, again.status_code) == (201, 200)
    person = User.objects.get(last_name="Новикова")
    assert (str(person.phone), person.email, person.created_by) == ("+79162044821", "new@example.org", token.holder)
    assert again.json()["name"] == "Новикова Ольга"
    bad: Any = ask("people", {**sent, "phone": "12"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "phone")
    closed: Any = ask("people", {**sent, "phone": str(make_user(is_active=False).phone)})
    error = closed.json()["errors"][0]
    assert (closed.status_code, error["field"], error["reason"]) == (422, "phone", "contact_of_closed")


@pytest.mark.parametrize(
    ("field", "name"),
    [("first_name", "Анна\r\nBcc: other@example.org"), ("last_name", "https://example.org"), ("middle_name", "<b>")],
)
def test_a_name_is_one_as_on_the_screen(ask: Ask, field: str, name: str) -> None:
    """Letters begin with it."""
    known = User.objects.count()
    sent = {"last_name": "Новикова", "first_name": "Ольга", "phone": "8 916 204-48-21", field: name}
    refused: Any = ask("people", sent)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["detail"], User.objects.count()) == (
        422,
        field,
        "Укажите имя русскими или латинскими буквами.",
        known,
    )
