"""«Часы работы»: the administrator changes week and special days, and copies the production calendar."""

from datetime import date, time
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from coworking.domain.opening import calendar_of
from coworking.models import Location, OpeningHours, SettingsEvent
from olvery.shared.clocks import END_OF_DAY
from tests.factories import make_exception, make_location, make_manager, make_member
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HOURS = "/manage/coworking/hours/"


@pytest.fixture
def location(client: Client) -> Location:
    location = make_location()
    make_exception(location=location, on=date(2026, 12, 30))
    client.force_login(make_member(location=location, role=Role.LOCATION_ADMINISTRATOR))
    return location


def sent(client: Client, section: str, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of a section, with some fields changed."""
    forms = read(client.get(HOURS)).forms
    (form,) = [form for form in forms if form.attrs.get("action") == f"{HOURS}{section}/#{section}"]
    return {**form.values, **changes}


def saved() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (OpeningHours, SettingsEvent)]  # type: ignore[attr-defined]


def test_what_is_sent_as_it_stands_changes_nothing(client: Client, location: Location) -> None:
    before = saved()
    for section in ("week", "days"):
        assert client.post(f"{HOURS}{section}/", sent(client, section)).status_code == 302
        assert saved()[1] == before[1]


def test_hours_are_read_as_people_type_them(client: Client, location: Location) -> None:
    client.post(f"{HOURS}week/", sent(client, "week", opens_6="10", closes_6="1630", opens_5="", closes_5=""))
    weekly = calendar_of(location).weekly
    assert (weekly[5], weekly[6]) == (None, (time(10), time(16, 30)))
    new = {"days-1-on": "9.1", "days-1-opens_at": "9", "days-1-closes_at": "12", "days-1-reason": "Турнир"}
    client.post(f"{HOURS}days/", sent(client, "days", **new))
    assert calendar_of(location).dates[date(2027, 1, 9)] == (time(9), time(12))
    client.post(f"{HOURS}days/", sent(client, "days", **{"days-0-DELETE": "on"}))
    assert set(calendar_of(location).dates) == {date(2027, 1, 9)}


def test_other_fields_of_a_removed_day_are_ignored(client: Client, location: Location) -> None:
    before = saved()
    new = {"days-1-on": "9.1", "days-1-opens_at": "9", "days-1-closes_at": "12", "days-1-DELETE": "on"}
    for typed in (new, {**new, "days-1-on": "когда-нибудь"}):
        assert client.post(f"{HOURS}days/", sent(client, "days", **typed)).status_code == 302
        assert saved() == before
    gone = {"days-0-on": "", "days-0-opens_at": "полдень", "days-0-DELETE": "on"}
    assert client.post(f"{HOURS}days/", sent(client, "days", **gone)).status_code == 302
    assert calendar_of(location).dates == {}
    assert list(SettingsEvent.objects.values_list("subject", "old", "new")) == [("2026-12-30", "2026-12-30", "")]


def test_a_day_ends_at_24_however_that_is_typed(client: Client, location: Location) -> None:
    typed = {"opens_0": "0", "closes_0": "24", "opens_1": "10", "closes_1": "00:00", "closes_2": "24.00"}
    client.post(f"{HOURS}week/", sent(client, "week", **typed))
    client.post(f"{HOURS}days/", sent(client, "days", **{"days-0-opens_at": "0", "days-0-closes_at": "2400"}))
    calendar = calendar_of(location)
    assert [calendar.weekly[day] for day in range(3)] == [(time(opens), END_OF_DAY) for opens in (0, 10, 8)]
    assert calendar.dates == {date(2026, 12, 30): (time(0), END_OF_DAY)}
    week = sent(client, "week")
    shown = [week[f"{name}_{day}"] for day in range(3) for name in ("opens", "closes")]
    assert shown == [["00:00"], ["24:00"], ["10:00"], ["24:00"], ["08:00"], ["24:00"]]
    assert sent(client, "days")["days-0-closes_at"] == ["24:00"]
    before = saved()
    client.post(f"{HOURS}week/", week)
    assert saved() == before
    assert "Рабочий день круглосуточно" in client.get(HOURS).content.decode()  # a Saturday like a Monday


@pytest.mark.parametrize(
    ("section", "changes", "said"),
    [
        ("week", {"opens_0": "24"}, "время"),
        ("week", {"closes_0": "24:30"}, "время"),
        ("week", {"opens_0": "полдень"}, "время"),
        ("week", {"closes_0": ""}, "Укажите оба времени"),
        ("week", {"opens_0": "20", "closes_0": "9"}, "позже открытия"),
        ("days", {"days-1-on": "2026-12-30", "days-1-reason": "ещё раз"}, "уже есть особый день"),
        ("days", {"days-1-on": "", "days-1-reason": "без даты"}, "Обязательное поле"),
        ("days", {"days-1-on": "31.02", "days-1-reason": "нет такого"}, "Напишите день"),
        ("copy", {"days": ["2027-05-04"]}, "Выберите дни"),
    ],
)
def test_bad_input_is_422_and_nothing_is_saved_or_lost(
    client: Client, location: Location, section: str, changes: Any, said: str
) -> None:
    before, values = saved(), sent(client, section, **changes)
    answer = client.post(f"{HOURS}{section}/", values)
    assert (answer.status_code, saved()) == (422, before)
    assert said in answer.content.decode()
    (form,) = [form for form in read(answer).forms if form.attrs.get("action") == f"{HOURS}{section}/#{section}"]
    if section != "copy":
        assert {name: form.values.get(name) for name in changes} == {name: [value] for name, value in changes.items()}


def test_the_next_year_is_missed_shown_and_copied(client: Client, location: Location) -> None:
    page = client.get(HOURS).content.decode()
    assert "Выходных следующего года ещё нет" in page
    assert "Выходной (перенесено с 20.02.2027)" in page
    values = sent(client, "copy")
    values["days"] = [day for day in values["days"] if day != "2027-01-04"]
    client.post(f"{HOURS}copy/", values)
    dates = calendar_of(location).dates
    assert (dates[date(2027, 2, 22)], dates[date(2027, 1, 5)], date(2027, 1, 4) in dates) == (None, None, False)
    assert dates[date(2027, 2, 20)] == (time(8), time(21))  # the working Saturday, as long as a Monday
    assert "Выходных следующего года ещё нет" not in client.get(HOURS).content.decode()


def test_a_manager_only_reads(client: Client, location: Location) -> None:
    client.force_login(make_manager(location=location))
    before, page = saved(), read(client.get(HOURS))
    assert "Сохранить" not in page.html
    assert len(page.attrs_of("fieldset", disabled="")) == 2
    assert client.post(f"{HOURS}week/", {}).status_code == 403
    assert saved() == before
