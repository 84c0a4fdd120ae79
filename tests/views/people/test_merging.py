"""«Объединение записей»: the administrator finds two records of a person, compares and merges them."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import AccessEvent, PersonMerge, Role, User
from orders.forms_people import key_of
from orders.models import Order
from tests.factories import make_location, make_member, make_order, make_user
from tests.html import text_of
from tests.snapshots import saved_rows
from tests.views.pages import Form, World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/people/merge/"
MORE = "Это не все: допишите имя или последние цифры телефона."


def form_of(page: Any) -> Form:
    """Return the form that merges."""
    return next(form for form in read(page).forms if "seen" in form.values)


def link_of(page: Any, start: str) -> str:
    return next(link for link in read(page).links() if link.startswith(start))


def test_a_record_is_found_compared_and_merged(world: World, administrator: User, office: Client) -> None:
    gone = make_user(last_name="Орлова", first_name="Анна", email="old@example.com")
    kept = make_user(last_name="Орлова", first_name="Анна", phone=None, email="new@example.com")
    order = make_order(tariff=world.tariff, customer=gone, by=world.manager)
    assert "Напишите хотя бы две буквы" in office.get(PAGE, {"q": "О"}).content.decode()
    found = office.get(PAGE, {"q": "Орлова"})
    assert found.content.decode().count("Выбрать") >= 2
    chosen = office.get(PAGE, {"person": key_of(kept.pk, viewer=administrator)})
    address = link_of(chosen, f"{PAGE}compare/")
    User.objects.filter(pk=gone.pk).update(phone_is_claim=True)

    page: Any = office.get(address)
    assert page.content.decode().count(", не подтверждён") == 1
    differing, _summary, alike = text_of(page.content.decode()).partition("Одинаково у обеих")
    assert [name in differing for name in ("Телефон", "Электронная почта", "Имя")] == [True, True, False]
    assert "Имя Орлова Анна" in " ".join(alike.split())
    assert link_of(page, f"{PAGE}?person=")  # the way back keeps the record that was chosen
    form = form_of(page)
    assert (form.values["name"], form.values["phone"], form.values["email"]) == (["kept"], ["gone"], ["kept"])
    assert set(AccessEvent.objects.values_list("person", "screen")) == {(kept.pk, "merge"), (gone.pk, "merge")}

    before = saved_rows()
    refused = office.post(address, {**form.values, "reason": ""})
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Скажите почему" in refused.content.decode()
    typed = office.post(address, {**form.values, "reason": "Новая почта", "seen": "другое"})
    assert (typed.status_code, saved_rows()) == (422, before)
    assert 'value="Новая почта"' in typed.content.decode()

    done = office.post(address, {**form.values, "reason": "Новая почта"}, follow=True)
    assert "Записи объединены" in done.content.decode()
    assert "заказы: 1" in done.content.decode()
    merge = PersonMerge.objects.get()
    kept.refresh_from_db()
    assert (merge.kept, merge.gone, merge.by, kept.phone) == (kept, gone, administrator, gone.phone)
    order.refresh_from_db()
    assert order.customer == kept
    assert "Записи человека или компании объединены" in office.get(f"/manage/orders/{order.pk}/").content.decode()
    again: Any = office.get(address)
    assert "уже объединена или удалена" in again.content.decode()
    assert "Объединить навсегда" not in again.content.decode()


@pytest.mark.parametrize(("namesakes", "tells"), [(12, False), (13, True)])
@pytest.mark.parametrize("page", [PAGE, "/manage/erasures/new/"])
def test_a_search_that_finds_more_than_it_shows_says_so(office: Client, page: str, namesakes: int, tells: bool) -> None:
    for _each in range(namesakes):
        make_user(last_name="Частов")
    answer: Any = office.get(page, {"q": "частов"})
    assert len(answer.context["people"]) == 12
    assert (MORE in answer.content.decode()) is tells


@pytest.mark.parametrize(("others", "tells"), [(12, False), (13, True)])
def test_the_first_record_is_none_of_those_that_are_found(
    administrator: User, office: Client, others: int, tells: bool
) -> None:
    first, *rest = [make_user(last_name="Частов") for _each in range(others + 1)]
    answer: Any = office.get(PAGE, {"q": "частов", "person": key_of(first.pk, viewer=administrator)})
    assert len(answer.context["people"]) == 12
    assert set(answer.context["people"]) <= set(rest)
    assert (MORE in answer.content.decode()) is tells


def test_merging_two_used_accounts_needs_certainty(world: World, administrator: User, office: Client) -> None:
    kept, gone = make_user(email="a@example.com"), make_user(email="b@example.com")
    User.objects.update(last_login=world.manager.date_joined)
    keys = {"kept": key_of(kept.pk, viewer=administrator), "gone": key_of(gone.pk, viewer=administrator)}
    address = f"{PAGE}compare/?{urlencode(keys)}"
    values = {**form_of(office.get(address)).values, "reason": "Сам сказал", "email": "gone"}
    refused = office.post(address, values)
    assert (refused.status_code, PersonMerge.objects.count()) == (422, 0)
    assert form_of(refused).values["email"] == ["gone"]
    assert office.post(address, {**values, "is_one_person": "on"}).status_code == 302
    kept.refresh_from_db()
    assert kept.email == "b@example.com"


def test_keys_of_another_viewer_lead_nowhere(world: World, administrator: User, office: Client) -> None:
    kept, gone = make_user(), make_user()
    foreign = {"kept": key_of(kept.pk, viewer=administrator), "gone": key_of(gone.pk, viewer=world.manager)}
    before = saved_rows()
    for answer in (office.get(f"{PAGE}compare/", foreign), office.post(f"{PAGE}compare/?{urlencode(foreign)}")):
        assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert saved_rows() == before
    # Nothing was done, so the message stays until it is read.
    toasts = read(office.get(PAGE)).attrs_of("div", **{"class": "toast"})
    assert [toast["data-tone"] for toast in toasts] == ["info", "info"]


def test_people_of_another_location_are_merged_there(world: World, administrator: User) -> None:
    kept, gone = make_user(), make_user()
    make_order(tariff=world.tariff, customer=gone, by=world.manager)
    stranger = make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR)
    client = Client()
    client.force_login(stranger)
    keys = {"kept": key_of(kept.pk, viewer=stranger), "gone": key_of(gone.pk, viewer=stranger)}
    address = f"{PAGE}compare/?{urlencode(keys)}"
    values = {**form_of(client.get(address)).values, "reason": "Один человек"}
    assert client.post(address, values).status_code == 422
    assert (PersonMerge.objects.count(), Order.objects.get().customer) == (0, gone)
