"""A customer passes a ticket on to somebody else, and takes it back."""

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.models import User
from coworking.domain import ticket_codes
from coworking.domain.reading import read_ticket
from coworking.domain.visits import TicketPassedOn
from coworking.models import Ticket, TicketStatus, VisitSource
from orders.domain.desk import door, erasing
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.change_undoing import undo_change
from orders.domain.online.links import ensure_link
from orders.letters.compose import compose
from orders.letters.send import send_message
from orders.models import EventKind, Handover, Message, Order, OrderEvent
from tests.factories import make_manager, make_order, make_seats, make_tariff, make_user
from tests.html import text_of
from tests.moments import NOW, moment
from tests.orders.booking.changes import change, when
from tests.orders.steps import plain
from tests.snapshots import saved_rows
from tests.views.pages import read

pytestmark = pytest.mark.django_db
EMAIL = "orlova@example.com"
SOMEBODY = {"last_name": "Орлова", "first_name": "Маша", "contact": EMAIL}


@pytest.fixture
def order(client: Client, clock: time_machine.Coordinates) -> Order:
    """A1 by invoice for Wednesday, 10 to 12; its customer, Иван Петров, is signed in."""
    tariff = make_tariff(service=make_seats(name="Опен-спейс"), price="300")
    customer = make_user(last_name="Петров", first_name="Иван", email="petrov@example.com")
    order = make_order(tariff=tariff, customer=customer, payment_method="invoice")
    client.force_login(customer)
    Message.objects.all().delete()
    return order


def ticket_of(order: Order) -> Ticket:
    return Ticket.objects.select_related("service__location", "visitor").distinct().get(lines__order=order)


def address(order: Order, part: str = "hand-over") -> str:
    return f"/my/orders/{order.pk}/tickets/{ticket_of(order).pk}/{part}/"


def shown(client: Client, order: Order) -> str:
    return read(client.get(address(order))).attrs_of("input", name="shown")[0]["value"]


def pass_on(client: Client, order: Order, **changes: str) -> Any:
    return client.post(address(order), {**SOMEBODY, "shown": shown(client, order), **changes})


def take_back(client: Client, order: Order) -> Any:
    return client.post(address(order, "take-back"), {"shown": shown(client, order)})


def letters() -> list[EmailMultiAlternatives]:
    """Send waiting letters, as the worker does, and return them."""
    mail.outbox = []
    for pk in Message.objects.filter(sent_at=None).order_by("pk").values_list("pk", flat=True):
        send_message(pk, at=NOW)
    return mail.outbox  # type: ignore[return-value]


def methods(letter: EmailMultiAlternatives) -> list[str]:
    """Return the method of each calendar file of a letter."""
    files = [file for name, file, _type in letter.attachments if str(name).endswith(".ics")]  # type: ignore[misc]
    return [str(icalendar.Calendar.from_ical(file)["METHOD"]) for file in files]


def test_a_ticket_becomes_somebody_elses_with_a_code_of_its_own(client: Client, order: Order) -> None:
    ticket = ticket_of(order)
    before, location = ticket_codes.code_of(ticket), ticket.service.location
    assert "Передать" in text_of(client.get(f"/my/orders/{order.pk}/").content.decode())
    answer = pass_on(client, order)
    assert (answer.status_code, answer.headers["Location"]) == (302, address(order))

    ticket, person = ticket_of(order), User.objects.get(email=EMAIL)
    order.refresh_from_db()
    assert (ticket.visitor, ticket.visitor_name, ticket.status) == (person, "Орлова Маша", "active")
    assert (person.full_name, person.created_by, person.has_usable_password()) == (
        "Орлова Маша",
        order.customer,
        False,
    )
    assert order.customer.last_name == "Петров"
    with pytest.raises(TicketPassedOn):
        read_ticket(location, before)
    assert read_ticket(location, ticket_codes.code_of(ticket)) == (ticket, VisitSource.CODE)
    told = OrderEvent.objects.get(kind=EventKind.HANDED_OVER)
    assert (told.by, [one["after"]["visitor_name"] for one in told.data["tickets"]]) == (
        order.customer,
        ["Орлова Маша"],
    )
    client.force_login(make_manager(location=location))
    history = text_of(client.get(f"/manage/orders/{order.pk}/").content.decode())
    assert f"Билет {ticket.pk}: Петров Иван → Орлова Маша" in history


def test_both_visitors_get_a_letter_and_their_calendars_follow(client: Client, order: Order) -> None:
    pass_on(client, order)
    gone, handed = letters()
    assert (gone.to, handed.to) == (["petrov@example.com"], [EMAIL])
    assert "больше не ваш" in gone.subject
    assert "Вам передали билет. От кого: Петров Иван." in plain(handed)
    assert (methods(gone), methods(handed)) == (["CANCEL"], ["PUBLISH"])
    names = [[str(one[0]) for one in letter.attachments] for letter in (gone, handed)]  # type: ignore[misc]
    assert (any("png" in name for name in names[0]), any("png" in name for name in names[1])) == (False, True)
    assert "₽" not in plain(handed)
    assert order.phone.as_e164[-4:] not in plain(handed)  # type: ignore[union-attr]


def test_the_code_is_the_new_visitors_alone(client: Client, order: Order) -> None:
    number = ticket_of(order).pk
    assert client.get(f"/my/orders/{order.pk}/print/").status_code == 200
    pass_on(client, order)
    for path in (f"/my/orders/{order.pk}/print/", f"/my/bookings/{number}/", f"/my/bookings/{number}/print/"):
        assert client.get(path).status_code == 404, path
    assert client.get(f"/my/bookings/{number}/share/").status_code == 404
    pay_page = client.get(f"/pay/{ensure_link(order, at=NOW).token}/")
    assert not read(pay_page).attrs_of("svg", role="img")
    guest = Client()
    guest.force_login(User.objects.get(email=EMAIL))
    assert read(guest.get(f"/my/bookings/{number}/")).attrs_of("svg", role="img")
    assert guest.get(f"/my/orders/{order.pk}/").status_code == 404


def test_nobody_learns_who_is_known(client: Client, order: Order) -> None:
    known = make_user(last_name="Сидорова", first_name="Мария", email=EMAIL, phone="+79160000001")
    pages = []
    for contact in (EMAIL, "nobody@example.com", "8 916 000-00-01", "8 916 000-00-02"):
        answer = pass_on(client, order, contact=contact)
        pages.append((answer.status_code, answer.headers["Location"]))
        seen = text_of(client.get(address(order)).content.decode()) + text_of(
            client.get(f"/my/orders/{order.pk}/").content.decode()
        )
        assert "Сидорова" not in seen
        assert "Передан: Орлова Маша" in seen
    assert pages == [(302, address(order))] * 4
    known.refresh_from_db()
    assert (known.full_name, str(known.phone)) == ("Сидорова Мария", "+79160000001")
    assert client.post("/my/profile/export/").content.count(EMAIL.encode()) == 0


def test_whoever_is_named_by_a_phone_gets_an_address_from_the_customer(client: Client, order: Order) -> None:
    pass_on(client, order, contact="8 916 000-00-02")
    page = read(client.get(address(order)))
    [path] = [urlsplit(attrs["value"]).path for attrs in page.attrs_of("input", id="address")]
    answer = Client().get(path)
    assert read(answer).attrs_of("svg", role="img")
    assert User.objects.get(phone="+79160000002").email is None
    assert [letter.to for letter in letters()] == [["petrov@example.com"]]

    take_back(client, order)
    assert Client().get(path).status_code == 404


def test_a_ticket_does_not_go_to_whoever_only_claims_the_phone(client: Client, order: Order) -> None:
    claimant = make_user(last_name="Чужой", phone="+79160000002", phone_is_claim=True)
    pass_on(client, order, contact="8 916 000-00-02")
    visitor = ticket_of(order).visitor
    assert (visitor.full_name, visitor.phone, visitor.email) == ("Орлова Маша", None, None)
    claimant.refresh_from_db()
    assert (str(claimant.phone), claimant.phone_is_claim) == ("+79160000002", True)
    assert read(client.get(address(order))).attrs_of("input", id="address")

    client.force_login(claimant)
    assert client.get(f"/my/orders/{order.pk}/").status_code == 404


def test_a_ticket_is_taken_back_with_a_new_code(client: Client, order: Order) -> None:
    pass_on(client, order)
    letters()
    theirs, location = ticket_codes.code_of(ticket_of(order)), ticket_of(order).service.location
    assert take_back(client, order).status_code == 302
    ticket = ticket_of(order)
    assert (ticket.visitor, ticket.visitor_name) == (order.customer, "Петров Иван")
    assert Handover.objects.get().ended_at == NOW
    with pytest.raises(TicketPassedOn):
        read_ticket(location, theirs)
    gone, back = letters()
    assert (gone.to, back.to) == ([EMAIL], ["petrov@example.com"])
    assert "Билет снова ваш." in plain(back)
    assert client.get(f"/my/orders/{order.pk}/print/").status_code == 200
    assert [
        event.kind for event in OrderEvent.objects.filter(kind__in=["handed_over", "taken_back"]).order_by("pk")
    ] == [
        "handed_over",
        "taken_back",
    ]


def test_a_letter_that_waits_gives_nobody_the_code_of_somebody_else(client: Client, order: Order) -> None:
    pass_on(client, order)
    pass_on(client, order, contact="second@example.com")
    assert [letter.to for letter in letters()] == [["petrov@example.com"], [EMAIL], ["second@example.com"]]
    first_to_last = Handover.objects.order_by("pk").values_list("former", flat=True)
    assert set(first_to_last) == {order.customer_id}  # taken back, it is the customer's, not that of the first


def _unpaid(order: Order) -> None:
    Ticket.objects.update(status=TicketStatus.HELD, held_until=moment("2026-11-25 09:00"))


def _over(order: Order) -> None:
    period = (moment("2026-11-24 07:00"), moment("2026-11-24 08:00"))
    Ticket.objects.update(period=period, occupied=period)


def _visited(order: Order) -> None:
    Ticket.objects.update(period=(NOW, moment("2026-11-25 12:00")), occupied=(NOW, moment("2026-11-25 12:00")))
    by = make_manager(location=order.location)
    door.let_in(ticket_of(order).pk, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=NOW)
    door.let_out(ticket_of(order).pk, by=by, at=NOW)


def _elsewhere(order: Order) -> None:
    Ticket.objects.update(visitor=make_user())


def _cancelled(order: Order) -> None:
    cancel_order(order.pk, by=order.created_by, reason="Передумал", at=NOW)


@pytest.mark.parametrize("done", [_unpaid, _over, _visited, _elsewhere, _cancelled], ids=lambda done: done.__name__)
def test_a_ticket_that_stays_with_its_visitor_is_not_passed_on(client: Client, order: Order, done: Any) -> None:
    seen = shown(client, order)
    done(order)
    before = saved_rows()
    answer = client.post(address(order), {**SOMEBODY, "shown": seen})
    assert (answer.status_code, saved_rows()) == (422, before)
    assert 'role="alert"' in answer.content.decode()
    client.post(address(order, "take-back"), {"shown": seen})
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("contact", "", "Укажите почту или телефон."),
        ("contact", "Маше", "Укажите почту или телефон."),
        ("contact", "orlova@", "правильный"),
        ("contact", "8 916 000", "цифр"),
        ("last_name", "", "Укажите фамилию."),
        ("first_name", "<b>", "буквами"),
        ("shown", "", ""),
    ],
)
def test_what_is_typed_wrong_is_said_at_the_field_and_kept(
    client: Client, order: Order, name: str, text: str, error: str
) -> None:
    before = saved_rows()
    answer = pass_on(client, order, **{name: text})
    html = answer.content.decode()
    assert (answer.status_code, saved_rows()) == (422, before)
    assert error in html
    focused = [attrs["name"] for attrs in read(answer).attrs_of("input") if "autofocus" in attrs]
    assert focused == ([name] if name in SOMEBODY else [])
    kept = [value for key, value in SOMEBODY.items() if key != name]
    assert all(f'value="{value}"' in html for value in kept)


@pytest.mark.parametrize("contact", [EMAIL, "8 916 000-00-01"])
def test_a_closed_account_gets_no_ticket_and_its_contact_is_not_told_from_others(
    client: Client, order: Order, contact: str
) -> None:
    make_user(last_name="Тайная", email=EMAIL, phone="+79160000001", is_active=False)
    before = saved_rows()
    refused = pass_on(client, order, contact=contact)
    assert (refused.status_code, saved_rows(), Handover.objects.exists()) == (422, before, False)
    html = refused.content.decode()
    assert ("На этот контакт билет передать нельзя" in html, "Тайная" in html) == (True, False)


def test_pressing_twice_passes_on_once_and_often_is_limited(client: Client, order: Order) -> None:
    seen = shown(client, order)
    codes = [client.post(address(order), {**SOMEBODY, "shown": seen}).status_code for _twice in range(2)]
    assert (codes, Handover.objects.count()) == ([302, 422], 1)
    for number in range(8):
        assert pass_on(client, order, contact=f"somebody-{number}@example.com").status_code == 302
    before = saved_rows()
    refused = pass_on(client, order)
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "слишком часто" in refused.content.decode()


def test_a_change_by_a_manager_reaches_who_has_the_ticket_and_an_undone_visitor_gets_new_codes(
    client: Client, order: Order
) -> None:
    pass_on(client, order)
    letters()
    ticket, manager = ticket_of(order), make_manager(location=order.location)
    moved = change(order, by=manager, when=when("10", "13"))
    told = Message.objects.filter(sent_at=None).order_by("pk")
    assert [(one.kind, one.to) for one in told] == [("changed", "petrov@example.com"), ("handed", EMAIL)]
    undo_change(order.pk, moved.pk, by=manager, at=NOW)
    assert not told.all().exists()

    given = change(order, by=manager, visitor_id=make_user(last_name="Зуева").pk)
    assert [one.kind for one in told.all()] == ["changed", "gone"]
    assert ticket_of(order).code_version == ticket.code_version + 1
    letter = compose(told.all()[0])
    assert "новый код, прежний никого не пускает" in plain(letter)
    assert "Коды прежние" not in plain(letter)
    undo_change(order.pk, given.pk, by=manager, at=NOW)
    again = letters()
    assert [one.to for one in again] == [["petrov@example.com"], [EMAIL]]
    assert [any("png" in str(file[0]) for file in one.attachments) for one in again] == [False, True]  # type: ignore[misc]


def test_who_is_erased_is_named_nowhere_in_the_order_of_somebody_else(client: Client, order: Order) -> None:
    pass_on(client, order)
    letters()
    person = User.objects.get(email=EMAIL)
    take_back(client, order)
    letters()
    pass_on(client, order, contact="second@example.com", last_name="Зуева", first_name="Анна")
    erasing.erase(erasing.ask(person, at=NOW), by=order.created_by, location_id=order.location_id, at=NOW)
    kept = json.dumps(list(OrderEvent.objects.values_list("data", flat=True)), ensure_ascii=False)
    kept += str(list(Handover.objects.values_list("name", "former_name"))) + str(
        list(Message.objects.values_list("to"))
    )
    assert ("Орлова" in kept, EMAIL in kept, "Зуева" in kept) == (False, False, True)


def test_a_ticket_is_not_taken_back_for_a_visitor_who_was_erased(client: Client, order: Order) -> None:
    former = make_user(last_name="Зуева")
    change(order, by=make_manager(location=order.location), visitor_id=former.pk)
    pass_on(client, order)
    erasing.erase(erasing.ask(former, at=NOW), by=order.created_by, location_id=order.location_id, at=NOW)
    before = saved_rows()
    answer = client.post(address(order, "take-back"), {"shown": shown(client, order)}, follow=True)
    assert "Данные этого человека" in text_of(answer.content.decode())
    assert (saved_rows(), Handover.objects.standing().count()) == (before, 1)


def test_the_recipient_of_a_ticket_hears_of_a_cancellation(client: Client, order: Order) -> None:
    pass_on(client, order)
    letters()
    _cancelled(order)
    cancelled, gone = letters()
    assert (cancelled.to, gone.to) == (["petrov@example.com"], [EMAIL])
    assert "Бронирование отменено" in plain(gone)
    assert "₽" not in plain(gone)
    assert methods(gone) == ["CANCEL"]
