"""Orders."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Company, User
from coworking.models import Location, PaymentMethod, Service, Tariff
from coworking.models.listed_names import NAME_BEGINNINGS
from olvery.shared.fields import EnumField, PeriodField
from olvery.shared.money import NO_MONEY, MoneyField

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
    """Where the money of an order is; what the ledger says, stored for lists."""

    NOT_REQUIRED = "not_required", _("Not required")
    UNPAID = "unpaid", _("Unpaid")
    PENDING = "pending", _("Awaiting the payment")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")


def shown_methods(order: Any) -> Sequence[PaymentMethod]:
    """Return how an order was paid, in part or in full; while no money has come, how it is to be paid."""
    return order.paid_by or [order.payment_method]


def shown_by(methods: Collection[str]) -> Q:
    """Return the condition of orders, or of their facets, of which `shown_methods` has any of these."""
    return Q(paid_by__overlap=list(methods)) | Q(paid_by=[], payment_method__in=methods)


class OrderQuerySet(QuerySet["Order"]):
    def at_locations(self, location_ids: Collection[int]) -> "OrderQuerySet":
        return self.filter(location_id__in=location_ids)

    def of_customer(self, user: User) -> "OrderQuerySet":
        """Return the orders this person pays for, whoever made them."""
        return self.filter(customer=user)


class Order(models.Model):
    """Tickets that one customer pays for together, or a pass; names, prices, contacts are copied when it is placed."""

    number = models.BigAutoField(_("number"), primary_key=True)
    # Without an index of its own: those of the list begin with it.
    location = models.ForeignKey(
        Location, models.PROTECT, db_index=False, related_name="orders", verbose_name=_("location")
    )
    service = models.ForeignKey(Service, models.PROTECT, related_name="orders", verbose_name=_("service"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="orders", verbose_name=_("tariff"))
    # Of the first booking; the tickets have their own.
    service_name = models.CharField(_("service name"), max_length=100)
    tariff_name = models.CharField(_("tariff name"), max_length=60)
    # From the first start to the last end.
    period = PeriodField(_("period"))
    ticket_count = models.PositiveSmallIntegerField(_("tickets"))
    # Distinct pairs of tariff and period: 1 for an order whose tickets differ by seat and visitor only.
    booking_count = models.PositiveSmallIntegerField(_("bookings"), default=1)
    service_ids = ArrayField(models.BigIntegerField(), verbose_name=_("services"))
    customer = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="orders", verbose_name=_("customer")
    )
    customer_name = models.CharField(_("customer's name"), max_length=310)
    # The company that the customer orders for, and belonged to at that moment.
    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="orders",
        verbose_name=_("company"),
    )
    phone = PhoneNumberField(_("phone"), max_length=16)
    email = models.EmailField(_("e-mail"), blank=True)
    payment_method = EnumField(PaymentMethod, _("payment method"), max_length=10)
    status = EnumField(OrderStatus, _("status"), max_length=20)
    # Of a cancelled order: the money that is not returned, by the policy or the manager's decision.
    kept = MoneyField(_("kept after the cancellation"), default=NO_MONEY)
    deadline_at = models.DateTimeField(_("pay by"), null=True, blank=True)
    # Of an order that was confirmed by a part of its price: when the rest is late. The end of a day at its location.
    owed_until = models.DateTimeField(_("rest owed until"), null=True, blank=True)
    # The code that its discount is of. Uses are looked up by the code, orders never.
    promo_code = models.ForeignKey(
        "orders.PromoCode",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("promo code"),
    )
    # Of a sale of a pass, which takes no place: its days or hours.
    pass_units = models.SmallIntegerField(_("units of the pass"), null=True, blank=True)
    # And the further services that it will pay for, as it was shown.
    also_services = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], blank=True, verbose_name=_("the pass also pays for")
    )
    # The pass that its tickets are paid from. The entries of the pass are looked up, orders never.
    from_pass = models.ForeignKey(
        "orders.Pass",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("paid from the pass"),
    )
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    internal_note = models.TextField(_("internal note"), max_length=1000, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    form_token = models.UUIDField(_("form token"), unique=True, default=uuid.uuid4)

    # What lists filter and sort by: a copy of the balance, written by `money/summary.py` alone.
    total = MoneyField(_("sum"), default=NO_MONEY, db_default=NO_MONEY)
    paid = MoneyField(_("paid"), default=NO_MONEY, db_default=NO_MONEY)
    due = MoneyField(_("To pay"), default=NO_MONEY, db_default=NO_MONEY)
    payment_status = EnumField(
        PaymentStatus,
        _("payment status"),
        max_length=20,
        default=PaymentStatus.NOT_REQUIRED,
        db_default=PaymentStatus.NOT_REQUIRED,
    )
    # The methods by which money came, the earliest first.
    paid_by = ArrayField(
        EnumField(PaymentMethod, max_length=10), default=list, db_default=[], blank=True, verbose_name=_("paid by")
    )

    # What the list searches and filters by: kept by database triggers, from the customer and from the fields above.
    # Collation "C", as of the people's: one index serves both the prefix and the order of the rows.
    name_key = models.CharField(max_length=310, editable=False, db_collation="C")
    given_key = models.CharField(max_length=100, editable=False, db_collation="C")
    facet = models.ForeignKey(
        "orders.OrderFacet",
        models.PROTECT,
        db_index=False,
        db_constraint=False,  # a check would lock the same few rows for every order
        editable=False,
        related_name="orders",
    )

    objects = OrderQuerySet.as_manager()

    lines: "models.Manager[OrderLine]"

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["location", "-number"], name="order_list"),
            models.Index(fields=["customer", "-number"], name="order_of_customer"),
            models.Index(fields=["company", "-number"], name="order_of_company", condition=Q(company__isnull=False)),
            models.Index(
                fields=["company"],
                include=["due"],
                name="order_owed_by_company",
                condition=Q(company__isnull=False, payment_method=PaymentMethod.INVOICE, due__gt=0),
            ),
            models.Index("location", F("period__startswith").desc(), F("number").desc(), name="order_list_by_period"),
            models.Index(
                fields=["location", "name_key", "number"], include=["given_key", "facet"], name="order_list_by_name"
            ),
            models.Index(
                fields=["location", "given_key", "name_key", "number"],
                include=["facet"],
                name="order_list_by_given_name",
            ),
            models.Index(fields=["facet", "-number"], name="order_facet_list"),
            models.Index("facet", F("period__startswith").desc(), F("number").desc(), name="order_facet_by_period"),
            models.Index(fields=["facet", "name_key", "number"], name="order_facet_by_name"),
            models.Index(fields=["location", "created_at"], include=["number", "facet"], name="order_list_created"),
            GistIndex(
                fields=["location", "period"], include=["number", "facet", "booking_count"], name="order_list_during"
            ),
            GinIndex(NAME_BEGINNINGS, name="order_name_beginnings"),
            GinIndex(OpClass("phone", "gin_trgm_ops"), name="order_phone_trigrams"),
            models.Index(
                "location",
                OpClass("email", "text_pattern_ops"),
                "number",
                include=["facet"],
                name="order_list_by_email",
            ),
            models.Index(fields=["deadline_at"], name="order_to_expire", condition=Q(status="awaiting_payment")),
            models.Index(fields=["owed_until"], name="order_that_owes", condition=Q(owed_until__isnull=False)),
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
            models.CheckConstraint(
                condition=Q(pass_units__isnull=True, ticket_count__gte=1)
                | Q(pass_units__isnull=False, pass_units__gte=1, from_pass=None, ticket_count=0),
                name="order_has_a_ticket",
            ),
            models.CheckConstraint(
                condition=Q(booking_count__gte=1, booking_count__lte=F("ticket_count"))
                | Q(pass_units__isnull=False, booking_count=0),
                name="order_keeps_bookings_within_tickets",
            ),
            models.CheckConstraint(condition=Q(service_ids__len__gte=1), name="order_has_a_service"),
            models.CheckConstraint(condition=Q(kept__gte=0), name="order_keeps_no_negative_sum"),
            models.CheckConstraint(condition=Q(due__gte=0), name="order_owes_no_negative_sum"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def sells_pass(self) -> bool:
        """Whether it sells a pass, and so has no tickets."""
        return self.pass_units is not None

    @property
    def pay_before(self) -> datetime:
        """The moment that no time to pay goes beyond: its start; the days of a pass are counted from its payment."""
        return self.period.end if self.sells_pass else self.period.start

    @property
    def is_by_customer(self) -> bool:
        """Whether the customer made the order, not a manager."""
        return self.created_by_id == self.customer_id
