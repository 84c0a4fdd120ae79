"""The dialog of a change: the preview, and refusals."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.rules import When
from coworking.models import Ticket
from olvery.shared.periods import DAY, Period
from orders.domain.desk.cancelling import cancel_order
from orders.forms_people import key_of
from orders.letters.compose import compose
from orders.letters.mail import Text
from orders.models import Message, Order, OrderEvent
from tests.factories import (
    make_extra,
    make_order,
    make_tariff,
    make_ticket,
)
from tests.html import text_of
from tests.moments import MOSCOW, NOW, SUNDAY, THURSDAY, WEDNESDAY, hours
from tests.orders.steps import take
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def order(world: World) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid on site."""
    return make_order(tariff=world.tariff, by=world.manager)


@pytest.fixture
def staff(client: Client, world: World) -> Client:
    """The browser in which the manager is signed in."""
    return client


def ticket_of(order: Order) -> Ticket:
    return Ticket.objects.filter(lines__order=order).distinct().get()


def address(order: Order, end: str = "") -> str:
    return f"/manage/orders/{order.pk}/tickets/{ticket_of(order).pk}/change/{end}"


def values_in(page: Any) -> Any:
    """Return the values of the dialog's form on its page."""
    return next(form.values for form in read(page).forms if form.attrs.get("action", "").endswith("/change/"))


def filled(staff: Client, order: Order, **typed: Any) -> dict[str, Any]:
    """Return the dialog's values as a person sees and changes them, with the plan that is shown for them."""
    values = {**values_in(staff.get(address(order))), **typed}
    shown = read(staff.post(address(order, "plan/"), values, **HTMX)).values
    return {**values, "version": shown.get("version", values["version"])}


def period_of(order: Order) -> Period:
    return ticket_of(order).period


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"later": "60"}, ("11:00", "13:00")),
        ({"later": "-120", "longer": "0"}, ("08:00", "10:00")),
        ({"later": "0", "longer": "-60"}, ("10:00", "11:00")),
        ({"later": "65"}, ("11:00", "13:00")),  # from a cell that is drawn beside its step
        ({"later": "720"}, ("22:00", "24:00")),
        ({"later": "721", "longer": "60"}, ("10:00", "12:00")),
        ({"later": "-601"}, ("00:00", "02:00")),
        ({"later": "-630"}, ("10:00", "12:00")),
        ({"longer": "-120"}, ("10:00", "12:00")),
        ({"later": "99999"}, ("10:00", "12:00")),
        ({"later": "x", "longer": "1.5"}, ("10:00", "12:00")),
    ],
)
def test_a_link_moves_the_hours(staff: Client, order: Order, given: dict[str, str], expected: tuple[str, str]) -> None:
    values = values_in(staff.get(address(order), given))
    assert (values["start"], values["end"]) == ([expected[0]], [expected[1]])


def test_hours_that_end_at_midnight_are_moved_from_there(staff: Client, order: Order) -> None:
    late = hours("22", "24")
    Ticket.objects.update(period=late, occupied=late)
    values = values_in(staff.get(address(order), {"later": "-120", "longer": "60"}))
    assert (values["start"], values["end"]) == (["20:00"], ["23:00"])


def test_a_link_fills_the_dialog_in_and_the_plan_is_there_at_once(staff: Client, order: Order) -> None:
    page = staff.get(address(order), {"start": "10:00", "end": "13:00", "next": "/manage/coworking/tickets/"})
    values = values_in(page)
    assert (values["end"], values["next"]) == (["13:00"], ["/manage/coworking/tickets/"])
    text = page.content.decode()
    assert "25.11.2026 10:00–12:00" in text
    assert "25.11.2026 10:00–13:00" in text


def test_what_is_typed_is_shown_before_it_is_saved(staff: Client, order: Order) -> None:
    before = saved_rows()
    shown = staff.post(address(order, "plan/"), {**filled(staff, order), "end": "13:00"}, **HTMX)
    assert shown.status_code == 200
    assert "900" in shown.content.decode()
    assert saved_rows() == before


def test_fields_that_are_drawn_anew_while_somebody_types_take_no_focus(
    staff: Client, order: Order, world: World
) -> None:
    day = make_tariff(service=world.service, unit="day", name="День", price="900")
    assert [one["name"] for one in read(staff.get(address(order))).attrs_of("input", autofocus="")] == ["day"]
    answer = read(staff.post(address(order, "plan/"), {**filled(staff, order), "tariff": day.pk}, **HTMX))
    assert answer.attrs_of("input", name="last_day")
    assert answer.attrs_of("input", autofocus="") == []


def test_a_change_is_saved_and_leads_back_to_where_it_was_asked_for(staff: Client, order: Order) -> None:
    values = filled(staff, order, end="13:00", next="/manage/coworking/tickets/")
    answer = staff.post(address(order), values, **HTMX)
    assert answer.headers["HX-Redirect"] == "/manage/coworking/tickets/"
    assert period_of(order) == hours("10", "13")
    assert OrderEvent.objects.filter(order=order, kind="changed").count() == 1


def test_hours_after_the_date_are_those_of_the_ticket(staff: Client, order: Order) -> None:
    values = filled(staff, order, day="чт 9-12")
    staff.post(address(order), values, **HTMX)
    assert period_of(order) == hours("9", "12", day=THURSDAY)


@pytest.mark.parametrize(("last", "shown", "length"), [(WEDNESDAY, [""], 1), (THURSDAY, ["2026-11-26"], 2)])
def test_a_ticket_of_one_day_moves_by_its_day_alone(
    last: date, shown: list[str], length: int, staff: Client, world: World
) -> None:
    daily = make_tariff(service=world.service, unit="day", name="День", price="900")
    order = make_order(tariff=daily, customer=world.customer, by=world.manager, when=When(day=WEDNESDAY, last_day=last))
    assert values_in(staff.get(address(order)))["last_day"] == shown
    friday = THURSDAY + timedelta(days=1)
    until = {"last_day": (friday + timedelta(days=1)).isoformat()} if length > 1 else {}
    answer = staff.post(address(order), filled(staff, order, day=friday.isoformat(), **until))
    assert answer.status_code == 302
    first, end = period_of(order).days(MOSCOW)
    assert (first, (end - first).days + 1) == (friday, length)


@pytest.mark.parametrize("foreign", ["https://example.com/", "//example.com/", "/accounts/logout/"])
def test_no_link_leads_away(foreign: str, staff: Client, order: Order) -> None:
    answer = staff.post(address(order), filled(staff, order, end="13:00", next=foreign))
    assert answer.headers["Location"] == f"/manage/orders/{order.pk}/"


def test_without_javascript_the_plan_is_shown_by_a_button(staff: Client, order: Order) -> None:
    before = saved_rows()
    page = staff.post(address(order), {**filled(staff, order), "end": "13:00", "look": "1"})
    assert (page.status_code, saved_rows()) == (200, before)
    assert staff.post(address(order), values_in(page)).status_code == 302
    assert period_of(order) == hours("10", "13")


def test_a_plan_that_was_not_shown_is_not_saved(staff: Client, order: Order) -> None:
    """The sum would differ from the one on the screen."""
    values = {**filled(staff, order), "end": "13:00"}
    before = saved_rows()
    page = staff.post(address(order), values)
    assert (page.status_code, saved_rows()) == (422, before)
    assert staff.post(address(order), values_in(page)).status_code == 302


def test_money_that_came_meanwhile_is_shown_first(staff: Client, order: Order, world: World) -> None:
    values = filled(staff, order, end="13:00")
    take(order, "100", by=world.manager)
    before = saved_rows()
    page = staff.post(address(order), values)
    assert (page.status_code, saved_rows()) == (422, before)
    assert "800" in page.content.decode()


def test_the_dialog_of_an_order_cancelled_meanwhile_only_says_so(staff: Client, order: Order) -> None:
    typed, url = filled(staff, order, start="11:00", end="13:00"), address(order)
    cancel_order(order.pk, by=order.created_by, reason="Заболел", at=NOW, gateway=None)
    before = saved_rows()
    plan = staff.post(f"{url}plan/", typed, **HTMX)
    seen = {**typed, "version": read(plan).values["version"]}
    for answer in (plan, staff.post(url, typed, **HTMX), staff.post(url, seen, **HTMX)):
        told = text_of(answer.content.decode())
        assert told.count("Статус заказа «Отменён»") == 1
        assert [words in told for words in ("последний билет", "изменить уже нельзя", "Стоимость заказа")] == [
            False
        ] * 3
    assert saved_rows() == before


def test_a_taken_time_offers_the_nearest_and_one_press_takes_it(staff: Client, order: Order, world: World) -> None:
    for seat in world.service.seats.all():
        make_ticket(service=world.service, period=hours("15", "17"), seat=seat)
    values = filled(staff, order, start="15:00", end="17:00")
    before = saved_rows()
    page = staff.post(address(order), values)
    assert (page.status_code, saved_rows()) == (422, before)
    nearest = read(page).attrs_of("button", name="alternative")[0]["value"]
    page = staff.post(address(order), {**values_in(page), "alternative": nearest})
    assert (page.status_code, values_in(page)["start"]) == (200, ["13:00"])
    assert staff.post(address(order), values_in(page)).status_code == 302
    assert period_of(order) == hours("13", "15")


def test_a_day_off_offers_the_nearest_days_and_one_press_takes_it(staff: Client, order: Order) -> None:
    plan = staff.post(address(order, "plan/"), {**filled(staff, order), "day": str(SUNDAY)}, **HTMX)
    offered = [button["value"] for button in read(plan).attrs_of("button", name="alternative")]
    days = [SUNDAY + count * DAY for count in (1, 2, 3)]
    assert [value.split("|")[:4] for value in offered] == [[str(day), "10:00", "12:00", str(day)] for day in days]
    before = saved_rows()
    page = staff.post(address(order), {**filled(staff, order), "day": str(SUNDAY), "alternative": offered[0]})
    assert (page.status_code, saved_rows()) == (200, before)
    assert staff.post(address(order), values_in(page)).status_code == 302
    assert period_of(order) == hours("10", "12", days[0])


def test_a_refused_change_announces_no_letter(staff: Client, order: Order) -> None:
    announced = "Письмо «Изменение брони» уйдёт"
    values = filled(staff, order)
    refused = staff.post(address(order, "plan/"), {**values, "day": str(SUNDAY)}, **HTMX).text
    possible = staff.post(address(order, "plan/"), {**values, "day": str(SUNDAY + DAY)}, **HTMX).text
    assert ("закрыто. Исключений" in " ".join(text_of(refused).split()), announced in refused) == (True, False)
    assert announced in possible


@pytest.mark.parametrize(
    ("typed", "field"), [({"start": "9999"}, "start"), ({"end": "09:00"}, "end"), ({"day": ""}, "day")]
)
def test_a_mistake_is_said_at_its_field(typed: dict[str, str], field: str, staff: Client, order: Order) -> None:
    values = {**filled(staff, order), **typed, "version": ""}
    page = staff.post(address(order), values, **HTMX)
    assert page.status_code == 422
    assert f"change-{field}_error" in read(page).ids


def test_a_change_is_undone_from_the_page_of_the_order(staff: Client, order: Order) -> None:
    staff.post(address(order), filled(staff, order, end="13:00"))
    page = staff.get(f"/manage/orders/{order.pk}/")
    [form] = [one for one in read(page).forms if one.attrs.get("action", "").endswith("/undo/")]
    staff.post(form.attrs["action"])
    assert period_of(order) == hours("10", "12")
    assert "/undo/" not in staff.get(f"/manage/orders/{order.pk}/").content.decode()


def test_a_ticket_of_another_order_is_not_found(staff: Client, order: Order, world: World) -> None:
    other = make_order(tariff=world.tariff, by=world.manager)
    assert staff.get(f"/manage/orders/{order.pk}/tickets/{ticket_of(other).pk}/change/").status_code == 404


def test_the_letter_that_is_shown_is_the_one_that_is_sent(staff: Client, order: Order) -> None:
    values = {**values_in(staff.get(address(order))), "end": "13:00"}
    page = staff.post(address(order), {**values, "look": "1"})
    staff.post(address(order), values_in(page))
    letter = compose(Message.objects.get(order=order, kind="changed"))
    assert page.context["text"] == Text(letter.subject, str(letter.body).rstrip("\n"))


# Extras


def test_an_extra_of_which_none_is_typed_looks_like_none(staff: Client, order: Order, world: World) -> None:
    typed = filled(staff, order, start="11:00", end="13:00", **{f"extra-{world.extra.pk}": "0"})
    page = read(staff.post(address(order), {**typed, "look": "1"}))
    assert [one for one in page.attrs_of("label") if "data-on" in one and one.get("class") == "extra"] == []
    typed[f"extra-{world.extra.pk}"] = "1"
    page = read(staff.post(address(order), {**typed, "look": "1"}))
    assert [one.get("class") for one in page.attrs_of("label") if "data-on" in one] == ["extra"]


def test_the_extras_of_a_ticket_stay_unless_they_are_changed(staff: Client, world: World) -> None:
    locker = make_extra(service=world.service, name="Локер")
    order = make_order(tariff=world.tariff, by=world.manager, extras={locker.pk: 2})
    name = f"extra-{locker.pk}"
    values = values_in(staff.get(address(order)))
    assert values[name] == ["2"]
    page = staff.post(address(order), {**values, name: "1", "look": "1"})
    assert "Локер" in page.content.decode()
    assert staff.post(address(order), values_in(page)).status_code == 302
    assert Order.objects.get(pk=order.pk).total == 750
    before = saved_rows()
    page = staff.post(address(order), {**values_in(staff.get(address(order))), name: "50"})
    assert (page.status_code, saved_rows()) == (422, before)


# The visitor


def with_visitor_chosen(staff: Client, order: Order) -> Any:
    """Return the dialog after the other visitor was searched for and chosen."""
    values = {**values_in(staff.get(address(order))), "visitor_q": "орл"}
    page = staff.post(address(order), {**values, "look": "1"})
    [key] = [attrs["value"] for attrs in read(page).attrs_of("input", name="visitor")]
    return staff.post(address(order), {**values_in(page), "visitor": key, "look": "1"})


def test_another_visitor_is_found_and_chosen(staff: Client, order: Order, world: World) -> None:
    page = with_visitor_chosen(staff, order)
    assert staff.post(address(order), values_in(page)).status_code == 302
    assert ticket_of(order).visitor == world.visitor


def test_a_visitor_who_is_erased_at_this_moment_is_said_and_nothing_is_saved(
    staff: Client, order: Order, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = with_visitor_chosen(staff, order)
    change, before = tickets.change, saved_rows()

    def erase_first(changed: Any) -> None:
        nobody = {"erased_at": NOW, "email": None, "phone": None, "is_active": False}
        User.objects.filter(pk=world.visitor.pk).update(**nobody)
        change(changed)

    monkeypatch.setattr(tickets, "change", erase_first)
    answer = staff.post(address(order), values_in(shown))
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "change-visitor_q_error" in read(answer).ids
    assert "Данные этого человека удалены" in text_of(answer.content.decode())


def test_a_visitor_who_is_only_typed_is_not_saved(staff: Client, order: Order) -> None:
    before = saved_rows()
    page = staff.post(address(order), {**values_in(staff.get(address(order))), "visitor_q": "орл"})
    assert page.status_code == 422
    assert "change-visitor_q_error" in read(page).ids
    assert saved_rows() == before


def test_a_key_of_somebody_else_chooses_nobody(staff: Client, order: Order, world: World) -> None:
    foreign = key_of(world.visitor.pk, viewer=world.customer)
    values = {**values_in(staff.get(address(order))), "visitor_q": "орл", "people_for": "орл", "visitor": foreign}
    assert staff.post(address(order), values).status_code == 422
