"""The people base cannot be read through the order form: neither by their numbers nor by short searches."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.domain.search_limit import LIMITS
from accounts.models import SearchCount, User
from orders.forms_people import LIFE, key_of
from orders.models import Order
from tests.factories import make_manager, make_user
from tests.moments import NOW
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
HTMX = {"HX-Request": "true"}
MINUTE, HOUR, DAY = LIMITS


def search(client: Client, text: str) -> Any:
    return client.post(f"{FORM}people/", {"for": "customer", "customer_q": text}, headers=HTMX)


def test_numbers_of_people_choose_nobody_and_show_nothing_of_them(client: Client, world: World) -> None:
    stranger = make_user(last_name="Тайный", email="secret@example.com", phone="+79269998877")
    colleague = make_manager(location=world.location)
    forged = (str(stranger.pk), key_of(stranger.pk, viewer=colleague), f"{world.key(stranger)}x")
    for key in forged:
        typed = world.filled(customer=key, customer_q="", phone="", email="")
        answers = [client.get(FORM, {"customer": key}), client.post(FORM, typed)]
        for address in (FORM, f"{FORM}pick/"):
            answers += [client.post(address, {"action": f"pick:{field}:{key}"}) for field in ("customer", "visitor-0")]
        for answer in answers:
            shown = answer.content.decode()
            assert not [word for word in ("Тайный", "secret@", "999-88-77") if word in shown], (key, answer)
    assert not Order.objects.exists()
    person = search(client, "тайн").content.decode()
    assert world.key(stranger) in person
    assert client.post(FORM, world.filled(customer=world.key(stranger), customer_q="Тайный Иван")).status_code == 302


def test_an_issued_key_is_valid_for_a_while(client: Client, world: World) -> None:
    typed = world.filled()
    with time_machine.travel(NOW + LIFE - timedelta(seconds=1), tick=False):
        page = client.post(FORM, {**typed, "action": "refresh"})
    with time_machine.travel(NOW + LIFE + timedelta(seconds=1), tick=False):
        refused = client.post(FORM, typed)
        assert (refused.status_code, "customer" in refused.context["form"].errors) == (422, True)
        again = {**typed, **{name: read(page).values[name][0] for name in ("customer", "visitor-0")}}
        assert client.post(FORM, again).status_code == 302


@pytest.mark.parametrize(("namesakes", "tells"), [(8, False), (9, True)])
def test_a_search_that_finds_more_than_it_shows_says_so(
    client: Client, world: World, namesakes: int, tells: bool
) -> None:
    for number in range(namesakes):
        make_user(last_name="Частов", phone=f"+7926123456{number}")
    answer = search(client, "частов")
    assert len(answer.context["options"]) == 8
    assert ("Это не все: допишите имя или последние цифры телефона." in answer.content.decode()) is tells


def test_a_suggestion_shows_name_company_and_four_digits(client: Client, world: World) -> None:
    make_user(last_name="Левин", first_name="Лев", phone="+79261234567", email="lev@example.com", company="ООО «Лад»")
    shown = search(client, "левин").content.decode()
    assert "Левин" in read(search(client, "левин")).html.replace("<mark>", "").replace("</mark>", "")
    assert [word in shown for word in ("ООО «Лад»", "…45-67", "926", "lev@", "заказ")] == [True, True, *[False] * 3]


@pytest.mark.parametrize(("field", "other"), [("phone", {"email": "new@example.com"}), ("email", {})])
def test_the_contact_of_a_closed_account_is_refused_at_its_field(
    field: str, other: dict[str, str], client: Client, world: World
) -> None:
    closed = make_user(last_name="Тайный", is_active=False)
    contacts = {"phone": "+79260000001", field: str(getattr(closed, field)), **other}
    typed = {f"person-{name}": value for name, value in {"last_name": "Ким", "first_name": "Ян", **contacts}.items()}
    before = saved_rows()
    answer = client.post(f"{FORM}person/", typed, headers=HTMX)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert answer.context["person_form"].errors == {
        field: ["Этот контакт записан у человека, чей доступ закрыт. Укажите другой или обратитесь в поддержку."]
    }
    assert [word in answer.content.decode() for word in ("Тайный", 'value="Ким"')] == [False, True]
    assert not client.post(f"{FORM}person/known/", typed, headers=HTMX).content.strip()


def test_a_burst_of_typing_fits_and_a_sweep_does_not(client: Client, world: World) -> None:
    letters = "абвгдежзиклмнопрстуфхцчшэюя"
    pairs = [first + second for first in letters for second in letters][: LIMITS[MINUTE] + 1]
    assert [search(client, pair).status_code for pair in pairs] == [200] * LIMITS[MINUTE] + [422]
    shown = search(client, "петр").content.decode()
    assert "Поиск снова заработает через 1\u00a0минуту" in shown.replace(" минут", "\u00a0минут")
    assert world.key(world.customer) not in shown
    # The button for browsers without JavaScript and the check of a typed phone share the limit.
    typed = world.filled(customer="", customer_q="петр", action="search:customer")
    plain = client.post(FORM, typed)
    assert (plain.status_code, world.key(world.customer) in plain.content.decode()) == (429, False)
    known = client.post(f"{FORM}person/known/", {"person-email": "petrov@example.com"}, headers=HTMX)
    assert known.content == b""
    # What was typed too short is no search, a colleague has a count of their own, and a minute later it goes on.
    assert search(client, "п").status_code == 200
    colleague = Client()
    colleague.force_login(make_manager(location=world.location))
    assert search(colleague, "петр").status_code == 200
    with time_machine.travel(NOW + MINUTE, tick=False):
        assert world.key(world.customer) in search(client, "петр").content.decode()


def test_who_goes_on_slowly_is_stopped_by_the_hour_and_the_day(client: Client, world: World) -> None:
    search(client, "петр")
    for span in (HOUR, DAY):
        SearchCount.objects.filter(user=world.manager, span=span).update(count=LIMITS[span])
        assert search(client, "петр").status_code == 422, span
        SearchCount.objects.filter(user=world.manager).update(began_at=NOW - span)
        assert search(client, "петр").status_code == 200, span
    assert User.objects.filter(pk=world.customer.pk).exists()
