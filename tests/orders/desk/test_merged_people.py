"""After a merge: append-only rows stay with the merged record, which nobody can sign in to, and are read together."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.domain import documents, security
from accounts.domain.documents import publish
from accounts.domain.security import Origin
from accounts.models import (
    AccessEvent,
    DocumentKind,
    Erasure,
    PeopleImport,
    PersonMerge,
    RetentionHold,
    SecurityEvent,
    SecurityKind,
    User,
)
from coworking.models import Ticket
from olvery.shared.refusals import Refused
from orders.domain.desk import erasing, retention
from orders.domain.desk.erasing import NO_EMAIL
from orders.domain.queries.access_log import looks_at, viewers_of
from orders.domain.queries.personal_data import personal_data
from orders.models import Handover, Message, Order, OrderEvent
from tests.factories import (
    make_order,
    make_user,
)
from tests.moments import NOW
from tests.orders.desk.merging import LATER, merged
from tests.snapshots import saved_rows
from tests.views.pages import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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
