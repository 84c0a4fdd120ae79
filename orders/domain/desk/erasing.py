"""Erasing a person who asks for it: name and contacts go, the books stay."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.domain import access_log, calendar_feeds, importing, lists, security
from accounts.domain.lists import Sought
from accounts.domain.security import Origin
from accounts.models import Erasure, Membership, PersonMerge, RetentionHold, Screen, SearchCount, User
from coworking.models import BLOCKING, Location, PaymentMethod, Ticket, WaitingStatus, WaitingVisitor, WaitingWish
from olvery.shared.refusals import Refusal, Refused
from orders.domain import exports, locks
from orders.domain.desk import companies
from orders.models import (
    EventKind,
    Handover,
    Message,
    MessageKind,
    MoneyCase,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    Pass,
    Refund,
    WaitingLetter,
)

# Stands in where the database requires a phone or an e-mail; nobody has these (RFC 2606).
NO_PHONE, NO_EMAIL = "+70000000000", "erased@example.invalid"
NO_REASON = "—"
# The keys under which the history keeps names and contacts.
NAMING = (
    *(EventKind.CONTACT_CHANGED, EventKind.CHANGED, EventKind.CHANGE_UNDONE),
    *(EventKind.HANDED_OVER, EventKind.TAKEN_BACK),
    *(EventKind.MESSAGE_SENT, EventKind.INVOICE_ISSUED, EventKind.ACT_ISSUED),
)
OPEN = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)


class ErasureRefused(Refusal):
    """This location may not record the request."""


class NoSuchErasure(Refusal):
    """The request was withdrawn, or somebody else has done it."""

    reason = "erasure_over"


@dataclass(frozen=True, slots=True)
class Known:
    """A person with all keys and e-mails they were known by, including those of records merged into theirs."""

    person: User
    keys: frozenset[int]
    emails: frozenset[str]


def obstacles(person: User) -> list[Refusal]:
    """Return why a person cannot be erased yet. Seven queries."""
    return obstacles_of([person])[person.pk]


def obstacles_of(people: Sequence[User]) -> dict[int, list[Refusal]]:
    """Return for each person why they cannot be erased yet. Seven queries."""
    keys = [person.pk for person in people]
    orders = Order.objects.filter(customer__in=keys)
    passes = Pass.objects.filter(owner__in=keys, ended_at=None)
    open_orders = _count(orders.filter(status__in=OPEN).exclude(pk__in=passes.values("pk")), "customer")
    passes_of = _count(passes, "owner")
    open_tickets = _count(Ticket.objects.filter(visitor__in=keys, status__in=BLOCKING), "visitor")
    debts = _count(orders.filter(due__gt=0).exclude(status__in=OPEN), "customer")
    under_way = Refund.objects.under_way().filter(attempt__order__customer__in=keys)
    refunds = _count(under_way, "attempt__order__customer")
    cases = _count(MoneyCase.objects.open().filter(order__customer__in=keys), "order__customer")
    members = set(Membership.objects.filter(user__in=keys).values_list("user", flat=True))

    def of(person: User) -> Iterator[Refusal]:
        for refusal in (
            Refusal("erasure_open_orders", count=open_orders[person.pk]),
            Refusal("erasure_passes", count=passes_of[person.pk]),
            Refusal("erasure_open_tickets", count=open_tickets[person.pk]),
            Refusal("erasure_debts", count=debts[person.pk]),
            Refusal("erasure_refunds", count=refunds[person.pk]),
            Refusal("erasure_cases", count=cases[person.pk]),
        ):
            if refusal.facts["count"]:
                yield refusal
        if person.is_staff or person.is_superuser or person.pk in members:
            yield Refusal("erasure_rights")

    return {person.pk: list(of(person)) for person in people}


def _count(rows: QuerySet[Any], whose: str) -> Counter[int]:
    """Return how many rows each person has."""
    return Counter(dict(rows.order_by().values_list(whose).annotate(Count("pk"))))


def is_of(location: Location, person: str) -> Q:
    """Return the condition that the person at this path has booked at a location, or nowhere at all."""
    orders = Order.objects.filter(customer=OuterRef(person))
    tickets = Ticket.objects.filter(visitor=OuterRef(person))
    here = Exists(orders.filter(location=location)) | Exists(tickets.filter(location=location))
    return here | (~Exists(orders) & ~Exists(tickets))


def ask(person: User, *, at: datetime) -> Erasure:
    """Save a person's request, once however often they ask. Raises Refused while something is open, Busy."""
    with locks.short_waits():
        _lock(person.pk)
        _refuse_obstacles(person)
        standing = Erasure.objects.filter(person=person, withdrawn_at=None).first()
        return standing or Erasure.objects.create(person=person, asked_at=at)


def note(person_id: int, *, why: str, by: User, location: Location, at: datetime) -> Erasure:
    """Save a request that came by letter or in person; an existing request stays as it is.

    Open matters delay the erasure, not the request: the legal time limit starts with the request. Raises
    ErasureRefused for a person of another location, Busy.
    """
    with locks.short_waits():
        person = _lock(person_id)
        if not User.objects.filter(is_of(location, "pk"), pk=person_id, is_active=True).exists():
            raise ErasureRefused("erasure_elsewhere")
        standing = Erasure.objects.filter(person=person, withdrawn_at=None).first()
        if standing:
            return standing
        asked = Erasure.objects.create(person=person, asked_at=at, noted_by=by, note=why)
        access_log.record([person_id], by=by, location_id=location.pk, screen=Screen.ERASURE, number=asked.pk, at=at)
        return asked


def take_back(erasure: Erasure, *, by: User, location_id: int, at: datetime) -> None:
    """Withdraw a request that was noted for a person. Raises NoSuchErasure."""
    with transaction.atomic():
        open_ones = Erasure.objects.filter(pk=erasure.pk, withdrawn_at=None, done_at=None).exclude(noted_by=None)
        if not open_ones.update(withdrawn_at=at):
            raise NoSuchErasure
        person = [erasure.person_id]
        access_log.record(person, by=by, location_id=location_id, screen=Screen.ERASURE, number=erasure.pk, at=at)


def withdraw(person: User, *, at: datetime) -> None:
    """Withdraw a person's own request, if it has not been carried out yet."""
    Erasure.objects.filter(person=person, withdrawn_at=None, done_at=None).update(withdrawn_at=at)


def erase(erasure: Erasure, *, by: User, location_id: int, at: datetime) -> None:
    """Make a person anonymous, and write the act. Raises Refused, NoSuchErasure, Busy.

    A concurrent order of theirs is saved before, and prevents the erasure, or after, and is refused: see the trigger
    order_not_of_erased_person.
    """
    with locks.short_waits(), _history_lets_go():
        exports.forget_people(User.objects.records_of(erasure.person_id), at=at)
        person = _lock(erasure.person_id)
        claimed = Erasure.objects.filter(pk=erasure.pk, withdrawn_at=None, done_at=None)
        if not claimed.update(done_at=at, done_by=by):
            raise NoSuchErasure
        _refuse_obstacles(person)
        known = _known(person)
        sought = _sought(known)
        act = _erase_orders(known, f"№ {erasure.pk}")
        act["waiting"] = _erase_waiting(person, by=by, at=at)
        companies.leave_all(person, by=by, at=at)
        act |= _erase_merged(person, erasure.pk, at=at)
        _erase_person(person, erasure.pk, at=at)
        lists.forget_searches(sought)
        Erasure.objects.filter(pk=erasure.pk).update(act=act)
        access_log.record([person.pk], by=by, location_id=location_id, screen=Screen.ERASURE, number=erasure.pk, at=at)


def _lock(person_id: int) -> User:
    """Lock a person so that no row can begin to refer to them."""
    return User.objects.select_for_update().get(pk=person_id)


def _refuse_obstacles(person: User) -> None:
    found = obstacles(person)
    if found:
        raise Refused(found)


@contextmanager
def _history_lets_go() -> Iterator[None]:
    """Allow names and contacts in the history of orders to be replaced until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('olvery.erasing', 'on', true)")
    yield


def _known(person: User) -> Known:
    merged = PersonMerge.objects.filter(gone__merged_into=person).values_list("gone", "contacts", "replaced")
    # Their e-mail may have changed since tickets were passed on to them.
    keys, emails = {person.pk}, {person.email, *written_to(person).values_list("to", flat=True)}
    for key, *former in merged:
        keys.add(key)
        emails.update(contacts.get("email", "") for contacts in former)
    return Known(person, frozenset(keys), frozenset(filter(None, emails)))


def _sought(known: Known) -> Sought:
    """Return the search texts that find the person in lists: their names and contacts, and those of their orders."""
    names, phones = set(), set()
    for name, phone in User.objects.filter(pk__in=known.keys).values_list("name_key", "phone"):
        names.add(name)
        phones.add(str(phone or ""))
    for contacts in PersonMerge.objects.filter(gone__in=known.keys).values_list("contacts", "replaced"):
        phones.update(former.get("phone", "") for former in contacts)
    emails = set(known.emails)
    for phone, email in Order.objects.of_customer(known.person).values_list("phone", "email").distinct():
        phones.add(str(phone))
        emails.add(email.lower())
    return Sought(keys=known.keys, names=names, phones=phones, emails=emails - {""})


def written_to(person: User) -> QuerySet[Message]:
    """Return the letters to a person as the recipient of a passed-on ticket.

    Letters about passing on and taking back also went to the former visitor.
    """
    told = Q(kind=MessageKind.HANDED, asked_at=None) | Q(kind=MessageKind.GONE, asked_at__isnull=False)
    again = Q(kind=MessageKind.HANDED, asked_at__isnull=False) & (
        Q(handover__ended_at=None) | ~Q(handover__ended_at=F("asked_at"))
    )
    return Message.objects.filter(told | again | Q(kind=MessageKind.REMINDER), handover__to=person)


def _erase_merged(person: User, number: int, *, at: datetime) -> dict[str, int]:
    """Remove the name from records that were merged into the person's; return how many, if any."""
    importing.forget_person(person)
    merged = list(User.objects.filter(merged_into=person))
    for record in merged:
        _take_name(record, number, at=at)
        record.save()
    _erase_reasons(person, PersonMerge.objects.filter(gone__in=merged))
    PersonMerge.objects.filter(gone__in=merged).update(contacts={}, replaced={}, reason=NO_REASON)
    return {"records": len(merged)} if merged else {}


def _erase_reasons(person: User, merges: QuerySet[PersonMerge]) -> None:
    """Remove the reasons for merges, holds and requests: the text may name the person."""
    for merge in merges:
        of_tickets = OrderLine.objects.filter(ticket__in=merge.moved["tickets"])
        told = Q(order__in=merge.moved["orders"]) | Q(order__in=of_tickets.values("order"))
        OrderEvent.objects.filter(told, kind=EventKind.MERGED, data__person=merge.pk).update(reason=NO_REASON)
    records = User.objects.records_of(person.pk)
    RetentionHold.objects.filter(person__in=records).update(reason=NO_REASON)
    Erasure.objects.filter(person__in=records).exclude(note="").update(note=NO_REASON)


def _take_name(person: User, number: int, *, at: datetime) -> None:
    person.last_name, person.first_name, person.middle_name, person.company = "№", str(number), "", ""
    person.phone = person.email = person.consent_at = None
    person.is_active = person.wants_reminders = False
    person.erased_at = at
    person.set_unusable_password()
    told = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk))
    told.update(object_repr=person.full_name)


def _erase_person(person: User, number: int, *, at: datetime) -> None:
    _take_name(person, number, at=at)
    person.save()
    for model in (EmailAddress, Authenticator, SearchCount):
        model.objects.filter(user=person).delete()
    calendar_feeds.switch_off(person)
    security.end_sessions(person, origin=Origin(None, ""), at=at)


def _erase_orders(known: Known, name: str) -> dict[str, int]:
    """Remove name, contacts and comments from everything about a person's orders; return how many rows of each."""
    person = known.person
    orders = Order.objects.of_customer(person)
    tickets = Ticket.objects.filter(visitor=person)
    act = {"events": _erase_history(known, orders, tickets, name)}
    act["letters"] = Message.objects.filter(order__in=orders).update(to=NO_EMAIL)
    blank = {"customer_name": name, "phone": NO_PHONE, "comment": "", "internal_note": ""}
    online = orders.filter(payment_method=PaymentMethod.ONLINE)
    act["orders"] = orders.exclude(pk__in=online).update(**blank, email="") + online.update(**blank, email=NO_EMAIL)
    act["tickets"] = tickets.update(visitor_name=name)
    Handover.objects.filter(to=person).update(name=name)
    Handover.objects.filter(former=person).update(former_name=name)
    theirs = Message.objects.filter(order__lines__ticket__in=_passed_on(person), to__in=known.emails)
    act["letters"] += Message.objects.filter(pk__in=theirs.values("pk")).update(to=NO_EMAIL)
    return act


def _erase_waiting(person: User, *, by: User, at: datetime) -> int:
    """Remove a person from every waiting list, and their contacts and comments from their wishes."""
    wishes = WaitingWish.objects.of_customer(person)
    WaitingVisitor.objects.filter(person=person).delete()  # their places are the customer's
    wishes.waiting().update(status=WaitingStatus.WITHDRAWN, closed_by=by, closed_at=at)
    WaitingLetter.objects.filter(wish__in=wishes).update(to=NO_EMAIL)
    return wishes.update(phone=NO_PHONE, email=NO_EMAIL, comment="", internal_note="")


def _erase_history(known: Known, orders: QuerySet[Order], tickets: QuerySet[Ticket], name: str) -> int:
    """Remove the person from the history of their orders and tickets; return how many events changed."""
    passed_on = _passed_on(known.person)
    own = set(orders.values_list("pk", flat=True))
    about = Q(order__in=own) | Q(order__lines__ticket__in=tickets) | Q(order__lines__ticket__in=passed_on)
    changed = 0
    for event in OrderEvent.objects.filter(about, kind__in=NAMING).distinct():
        before = json.dumps(event.data)
        if event.order_id in own or event.data.get("to", "") in known.emails:
            _erase_contacts(event)
        for ticket in event.data.get("tickets", ()):
            for state in (ticket["before"], ticket["after"]):
                state["visitor_name"] = name if state["visitor"] in known.keys else state["visitor_name"]
        if json.dumps(event.data) != before:
            changed += OrderEvent.objects.filter(pk=event.pk).update(data=event.data)
    return changed


def _passed_on(person: User) -> QuerySet[Ticket]:
    """Return the tickets of other people's orders that were passed on to the person, or from them."""
    return Ticket.objects.filter(Q(handovers__to=person) | Q(handovers__former=person))


def _erase_contacts(event: OrderEvent) -> None:
    if event.kind == EventKind.CONTACT_CHANGED:
        event.data = {}
    if "to" in event.data:  # the recipient of a letter
        event.data["to"] = NO_EMAIL
