"""Cases of «Сверка денег»: open until the sums agree again or a person settles them."""

from collections.abc import Collection

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from orders.models.approval import MoneyApproval
from orders.models.order import Order
from orders.models.payment_attempt import OffsetReceipt, PaymentAttempt, Refund


class CaseKind(models.TextChoices):
    """What happened."""

    LATE_PAYMENT = "late_payment", _("Paid, but the place is gone")
    DUPLICATE_PAYMENT = "duplicate", _("Paid twice")
    MISMATCH = "mismatch", _("The payment differs from the order")
    EXTERNAL_REFUND = "external_refund", _("Returned in the provider's cabinet")
    REFUND_FAILED = "refund_failed", _("The refund did not go through")
    UNKNOWN_OUTCOME = "unknown_outcome", _("The provider's answer was lost")
    PAYMENT_STUCK = "payment_stuck", _("The payment hangs")
    REFUND_STUCK = "refund_stuck", _("The refund hangs")
    RECEIPT_FAILED = "receipt_failed", _("The receipt was not registered")
    MISCONFIGURED = "misconfigured", _("The provider refuses our key")
    UNKNOWN_PAYMENT = "unknown_payment", _("The provider has a payment we do not know")
    REFUND_DUE = "refund_due", _("More money than the order costs")
    DEBT = "debt", _("Service rendered, not paid")
    DEBT_OVERDUE = "debt_overdue", _("The rest was not paid in time")
    DRIFT = "drift", _("Our sums differ from the provider's")
    APPROVAL = "approval", _("A second person decides")


class CaseQuerySet(QuerySet["MoneyCase"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(closed_at=None)

    def at_locations(self, location_ids: Collection[int]) -> "CaseQuerySet":
        """Return the cases of orders at these locations, and, if there is a location, those of no order at all."""
        return self.filter(Q(location_id__in=location_ids) | Q(location=None)) if location_ids else self.none()


class MoneyCase(models.Model):
    """One line of the money desk; its keys name what it is about, so that the same thing opens one case."""

    kind = EnumField(CaseKind, _("kind"), max_length=20)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("order")
    )
    # Where the order is, kept by a database trigger; a case of no order has none.
    location = models.ForeignKey(Location, models.PROTECT, null=True, db_index=False, editable=False, related_name="+")
    attempt = models.ForeignKey(
        PaymentAttempt, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("payment")
    )
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("refund")
    )
    receipt = models.ForeignKey(
        OffsetReceipt, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("receipt")
    )
    # Of what the provider has, and nobody here knows.
    provider_id = models.CharField(_("provider's id"), max_length=36, null=True, blank=True)
    amount = MoneyField(_("sum"), null=True, blank=True)
    # What differs, or what the provider said: see `domain.money.facts`.
    facts = models.JSONField(_("details"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    resolution = models.CharField(_("resolution"), max_length=250, blank=True)
    # The refund that a person has asked for instead of the one that failed.
    next_refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("next refund")
    )

    approval = models.ForeignKey(
        MoneyApproval,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("request"),
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("money case")
        verbose_name_plural = _("money cases")
        indexes = [
            models.Index("location", F("opened_at").desc(), name="case_open_at", condition=Q(closed_at__isnull=True)),
            models.Index(
                "location", F("closed_at").desc(), name="case_closed_at", condition=Q(closed_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(order=None, location=None) | Q(order__isnull=False, location__isnull=False),
                name="case_is_where_its_order_is",
            ),
            models.UniqueConstraint(
                fields=["kind", "order", "attempt", "refund", "receipt", "provider_id"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="case_open_once_a_kind_and_thing",
            ),
        ]

    def __str__(self) -> str:
        about = self.order_id or self.provider_id
        return f"{self.get_kind_display()}: {about}" if about else self.get_kind_display()
