"""Everything we store about a person, for that person."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, JSONField, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject

from accounts.models import AccessEvent, CompanyMember, ConsentEvent, PersonMerge, SecurityEvent, User
from coworking.models import Ticket, Visit, WaitingVisitor, WaitingWish
from orders.domain.desk import erasing
from orders.models import AcceptedTerms, Handover, LedgerEntry, Message, Order, PassEntry, WaitingLetter
from orders.models.passes import names_of

Rows = list[dict[str, Any]]


def personal_data(person: User) -> dict[str, Rows]:
    """Return what is stored about a person, by section, each row by field name. Eleven queries.

    Moments are in UTC, sums in roubles. Left out are: who of the staff looked, which is about them; the notes of
    managers; the secrets of sign-in.
    """
    orders = Order.objects.of_customer(person)
    records = User.objects.records_of(person.pk)  # append-only rows stay with the records that were merged
    return {
        "person": [_person(person)],
        "companies": _rows(CompanyMember.objects.filter(person=person), COMPANY, "pk"),
        **_orders_with_passes(orders),
        "accepted_terms": _rows(AcceptedTerms.objects.filter(order__in=orders), TERMS, "pk"),
        "payments": _rows(LedgerEntry.objects.filter(order__in=orders), PAYMENT, "pk"),
        "letters": _letters(person, orders),
        "tickets": _rows(Ticket.objects.filter(visitor=person), TICKET, "number"),
        **_waiting(person),
        "visits": _rows(Visit.objects.filter(ticket__visitor=person, undone_at=None), VISIT, "pk"),
        "consents": _rows(ConsentEvent.objects.filter(person__in=records), CONSENT, "pk"),
        "sign_ins": _rows(SecurityEvent.objects.filter(person__in=records), SIGN_IN, "pk"),
        "looks": _rows(AccessEvent.objects.filter(person__in=records), LOOK, "pk"),
    }


COMPANY = {"name": "company__name", "inn": "company__inn", "is_administrator": "is_administrator"}
ORDER = {
    "number": "number",
    "created_at": "created_at",
    "location": "location__name",
    "service": "service_name",
    "tariff": "tariff_name",
    "period": "period",
    "name": "customer_name",
    "company": "company__name",
    "phone": "phone",
    "email": "email",
    "status": "status",
    "payment_method": "payment_method",
    "total": "total",
    "paid": "paid",
    "comment": "comment",
}
PASS = {
    "number": "sold_pass",
    "service": "sold_pass__service__name",
    "also_services": "also_names",
    "name": "sold_pass__name",
    "period": "sold_pass__period",
    "unit": "sold_pass__unit",
    "units": "sold_pass__units",
    "left": "sold_pass__left",
}
PASS_ENTRY = {"at": "at", "kind": "kind", "units": "units", "order": "order"}
TERMS = {"order": "order", "document": "document__kind", "edition": "document__edition", "at": "at"}
PAYMENT = {"order": "order", "at": "at", "kind": "kind", "payment_method": "method", "amount": "amount"}
LETTER = {"order": "order", "kind": "kind", "to": "to", "sent_at": "sent_at"}
TICKET = {
    "number": "number",
    "service": "service__name",
    "period": "period",
    "name": "visitor_name",
    "status": "status",
}
WAITING = {
    "created_at": "created_at",
    "location": "service__location__name",
    "service": "service__name",
    "tariff": "tariff__name",
    "period": "period",
    "places": "places",
    "phone": "phone",
    "email": "email",
    "status": "status",
    "order": "waited__order",
    "comment": "comment",
}
WAITING_LETTER = {"kind": "kind", "to": "to", "sent_at": "sent_at"}
VISIT = {"ticket": "ticket", "arrived_at": "arrived_at", "left_at": "left_at"}
CONSENT = {"document": "purpose", "edition": "document__edition", "action": "action", "at": "at", "address": "address"}
SIGN_IN = {"at": "at", "kind": "kind", "address": "address", "browser": "client"}
LOOK = {"at": "at", "location": "location__name", "screen": "screen", "number": "number"}


def _orders_with_passes(orders: QuerySet[Order]) -> dict[str, Rows]:
    """Return orders with the passes they sold and the entries of these. One query."""
    entries = PassEntry.objects.filter(of_pass=OuterRef("pk")).order_by("pk").values(row=JSONObject(**PASS_ENTRY))
    read = orders.annotate(became=ArraySubquery(entries), also_names=names_of("also_services"))
    sold = {f"pass_{name}": column for name, column in PASS.items()}
    found = _rows(read, {**ORDER, **sold, "became": "became"}, "number")
    passes, used = [], []
    for row in found:
        passes.append({name: row.pop(f"pass_{name}") for name in PASS})
        for entry in row.pop("became"):
            used.append({"pass": row["number"], **entry, "at": datetime.fromisoformat(entry["at"])})
    passes = [one for one in passes if one["number"]]
    return {"orders": found, "passes": passes, "pass_entries": used}


def _letters(person: User, orders: QuerySet[Order]) -> Rows:
    """Return the letters about a person's orders, and about tickets that others passed on to them, oldest first.

    The address of somebody to whom the person passed a ticket on is not theirs to know.
    """
    own = Message.objects.filter(Q(handover=None) | Q(to=F("order__email")), order__in=orders)
    tickets = Handover.objects.filter(Q(to=person) | Q(former=person)).values("ticket")
    merges = PersonMerge.objects.filter(gone__merged_into=person)
    former, replaced = (merges.values(email=KT(f"{name}__email")) for name in ("contacts", "replaced"))
    handed = erasing.written_to(person).values("to")
    known = Q(to=person.email) | Q(to__in=former) | Q(to__in=replaced) | Q(to__in=handed)
    to_them = Message.objects.filter(known, handover__ticket__in=tickets)
    received = to_them.exclude(order__in=orders)
    values = [letters.values_list("pk", *LETTER.values()) for letters in (own, received)]
    return [dict(zip(LETTER, row[1:], strict=True)) for row in values[0].union(values[1], all=True).order_by("pk")]


def _waiting(person: User) -> dict[str, Rows]:
    """Return a person's wishes with the letters about them, and wishes of others that name the person. One query.

    Of the latter, what is not about the person is left out.
    """
    letters = WaitingLetter.objects.filter(wish=OuterRef("pk")).order_by("pk").values(row=JSONObject(**WAITING_LETTER))
    fields = {**WAITING, "letters": "written"}
    own = WaitingWish.objects.of_customer(person).annotate(written=ArraySubquery(letters))
    theirs: dict[str, Any] = dict.fromkeys(("phone", "email", "comment"), Value(""))
    theirs |= {"order": Value(None, BigIntegerField()), "letters": Value([], ArrayField(JSONField()))}
    columns = [theirs.get(name, f"wish__{column}") for name, column in fields.items()]
    named = WaitingVisitor.objects.filter(person=person).values_list("wish", *columns)
    found = own.values_list("pk", *fields.values()).union(named, all=True).order_by("pk")
    wishes, written = [dict(zip(fields, row[1:], strict=True)) for row in found], []
    for wish in wishes:
        about = {"service": wish["service"], "period": wish["period"]}
        for letter in wish.pop("letters"):
            sent_at = letter["sent_at"] and datetime.fromisoformat(letter["sent_at"])
            written.append({**about, **letter, "sent_at": sent_at})
    return {"waiting": wishes, "waiting_letters": written}


def _person(person: User) -> dict[str, Any]:
    names = ("last_name", "first_name", "middle_name", "company", "phone", "email", "wants_reminders", "date_joined")
    return {name: getattr(person, name) for name in names}


def _rows(found: QuerySet[Any], fields: dict[str, str], order: str) -> Rows:
    """Return the rows of a query, oldest first, with our names for their fields."""
    values: Iterable[tuple[Any, ...]] = found.order_by(order).values_list(*fields.values())
    return [dict(zip(fields, row, strict=True)) for row in values]
