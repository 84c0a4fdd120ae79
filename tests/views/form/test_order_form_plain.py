"""The order form without JavaScript: every live part has a button."""

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext, override

from accounts.models import User
from olvery.shared.forms import as_id
from orders.models import Order
from tests.factories import make_ticket, make_user
from tests.moments import NOW, hours
from tests.snapshots import saved_rows
from tests.views.pages import World, lost, read, shortened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
NEW_PERSON = {
    "person-target": "customer",
    "person-last_name": "Сидоренко",
    "person-first_name": "Олег",
    "person-middle_name": "",
    "person-phone": "8 (921) 555-44-33",
    "person-email": "",
}


def press(client: Client, action: str, typed: dict[str, Any]) -> Any:
    """Press a button of the form that does not save."""
    response = client.post(FORM, {**typed, "action": action})
    assert not Order.objects.exists()
    return response


def actions(response: Any) -> list[str]:
    """Return what the buttons of the page send."""
    return [attrs["value"] for attrs in read(response).attrs_of("button", name="action")]


@pytest.mark.parametrize("text", ["петр", "Иван Петр", "gtnhjd", "petrov@"])
def test_find_shows_people(client: Client, world: World, text: str) -> None:
    typed = world.filled(customer="", customer_q=text)
    response = press(client, "search:customer", typed)
    assert response.status_code == 200
    assert f"pick:customer:{world.key(world.customer)}" in actions(response)
    assert not lost(read(response).values, typed)


def test_enter_before_the_scripts_looks_for_the_name_and_complains_of_nothing(client: Client, world: World) -> None:
    typed = {"customer_q": "петр", "token": world.filled()["token"]}
    response = press(client, "enter", typed)
    assert response.status_code == 200
    assert f"pick:customer:{world.key(world.customer)}" in actions(response)
    assert read(response).values["customer_q"] == ["петр"]
    assert not read(response).attrs_of("div", id="errors")


def test_enter_saves_no_order_that_is_filled_and_loses_nothing(client: Client, world: World) -> None:
    typed = world.filled(comment="У окна")
    response = press(client, "enter", typed)
    assert response.status_code == 200
    assert not lost(read(response).values, typed)
    assert read(response).attrs_of("button", name="action")[0]["value"] == "enter"  # the first is that of Enter


def test_enter_in_the_form_of_a_new_person_saves_the_person(client: Client, world: World) -> None:
    press(client, "enter", {**world.filled(customer=""), **NEW_PERSON})
    assert User.objects.filter(last_name="Сидоренко").exists()


def test_find_shows_people_for_a_visitor(client: Client, world: World) -> None:
    typed = world.filled(**{"visitor-0": "", "visitor-0-q": "Мария"})
    found = press(client, "search:visitor-0", typed)
    assert f"pick:visitor-0:{world.key(world.visitor)}" in actions(found)
    # No name: another customer may be chosen, whose answer leaves the visitors alone.
    assert read(found).attrs_of("input", name="visitor-0-q")[0]["placeholder"] == "Заказчик"


@pytest.mark.parametrize(
    "text", ["", "п", "никого такого", "№", "\0", "ab\0c@d", "9" * 5000, "١٢٣٤", "%"], ids=shortened
)
def test_finding_nobody_is_no_error(client: Client, world: World, text: str) -> None:
    typed = world.filled(customer="", customer_q=text)
    response = press(client, "search:customer", typed)
    assert response.status_code == 200
    assert not [action for action in actions(response) if action.startswith("pick:customer:") and action[-1] != ":"]


def test_a_chosen_customer_brings_phone_and_e_mail(client: Client, world: World) -> None:
    person = make_user(last_name="Орлов", first_name="Пётр", phone="+79261112233", email="orlov@example.com")
    typed = world.filled()
    values = read(press(client, f"pick:customer:{world.key(person)}", typed)).values
    expected = {"customer": world.key(person), "customer_q": "Орлов Пётр", "phone": "+7 926 111-22-33"}
    assert not lost(values, typed | expected | {"email": "orlov@example.com"})


def test_choosing_somebody_else_clears_the_person_alone(client: Client, world: World) -> None:
    typed = world.filled()
    values = read(press(client, "pick:customer:", typed)).values
    assert (values["customer"], values["customer_q"]) == ([""], [""])
    assert not lost(values, typed, but={"customer", "customer_q"})


@pytest.mark.parametrize("key", ["999999999", "1 OR 1=1", "-1", "9" * 5000, "9" * 25, "1:2", "\0"], ids=shortened)
def test_choosing_nobody_we_know_clears_the_person(client: Client, world: World, key: str) -> None:
    response = press(client, f"pick:customer:{key}", world.filled())
    assert response.status_code == 200
    assert read(response).values["customer"] == [""]


def test_an_alternative_moves_the_order_to_it(client: Client, world: World) -> None:
    make_ticket(service=world.service, seat=world.seat("A1"), period=hours("10", "12"))
    typed = world.filled()
    refused = client.post(FORM, typed)
    moves = [action for action in actions(refused) if action.startswith("take:")]
    assert len(moves) == 3

    for move in moves:
        moved = press(client, move, read(refused).values)
        assert moved.status_code == 200
        assert "conflict" not in read(moved).ids
    saved = client.post(FORM, read(moved).values)
    assert saved.status_code == 302
    assert Order.objects.get().period != hours("10", "12")


@pytest.mark.parametrize("move", ["", "x", "||||", "2026-11-25|٣|4|5|6", "1|2|3|4|a,b", "\0|\0|\0|\0|\0", "|" * 99])
def test_an_alternative_nobody_offered_is_no_error(client: Client, world: World, move: str) -> None:
    assert press(client, f"take:{move}", world.filled()).status_code == 200


@pytest.mark.parametrize("action", ["refresh", "junk", "search:", "search:token", "pick:", "pick:back:1", "\0"])
def test_any_other_button_shows_the_form_with_everything_typed(client: Client, world: World, action: str) -> None:
    response = press(client, action, world.filled())
    assert response.status_code == 200
    assert not lost(read(response).values, world.filled(), but={"token", "back"})


def test_a_new_person_is_entered_on_the_page_itself_and_chosen(client: Client, world: World) -> None:
    typed = world.filled(customer="", customer_q="сидоренко олег")
    opened = press(client, "person", typed)
    fields = read(opened).values
    assert fields["person-last_name"] == ["Сидоренко"]
    assert fields["person-first_name"] == ["Олег"]
    assert not lost(fields, typed)

    created = press(client, "save-person", typed | NEW_PERSON)
    person = User.objects.get(phone="+79215554433")
    assert (person.full_name, person.created_by, person.date_joined) == ("Сидоренко Олег", world.manager, NOW)
    assert person.consent_at is None
    expected = {"customer": world.key(person), "customer_q": "Сидоренко Олег", "phone": "+7 921 555-44-33", "email": ""}
    assert not lost(read(created).values, typed | expected)


def test_a_known_phone_offers_the_person_instead(client: Client, world: World) -> None:
    known = make_user(last_name="Сидоренко", first_name="Олег", phone="+79215554433")
    typed = world.filled(customer="") | NEW_PERSON
    before = saved_rows()
    response = press(client, "save-person", typed)
    assert response.status_code == 422
    assert saved_rows() == before
    page = read(response)
    assert f"pick:customer:{world.key(known)}" in actions(response)
    assert "person-phone_error" in page.ids
    assert not lost(page.values, typed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("last_name", ""),
        ("first_name", "😀"),
        ("last_name", "Ив\u202eанов"),
        ("middle_name", "ы" * 10_000),
        ("first_name", "О" * 101),
        ("last_name", "DROP TABLE; --"),
        ("last_name", "\0"),
        ("phone", "8 (912) 345-67-8"),
        ("phone", ""),
        ("phone", "\0"),
        ("email", "oleg@"),
        ("email", f"{'o' * 10_000}@example.com"),
        ("email", "o\0@example.com"),
    ],
    ids=shortened,
)
def test_a_mistake_about_a_new_person_is_named_and_nothing_is_lost(
    client: Client, world: World, field: str, value: str
) -> None:
    typed = world.filled(customer="") | NEW_PERSON | {f"person-{field}": value}
    before = saved_rows()
    response = press(client, "save-person", typed)
    assert response.status_code == 422
    assert saved_rows() == before
    assert set(response.context["person_form"].errors) == {field}
    page = read(response)
    assert f"person-{field}_error" in page.ids
    assert not lost(page.values, typed)

    dialog = client.post(f"{FORM}person/", NEW_PERSON | {f"person-{field}": value}, headers={"HX-Request": "true"})
    assert dialog.status_code == 422
    assert f"person-{field}_error" in read(dialog).ids
    assert saved_rows() == before


def test_the_dialog_hands_the_new_person_back_to_the_form(client: Client, world: World) -> None:
    response = client.post(f"{FORM}person/", NEW_PERSON | {"person-target": "visitor-0"})
    person = User.objects.get(phone="+79215554433")
    assert response.status_code == 200
    assert read(response).attrs_of("div")[0]["data-created"] == f"pick:visitor-0:{world.key(person)}"


@pytest.mark.parametrize(
    "typed", [{"person-phone": "8 (921) 555-44-33"}, {"person-email": "OLEG@example.com"}], ids=str
)
def test_a_known_person_is_offered_while_the_dialog_is_typed(
    client: Client, world: World, typed: dict[str, str]
) -> None:
    known = make_user(phone="+79215554433", email="oleg@example.com")
    response = client.post(f"{FORM}person/known/", {**typed, "person-target": "customer"})
    assert response.status_code == 200
    assert actions(response) == [f"pick:customer:{world.key(known)}"]


@pytest.mark.parametrize("typed", ["", "\0", "8921", "oleg@", "9" * 5000], ids=shortened)
def test_an_unknown_person_is_not_offered(client: Client, world: World, typed: str) -> None:
    response = client.post(f"{FORM}person/known/", {"person-phone": typed, "person-email": typed})
    assert response.status_code == 200
    assert actions(response) == []


def test_the_form_opens_filled_from_the_address(client: Client, world: World) -> None:
    wanted = {"service": world.service.pk, "tariff": world.tariff.pk, "start": "11:00"}
    values = read(client.get(FORM, wanted)).values
    assert not lost(values, {**wanted, "day": "2026-11-24"})


@pytest.mark.parametrize("name", ["like", "service", "tariff", "day", "start", "end", "back", "junk"])
def test_the_form_opens_whatever_the_address_says(client: Client, world: World, name: str) -> None:
    base = {"service": world.service.pk, "tariff": world.tariff.pk, "start": "10", "end": "12"}
    for value in ("1 OR 1=1", "١٢", "😀", "-1", "9999-12-31", "0001-01-01", "%", "a:b|c", "9" * 25, "9" * 5000):
        answer = client.get(FORM, {**base, name: value})
        assert answer.status_code == (404 if name == "like" and as_id(value) else 200), value


@pytest.mark.parametrize(
    "back", ["https://evil.example/manage/", "//evil.example", "/my/orders/", "javascript:alert(1)"]
)
def test_the_way_back_stays_in_the_management_interface(client: Client, world: World, back: str) -> None:
    page = read(client.get(FORM, {"back": back}))
    ways = [link["href"] for link in page.attrs_of("a") if "data-leave" in link]
    assert ways == ["/manage/orders/new/pass/", "/manage/orders/"]


def test_the_way_back_keeps_the_filters_of_the_list(client: Client, world: World) -> None:
    back = "/manage/coworking/tickets/?status=active&q=петров"
    assert back in read(client.get(FORM, {"back": back})).links()
    assert back in read(client.post(FORM, world.filled(phone="", back=back))).links()


def test_the_todo_list_names_what_is_left(client: Client, world: World) -> None:
    with override("ru"):
        left, done = gettext("Left to fill in:"), gettext("Everything is filled in")
    assert left in client.get(FORM).content.decode()
    assert done in press(client, "refresh", world.filled()).content.decode()
