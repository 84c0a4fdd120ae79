"""Reminders of bookings that begin soon."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core import mail

from accounts.domain.reminders import token_of
from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, Service, Tariff, Ticket
from orders.domain.booking.reminders import remind_of_bookings
from orders.domain.desk.handing_over import Recipient, hand_over, state_of, take_back
from orders.letters.compose import compose
from orders.letters.send import send_message
from orders.models import Message, Order
from tests.factories import make_booking_wish, make_order, make_user
from tests.moments import NOW, THURSDAY, clock, moment
from tests.orders.steps import cancel, plain
from tests.snapshots import jobs, saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOUR = timedelta(hours=1)
START = moment("2026-11-26 12:00")
DUE = START - 24 * HOUR


@pytest.fixture
def order(tariff: Tariff, manager: User) -> Order:
    """Thursday from 12 to 14, ordered on Tuesday at 9."""
    when = When(day=THURSDAY, start=clock("12"), end=clock("14"))
    customer = make_user(first_name="Пётр", email="p@example.com")
    return make_order(tariff=tariff, by=manager, when=when, customer=customer)


def reminded(at: datetime) -> list[datetime | None]:
    """Remind, and return what all reminders are about."""
    remind_of_bookings(at)
    return list(Message.objects.filter(kind="reminder").order_by("pk").values_list("starts_at", flat=True))


def test_a_booking_is_reminded_of_a_day_before_and_once(order: Order) -> None:
    before = saved_rows()
    assert (remind_of_bookings(DUE - timedelta(minutes=1)), saved_rows()) == (0, before)
    assert remind_of_bookings(DUE) == 1
    message = Message.objects.get(kind="reminder")
    assert (message.order, message.to, message.starts_at) == (order, "p@example.com", START)
    assert jobs()[-1] == ("orders.send_message", {"message_id": message.pk})
    before = saved_rows()
    assert (remind_of_bookings(DUE + HOUR), saved_rows()) == (0, before)


def test_the_location_says_how_long_before(order: Order) -> None:
    Location.objects.update(reminder_hours=3)
    assert reminded(START - 3 * HOUR - timedelta(minutes=1)) == []
    assert reminded(START - 3 * HOUR) == [START]


def test_a_location_may_remind_nobody(order: Order) -> None:
    Location.objects.update(reminder_hours=0)
    assert reminded(START - HOUR) == []


def test_nobody_is_reminded_in_the_quiet_hours_but_in_the_evening_before(order: Order) -> None:
    start = moment("2026-11-27 02:00")  # the letter would be due at 2 a.m.
    later = Ticket.objects.get().period.shifted(start - START)
    Ticket.objects.update(period=later, occupied=later)
    assert reminded(moment("2026-11-25 20:59")) == []
    assert reminded(moment("2026-11-25 22:00")) == []
    assert reminded(moment("2026-11-25 21:30")) == [start]


def test_a_new_order_gets_no_reminder_at_once(tariff: Tariff, manager: User) -> None:
    when = When(day=THURSDAY, start=clock("12"), end=clock("14"))
    ordered = START - 20 * HOUR
    make_order(tariff=tariff, by=manager, when=when, at=ordered)
    assert reminded(ordered + HOUR) == []
    assert reminded(ordered + 11 * HOUR) == []
    assert reminded(ordered + 16 * HOUR) == [START]  # at eight in the morning


def test_bookings_that_have_begun_get_no_reminder(order: Order) -> None:
    assert reminded(START) == []


@pytest.mark.parametrize("change", ["cancelled", "unpaid", "no e-mail", "wants none", "ticket gone"])
def test_only_a_confirmed_booking_of_who_wants_it_is_reminded_of(change: str, order: Order, manager: User) -> None:
    if change == "cancelled":
        cancel(order, None, by=manager)
    elif change == "unpaid":
        Order.objects.update(status="awaiting_payment", deadline_at=START)
    elif change == "no e-mail":
        Order.objects.update(email="")
    elif change == "wants none":
        User.objects.filter(pk=order.customer_id).update(wants_reminders=False)
    else:
        Ticket.objects.update(status="cancelled")
    before = saved_rows()
    assert (remind_of_bookings(DUE), saved_rows()) == (0, before)


def test_each_start_of_a_series_is_reminded_of_by_itself(pool: Service, tariff: Tariff, manager: User) -> None:
    Service.objects.update(capacity=2)
    starts = [START, START + 3 * HOUR]
    wishes = [
        make_booking_wish(
            tariff=tariff,
            when=When(day=THURSDAY, start=clock(first), end=clock(last)),
            visitor_ids=(None, None),
        )
        for first, last in (("12", "14"), ("15", "16"))
    ]
    make_order(tariff=tariff, by=manager, bookings=tuple(wishes))
    assert reminded(DUE) == [starts[0]]
    assert reminded(DUE + 3 * HOUR) == starts


def test_the_letter_tells_of_that_booking_and_how_to_have_no_more(
    order: Order, location: Location, manager: User
) -> None:
    location.__class__.objects.update(name="Парк Тест", address="Ленина, 1", directions="Вход со двора")
    remind_of_bookings(DUE)
    letter = compose(Message.objects.select_related("order__location", "order__customer").get(kind="reminder"))
    url = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert plain(letter) == (
        "Напоминание: Опен-спейс, чт, 26 ноября, 12:00–14:00\n"
        "Пётр, скоро начнётся ваше бронирование: Опен-спейс, чт, 26 ноября, 12:00–14:00.\n\n"
        "Где: Парк Тест, Ленина, 1\nВход со двора\n"
        "Осталось оплатить: 600 ₽\n"
        f"Ваши бронирования: {settings.SITE_URL}/my/bookings/\n\n"
        "Если есть вопросы, ответьте на это письмо.\n"
        "Парк Тест\n\n"
        f"Не нужны напоминания? {url}\n"
    )
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.attachments == []


def test_reminding_asks_once_a_location_however_many_bookings_there_are(
    tariff: Tariff, manager: User, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(3):  # type: ignore[operator]
        remind_of_bookings(NOW)


def passed_on(order: Order, *, at: datetime = NOW, email: str = "orlova@example.com") -> Ticket:
    """Pass the one ticket of an order on to Мария."""
    ticket = Ticket.objects.get()
    somebody = Recipient(last_name="Орлова", first_name="Мария", email=email)
    hand_over(order.pk, ticket.pk, somebody, shown=state_of(ticket), by=order.customer, at=at)
    return ticket


@pytest.fixture
def paid_order(order: Order) -> Order:
    """The order, for which nothing is due."""
    Order.objects.update(payment_method="invoice")
    Ticket.objects.update(status="active")
    return order


def recipients() -> list[str]:
    return sorted(Message.objects.filter(kind="reminder").values_list("to", flat=True))


def test_the_recipient_of_a_ticket_is_also_reminded_once(paid_order: Order) -> None:
    ticket = passed_on(paid_order)
    assert (remind_of_bookings(DUE), recipients()) == (2, ["orlova@example.com", "p@example.com"])
    before = saved_rows()
    assert (remind_of_bookings(DUE + HOUR), saved_rows()) == (0, before)
    letter = compose(
        Message.objects.select_related("order__location", "order__customer", "handover").get(
            kind="reminder", to="orlova@example.com"
        )
    )
    said = plain(letter)
    assert said.startswith(
        "Напоминание: Опен-спейс, чт, 26 ноября, 12:00–14:00\n"
        "Мария, скоро начнётся ваше бронирование: Опен-спейс, чт, 26 ноября, 12:00–14:00.\n"
    )
    assert "₽" not in said
    assert letter.attachments == []
    by_customer = token_of(paid_order.customer_id)
    assert by_customer not in said
    assert token_of(ticket.__class__.objects.get().visitor_id) in said


@pytest.mark.parametrize("change", ["wants none", "no account", "passed on just now", "taken back", "the customer"])
def test_a_recipient_is_reminded_who_wants_it_and_has_the_ticket(change: str, paid_order: Order) -> None:
    ticket = passed_on(paid_order, at=DUE - HOUR if change == "passed on just now" else NOW)
    if change == "wants none":
        User.objects.filter(email="orlova@example.com").update(wants_reminders=False)
    elif change == "no account":
        User.objects.filter(email="orlova@example.com").update(is_active=False)
    elif change == "taken back":
        shown = state_of(Ticket.objects.get())
        take_back(paid_order.pk, ticket.pk, shown=shown, by=paid_order.customer, at=NOW)
    elif change == "the customer":
        passed_on(paid_order, email="p@example.com")
    remind_of_bookings(DUE)
    assert recipients() == ["p@example.com"]


def test_a_ticket_that_went_to_and_fro_is_reminded_of_once_and_looked_at_no_more(
    paid_order: Order, django_assert_num_queries: object
) -> None:
    ticket = passed_on(paid_order)
    take_back(paid_order.pk, ticket.pk, shown=state_of(Ticket.objects.get()), by=paid_order.customer, at=NOW)
    passed_on(paid_order, email="ivanova@example.com")
    assert (remind_of_bookings(DUE), recipients()) == (2, ["ivanova@example.com", "p@example.com"])
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert remind_of_bookings(DUE + HOUR) == 0


def test_a_reminder_is_not_sent_to_whose_ticket_was_taken_back_meanwhile(paid_order: Order) -> None:
    ticket = passed_on(paid_order)
    remind_of_bookings(DUE)
    take_back(paid_order.pk, ticket.pk, shown=state_of(Ticket.objects.get()), by=paid_order.customer, at=DUE)
    waiting = Message.objects.get(kind="reminder", to="orlova@example.com")
    assert not send_message(waiting.pk, at=DUE + HOUR)
    assert (recipients(), mail.outbox) == (["p@example.com"], [])


def test_a_reminder_that_waited_is_not_sent_once_its_booking_is_gone(order: Order) -> None:
    remind_of_bookings(DUE)
    message = Message.objects.get(kind="reminder")
    Ticket.objects.update(status="cancelled")
    assert not send_message(message.pk, at=DUE + HOUR)
    assert (list(Message.objects.filter(kind="reminder")), mail.outbox) == ([], [])


def test_a_reminder_that_waited_is_not_sent_once_its_booking_has_begun(order: Order) -> None:
    remind_of_bookings(DUE)
    message = Message.objects.get(kind="reminder")
    assert not send_message(message.pk, at=START)
    assert (mail.outbox, Message.objects.filter(pk=message.pk).exists()) == ([], False)
