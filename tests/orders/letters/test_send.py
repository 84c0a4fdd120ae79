from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import icalendar
import pytest
from django.core.mail import EmailMessage
from django.utils import translation

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, Tariff, Ticket, Unit
from olvery.shared.addresses import site_host
from orders import tasks
from orders.documents.ticket import calendar_file, ticket_qr_png
from orders.domain import messages
from orders.domain.desk.cancelling import cancel_order
from orders.letters import compose, mail
from orders.models import Message, MessageKind, Order, OrderEvent
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    seat_of,
)
from tests.moments import NOW, SUNDAY, WEDNESDAY, hours
from tests.orders.booking.changes import change
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def location() -> Location:
    return make_location(name="Парк Тест", address="Ленина, 1", reply_email="park@example.com")


@pytest.fixture
def tariff(location: Location) -> Tariff:
    return make_tariff(service=make_seats(location=location, name="Тихая зона", labels=["A1", "A2"]))


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


def message_of(order: Order, kind: MessageKind) -> Message:
    return Message.objects.get(order=order, kind=kind)


def attachments(letter: EmailMessage) -> list[tuple[str, str]]:
    return [(name, kind) for name, _content, kind in letter.attachments]


def calendars_in(letters: list[EmailMessage]) -> list[icalendar.Calendar]:
    """Return the calendar files of letters."""
    files = [content for one in letters for _name, content, kind in one.attachments if kind == "text/calendar"]
    return [icalendar.Calendar.from_ical(file) for file in files]


def events_of(order: Order, tickets: Any = None) -> list[icalendar.Event]:
    tickets = tickets or Ticket.objects.filter(lines__order=order).order_by("number")
    return icalendar.Calendar.from_ical(calendar_file(order, list(tickets), at=NOW)).walk("VEVENT")


# Written


def test_messages_are_written_only_where_there_is_an_e_mail(tariff: Tariff, manager: User) -> None:
    make_order(tariff=tariff, by=manager, customer=make_user(email=None))
    assert not Message.objects.exists()
    order = make_order(tariff=tariff, by=manager)
    assert list(order.messages.order_by("pk").values_list("kind", "to")) == [
        ("created", order.email),
        ("tickets", order.email),
    ]


def test_a_message_of_a_kind_is_written_once_an_order(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    assert messages.write_messages(order, [MessageKind.CREATED], at=NOW) == []
    with pytest.raises(Exception, match="message_once_a_kind_and_thing"):
        Message.objects.create(order=order, kind=MessageKind.CREATED, to=order.email)


def test_a_message_of_a_kind_is_written_once_about_a_thing(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    for moment, written in ((NOW, 1), (NOW, 0), (NOW + timedelta(seconds=1), 1)):
        about = messages.About(asked_at=moment)
        assert len(messages.write_messages(order, [MessageKind.LINK], at=NOW, about=about)) == written
    with pytest.raises(Exception, match="message_once_a_kind_and_thing"):
        Message.objects.create(order=order, kind=MessageKind.LINK, asked_at=NOW, to=order.email)


# Sent


def test_a_message_goes_out_to_the_contacts_of_the_order_and_is_written_down(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage], now: datetime
) -> None:
    order = make_order(tariff=tariff, by=manager, email="office@example.com")
    message = message_of(order, MessageKind.CREATED)

    tasks.send_message(message_id=message.pk)

    (letter,) = mailoutbox
    assert (letter.to, letter.reply_to) == (["office@example.com"], ["park@example.com"])
    assert letter.subject
    assert "\n" not in letter.subject
    assert str(order.number) in letter.subject + letter.body
    assert (letter.attachments, letter.extra_headers["Auto-Submitted"]) == ([], "auto-generated")
    assert letter.extra_headers["Message-ID"].startswith(f"<message-{message.pk}@")
    message.refresh_from_db()
    assert message.sent_at == now
    event = OrderEvent.objects.get(kind="message_sent")
    assert (event.order, event.by, event.at) == (order, None, now)
    assert event.data == {"kind": "created", "to": "office@example.com"}


def test_messages_of_one_job_do_not_wait_for_one_that_fails(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(tariff=tariff, by=manager)
    created, of_tickets = message_of(order, MessageKind.CREATED), message_of(order, MessageKind.TICKETS)
    send, failures = EmailMessage.send, [OSError("away")]

    def send_or_fail(letter: EmailMessage) -> int:
        if failures:
            raise failures.pop()
        return send(letter)

    monkeypatch.setattr(EmailMessage, "send", send_or_fail)
    job = partial(tasks.send_message, message_id=created.pk, also=[of_tickets.pk])
    with pytest.raises(ExceptionGroup) as failed:
        job()
    assert failed.group_contains(OSError, match="away")
    assert list(order.messages.filter(sent_at=None)) == [created]
    job()
    sent = [letter.extra_headers["Message-ID"].partition("@")[0] for letter in mailoutbox]
    assert sent == [f"<message-{of_tickets.pk}", f"<message-{created.pk}"]
    assert OrderEvent.objects.filter(kind="message_sent").count() == 2


def test_a_job_that_runs_twice_sends_once(tariff: Tariff, manager: User, mailoutbox: list[EmailMessage]) -> None:
    order = make_order(tariff=tariff, by=manager)
    message = message_of(order, MessageKind.CREATED)
    tasks.send_message(message_id=message.pk)
    before = saved_rows()
    tasks.send_message(message_id=message.pk)
    assert (len(mailoutbox), saved_rows()) == (1, before)


def test_a_mail_server_that_is_away_fails_the_job_and_not_the_order(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(tariff=tariff, by=manager)
    message = message_of(order, MessageKind.CREATED)
    before = saved_rows()
    with monkeypatch.context() as away:
        away.setattr(EmailMessage, "send", lambda *_args, **_wanted: (_ for _ in ()).throw(OSError("away")))
        with pytest.raises(ExceptionGroup) as failed:
            tasks.send_message(message_id=message.pk)
    assert failed.group_contains(OSError, match="away")
    assert saved_rows() == before
    tasks.send_message(message_id=message.pk)
    assert len(mailoutbox) == 1


def test_letters_are_in_russian_though_the_manager_works_in_english(
    tariff: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    languages: list[str | None] = []
    render = mail.render_to_string

    def remember(*args: Any) -> str:
        languages.append(translation.get_language())
        return render(*args)

    monkeypatch.setattr(mail, "render_to_string", remember)
    with translation.override("en"):
        order = make_order(tariff=tariff, by=manager)
        sent = [compose.compose(message) for message in order.messages.order_by("pk")]
        assert translation.get_language() == "en"
    assert languages == ["ru"] * 4  # text and HTML of each
    with translation.override("ru"):
        again = [compose.compose(message) for message in order.messages.order_by("pk")]
    assert [(letter.subject, letter.body) for letter in sent] == [(letter.subject, letter.body) for letter in again]


def test_tickets_come_with_a_code_each_and_one_calendar_file(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage]
) -> None:
    order = make_order(tariff=tariff, by=manager, visitor_ids=(None, None))
    tasks.send_message(message_id=message_of(order, MessageKind.TICKETS).pk)
    first, second = Ticket.objects.order_by("number")
    (letter,) = mailoutbox
    assert attachments(letter) == [
        (f"ticket-{first.number}.png", "image/png"),
        (f"ticket-{second.number}.png", "image/png"),
        (f"order-{order.number}.ics", "text/calendar"),
    ]
    assert [content for _name, content, _kind in letter.attachments[:2]] == [
        ticket_qr_png(first),
        ticket_qr_png(second),
    ]


@pytest.mark.usefixtures("tariff")
def test_a_cancellation_is_sent_with_its_reason(tariff: Tariff, manager: User, mailoutbox: list[EmailMessage]) -> None:
    order = make_order(tariff=tariff, by=manager)
    cancel_order(order.pk, by=manager, reason="Авария в здании", at=NOW)
    tasks.send_message(message_id=message_of(order, MessageKind.CANCELLED).pk)
    (letter,) = mailoutbox
    assert (letter.to, letter.reply_to, letter.attachments) == ([order.email], ["park@example.com"], [])
    assert "Авария в здании" in letter.body


def test_tickets_of_an_order_that_was_cancelled_meanwhile_do_not_go_out(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage]
) -> None:
    order = make_order(tariff=tariff, by=manager)
    queued = [message.pk for message in order.messages.all()]
    cancel_order(order.pk, by=manager, reason="Передумал", at=NOW)
    before = saved_rows()
    for message_id in queued:
        tasks.send_message(message_id=message_id)
    assert (mailoutbox, saved_rows()) == ([], before)


# Attached


def test_a_code_is_a_picture_of_its_own_for_each_ticket(tariff: Tariff, manager: User) -> None:
    make_order(tariff=tariff, by=manager, visitor_ids=(None, None))
    first, second = (ticket_qr_png(ticket) for ticket in Ticket.objects.order_by("number"))
    assert first.startswith(PNG)
    assert second.startswith(PNG)
    assert first != second


def test_hours_are_moments_in_the_calendar_file(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager, seat_ids=(seat_of(tariff.service, "A2").pk,))
    (event,) = events_of(order)
    ticket = Ticket.objects.get()
    assert (event.start, event.end) == (hours("10", "12").start, hours("10", "12").end)
    assert (str(event["summary"]), str(event["location"])) == ("Тихая зона, A2", "Парк Тест, Ленина, 1")
    assert str(event["uid"]).startswith(f"ticket-{ticket.number}@")


def test_whole_days_are_dates_in_the_calendar_file(location: Location, manager: User) -> None:
    pool = make_pool(location=location, name="Опен-спейс")
    tariff = make_tariff(service=pool, unit=Unit.WEEK)
    order = make_order(tariff=tariff, by=manager, when=When(day=WEDNESDAY))
    (event,) = events_of(order)
    assert (event.start, event.end) == (date(2026, 11, 25), date(2026, 12, 2))
    assert (str(event["summary"]), event.end > SUNDAY) == ("Опен-спейс", True)


def test_a_later_calendar_file_updates_the_entry_of_an_earlier_one(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    tickets = list(Ticket.objects.all())
    files = [icalendar.Calendar.from_ical(calendar_file(order, tickets, at=NOW + wait)) for wait in (HOUR, 2 * HOUR)]
    entries = [file.walk("VEVENT")[0] for file in files]
    assert {file["method"] for file in files} == {"PUBLISH"}
    assert entries[0]["uid"] == entries[1]["uid"]
    assert [(entry["sequence"], entry["status"]) for entry in entries] == [(3600, "CONFIRMED"), (7200, "CONFIRMED")]


def test_a_cancellation_takes_the_booking_out_of_the_calendar_it_was_sent_to(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage]
) -> None:
    order = make_order(tariff=tariff, by=manager)
    tasks.send_message(message_id=message_of(order, MessageKind.TICKETS).pk)
    cancel_order(order.pk, by=manager, reason="Передумал", at=NOW + HOUR)
    tasks.send_message(message_id=message_of(order, MessageKind.CANCELLED).pk)
    calendars = calendars_in(mailoutbox)
    told = [(one["method"], one.walk("VEVENT")[0]["status"], one.walk("VEVENT")[0]["sequence"]) for one in calendars]
    assert told == [("PUBLISH", "CONFIRMED", 0), ("CANCEL", "CANCELLED", 3600)]
    assert len({one.walk("VEVENT")[0]["uid"] for one in calendars}) == 1


def test_a_part_of_an_order_that_is_given_up_leaves_the_calendar_it_was_sent_to(
    tariff: Tariff, manager: User, mailoutbox: list[EmailMessage]
) -> None:
    order = make_order(tariff=tariff, by=manager, visitor_ids=(None, None))
    tasks.send_message(message_id=message_of(order, MessageKind.TICKETS).pk)
    kept, gone = Ticket.objects.order_by("number")
    change(order, by=manager, ticket=gone.pk, is_cancelled=True)
    tasks.send_message(message_id=message_of(order, MessageKind.CHANGED).pk)
    told = [{str(one["uid"]): str(one["status"]) for one in file.walk("VEVENT")} for file in calendars_in(mailoutbox)]
    first, second = (f"ticket-{ticket.number}@{site_host()}" for ticket in (kept, gone))
    assert told == [{first: "CONFIRMED", second: "CONFIRMED"}, {first: "CONFIRMED", second: "CANCELLED"}]
    assert [name for name, _kind in attachments(mailoutbox[-1])] == [
        f"ticket-{kept.number}.png",
        f"order-{order.number}.ics",
    ]
