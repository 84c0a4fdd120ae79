"""Two records of one person become one: everything moves, what only grows stays, and nobody signs in to the other."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.domain import calendar_feeds, documents, security
from accounts.domain.documents import publish
from accounts.domain.security import Origin
from accounts.models import (
    AccessEvent,
    CalendarFeed,
    CompanyMember,
    DocumentKind,
    Erasure,
    PeopleImport,
    PersonMerge,
    RetentionHold,
    Role,
    SecurityEvent,
    SecurityKind,
    User,
)
from coworking.models import Ticket, WaitingWish
from olvery.shared.refusals import Refused
from orders.domain.desk import erasing, merging_people, retention
from orders.domain.desk.erasing import NO_EMAIL
from orders.domain.desk.handing_over import Recipient, hand_over, passed_on, state_of, take_back
from orders.domain.desk.merging_people import MergeWish, seen_as
from orders.domain.desk.ticket_letters import post_of
from orders.domain.queries.access_log import looks_at, viewers_of
from orders.domain.queries.merging import candidates
from orders.domain.queries.personal_data import personal_data
from orders.models import Handover, Message, Order, OrderEvent, Pass
from tests.factories import (
    make_company,
    make_location,
    make_manager,
    make_member,
    make_order,
    make_pass,
    make_seats,
    make_ticket,
    make_user,
    make_waiting,
)
from tests.moments import NOW, hours
from tests.orders.booking.asking import at_hours
from tests.snapshots import saved_rows
from tests.views.pages import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LATER = NOW + timedelta(days=3)
# Every column that refers to a person. What moves to the record that stays:
MOVED = {
    *("accounts.CalendarFeed.person", "accounts.CompanyMember.person", "accounts.User.merged_into"),
    *("coworking.Ticket.visitor", "coworking.WaitingVisitor.person"),
    *("coworking.WaitingWish.created_by", "coworking.WaitingWish.customer"),
    *("orders.Handover.former", "orders.Handover.to", "orders.Order.created_by", "orders.Order.customer"),
    *("orders.Handover.by", "orders.Pass.owner"),
}
# What goes with the way to sign in, or keeps two records from being merged:
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


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def administrator(world: World) -> User:
    return make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR)


@pytest.fixture
def gone() -> User:
    return make_user(last_name="Петрова", first_name="Ирина", phone="+79265550000", email="old@example.com")


@pytest.fixture
def kept() -> User:
    return make_user(last_name="Петрова", first_name="Ира", phone=None, email="new@example.com")


def wish(kept: User, gone: User, *taken: str, **fields: Any) -> MergeWish:
    defaults = {"reason": "Один человек", "seen": seen_as(kept, gone), "is_one_person": False}
    return MergeWish(kept_id=kept.pk, gone_id=gone.pk, taken=taken, **{**defaults, **fields})


def merged(kept: User, gone: User, *taken: str, by: User, world: World, **fields: Any) -> PersonMerge:
    return merging_people.merge(wish(kept, gone, *taken, **fields), by=by, location=world.location, at=LATER)


def reasons(kept: User, gone: User, *, by: User, world: World, **fields: Any) -> list[str]:
    """Merge two records in vain; return why, having seen that nothing changed."""
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
    """Who did something is history: those columns end in «by»."""
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    links = [field for field in fields if field.related_model is User and not field.model._meta.proxy]
    names = {f"{field.model._meta.label}.{field.name}" for field in links}
    about = {name for name in names if name.rpartition("_")[2] != "by" and not name.endswith(".by")}
    assert (
        about | {"coworking.WaitingWish.created_by", "orders.Handover.by", "orders.Order.created_by"}
        == MOVED | ENDED | READ
    )


def test_the_other_record_is_a_name_that_leads_nowhere(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    done = merged(kept, gone, "phone", "name", by=administrator, world=world)
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.full_name, str(kept.phone), kept.email) == ("Петрова Ирина", "+79265550000", "new@example.com")
    assert (gone.full_name, gone.phone, gone.email, gone.is_active) == ("Петрова Ирина", None, None, False)
    assert (gone.merged_into, gone.has_usable_password()) == (kept, False)
    assert done.contacts == {
        **{"last_name": "Петрова", "first_name": "Ирина", "middle_name": "", "company": ""},
        **{"phone": "+79265550000", "email": "old@example.com"},
    }
    assert User.objects.found_by("петрова", limit=5) == [kept]
    kinds = SecurityEvent.objects.order_by("pk").values_list("person", "kind")
    assert list(kinds) == [(gone.pk, SecurityKind.ENDED), (kept.pk, SecurityKind.PHONE)]
    looks = AccessEvent.objects.filter(screen="merge").values_list("by", "person", "number")
    assert set(looks) == {(administrator.pk, one.pk, done.pk) for one in (kept, gone)}
    with pytest.raises(Refused):
        make_order(tariff=world.tariff, customer=gone, by=world.manager, phone="+79265550000", email="a@example.com")
    make_order(tariff=world.tariff, by=world.manager)
    for change in (
        lambda: Order.objects.update(customer=gone),
        lambda: Ticket.objects.update(visitor=gone),
        lambda: User.objects.filter(pk=gone.pk).update(email="back@example.com"),
        lambda: PersonMerge.objects.update(reason="Иначе"),
        lambda: PersonMerge.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(("taken", "is_claim"), [(("phone",), True), ((), False)])
def test_a_phone_that_nobody_proved_is_not_proved_by_a_merge(
    taken: tuple[str, ...], is_claim: bool, world: World, administrator: User, kept: User, gone: User
) -> None:
    User.objects.filter(pk=kept.pk).update(phone="+79265550001")
    User.objects.filter(pk=gone.pk).update(phone_is_claim=True)
    for one in (kept, gone):
        one.refresh_from_db()
    merged(kept, gone, *taken, by=administrator, world=world)
    for one in (kept, gone):
        one.refresh_from_db()
    assert (kept.phone == "+79265550000", kept.phone_is_claim, gone.phone_is_claim) == (bool(taken), is_claim, False)


def test_a_proved_phone_takes_the_place_of_a_claimed_one(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    User.objects.filter(pk=kept.pk).update(phone="+79265550001", phone_is_claim=True)
    kept.refresh_from_db()
    merged(kept, gone, "phone", by=administrator, world=world)
    kept.refresh_from_db()
    assert (str(kept.phone), kept.phone_is_claim) == ("+79265550000", False)


@pytest.mark.parametrize("name", ["last_login", "active_at", "date_joined"])
def test_a_merge_is_not_the_end_of_the_years_that_data_are_kept(
    name: str, world: World, administrator: User, kept: User, gone: User
) -> None:
    long_ago = NOW - timedelta(days=9 * 365)
    User.objects.filter(pk__in=(kept.pk, gone.pk)).update(date_joined=long_ago)
    assert set(retention.proposed_at(world.location, LATER)) >= {kept, gone}
    User.objects.filter(pk=gone.pk).update(**{name: NOW})
    for one in (kept, gone):
        one.refresh_from_db()
    merged(kept, gone, by=administrator, world=world)
    assert {kept, gone} & set(retention.proposed_at(world.location, LATER)) == set()
    kept.refresh_from_db()
    before = {"last_login": None, "active_at": None, "date_joined": long_ago}
    after = {**before, "active_at" if name == "date_joined" else name: NOW}
    assert {field: getattr(kept, field) for field in before} == after


def test_of_two_in_line_for_the_same_the_first_keeps_the_turn(
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


def test_what_only_grows_stays_and_is_read_together(world: World, administrator: User, kept: User, gone: User) -> None:
    publish(kind=DocumentKind.ADVERTISING, text="…", changes="", by=None, at=NOW)
    origin = Origin("203.0.113.9", "")
    documents.consent(gone, purpose=DocumentKind.ADVERTISING, edition=1, origin=origin, at=NOW)
    security.record(SecurityKind.SIGNED_IN, person=gone, origin=origin, at=NOW)
    looked = {"by": world.manager, "person": gone, "location": world.location, "screen": "order_form", "at": NOW}
    AccessEvent.objects.create(**looked)

    merged(kept, gone, by=administrator, world=world)

    data = personal_data(User.objects.get(pk=kept.pk))
    assert [row["document"] for row in data["consents"]] == ["advertising"]
    assert [row["kind"] for row in data["sign_ins"]] == ["signed_in", "session_off", "ended"][::2]
    assert [row["screen"] for row in data["looks"]] == ["order_form", "merge", "merge"]
    assert [consent.is_given for consent in documents.consents_of(kept)] == [True]
    assert {look.screen for look in looks_at(world.location, whom=kept.pk)} == {"order_form", "merge"}
    assert {viewer.last_name for viewer in viewers_of(world.location, kept.pk)} == {
        world.manager.last_name,
        administrator.last_name,
    }
    documents.withdraw(kept, purpose=DocumentKind.ADVERTISING, origin=origin, at=LATER)
    assert [consent.is_given for consent in documents.consents_of(kept)] == [False]


def test_an_erasure_takes_the_name_from_both(world: World, administrator: User, kept: User, gone: User) -> None:
    first = make_user(last_name="Петрова", first_name="Ирочка", email="oldest@example.com", phone="+79265550009")
    other = make_order(tariff=world.tariff, by=world.manager, visitor_ids=(gone.pk,))
    why = {"reason": "Ирина Петрова сменила почту"}
    merged(gone, first, by=administrator, world=world, **why)
    gone.refresh_from_db()
    RetentionHold.objects.create(person=gone, until=LATER, reason="Петрова судится", by=administrator, at=NOW)
    merged(kept, gone, by=administrator, world=world, **why)
    assert set(User.objects.records_of(kept.pk)) == {kept, gone, first}
    Order.objects.update(status="completed", due=0)
    Ticket.objects.update(status="used")
    kept.refresh_from_db()

    asked = erasing.ask(kept, at=LATER)
    erasing.erase(asked, by=administrator, location_id=world.location.pk, at=LATER)

    act = Erasure.objects.get()
    assert (act.act["records"], act.act["tickets"]) == (2, 1)
    assert set(User.objects.records_of(kept.pk).values_list("last_name", "first_name", "erased_at")) == {
        ("№", str(act.pk), LATER)
    }
    assert list(PersonMerge.objects.values_list("contacts", "replaced", "reason")) == [({}, {}, "—")] * 2
    assert OrderEvent.objects.get(kind="merged").reason == RetentionHold.objects.get().reason == "—"
    assert Ticket.objects.get(lines__order=other).visitor_name == f"№ {act.pk}"
    known = str(saved_rows()) + str(list(PersonMerge.objects.values()))
    words = ("Петрова", "Ирина", "Ира", "old@example.com", "oldest@example.com", "new@example.com", "9265550000")
    assert [word for word in words if word in known] == []


def test_an_e_mail_that_a_merge_replaced_is_still_known_as_theirs(
    world: World, administrator: User, kept: User, gone: User
) -> None:
    order = make_order(tariff=world.tariff, by=world.manager, visitor_ids=(kept.pk,))
    names = {"former_name": world.manager.full_name, "name": kept.full_name}
    people = {"by": order.customer, "former": world.manager, "to": kept}
    handover = Handover.objects.create(ticket=Ticket.objects.get(), **people, **names, at=NOW)
    told = {"order": order, "kind": "handed", "handover": handover, "to": "new@example.com"}
    letter = Message.objects.create(**told, created_at=NOW, sent_at=NOW)
    OrderEvent.objects.create(order=order, kind="message_sent", data={"to": "new@example.com"}, at=NOW)
    rows = [{"values": {"email": "new@example.com"}}]
    PeopleImport.objects.create(location=world.location, by=administrator, basis="consent", uploaded_at=NOW, rows=rows)

    done = merged(kept, gone, "email", "name", by=administrator, world=world)

    assert done.replaced == {"first_name": "Ира", "email": "new@example.com"}
    kept.refresh_from_db()
    assert [row["to"] for row in personal_data(kept)["letters"]] == ["new@example.com"]
    Order.objects.update(status="completed", due=0)
    Ticket.objects.update(status="used")
    erasing.erase(erasing.ask(kept, at=LATER), by=administrator, location_id=world.location.pk, at=LATER)
    letter.refresh_from_db()
    assert letter.to == NO_EMAIL
    assert OrderEvent.objects.get(kind="message_sent", data__has_key="to").data == {"to": NO_EMAIL}
    assert PeopleImport.objects.get().rows == []
    assert PersonMerge.objects.get().replaced == {}


def test_what_stands_in_the_way_is_said(world: World, administrator: User, kept: User, gone: User) -> None:
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
