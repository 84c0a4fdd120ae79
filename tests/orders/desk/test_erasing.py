"""A person who asks for it becomes anonymous; the books stay as they are."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.domain.contacts import change_email
from accounts.domain.security import Origin
from accounts.models import AccessEvent, Erasure, Role, SavedFilter, User
from coworking.models import Ticket, WaitingWish
from olvery.shared.refusals import Busy, Refused
from orders.domain.desk import erasing
from orders.domain.desk.handing_over import Recipient, hand_over, state_of
from orders.domain.desk.ticket_letters import send_again
from orders.domain.online.completion import complete_finished
from orders.models import LedgerEntry, Message, MoneyCase, Order, OrderEvent, Pass
from tests.factories import (
    make_location,
    make_manager,
    make_member,
    make_order,
    make_pass,
    make_ticket,
    make_user,
    make_waiting,
)
from tests.moments import NOW, hours
from tests.orders.booking.asking import at_hours
from tests.orders.desk.merging import merged
from tests.orders.steps import take
from tests.snapshots import saved_rows
from tests.views.pages import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LATER = NOW + timedelta(days=3)
PAGE, LIST = "/my/profile/erasure/", "/manage/erasures/"
KNOWN = ("Петров", "Иван", "petrov@example.com", "ivan@example.com", "9265550000", "Свой стол", "Просил тише")


@pytest.fixture
def order(world: World) -> Order:
    """An order with other contacts and comments, paid and over."""
    made = make_order(
        tariff=world.tariff,
        customer=world.customer,
        by=world.manager,
        phone="+79265550000",
        email="ivan@example.com",
        comment="Свой стол",
        internal_note="Просил тише",
    )
    take(made, "600", by=world.manager)
    return made


def over() -> None:
    """Let all orders and tickets be over."""
    Order.objects.update(status="completed", due=0)
    Ticket.objects.update(status="used")


def erased(person: User, *, by: User, location_id: int) -> Erasure:
    asked = erasing.ask(person, at=LATER)
    erasing.erase(asked, by=by, location_id=location_id, at=LATER)
    return Erasure.objects.get(pk=asked.pk)


def reasons(person: User) -> set[str]:
    return {refusal.reason for refusal in erasing.obstacles(person)}


def test_name_and_contacts_go_and_the_books_stay(world: World, order: Order, administrator: User) -> None:
    stranger = make_user(last_name="Чужой", first_name="Олег")
    other = make_order(tariff=world.tariff, customer=stranger, by=world.manager, visitor_ids=(world.customer.pk,))
    contacts = {"phone": "+79265550000", "email": "ivan@example.com", "comment": "Свой стол"}
    for start in ("10", "11"):
        waits = {"when": at_hours(start, "12"), "places": world.service.seats.count()}
        make_waiting(tariff=world.tariff, customer=world.customer, **waits, **contacts)
    over()
    books, theirs = list(LedgerEntry.objects.values()), Order.objects.values().get(pk=other.pk)

    act = erased(world.customer, by=administrator, location_id=world.location.pk)

    person = User.objects.get(pk=world.customer.pk)
    assert (person.full_name, person.phone, person.email, person.company) == (f"№ {act.pk}", None, None, "")
    assert (person.is_active, person.erased_at, person.has_usable_password()) == (False, LATER, False)
    rows = str({name: found for name, found in saved_rows().items() if name != "User"}) + str(person.__dict__)
    assert [word for word in KNOWN if word in rows] == []
    order.refresh_from_db()
    assert (order.customer_name, str(order.phone), order.total, order.paid) == (f"№ {act.pk}", "+70000000000", 600, 600)
    assert (list(LedgerEntry.objects.values()), Order.objects.values().get(pk=other.pk)) == (books, theirs)
    letters = Message.objects.filter(order=order).count()
    assert act.act == {"orders": 1, "tickets": 2, "letters": letters, "events": 1, "waiting": 2}
    assert set(WaitingWish.objects.values_list("status", "closed_by")) == {("withdrawn", administrator.pk)}
    look = AccessEvent.objects.latest("pk")
    assert (look.by, look.person, look.screen, look.number) == (administrator, person, "erasure", act.pk)
    assert list(User.objects.found_by("петров", limit=5)) == []


def test_the_log_of_django_admin_names_nobody_who_is_erased(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    stranger = make_user(last_name="Чужой", first_name="Олег")
    for person in (kept, gone, stranger):
        LogEntry.objects.log_actions(administrator.pk, [person], CHANGE, "[]", single_object=True)
    merged(kept, gone, by=administrator, world=world)
    act = erased(User.objects.get(pk=kept.pk), by=administrator, location_id=world.location.pk)
    named = LogEntry.objects.order_by("pk").values_list("object_id", "object_repr", "user")
    assert list(named) == [
        (str(kept.pk), f"№ {act.pk}", administrator.pk),
        (str(gone.pk), f"№ {act.pk}", administrator.pk),
        (str(stranger.pk), "Чужой Олег", administrator.pk),
    ]


def test_the_migration_takes_the_names_of_those_who_were_erased_before(world: World, administrator: User) -> None:
    person, stranger = make_user(), make_user(last_name="Чужой", first_name="Олег")
    act = erased(person, by=administrator, location_id=world.location.pk)
    for one, name in ((person, "Петров Иван"), (stranger, "Чужой Олег")):
        kind = ContentType.objects.get_for_model(User)
        told = {"user": administrator, "action_flag": CHANGE}
        LogEntry.objects.create(content_type=kind, object_id=one.pk, object_repr=name, **told)
    with connection.cursor() as cursor:
        cursor.execute(import_module("accounts.migrations.0045_forget_names_in_the_log_of_admin").FORGET)
    assert list(LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)) == [f"№ {act.pk}", "Чужой Олег"]


def test_a_former_email_to_which_a_ticket_was_passed_on_goes_too(world: World, administrator: User) -> None:
    order = make_order(tariff=world.tariff, by=world.manager, payment_method="invoice")
    [ticket] = Ticket.objects.all()
    recipient = Recipient(last_name="Ким", first_name="Ольга", email="former@example.com")
    passed = hand_over(order.pk, ticket.pk, recipient, shown=state_of(ticket), by=order.customer, at=NOW)
    letter = Message.objects.get(kind="handed")
    OrderEvent.objects.create(order=order, kind="message_sent", data={"kind": "handed", "to": letter.to}, at=NOW)
    for number, email in enumerate(("later@example.com", "present@example.com"), start=1):
        change_email(passed.to, email=email, origin=Origin(None, ""), at=NOW)
        send_again(order.pk, [ticket.pk], at=NOW + timedelta(hours=number))
    change_email(passed.to, email="last@example.com", origin=Origin(None, ""), at=LATER)
    over()

    erased(User.objects.get(pk=passed.to_id), by=administrator, location_id=world.location.pk)

    assert [name for name in ("former", "later", "present") if f"{name}@example.com" in str(saved_rows())] == []
    assert set(Message.objects.exclude(kind="handed").values_list("to", flat=True)) == {order.email}


def test_filters_that_were_saved_for_a_person_go_with_their_data(
    world: World, order: Order, administrator: User, kept: User, gone: User
) -> None:
    make_user(last_name="Петров", first_name="Олег")
    merged(kept, gone, by=administrator, world=world)
    over()
    told = (
        *(
            "q=gtnhjd+иван",
            "q=Иван+Петров&status=confirmed",
            "q=8+926+555-00-00",
            "q=+79265550000",
            "q=Ivan@Example.com",
        ),
        *(f"customer={world.customer.pk}&sort=customer", "q=petrov@example"),
    )
    others = ("q=Петров", "q=Петров+Олег", "q=5000", f"q={order.pk}", "status=confirmed", "q=новый+q=", "customer=0")
    for number, query in enumerate((*told, *others)):
        facts = {"user": world.manager, "location": world.location, "list": "orders", "name": str(number)}
        SavedFilter.objects.create(query=query, **facts)

    erased(world.customer, by=administrator, location_id=world.location.pk)
    assert tuple(SavedFilter.objects.order_by("pk").values_list("query", flat=True)) == others

    of_the_merged = (
        f"customer={gone.pk}",
        f"q={gone.last_name}+{gone.first_name}",
        "q=old@example.com",
        "q=79265550000",
    )
    SavedFilter.objects.all().delete()
    for query in of_the_merged:
        SavedFilter.objects.create(user=administrator, location=world.location, list="orders", name=query, query=query)
    erased(User.objects.get(pk=kept.pk), by=administrator, location_id=world.location.pk)
    assert not SavedFilter.objects.exists()


def test_nothing_open_is_left_behind(world: World, order: Order) -> None:
    person = world.customer
    assert reasons(person) == {"erasure_open_orders", "erasure_open_tickets"}
    before = saved_rows()
    with pytest.raises(Refused):
        erasing.ask(person, at=NOW)
    assert (saved_rows(), Erasure.objects.exists()) == (before, False)
    over()
    assert reasons(person) == set()
    make_ticket(service=world.service, period=hours("14", "15"), visitor=person, seat=world.seat())
    assert reasons(person) == {"erasure_open_tickets"}
    over()
    MoneyCase.objects.create(kind="debt", order=order)
    assert reasons(person) == {"erasure_cases"}
    MoneyCase.objects.update(closed_at=NOW)
    Order.objects.update(due=100)
    assert reasons(person) == {"erasure_debts"}
    assert reasons(make_manager(location=world.location)) == {"erasure_rights"}


def test_a_pass_that_is_not_over_is_not_left_behind(world: World, administrator: User) -> None:
    person = make_user()
    bought = make_pass(service=world.service, customer=person, by=world.manager, at=NOW)
    assert reasons(person) == {"erasure_passes"}
    before = saved_rows()
    with pytest.raises(Refused):
        erasing.ask(person, at=NOW)
    assert (saved_rows(), Erasure.objects.exists()) == (before, False)

    assert complete_finished(None, bought.period.end) == 1
    assert reasons(person) == set()
    erased(person, by=administrator, location_id=world.location.pk)
    assert Pass.objects.values_list("owner__erased_at", "left").get() == (LATER, 0)


def test_an_order_made_after_the_request_puts_it_off(world: World, administrator: User) -> None:
    person = make_user()
    asked = erasing.ask(person, at=NOW)
    make_order(tariff=world.tariff, customer=person, by=world.manager)
    before = saved_rows()
    with pytest.raises(Refused):
        erasing.erase(asked, by=administrator, location_id=world.location.pk, at=LATER)
    assert (saved_rows(), Erasure.objects.get().done_at) == (before, None)
    over()
    erasing.erase(asked, by=administrator, location_id=world.location.pk, at=LATER)
    with pytest.raises(erasing.NoSuchErasure):
        erasing.erase(asked, by=administrator, location_id=world.location.pk, at=LATER)


def test_an_erased_person_gets_no_order_and_no_ticket(world: World, administrator: User) -> None:
    person = make_user()
    erased(person, by=administrator, location_id=world.location.pk)
    with pytest.raises(Refused):
        make_order(tariff=world.tariff, customer=User.objects.get(pk=person.pk), by=world.manager, phone="+79265550000")
    make_order(tariff=world.tariff, by=world.manager)
    for change in (
        lambda: Order.objects.update(customer=person),
        lambda: Ticket.objects.update(visitor=person),
        lambda: User.objects.filter(pk=person.pk).update(email="back@example.com"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_history_lets_go_of_names_in_an_erasure_alone(order: Order) -> None:
    event = OrderEvent.objects.filter(order=order, kind="contact_changed").get()
    with erasing._history_lets_go():
        for change in ({"reason": "Иначе"}, {"kind": "changed"}, {"at": LATER}, {"data": {}, "reason": "Иначе"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                OrderEvent.objects.filter(pk=event.pk).update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            event.delete()


# Pages


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_person_asks_and_the_administrator_of_the_location_does_it(
    world: World, order: Order, administrator: User
) -> None:
    mine, office = signed_in(world.customer), signed_in(administrator)
    page: Any = mine.post(PAGE)
    assert (page.status_code, Erasure.objects.count()) == (422, 0)
    assert "1 заказ ещё не завершён" in page.content.decode()
    over()
    assert "Попросить удалить" in mine.get(PAGE).content.decode()
    for _twice in range(2):
        mine.post(PAGE)
    asked = Erasure.objects.get()
    assert f"Запрос {asked.pk} ждёт администратора" in mine.get(PAGE).content.decode()
    assert world.customer.full_name in office.get(LIST).content.decode()

    elsewhere = signed_in(make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR))
    assert world.customer.full_name not in elsewhere.get(LIST).content.decode()
    assert elsewhere.post(f"{LIST}{asked.pk}/").status_code == 404
    assert signed_in(world.manager).post(f"{LIST}{asked.pk}/").status_code == 403

    make_ticket(service=world.service, period=hours("14", "15"), visitor=world.customer, seat=world.seat())
    asking = f"{LIST}{asked.pk}/"
    assert "1 билет ещё действует" in office.get(asking).content.decode()
    assert "1 билет ещё действует" in office.post(asking, follow=True).content.decode()
    assert Erasure.objects.get().done_at is None
    over()
    assert "Отменить это нельзя" in office.get(asking).content.decode()
    done = office.post(f"{LIST}{asked.pk}/", follow=True).content.decode()
    assert f"номер акта {asked.pk}" in done
    assert f"Акт об удалении № {asked.pk}" in done
    assert mine.get(PAGE).status_code == 302  # signed out
    assert office.get(asking).status_code == office.post(asking).status_code == 404


def test_a_request_is_withdrawn_and_made_again(world: World, administrator: User) -> None:
    person = make_user()
    mine = signed_in(person)
    mine.post(PAGE)
    mine.post(PAGE, {"withdraw": "1"})
    assert person.full_name not in signed_in(administrator).get(LIST).content.decode()
    with pytest.raises(erasing.NoSuchErasure):
        erasing.erase(Erasure.objects.get(), by=administrator, location_id=world.location.pk, at=LATER)
    mine.post(PAGE)
    assert list(Erasure.objects.order_by("pk").values_list("withdrawn_at", flat=True)) == [NOW, None]


def test_a_request_while_somebody_works_on_the_record_is_told_to_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: Any, **_named: Any) -> None:
        raise Busy

    monkeypatch.setattr(erasing, "ask", busy)
    page = signed_in(world.customer).post(PAGE, follow=True).content.decode()
    assert ("Попробуйте ещё раз." in page, "Попросить удалить" in page) == (True, True)
    assert not Erasure.objects.exists()


def test_a_request_by_letter_is_noted_whatever_is_open(world: World, order: Order, administrator: User) -> None:
    elsewhere, facts = make_location(), {"why": "Письмо от Петрова Ивана", "at": NOW}
    other = make_member(location=elsewhere, role=Role.LOCATION_ADMINISTRATOR)
    before = saved_rows()
    with pytest.raises(erasing.ErasureRefused) as refused:
        erasing.note(world.customer.pk, by=other, location=elsewhere, **facts)
    assert (refused.value.reason, saved_rows()) == ("erasure_elsewhere", before)

    asked = erasing.note(world.customer.pk, by=administrator, location=world.location, **facts)
    again = erasing.note(world.customer.pk, by=administrator, location=world.location, why="Ещё раз", at=LATER)
    assert (again, again.note, again.asked_at) == (asked, "Письмо от Петрова Ивана", NOW)
    looks = AccessEvent.objects.filter(screen="erasure").values_list("by", "person", "number", "location")
    assert list(looks) == [(administrator.pk, world.customer.pk, asked.pk, world.location.pk)]
    with pytest.raises(Refused):
        erasing.erase(asked, by=administrator, location_id=world.location.pk, at=LATER)

    over()
    erasing.erase(asked, by=administrator, location_id=world.location.pk, at=LATER)
    done = Erasure.objects.get()
    assert (done.note, done.noted_by, done.done_by) == ("—", administrator, administrator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.update(note="")


def test_the_office_notes_a_request_and_withdraws_it(world: World, order: Order, administrator: User) -> None:
    office = signed_in(administrator)
    found: Any = office.get(f"{LIST}new/", {"q": world.customer.last_name})
    assert world.customer.full_name in found.content.decode()
    [key] = [one.pick_key for one in found.context["people"] if one == world.customer]
    chosen = f"{LIST}new/?person={quote(key)}"
    before = saved_rows()
    for typed, told in (({"reason": ""}, "Напишите, как пришёл запрос"), ({"reason": "Был", "action": "x"}, "Был")):
        page = office.post(chosen, typed)
        assert (told in page.content.decode(), saved_rows()) == (True, before)
    page = office.post(chosen, {"reason": "Заявление от 24.11"}, follow=True)
    asked = Erasure.objects.get()
    assert page.redirect_chain == [(f"{LIST}{asked.pk}/", 302)]
    for told in ("Заявление от 24.11", "1 заказ ещё не завершён", "Найти заказы"):
        assert told in page.content.decode()
    assert "Заявление от 24.11" in office.get(LIST).content.decode()
    again = office.post(chosen, {"reason": "Ещё письмо"}, follow=True).content.decode()
    assert ("просил раньше" in again, "Ещё письмо" in again, Erasure.objects.count()) == (True, False, 1)

    office.post(f"{LIST}{asked.pk}/withdraw/")
    asked.refresh_from_db()
    assert (asked.withdrawn_at, asked.done_at) == (NOW, None)
    assert "Заявление от 24.11" not in office.get(LIST).content.decode()
    own = erasing.ask(make_user(), at=NOW)
    assert office.post(f"{LIST}{own.pk}/withdraw/").status_code == 404  # theirs to withdraw
