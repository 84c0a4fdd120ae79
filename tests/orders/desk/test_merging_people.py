"""Two records of one person become one: everything moves, and obstacles are reported."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps

from accounts.domain import calendar_feeds
from accounts.models import (
    CalendarFeed,
    CompanyMember,
    PersonMerge,
    User,
)
from coworking.models import Ticket, WaitingWish
from olvery.shared.refusals import Refused
from orders.domain.desk import erasing, merging_people
from orders.domain.desk.handing_over import Recipient, hand_over, passed_on, state_of, take_back
from orders.domain.desk.ticket_letters import post_of
from orders.domain.queries.merging import candidates
from orders.models import Order, OrderEvent, Pass
from tests.factories import (
    make_company,
    make_location,
    make_manager,
    make_order,
    make_pass,
    make_seats,
    make_ticket,
    make_user,
    make_waiting,
)
from tests.moments import NOW, hours
from tests.orders.booking.asking import at_hours
from tests.orders.desk.merging import LATER, merged, wish
from tests.snapshots import saved_rows
from tests.views.pages import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

# Every column that refers to a person. What moves to the record that stays:
MOVED = {
    *("accounts.CalendarFeed.person", "accounts.CompanyMember.person", "accounts.User.merged_into"),
    *("coworking.Ticket.visitor", "coworking.WaitingVisitor.person"),
    *("coworking.WaitingWish.created_by", "coworking.WaitingWish.customer"),
    *("orders.Handover.former", "orders.Handover.to", "orders.Order.created_by", "orders.Order.customer"),
    *("orders.Handover.by", "orders.Pass.owner"),
}
# What is deleted with the account, or prevents the merge of two records:
ENDED = {
    *("account.EmailAddress.user", "accounts.SearchCount.user", "usersessions.UserSession.user"),
    *("accounts.Erasure.person", "accounts.Membership.user", "mfa.Authenticator.user"),
}
# What stays with the old record and is read with it, and what only staff have:
READ = {
    *("accounts.AccessEvent.person", "accounts.CompanyEvent.person", "accounts.ConsentEvent.person"),
    *("accounts.PersonMerge.gone", "accounts.PersonMerge.kept", "accounts.RetentionHold.person"),
    *("accounts.RoleEvent.person", "accounts.SecurityEvent.person"),
    *("accounts.SavedFilter.user", "admin.LogEntry.user", "orders.ApiToken.holder", "orders.LastLook.user"),
}


def reasons(kept: User, gone: User, *, by: User, world: World, **fields: Any) -> list[str]:
    """Try to merge two records; return why it is refused, after checking that nothing changed."""
    before = saved_rows()
    with pytest.raises(Refused) as refused:
        merging_people.merge(wish(kept, gone, **fields), by=by, location=world.location, at=LATER)
    assert (saved_rows(), PersonMerge.objects.count()) == (before, 0)
    return [refusal.reason for refusal in refused.value.refusals]


def test_everything_moves_and_tickets_keep_their_codes(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    company, known = make_company(gone), make_company(gone, kept)
    own = make_order(tariff=world.tariff, customer=gone, by=world.manager, company_id=company.pk)
    Order.objects.filter(pk=own.pk).update(created_by=gone)  # booked alone
    others = make_order(tariff=world.tariff, by=world.manager, visitor_ids=(gone.pk,))
    bought = make_pass(service=world.service, customer=gone, by=world.manager)
    CalendarFeed.objects.create(person=gone, token="t" * 43)
    codes = list(Ticket.objects.order_by("pk").values_list("code", "code_version"))

    done = merged(kept, gone, "phone", by=administrator, world=world)

    orders = dict(Order.objects.values_list("pk", "customer"))
    assert orders == {own.pk: kept.pk, others.pk: others.customer_id, bought.pk: kept.pk}
    own.refresh_from_db()
    assert (own.created_by, own.name_key, own.company, str(own.phone)) == (kept, kept.name_key, company, "+79265550000")
    assert set(Ticket.objects.values_list("visitor", flat=True)) == {kept.pk}
    assert list(Ticket.objects.order_by("pk").values_list("code", "code_version")) == codes
    assert Pass.objects.get().owner == kept
    assert set(CompanyMember.objects.values_list("company", "person")) == {(company.pk, kept.pk), (known.pk, kept.pk)}
    told = set(company.events.values_list("action", "person", "by"))
    assert told == {("joined", kept.pk, administrator.pk), ("left", gone.pk, administrator.pk)}
    assert calendar_feeds.person_of("t" * 43) == kept
    moved = {"orders": [own.pk, bought.pk], "passes": [bought.pk], "companies": [company.pk, known.pk]}
    tickets = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    assert done.moved == {**moved, "tickets": tickets, "wishes": [], "withdrawn": []}
    events = OrderEvent.objects.filter(kind="merged").order_by("order")
    assert [event.order_id for event in events] == sorted([own.pk, others.pk, bought.pk])
    assert {(event.by, event.reason, event.data["person"]) for event in events} == {
        (administrator, "Один человек", done.pk)
    }


@pytest.mark.parametrize("without", ["kept", "gone"])
def test_reminders_switched_off_under_either_record_stay_off(
    without: str, world: World, administrator: User, kept: User, gone: User
) -> None:
    User.objects.filter(pk={"kept": kept, "gone": gone}[without].pk).update(wants_reminders=False)
    merged(kept, gone, by=administrator, world=world)
    assert not User.objects.get(pk=kept.pk).wants_reminders


def test_an_administrator_of_a_company_stays_one(world: World, administrator: User, kept: User, gone: User) -> None:
    company = make_company(gone)
    CompanyMember.objects.update(is_administrator=True)
    merged(kept, gone, by=administrator, world=world)
    assert list(CompanyMember.objects.values_list("person", "is_administrator")) == [(kept.pk, True)]
    told = list(company.events.order_by("pk").values_list("action", "person"))
    assert told == [("joined", kept.pk), ("promoted", kept.pk), ("left", gone.pk)]


def test_a_ticket_that_went_to_ones_other_record_is_ones_own(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    order = make_order(tariff=world.tariff, customer=gone, by=world.manager, payment_method="invoice")
    [ticket] = Ticket.objects.all()
    recipient = Recipient(last_name="Петрова", first_name="Ира", email="new@example.com")
    hand_over(order.pk, ticket.pk, recipient, shown=state_of(ticket), by=gone, at=NOW)
    assert (passed_on([ticket]), post_of([order.pk], [ticket.pk], at=NOW).passed_on.keys()) == (
        {ticket.pk},
        {ticket.pk},
    )

    merged(kept, gone, by=administrator, world=world)

    assert (passed_on([ticket]), post_of([order.pk], [ticket.pk], at=LATER).passed_on) == (set(), {})
    take_back(order.pk, ticket.pk, shown=state_of(Ticket.objects.get()), by=kept, at=NOW)
    assert Ticket.objects.get().visitor == kept


def test_every_column_that_refers_to_a_person_was_thought_of() -> None:
    """Columns that record who did something are history; they end in «by»."""
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    links = [field for field in fields if field.related_model is User and not field.model._meta.proxy]
    names = {f"{field.model._meta.label}.{field.name}" for field in links}
    about = {name for name in names if name.rpartition("_")[2] != "by" and not name.endswith(".by")}
    assert (
        about | {"coworking.WaitingWish.created_by", "orders.Handover.by", "orders.Order.created_by"}
        == MOVED | ENDED | READ
    )


def test_the_first_of_two_in_line_for_the_same_keeps_the_turn(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    places = world.service.seats.count()
    make_order(tariff=world.tariff, by=world.manager, visitor_ids=(None,) * places)
    kept.phone = "+79265550001"
    kept.save()
    first = make_waiting(tariff=world.tariff, customer=gone)
    second = make_waiting(tariff=world.tariff, customer=kept)
    make_order(tariff=world.tariff, by=world.manager, when=at_hours("14", "16"), visitor_ids=(None,) * places)
    other = make_waiting(tariff=world.tariff, customer=gone, when=at_hours("14", "16"))

    done = merged(kept, gone, by=administrator, world=world)

    rows = WaitingWish.objects.order_by("pk").values_list("pk", "customer", "created_by", "status", "closed_by")
    assert list(rows) == [
        (first.pk, kept.pk, kept.pk, "waiting", None),
        (second.pk, kept.pk, kept.pk, "withdrawn", administrator.pk),
        (other.pk, kept.pk, kept.pk, "waiting", None),
    ]
    assert (done.moved["wishes"], done.moved["withdrawn"]) == ([first.pk, other.pk], [second.pk])


def test_obstacles_are_reported(world: World, administrator: User, kept: User, gone: User) -> None:
    asks = {"by": administrator, "world": world}
    assert reasons(kept, kept, **asks) == ["merge_same"]
    assert reasons(kept, gone, **asks, seen="") == ["merge_changed"]
    assert reasons(kept, administrator, **asks) == ["merge_own", "merge_rights"]
    assert reasons(kept, make_manager(location=world.location), **asks) == ["merge_rights"]
    assert reasons(make_user(is_staff=True), gone, **asks) == ["merge_rights"]
    Authenticator.objects.create(user=gone, type="totp", data={})
    assert reasons(kept, gone, **asks) == ["merge_factor"]
    Authenticator.objects.all().delete()
    asked = erasing.ask(gone, at=NOW)
    assert reasons(kept, gone, **asks) == ["merge_erasure"]
    erasing.withdraw(asked.person, at=NOW)
    elsewhere = make_seats()
    make_ticket(service=elsewhere, period=hours("10", "12"), visitor=gone, seat=elsewhere.seats.all()[0])
    assert reasons(kept, gone, **asks) == ["merge_elsewhere"]
    make_order(tariff=world.tariff, customer=kept, by=world.manager, phone="+79265550001")
    User.objects.update(last_login=NOW)
    kept.refresh_from_db()
    assert reasons(kept, gone, **asks) == ["merge_unsure"]
    sure = wish(kept, gone, is_one_person=True)
    merging_people.merge(sure, by=administrator, location=world.location, at=LATER)
    with pytest.raises(Refused) as refused:
        merging_people.merge(sure, by=administrator, location=world.location, at=LATER)
    assert [refusal.reason for refusal in refused.value.refusals] == ["merge_over"]


def test_who_may_be_the_same_is_found_by_contacts_and_by_name(world: World) -> None:
    person = make_user(last_name="Орлова", first_name="Анна", email="orlova@example.com", phone="+79265550100")
    named = make_user(last_name="Орлова", first_name="Анна")
    by_phone = make_user(last_name="Другая", phone="+79265550101")
    ordered = make_user(last_name="Третья")
    make_user(last_name="Орлова", first_name="Мария")
    make_order(tariff=world.tariff, customer=person, by=world.manager, phone="+79265550101")
    times = {"when": at_hours("14", "16")}
    make_order(tariff=world.tariff, customer=ordered, by=world.manager, email="orlova@example.com", **times)
    assert candidates(person, world.location) == [by_phone, ordered, named]
    assert candidates(by_phone, world.location) == [person]
    assert candidates(make_user(last_name="Одна", phone=None, email=None), make_location()) == []
