"""The order form without scripts: what is saved, and that a mistake loses nothing."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coworking.models import Unit
from orders.forms_people import is_person_field, read_key
from orders.models import Order
from tests.factories import (
    make_exception,
    make_extra,
    make_location,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.moments import SUNDAY, TUESDAY, hours
from tests.snapshots import saved_rows
from tests.views.pages import World, lost, read, shortened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
LONG = "ы" * 10_000
TIME = ("day", "start", "end", "last_day", "units", "seats")
Changes = dict[str, Any]


def refuse(client: Client, typed: Changes) -> Any:
    """Send a form that is refused; return the answer, after checking that nothing changed."""
    before = saved_rows()
    response = client.post(FORM, typed)
    assert response.status_code == 422
    assert saved_rows() == before
    return response


def complaints(response: Any) -> set[str]:
    """Return the fields with errors, after checking that each error is on the page with a link to its field."""
    form, page = response.context["form"], read(response)
    errors = set(form.errors).union(*({part.add_prefix(name) for name in part.errors} for part in form.parts))
    named = {"customer": "customer_q", "payment_method": "payment", "shown_total": "quote", "visitor-0": "visitor-0-q"}
    for name in errors - {"__all__"}:
        assert f"#{named.get(name, name)}" in page.links()
        assert named.get(name, name) in page.ids
    assert "errors" in page.ids
    return errors


def test_a_filled_form_becomes_an_order_and_opens_its_page(client: Client, world: World) -> None:
    response = client.post(FORM, world.filled())

    order = Order.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == f"{reverse('orders:detail', args=[order.number])}?created=1"
    assert client.get(response.headers["Location"]).status_code == 200
    assert (order.customer, order.created_by, order.location) == (world.customer, world.manager, world.location)
    assert (order.phone, order.email, order.period) == ("+79162044821", "petrov@example.com", hours("10", "12"))
    assert order.total == Decimal("810.00")
    ticket = order.lines.get(kind="tariff").ticket
    assert ticket is not None
    assert (ticket.seat, ticket.visitor) == (world.seat(), world.visitor)
    assert (order.comment, order.internal_note) == ("Ключ на стойке <у входа>", "Просил «тихо»")


def test_the_fields_are_called_as_the_product_calls_them(client: Client, world: World) -> None:
    page = client.get(FORM, {"service": world.service.pk}).content.decode()
    seen = re.findall(r'<(h2|label|legend)(?![^>]*"sr-only")[^>]*>\s*(?:<span>\s*)?([^<]+?)\s*<', page)
    names = {"Заказчик", "Телефон", "Электронная почта", "Услуга", "Тариф", "Способ оплаты"}
    assert names - {text for _tag, text in seen} == set()


def test_the_same_form_twice_is_one_order(client: Client, world: World) -> None:
    typed = world.filled()
    first, second = client.post(FORM, typed), client.post(FORM, typed)
    assert Order.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_a_form_of_somebody_else_is_not_sent_twice(client: Client, world: World) -> None:
    order = make_order(tariff=world.tariff)
    typed = world.filled(token=str(order.form_token))
    assert complaints_of_token(refuse(client, typed))


def complaints_of_token(response: Any) -> bool:
    """Return whether only the token is refused: it is hidden, so its error is only in the summary."""
    return set(response.context["form"].errors) == {"token"} and "errors" in read(response).ids


@pytest.mark.parametrize("token", ["", "nonsense", "1 OR 1=1", "0" * 5000, None], ids=shortened)
def test_a_token_nobody_gave_out_saves_nothing_and_keeps_what_was_typed(
    client: Client, world: World, token: str | None
) -> None:
    typed = world.filled(token=token)
    response = refuse(client, typed)
    assert complaints_of_token(response)
    assert not lost(read(response).values, typed, but={"token"})


# Each mistake: what is typed instead, and the field with the error.
MISTAKES: dict[str, tuple[Callable[[World], Changes], str]] = {
    "nobody": (lambda w: {"customer": "", "customer_q": "Петр"}, "customer"),
    "unknown customer": (lambda w: {"customer": w.key(999999999)}, "customer"),
    "inactive customer": (lambda w: {"customer": w.key(make_user(is_active=False))}, "customer"),
    "injected customer": (lambda w: {"customer": "1 OR 1=1"}, "customer"),
    "Arabic customer": (lambda w: {"customer": "١٢"}, "customer"),
    "endless customer": (lambda w: {"customer": "9" * 5000}, "customer"),
    "negative customer": (lambda w: {"customer": "-1"}, "customer"),
    "long customer": (lambda w: {"customer_q": LONG}, "customer_q"),
    "no phone": (lambda w: {"phone": ""}, "phone"),
    "a digit is missing": (lambda w: {"phone": "8 (912) 345-67-8"}, "phone"),
    "no such phone": (lambda w: {"phone": "12345678901234567890"}, "phone"),
    "long phone": (lambda w: {"phone": LONG}, "phone"),
    "no e-mail address": (lambda w: {"email": "petrov@"}, "email"),
    "long e-mail": (lambda w: {"email": f"{'a' * 10_000}@example.com"}, "email"),
    "unknown tariff": (lambda w: {"tariff": "999999999"}, "tariff"),
    "no tariff": (lambda w: {"tariff": None}, "tariff"),
    "inactive tariff": (lambda w: {"tariff": str(make_tariff(service=w.service, is_active=False).pk)}, "tariff"),
    "tariff elsewhere": (lambda w: {"tariff": str(make_tariff().pk)}, "tariff"),
    "tariff of another service": (
        lambda w: {
            "tariff": str(make_tariff(service=make_pool(location=w.location)).pk),
            "seats": [],
            f"extra-{w.extra.pk}": None,
        },
        "tariff",
    ),
    "injected tariff": (lambda w: {"tariff": f"{w.tariff.pk} OR 1=1"}, "tariff"),
    "endless tariff": (lambda w: {"tariff": "9" * 5000}, "tariff"),
    "unknown seat": (lambda w: {"seats": ["999999999"]}, "seats"),
    "injected seat": (lambda w: {"seats": ["1 OR 1=1"]}, "seats"),
    "endless seat": (lambda w: {"seats": ["9" * 5000]}, "seats"),
    "seat elsewhere": (lambda w: {"seats": [str(seat_of(make_seats(), "A1").pk)]}, "seats"),
    "more seats than places": (lambda w: {"seats": [str(w.seat("A1").pk), str(w.seat("A2").pk)]}, "seats"),
    "unknown extra": (lambda w: {"extra-999999999": "1"}, "__all__"),
    "extra elsewhere": (lambda w: {f"extra-{make_extra(service=make_pool()).pk}": "1"}, "__all__"),
    "inactive extra": (lambda w: {f"extra-{make_extra(service=w.service, is_active=False).pk}": "1"}, "__all__"),
    "too many extras": (lambda w: {f"extra-{w.extra.pk}": "4"}, "__all__"),
    "unknown visitor": (lambda w: {"visitor-0": w.key(999999999)}, "visitor-0"),
    "inactive visitor": (lambda w: {"visitor-0": w.key(make_user(is_active=False))}, "visitor-0"),
    "visitor not chosen": (lambda w: {"visitor-0": "", "visitor-0-q": "Орл"}, "visitor-0-q"),
    "injected visitor": (lambda w: {"visitor-0": "1 OR 1=1"}, "visitor-0-q"),
    "Arabic visitor": (lambda w: {"visitor-0": "١٢"}, "visitor-0-q"),
    "long visitor": (lambda w: {"visitor-0-q": LONG}, "visitor-0-q"),
    "no day": (lambda w: {"day": ""}, "day"),
    "31 February": (lambda w: {"day": "31.02.2026"}, "day"),
    "first year": (lambda w: {"day": "0001-01-01"}, "day"),
    "last year": (lambda w: {"day": "9999-12-31"}, "day"),
    "long day": (lambda w: {"day": LONG}, "day"),
    "yesterday": (lambda w: {"day": "2026-11-23"}, "day"),
    "an hour ago": (lambda w: {"day": "2026-11-24", "start": "8:00", "end": "9:00"}, "start"),
    "day off": (lambda w: {"day": SUNDAY.isoformat()}, "day"),
    "before opening": (lambda w: {"start": "7:00"}, "start"),
    "after closing": (lambda w: {"start": "20", "end": "22"}, "end"),
    "end before start": (lambda w: {"start": "12:00", "end": "10:00"}, "end"),
    "no start": (lambda w: {"start": ""}, "start"),
    "no end": (lambda w: {"end": ""}, "end"),
    "no clock time": (lambda w: {"start": "25:61"}, "start"),
    "Arabic start": (lambda w: {"start": "١٢"}, "start"),
    "odd minutes": (lambda w: {"start": "10:07"}, "start"),
    "long start": (lambda w: {"start": LONG}, "start"),
    "long end": (lambda w: {"end": LONG}, "end"),
    "more places than seats": (lambda w: {"places": "5", "seats": []}, "places"),
    "no places": (lambda w: {"places": ""}, "places"),
    "0 places": (lambda w: {"places": "0"}, "places"),
    "negative places": (lambda w: {"places": "-3"}, "places"),
    "huge places": (lambda w: {"places": "9999999999999"}, "places"),
    "endless places": (lambda w: {"places": "9" * 5000}, "places"),
    "huge discount": (lambda w: {"discount": "9999999999"}, "discount"),
    "negative discount": (lambda w: {"discount": "-1"}, "discount"),
    "more than all": (lambda w: {"discount": "101%"}, "discount"),
    "beyond the limit": (lambda w: {"discount": "21%"}, "discount"),
    "infinite discount": (lambda w: {"discount": "Infinity"}, "discount"),
    "long discount": (lambda w: {"discount": LONG}, "discount"),
    "code beside discount": (lambda w: {"promo_code": "ВЕСНА-10"}, "promo_code"),
    "unknown code": (lambda w: {"discount": "", "promo_code": "НЕТ"}, "promo_code"),
    "long code": (lambda w: {"promo_code": LONG}, "promo_code"),
    "no reason": (lambda w: {"discount_reason": " "}, "discount_reason"),
    "long reason": (lambda w: {"discount_reason": LONG}, "discount_reason"),
    "no method": (lambda w: {"payment_method": None}, "payment_method"),
    "unknown method": (lambda w: {"payment_method": "barter"}, "payment_method"),
    "free is not chosen": (lambda w: {"payment_method": "free"}, "payment_method"),
    "no shop": (lambda w: {"payment_method": "online"}, "payment_method"),
    "long comment": (lambda w: {"comment": LONG}, "comment"),
    "long note": (lambda w: {"internal_note": LONG}, "internal_note"),
    "another price": (lambda w: {"shown_total": "800.00"}, "shown_total"),
    "no price": (lambda w: {"shown_total": "NaN"}, "shown_total"),
    "huge price": (lambda w: {"shown_total": "9" * 400}, "shown_total"),
}
# Unavailable choices are not on the page. (The seat has its own test below.)
NOT_KEPT = {"tariff": {"tariff"}, "payment_method": {"payment_method"}, **{name: {"seats"} for name in TIME}}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_saves_nothing_keeps_what_was_typed_and_is_named_at_its_field(
    client: Client, world: World, mistake: str
) -> None:
    changes, field = MISTAKES[mistake]
    typed = world.filled(**changes(world))
    response = refuse(client, typed)

    assert complaints(response) == {field}
    gone = {name for name in typed if name.startswith("extra-") and name != f"extra-{world.extra.pk}"}
    gone |= {name for name in typed if is_person_field(name) and not read_key(typed[name], viewer=world.manager)}
    assert not lost(read(response).values, typed, but={"shown_total", *gone, *NOT_KEPT.get(field, ())})


@pytest.mark.parametrize("mistake", [{"day": "31.02.2026"}, {"end": "9:00"}, {"end": "22:00"}, {"start": ""}], ids=str)
def test_a_chosen_seat_survives_a_mistake_in_the_time(client: Client, world: World, mistake: Changes) -> None:
    typed = world.filled(**mistake)
    assert not lost(read(refuse(client, typed)).values, typed)


@pytest.mark.parametrize("quantity", ["-1", "100", "9999999999999", "1 OR 1=1", LONG], ids=shortened)
def test_a_quantity_of_an_extra_is_refused_at_the_extra(client: Client, world: World, quantity: str) -> None:
    response = refuse(client, world.filled(**{f"extra-{world.extra.pk}": quantity}))
    assert complaints(response) == {f"extra-{world.extra.pk}"}


def test_an_empty_form_complains_of_what_the_page_shows(client: Client, world: World) -> None:
    response = refuse(client, {"token": world.filled()["token"], "day": "2026-11-25", "places": "1"})
    named = [complaint.anchor for complaint in response.context["form"].complaints]
    assert named == ["customer_q", "phone", "service"]
    assert {*named} <= read(response).ids


@pytest.mark.parametrize("service", ["unknown", "inactive", "elsewhere", "1 OR 1=1", "9" * 5000, ""], ids=shortened)
def test_a_service_that_is_not_on_sale_is_refused_and_nothing_typed_is_lost(
    client: Client, world: World, service: str
) -> None:
    keys = {
        "unknown": lambda: "999999999",
        "inactive": lambda: str(make_tariff(service=make_pool(location=world.location, is_active=False)).service_id),
        "elsewhere": lambda: str(make_tariff(service=make_pool(location=make_location())).service_id),
    }
    typed = world.filled(service=keys.get(service, lambda: service)())
    response = refuse(client, typed)
    assert complaints(response) == {"service"}
    assert not lost(read(response).values, typed, but={"service", "tariff", "seats", f"extra-{world.extra.pk}"})


@pytest.mark.parametrize(
    ("unit", "changes", "field"),
    [
        (Unit.DAY, {"last_day": "2026-11-24"}, "last_day"),
        (Unit.DAY, {"last_day": "0001-01-01"}, "last_day"),
        (Unit.DAY, {"last_day": "9999-12-31"}, "last_day"),
        (Unit.DAY, {"last_day": "2100-12-31"}, "last_day"),
        (Unit.DAY, {"last_day": "31.02"}, "last_day"),
        (Unit.MONTH, {"units": "0"}, "units"),
        (Unit.MONTH, {"units": "-1"}, "units"),
        (Unit.MONTH, {"units": "61"}, "units"),
        (Unit.MONTH, {"units": "9999999999999"}, "units"),
        (Unit.WEEK, {"units": "13"}, "units"),
        (Unit.WEEK, {"units": "2 недели"}, "units"),
    ],
)
def test_a_mistake_in_a_period_of_days_is_named_at_its_field(
    client: Client, world: World, unit: Unit, changes: Changes, field: str
) -> None:
    tariff = make_tariff(service=world.service, unit=unit, price="900")
    typed = world.filled(tariff=str(tariff.pk), start=None, end=None, discount="0", **changes)
    response = refuse(client, typed)
    assert complaints(response) == {field}
    assert not lost(read(response).values, typed, but={"seats"})


def test_online_payment_needs_an_e_mail(client: Client, world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "123456"
    typed = world.filled(payment_method="online", email="")
    response = refuse(client, typed)
    assert complaints(response) == {"email"}
    assert not lost(read(response).values, typed)


def test_a_seat_that_was_taken_meanwhile_stays_visible_and_is_refused(client: Client, world: World) -> None:
    make_ticket(service=world.service, seat=world.seat(), period=hours("11", "13"))
    typed = world.filled()
    response = refuse(client, typed)
    assert complaints(response) == {"seats"}
    assert {"conflict", "seats_error"} <= read(response).ids
    assert not lost(read(response).values, typed)


@pytest.mark.parametrize(
    ("taken", "repeated", "said"),
    [
        ((), False, "Можно выбрать мест: 3. Остальные подберём рядом"),
        (("A1", "A2"), False, "Можно выбрать мест: 2, нужно 3"),
        (("A1", "A2", "A3", "A4"), False, "Свободных мест нет"),
        (("A1", "A2", "A3", "A4"), True, "Ни одно место не свободно во все дни"),
    ],
)
def test_the_plan_says_how_many_seats_can_be_chosen(
    client: Client, world: World, taken: tuple[str, ...], repeated: bool, said: str
) -> None:
    for seat in world.service.seats.filter(label__in=taken):
        make_ticket(service=world.service, seat=seat, period=hours("11", "13"))
    days = {"until": "2026-12-02"} if repeated else {}
    page = client.post(FORM, {**world.filled(places="3", seats=[], **days), "action": "refresh"}).content.decode()
    [edge] = re.findall(r'<p class="plan-edge">(.*?)</p>', page, re.S)
    assert " ".join(edge.split()) == said


def test_times_are_offered_while_one_is_typed(client: Client, world: World) -> None:
    page = read(client.post(FORM, {**world.filled(), "action": "refresh"}))
    assert [one["name"] for one in page.attrs_of("input", list="times")] == ["start", "end"]
    assert "times" in page.ids


def test_a_price_that_changed_meanwhile_is_shown_and_then_accepted(client: Client, world: World) -> None:
    world.tariff.price = Decimal("400")
    world.tariff.save()
    typed = world.filled(shown_total="810.00")
    response = refuse(client, typed)
    assert complaints(response) == {"shown_total"}
    assert "quote" in read(response).ids
    assert "К оплате 990\u00a0₽" in response.content.decode()  # in the message to the customer
    shown = read(response).values["shown_total"]
    assert shown == ["990.00"]
    assert client.post(FORM, typed | {"shown_total": shown[0]}).status_code == 302


@pytest.mark.parametrize("places", [" 3", "3 ", "+3", "3.0", "٣", "03"])
def test_as_many_places_are_booked_as_were_typed(client: Client, world: World, places: str) -> None:
    response = client.post(FORM, world.filled(places=places))
    booked = list(Order.objects.values_list("ticket_count", flat=True))
    assert (response.status_code, booked) in [(302, [3]), (422, [])]


def test_a_reason_to_override_survives_another_mistake(client: Client, world: World) -> None:
    typed = world.filled(start="10:00", end="9:00", override_reason="Договорились с директором")
    assert not lost(read(refuse(client, typed)).values, typed, but={"seats"})


def test_a_rule_that_may_be_overridden_asks_for_the_reason_and_takes_it(client: Client, world: World) -> None:
    world.tariff.min_units = 3
    world.tariff.save()
    typed = world.filled()
    response = refuse(client, typed)
    assert complaints(response) == {"end"}
    assert "override_reason" in read(response).ids
    assert client.post(FORM, typed | {"override_reason": "Договорились с директором"}).status_code == 302


def test_today_is_filled_in_as_soon_as_a_service_is_chosen(client: Client, world: World) -> None:
    opened = read(client.get(FORM)).values
    chosen = {**opened, "service": str(world.service.pk)}
    assert read(client.post(f"{FORM}details/", chosen)).values["day"] == ["2026-11-24"]


def test_several_mistakes_are_named_at_once(client: Client, world: World) -> None:
    response = refuse(client, world.filled(end="22:00", discount_reason="", payment_method="barter"))
    assert complaints(response) == {"end", "discount_reason", "payment_method"}


def test_only_what_needs_no_online_payment_is_said_to_be_confirmed_at_once(
    client: Client, world: World, settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    words = "заказ подтверждается сразу"
    assert words in refuse(client, world.filled(start="", payment_method="on_site")).content.decode()
    assert words not in refuse(client, world.filled(start="", payment_method="online")).content.decode()


def test_a_new_order_begins_with_the_next_open_day_and_says_so(client: Client, world: World) -> None:
    opened, hint = f"{FORM}?service={world.service.pk}", "Сегодня закрыто, ближайший рабочий день: завтра."
    page = client.get(opened)
    assert (read(page).values["day"], hint in page.content.decode()) == (["2026-11-24"], False)
    make_exception(location=world.location, on=TUESDAY)
    page = client.get(opened)
    assert (read(page).values["day"], hint in page.content.decode()) == (["2026-11-25"], True)
    # A requested day stays, and a cleared one stays empty.
    assert read(client.get(f"{opened}&day=2026-11-24")).values["day"] == ["2026-11-24"]
    emptied = client.post(f"{FORM}details/?part=0", {"service": world.service.pk, "day": ""})
    assert read(emptied).values["day"] == [""]


def test_hours_may_be_typed_after_the_day_where_the_tariff_has_hours(client: Client, world: World) -> None:
    daily = make_tariff(service=world.service, unit=Unit.DAY, name="День", price="1200", position=2)
    typed = world.filled(day="завтра с 11 до 13", start="", end="")
    form = refuse(client, typed | {"tariff": str(daily.pk)}).context["form"]
    assert form.parts[0]["day"].value() == "завтра с 11 до 13"

    page = read(refuse(client, typed | {"phone": ""}))
    assert [page.values[name] for name in ("start", "end")] == [["11"], ["13"]]
    client.post(FORM, typed)
    assert Order.objects.get().period == hours("11", "13")
