"""Reports of a location for some days: money by the ledger, no-shows, decisions of managers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import TruncDate

from coworking.models import Location, PaymentMethod, Service, Ticket, TicketStatus
from olvery.shared.fields import as_bigint
from olvery.shared.periods import local_days
from orders.domain.queries.day import Flow
from orders.domain.queries.promo_codes import OF_DISCOUNTS, of_standing
from orders.models import EventKind, LedgerEntry, OrderEvent, OrderLine, PromoUse

DECISIONS = (EventKind.RULE_OVERRIDDEN, EventKind.DISCOUNT_GIVEN, EventKind.CORRECTED)


@dataclass(frozen=True, slots=True)
class MoneyReport:
    """The ledger of some local days; every table has each movement once.

    A payment for an order of several services is not divided: `services` has it under None.
    """

    days: dict[date, Flow]
    methods: dict[PaymentMethod, Flow]
    services: dict[str | None, Flow]
    total: Flow = field(default_factory=Flow)


def service_names(location: Location) -> dict[int, str]:
    """Return the names of the services of a location by their keys. One query."""
    return dict(Service.objects.filter(location=location).values_list("pk", "name"))


def money_report(location: Location, first: date, last: date, *, names: Mapping[int, str] | None = None) -> MoneyReport:
    """Return the money that moved between two local days, both included.

    One query if the `names` of its services were just read, else two.
    """
    names = service_names(location) if names is None else names
    report = MoneyReport(defaultdict(Flow), defaultdict(Flow), defaultdict(Flow))
    within = local_days(first, last, location.zone)
    entries = LedgerEntry.objects.filter(order__location=location, at__gte=within.start, at__lt=within.end)
    sole = Case(When(order__service_ids__len=1, then=F("order__service")), default=Value(None))
    groups = entries.annotate(day=TruncDate("at", tzinfo=location.zone), sole=sole).order_by()
    found = groups.values_list("day", "method", "kind", "sole").annotate(sum=Sum("amount"), count=Count("pk"))
    for day, method, kind, service, amount, count in found:
        for flow in (report.days[day], report.methods[method], report.services[names.get(service)], report.total):
            flow.add(kind, amount, count)
    return report


@dataclass(frozen=True, slots=True)
class Attendance:
    """Past tickets of a service: how many there were, and how many were no-shows."""

    service: str
    tickets: int
    missed: int


def attendance(location: Location, first: date, last: date) -> list[Attendance]:
    """Return the attendance by service of tickets that began on these local days. One query."""
    within = local_days(first, last, location.zone)
    tickets = Ticket.objects.filter(
        location_id=as_bigint(location.pk),
        period__startswith__gte=within.start,
        period__startswith__lt=within.end,
        status__in=(TicketStatus.USED, TicketStatus.NO_SHOW),
    )
    counted = defaultdict[str, dict[str, int]](dict)
    for name, status, count in tickets.order_by().values_list("service__name", "status").annotate(count=Count("pk")):
        counted[name][status] = count
    found = (Attendance(name, sum(by.values()), by.get(TicketStatus.NO_SHOW, 0)) for name, by in counted.items())
    return sorted(found, key=lambda one: (-one.missed, one.service))


@dataclass(frozen=True, slots=True)
class Discounts:
    """Discounts by a promo code, or manual ones if it is empty: the number of orders, and the total in roubles."""

    code: str
    orders: int
    given: Decimal


def discounts(location: Location, first: date, last: date) -> list[Discounts]:
    """Return the discounts of orders made on these local days and not given up, largest first. One query."""
    within = local_days(first, last, location.zone)
    ordered = Q(order__location=location, order__created_at__gte=within.start, order__created_at__lt=within.end)
    lines = OrderLine.objects.filter(OF_DISCOUNTS, ordered, of_standing(PromoUse.objects.filter(ordered)))
    groups = (
        lines.order_by()
        .values_list("order__promo_code__code")
        .annotate(orders=Count("order", distinct=True), given=-Sum("amount"))
    )
    found = (Discounts(code or "", orders, given) for code, orders, given in groups)
    return sorted((one for one in found if one.given), key=lambda one: (-one.given, one.code))


@dataclass(frozen=True, slots=True)
class Decisions:
    """How often a person overrode a rule, gave a discount and corrected a payment."""

    name: str
    overridden: int
    discounts: int
    corrections: int

    @property
    def total(self) -> int:
        return self.overridden + self.discounts + self.corrections


def decisions(location: Location, first: date, last: date) -> list[Decisions]:
    """Return people's decisions on these local days, those who decided most first. One query."""
    within = local_days(first, last, location.zone)
    events = OrderEvent.objects.filter(
        kind__in=DECISIONS, at__gte=within.start, at__lt=within.end, order__location=location, by__isnull=False
    )
    counted = defaultdict[tuple[int, str], dict[str, int]](dict)
    groups = events.order_by().values_list("by", "by__last_name", "by__first_name", "kind").annotate(count=Count("pk"))
    for key, last_name, first_name, kind, count in groups:
        counted[key, f"{last_name} {first_name}".strip()][kind] = count
    found = (Decisions(name, *(by.get(kind, 0) for kind in DECISIONS)) for (_key, name), by in counted.items())
    return sorted(found, key=lambda one: (-one.total, one.name))
