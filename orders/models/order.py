"""Orders."""

import uuid
from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import User
from coworking.models import Location, PaymentMethod, Service, Tariff
from olvery.shared.money import NO_MONEY, MoneyField
from olvery.shared.periods import Period

if TYPE_CHECKING:
    from orders.models.line import OrderLine


class OrderStatus(models.TextChoices):
    """The states of an order; payment and tickets have their own."""

    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Not paid in time")


class PaymentStatus(models.TextChoices):
    """Where the money of an order is; derived from the ledger, never stored."""

    NOT_REQUIRED = "not_required", _("Not required")
    UNPAID = "unpaid", _("Unpaid")
    PENDING = "pending", _("Awaiting the payment")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")


class OrderQuerySet(QuerySet["Order"]):
    """Named queries on orders."""

    def at_locations(self, location_ids: Collection[int]) -> "OrderQuerySet":
        """Return the orders of these locations."""
        return self.filter(location_id__in=location_ids)

    def of_customer(self, user: User) -> "OrderQuerySet":
        """Return the orders this person pays for, whoever made them."""
        return self.filter(customer=user)

    def with_total(self) -> "OrderQuerySet":
        """Add `total`, the sum of the lines."""
        from orders.models.line import OrderLine  # noqa: PLC0415 - its rows know the order

        lines = OrderLine.objects.filter(order=OuterRef("pk"))
        # By name, since the type checker would take a keyword for a second declaration of Order.total.
        return self.annotate(**{"total": _sum_of(lines)})

    def with_money(self) -> "OrderQuerySet":
        """Add `total`, `charged`, `returned` and `is_paying`: all that the payment status is made of."""
        from orders.models.ledger import EntryKind, LedgerEntry  # noqa: PLC0415 - its rows know the order
        from orders.models.payment_attempt import PaymentAttempt  # noqa: PLC0415 - its rows know the order

        entries = LedgerEntry.objects.filter(order=OuterRef("pk"))
        # What was paid twice and went back was never the order's money.
        twice = Q(refund__source="duplicate", refund__isnull=False)
        given_back = Q(kind=EntryKind.REFUND) & ~twice | Q(corrects__kind=EntryKind.REFUND, corrects__isnull=False)
        paying = PaymentAttempt.objects.active().filter(order=OuterRef("pk"))
        money = {
            "charged": _sum_of(entries) - _sum_of(entries.filter(given_back)),
            "returned": _sum_of(entries.filter(given_back)),
            "is_paying": Exists(paying),
        }
        return self.with_total().annotate(**money)

    def with_balance(self) -> "OrderQuerySet":
        """Add `total`, `held` and `returning`: the sums that payments and refunds are decided by."""
        from orders.models.ledger import LedgerEntry  # noqa: PLC0415 - its rows know the order
        from orders.models.payment_attempt import Refund  # noqa: PLC0415 - its rows know the order

        entries = LedgerEntry.objects.filter(order=OuterRef("pk"))
        refunds = Refund.objects.under_way().filter(attempt__order=OuterRef("pk"))
        sums = {"held": _sum_of(entries), "returning": _sum_of(refunds, by="attempt__order")}
        return self.with_total().annotate(**sums)


def _sum_of(rows: "QuerySet[Any]", *, by: str = "order") -> Coalesce:
    total = Subquery(rows.order_by().values(by).annotate(sum=Sum("amount")).values("sum"))
    return Coalesce(total, Value(NO_MONEY), output_field=MoneyField())


class Order(models.Model):
    """Tickets that one customer pays for together; names, prices and contacts are copied when it is placed."""

    number = models.BigAutoField(_("number"), primary_key=True)
    location = models.ForeignKey(Location, models.PROTECT, related_name="orders", verbose_name=_("location"))
    service = models.ForeignKey(Service, models.PROTECT, related_name="orders", verbose_name=_("service"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="orders", verbose_name=_("tariff"))
    # Of the first booking; the tickets have their own.
    service_name = models.CharField(_("service name"), max_length=100)
    tariff_name = models.CharField(_("tariff name"), max_length=60)
    # From the first start to the last end.
    period = DateTimeRangeField(_("period"))
    ticket_count = models.PositiveSmallIntegerField(_("tickets"))
    # Distinct pairs of tariff and period: 1 for an order whose tickets differ by seat and visitor only.
    booking_count = models.PositiveSmallIntegerField(_("bookings"), default=1)
    service_ids = ArrayField(models.BigIntegerField(), verbose_name=_("services"))
    customer = models.ForeignKey(User, models.PROTECT, related_name="orders", verbose_name=_("customer"))
    customer_name = models.CharField(_("customer's name"), max_length=310)
    phone = PhoneNumberField(_("phone"), max_length=16)
    email = models.EmailField(_("e-mail"), blank=True)
    payment_method = models.CharField(_("payment method"), max_length=10, choices=PaymentMethod.choices)
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus.choices)
    # Of a cancelled order: the money that is not returned, by the policy or the manager's decision.
    kept = MoneyField(_("kept after the cancellation"), default=NO_MONEY)
    deadline_at = models.DateTimeField(_("pay by"), null=True, blank=True)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    internal_note = models.TextField(_("internal note"), max_length=1000, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    form_token = models.UUIDField(_("form token"), unique=True, default=uuid.uuid4)

    objects = OrderQuerySet.as_manager()

    total: Decimal  # set by with_total
    charged: Decimal  # set by with_money, as are the next two
    returned: Decimal
    is_paying: bool
    held: Decimal  # set by with_balance, as is the next one
    returning: Decimal
    lines: "models.Manager[OrderLine]"

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["location", "-number"], name="order_list"),
            models.Index(fields=["customer", "-number"], name="order_of_customer"),
            models.Index("location", F("period__startswith").desc(), F("number").desc(), name="order_list_by_period"),
            models.Index(fields=["location", "customer_name", "number"], name="order_list_by_customer"),
            models.Index(fields=["location", "status", "-number"], name="order_list_by_status"),
            models.Index(fields=["location", "created_at"], name="order_list_by_creation"),
            GistIndex(fields=["location", "period"], name="order_list_in_period"),
            GinIndex(fields=["service_ids"], name="order_of_services"),
            GinIndex(OpClass("phone", "gin_trgm_ops"), name="order_phone_trigrams"),
            models.Index(OpClass("email", "text_pattern_ops"), name="order_email_prefix"),
            models.Index(fields=["deadline_at"], name="order_to_expire", condition=Q(status="awaiting_payment")),
            models.Index(F("period__endswith"), name="order_to_complete", condition=Q(status="confirmed")),
            models.Index(F("period__endswith"), name="order_completed_of_late", condition=Q(status="completed")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="order_phone_is_e164"),
            models.CheckConstraint(
                condition=~Q(payment_method=PaymentMethod.ONLINE) | ~Q(email=""), name="order_paid_online_has_email"
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.AWAITING_PAYMENT) | Q(deadline_at__isnull=False),
                name="order_awaits_payment_until_a_moment",
            ),
            models.CheckConstraint(condition=Q(ticket_count__gte=1), name="order_has_a_ticket"),
            models.CheckConstraint(
                condition=Q(booking_count__gte=1, booking_count__lte=F("ticket_count")),
                name="order_keeps_bookings_within_tickets",
            ),
            models.CheckConstraint(condition=Q(service_ids__len__gte=1), name="order_has_a_service"),
            models.CheckConstraint(condition=Q(kept__gte=0), name="order_keeps_no_negative_sum"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def time(self) -> Period:
        """The booked period."""
        return Period.from_range(self.period)

    @property
    def status_choice(self) -> OrderStatus:
        """The status with its words."""
        return OrderStatus(self.status)

    @property
    def payment_method_choice(self) -> PaymentMethod:
        """The payment method with its words."""
        return PaymentMethod(self.payment_method)

    @property
    def payment_status(self) -> PaymentStatus:
        """Where the money is. Needs `with_money`."""
        if self.returned:
            return PaymentStatus.PARTLY_REFUNDED if self.paid > 0 else PaymentStatus.REFUNDED
        if self.charged > 0:
            return PaymentStatus.PAID if self.charged >= self.cost else PaymentStatus.PARTLY_PAID
        if not self.cost:
            return PaymentStatus.NOT_REQUIRED
        return PaymentStatus.PENDING if self.is_paying else PaymentStatus.UNPAID

    @property
    def paid(self) -> Decimal:
        """What we hold of the order's money, roubles. Needs `with_money`."""
        return self.charged + self.returned

    @property
    def cost(self) -> Decimal:
        """What the order costs as it stands: its lines, what is kept of a cancelled one, nothing of an expired one."""
        if self.status == OrderStatus.EXPIRED:
            return NO_MONEY
        return self.kept if self.status == OrderStatus.CANCELLED else self.total

    @property
    def due(self) -> Decimal:
        """What is still to be paid, roubles. Needs `with_money`."""
        return max(self.cost - self.paid, NO_MONEY)

    @property
    def is_by_customer(self) -> bool:
        """Whether the customer made the order, not a manager."""
        return self.created_by_id == self.customer_id
