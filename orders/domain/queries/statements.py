"""A company's orders and payments, for its own administrators: all its orders, and the monthly statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Case, DateField, DateTimeField, F, Func, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Greatest, TruncMonth

from accounts.models import Company, CompanyMember, User
from coworking.models import Location
from olvery.shared.money import NO_MONEY, MoneyField
from olvery.shared.periods import DAY, month_of
from orders.domain.money.credit import billable
from orders.models import LedgerEntry, MonthBill, Order, OrderStatus

# What an order costs as it stands, see `Balance.cost`; one that waits for its payment may never cost anything.
COST = Case(
    When(status__in=[OrderStatus.EXPIRED, OrderStatus.AWAITING_PAYMENT], then=Value(NO_MONEY)),
    When(status=OrderStatus.CANCELLED, then=F("kept")),
    default=F("total"),
    output_field=MoneyField(),
)


def _local_day(moment: Combinable, time_zone: str) -> Cast:
    return Cast(Func(F(time_zone), moment, function="timezone", output_field=DateTimeField()), DateField())


# What ends at midnight ends on the day before.
_ENDED_ON = _local_day(F("period__endswith") - timedelta.resolution, "location__time_zone")
MOVED_ON = _local_day(F("at"), "order__location__time_zone")


@dataclass(frozen=True, slots=True)
class Statement:
    """A company's month, roubles: what it owed before, what was rendered, what it paid.

    An order belongs to the month in which it ends, or to that of a later bill that names it or is going to, and comes
    with its `cost`. Below zero the company has paid ahead.
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
        """What was paid in the month, less what went back."""
        return sum((entry.amount for entry in self.payments), NO_MONEY)

    @property
    def closing(self) -> Decimal:
        """What it owed at the end."""
        return self.opening + self.cost - self.paid

    @property
    def people(self) -> dict[int, set[int]]:
        """The people whose orders the statement shows, by location."""
        shown: dict[int, set[int]] = {}
        for order in (*self.orders, *(entry.order for entry in self.payments)):
            shown.setdefault(order.location_id, set()).add(order.customer_id)
        return shown


def statement_of(company: Company, month: date, *, at: Location | None = None) -> Statement:
    """Return the statement of the month that begins on this day, of all locations or of one. Four queries.

    Days are local to an order's location, as on its bills, so that the statements of all locations add up to the whole.
    """
    first, last = month_of(month)
    costing = company.orders.annotate(cost=COST, counts_on=Greatest(_ENDED_ON, _billed_in(company))).filter(cost__gt=0)
    entries = LedgerEntry.objects.filter(order__company=company).annotate(moved_on=MOVED_ON)
    if at:
        costing, entries = costing.filter(location=at), entries.filter(order__location=at)
    before = costing.filter(counts_on__lt=first).aggregate(sum=Sum("cost", default=NO_MONEY))["sum"]
    paid_before = entries.filter(moved_on__lt=first).aggregate(sum=Sum("amount", default=NO_MONEY))["sum"]
    orders = costing.filter(counts_on__range=(first, last)).select_related("location").order_by("period", "pk")
    payments = entries.filter(moved_on__range=(first, last)).select_related("order__location")
    return Statement(month, before - paid_before, list(orders), list(payments.order_by("at", "pk")))


def _billed_in(company: Company) -> Case:
    """Return the month of the bill that names an order; what none names yet goes on the one after the last."""
    bills = MonthBill.objects.filter(company=company, location=OuterRef("location")).order_by("-month")
    after_last = Subquery(
        bills.annotate(after=TruncMonth(F("month") + 31 * DAY, output_field=DateField())).values("after")[:1]
    )
    waits = Q(pk__in=billable().filter(company=company).values("pk"))
    return Case(When(waits, then=after_last), default=F("billed__bill__month"), output_field=DateField())


def today_of(company: Company, *, at: datetime) -> date:
    """Return the latest day that it is where the company orders: a month begins with the first of its locations."""
    locations = Location.objects.filter(pk__in=company.orders.values("location"))
    return max((location.day_at(at) for location in locations), default=at.date())


def administered_by(user: User) -> QuerySet[Company]:
    """Return the companies whose administrator a person is, by name."""
    own = CompanyMember.objects.filter(person=user, is_administrator=True)
    return Company.objects.filter(pk__in=own.values("company")).order_by("name_key", "pk")


def orders_of(company: Company) -> QuerySet[Order]:
    """Return all orders of a company, whoever of its people made them."""
    return Order.objects.filter(company=company).select_related("location")


def members_of(company: Company) -> list[CompanyMember]:
    """Return the people who order for a company, by name. One query."""
    return list(company.members.select_related("person").order_by("person__name_key", "pk"))
