"""What a company ordered and paid, for its own administrators: all its orders, and the statement of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Company, CompanyMember, User
from coworking.models import Location
from olvery.shared.money import NO_MONEY, MoneyField
from olvery.shared.periods import local_days, month_of
from orders.models import LedgerEntry, Order, OrderStatus

MOSCOW = ZoneInfo("Europe/Moscow")  # a company orders at locations of several zones
# What an order costs as it stands, see `Balance.cost`; one that waits for its payment may never cost anything.
COST = Case(
    When(status__in=[OrderStatus.EXPIRED, OrderStatus.AWAITING_PAYMENT], then=Value(NO_MONEY)),
    When(status=OrderStatus.CANCELLED, then=F("kept")),
    default=F("total"),
    output_field=MoneyField(),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of a company, roubles: what it owed before, what was rendered, what it paid.

    An order belongs to the month in which it ends, and comes with its `cost`. Below zero the company has paid ahead.
    """

    month: date
    opening: Decimal
    orders: Sequence[Order]
    payments: Sequence[LedgerEntry]

    @property
    def cost(self) -> Decimal:
        return sum((order.cost for order in self.orders), NO_MONEY)  # type: ignore[attr-defined] # annotated

    @property
    def paid(self) -> Decimal:
        """What came in the month, less what went back."""
        return sum((entry.amount for entry in self.payments), NO_MONEY)

    @property
    def closing(self) -> Decimal:
        """What it owed at the end."""
        return self.opening + self.cost - self.paid

    @property
    def people(self) -> dict[int, set[int]]:
        """Whose orders the statement shows, by location."""
        shown: dict[int, set[int]] = {}
        for order in (*self.orders, *(entry.order for entry in self.payments)):
            shown.setdefault(order.location_id, set()).add(order.customer_id)
        return shown


def statement_of(company: Company, month: date, *, at: Location | None = None) -> Statement:
    """Return the statement of the month that begins on this day, of all locations or of one. Four queries.

    The month of one location is that of its bills, in its own time zone.
    """
    period = local_days(*month_of(month), at.zone if at else MOSCOW)
    own = company.orders.filter(location=at) if at else company.orders.all()
    costing = own.annotate(cost=COST).filter(cost__gt=0)
    entries = LedgerEntry.objects.filter(order__company=company)
    entries = entries.filter(order__location=at) if at else entries
    before = costing.filter(period__endswith__lte=period.start).aggregate(sum=_sum("cost"))["sum"]
    paid_before = entries.filter(at__lt=period.start).aggregate(sum=_sum("amount"))["sum"]
    ended = Q(period__endswith__gt=period.start, period__endswith__lte=period.end)
    orders = costing.filter(ended).select_related("location").order_by("period", "pk")
    payments = entries.filter(at__gte=period.start, at__lt=period.end).select_related("order__location")
    return Statement(month, before - paid_before, list(orders), list(payments.order_by("at", "pk")))


def administered_by(user: User) -> QuerySet[Company]:
    """Return the companies whose administrator a person is, by name."""
    own = CompanyMember.objects.filter(person=user, is_administrator=True)
    return Company.objects.filter(pk__in=own.values("company")).order_by("name_key", "pk")


def orders_of(company: Company) -> QuerySet[Order]:
    """Return all orders of a company, whoever of its people made them."""
    return Order.objects.filter(company=company).select_related("location")


def members_of(company: Company) -> list[CompanyMember]:
    """Return who orders for a company, by name. One query."""
    return list(company.members.select_related("person").order_by("person__name_key", "pk"))


def _sum(name: str) -> Coalesce:
    return Coalesce(Sum(name), Value(NO_MONEY), output_field=MoneyField())
