"""Places that the clock releases if nobody comes."""

import uuid
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain import visits
from coworking.models import Lateness, Location, Service, Tariff, Ticket, Unit, VisitSource
from orders.domain.desk import door, no_shows
from orders.letters.compose import compose
from orders.models import Message, Order, OrderEvent
from orders.wording import event_text
from tests.factories import make_booking_wish, make_exception, make_order, make_tariff, make_user
from tests.moments import NOW, WEDNESDAY, moment
from tests.orders.steps import plain, take
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MINUTE = timedelta(minutes=1)
TEN = moment("2026-11-25 10:00")
WARNED, RELEASED = TEN + 20 * MINUTE, TEN + 40 * MINUTE


@pytest.fixture
def late(location: Location, pool: Service, tariff: Tariff, manager: User) -> Order:
    """A visitor who does not come on Wednesday from 10 to 12, where the clock waits for forty minutes."""
    Location.objects.update(name="Парк Тест", visits_from=WEDNESDAY, address="Ленина, 1", phone="+74951234567")
    Service.objects.update(release_minutes=40)
    visitor = make_user(last_name="Орлова", first_name="Мария", email="guest@example.com")
    order = make_order(tariff=tariff, by=manager, visitor_ids=(visitor.pk,), payment_method="on_site")
    Order.objects.update(email="p@example.com")
    return order


def pass_by(at: datetime) -> tuple[int, int]:
    """Let the clock warn and release."""
    return no_shows.warn_of_release(at), no_shows.release_no_shows(at)


def let_in(order: Order, by: User, at: datetime) -> None:
    ticket = order.lines.get().ticket_id or 0
    door.let_in(ticket, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=at, unpaid=True)


def letter(kind: str) -> EmailMessage:
    message = Message.objects.select_related("order__location", "order__customer").get(kind=kind)
    return compose(message)


def untouched(at: datetime) -> bool:
    """Return whether the clock changes nothing."""
    before = saved_rows()
    return pass_by(at) == (0, 0) and saved_rows() == before


def test_the_clock_warns_half_way_then_releases_once(late: Order, manager: User) -> None:
    take(late, "600", by=manager)
    money = saved_rows()["LedgerEntry"]
    assert untouched(WARNED - MINUTE)
    assert pass_by(WARNED) == (1, 0)
    lateness = Lateness.objects.get()
    assert (lateness.starts_at, lateness.warned_at, lateness.release_at) == (TEN, WARNED, RELEASED)
    assert untouched(RELEASED - MINUTE)

    assert pass_by(RELEASED) == (0, 1)

    event = OrderEvent.objects.get(kind="place_released")
    number = Ticket.objects.get().pk
    assert (event.by, event.at) == (None, RELEASED)
    assert event_text(event, late.location.zone) == f"билет {number} · никто не пришёл, предупредили в 10:20"
    assert (Ticket.objects.get().status, Order.objects.get().status) == ("no_show", "confirmed")
    assert saved_rows()["LedgerEntry"] == money
    assert untouched(RELEASED + MINUTE)


def test_the_letters_say_how_to_keep_the_place_and_what_became_of_it(late: Order) -> None:
    pass_by(WARNED)
    pass_by(RELEASED)
    end = "\nЕсли есть вопросы, ответьте на это письмо.\nПарк Тест, +7 495 123-45-67\n"
    assert plain(letter("late")) == (
        f"Ваше место освободится в 10:40, заказ {late.pk}\n"
        "Время бронирования началось, но пока никто не пришёл. Ваше место освободится в 10:40:\n\n"
        "Опен-спейс, ср, 25 ноября, 10:00–12:00: Орлова Мария\n\n"
        "Чтобы место осталось за вами, придите до 10:40 или позвоните и скажите, что опаздываете: +7 495 123-45-67.\n"
        "Если вы уже здесь, попросите отметить это на стойке.\n\n"
        f"Где: Парк Тест, Ленина, 1\n{end}"
    )
    assert plain(letter("released")) == (
        f"Место освобождено, заказ {late.pk}\n"
        "Никто не пришёл вовремя, место освободили. Билет больше не действует:\n\n"
        "Опен-спейс, ср, 25 ноября, 10:00–12:00: Орлова Мария\n\n"
        "Деньги за заказ сами не возвращаются: по условиям отмены после начала времени ничего не возвращаем.\n"
        f"Всё же придёте? Скажите нам, поищем свободное место.\n{end}"
    )
    for kind in ("late", "released"):
        assert (letter(kind).to, letter(kind).bcc) == (["p@example.com"], ["guest@example.com"])


def test_a_visitor_who_comes_after_the_warning_keeps_the_place(late: Order, manager: User) -> None:
    pass_by(WARNED)
    let_in(late, manager, RELEASED - MINUTE)
    assert untouched(RELEASED)
    assert Ticket.objects.get().status == "active"


@pytest.mark.parametrize("kept_at", [TEN, WARNED + MINUTE])
def test_a_manager_keeps_the_place_before_or_after_the_warning(late: Order, manager: User, kept_at: datetime) -> None:
    if kept_at > WARNED:
        pass_by(WARNED)
    number = Ticket.objects.get().pk
    no_shows.keep_place(number, by=manager, at=kept_at)
    no_shows.keep_place(number, by=manager, at=kept_at)
    event = OrderEvent.objects.get(kind="place_kept")
    assert (event.by, event.at, event.data) == (manager, kept_at, {"ticket": number})
    assert untouched(WARNED)
    assert untouched(RELEASED)


def test_a_place_that_is_gone_is_not_kept(late: Order, manager: User) -> None:
    pass_by(WARNED)
    pass_by(RELEASED)
    before = saved_rows()
    with pytest.raises(visits.StillExpected):
        no_shows.keep_place(Ticket.objects.get().pk, by=manager, at=RELEASED)
    assert saved_rows() == before


def test_a_late_warning_leaves_half_of_the_time(late: Order) -> None:
    stopped = TEN + 60 * MINUTE  # the clock was not running
    assert pass_by(stopped) == (1, 0)
    assert untouched(stopped + 19 * MINUTE)
    assert pass_by(stopped + 20 * MINUTE) == (0, 1)


def test_nothing_is_released_that_would_be_over_by_then(late: Order) -> None:
    assert untouched(TEN + 100 * MINUTE)


def test_the_clock_waits_at_least_as_long_as_a_manager_has_to(late: Order) -> None:
    Location.objects.update(no_show_minutes=60)
    assert untouched(TEN + 29 * MINUTE)
    assert pass_by(TEN + 30 * MINUTE) == (1, 0)
    assert untouched(TEN + 59 * MINUTE)


def test_a_ticket_that_is_moved_is_warned_of_anew(late: Order) -> None:
    pass_by(WARNED)
    later = Ticket.objects.get().period.shifted(timedelta(hours=1))
    Ticket.objects.update(period=later, occupied=later)
    assert untouched(RELEASED)
    assert pass_by(WARNED + timedelta(hours=1)) == (1, 0)


def by_the_day(order: Order) -> None:
    Tariff.objects.update(unit=Unit.DAY)


def closed(order: Order) -> None:
    make_exception(location=order.location, on=WEDNESDAY)


def opened_later(order: Order) -> None:
    make_exception(location=order.location, on=WEDNESDAY, opens_at=time(11), closes_at=time(21))


REASONS: dict[str, Any] = {
    "off": lambda _order: Service.objects.update(release_minutes=None),
    "days": by_the_day,
    "closed": closed,
    "opened later": opened_later,
    "visits are not recorded": lambda _order: Location.objects.update(visits_from=None),
    "visits are recorded from tomorrow on": lambda _order: Location.objects.update(
        visits_from=WEDNESDAY + timedelta(days=1)
    ),
    "nobody can be warned": lambda _order: Order.objects.update(email=""),
    "unpaid": lambda _order: Order.objects.update(status="awaiting_payment", deadline_at=TEN + timedelta(hours=1)),
    "cancelled": lambda _order: Ticket.objects.update(status="cancelled"),
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("at", [WARNED, RELEASED])
def test_the_clock_leaves_alone(late: Order, reason: str, at: datetime) -> None:
    if at == RELEASED:
        pass_by(WARNED)
    REASONS[reason](late)
    if reason in ("unpaid", "nobody can be warned") and at == RELEASED:
        Ticket.objects.update(status="active")
    assert untouched(at)


def test_tickets_of_an_order_share_a_letter(location: Location, pool: Service, tariff: Tariff, manager: User) -> None:
    Location.objects.update(visits_from=WEDNESDAY)
    Service.objects.update(release_minutes=40, capacity=3)
    wish = make_booking_wish(tariff=tariff, visitor_ids=(None, None, None))
    make_order(tariff=tariff, by=manager, bookings=(wish,), payment_method="on_site")
    assert pass_by(WARNED) == (1, 0)
    assert pass_by(RELEASED) == (0, 1)
    assert list(Ticket.objects.values_list("status", flat=True)) == ["no_show"] * 3
    assert OrderEvent.objects.filter(kind="place_released").count() == 3
    assert Message.objects.filter(kind__in=["late", "released"]).count() == 2


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("lateness_once_a_start", {"warned_at": TEN, "release_at": RELEASED}),
        ("lateness_warned_before_release", {"starts_at": NOW, "warned_at": RELEASED, "release_at": WARNED}),
        ("lateness_warned_before_release", {"starts_at": NOW}),
        ("lateness_kept_by_somebody", {"starts_at": NOW, "kept_at": TEN}),
    ],
)
def test_the_database_holds_what_was_said(late: Order, name: str, fields: dict[str, Any]) -> None:
    pass_by(WARNED)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Lateness.objects.create(**{"ticket": Ticket.objects.get(), "starts_at": TEN, **fields})


def test_the_clock_asks_as_much_however_many_services_release_nothing(
    tariff: Tariff, manager: User, django_assert_num_queries: Any
) -> None:
    make_order(tariff=tariff, by=manager)
    make_tariff()
    with django_assert_num_queries(2):
        pass_by(WARNED)
