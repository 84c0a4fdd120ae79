"""Payment attempts and refunds through the provider, and their receipts."""

from datetime import datetime

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import TaxSystem
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from orders.models.order import Order


class ReceiptState(models.TextChoices):
    """Where a fiscal receipt (54-FZ) is; the words are the provider's."""

    NONE = "", _("No receipt")
    PENDING = "pending", _("Receipt is being registered")
    SUCCEEDED = "succeeded", _("Receipt is registered")
    CANCELED = "canceled", _("Receipt was not registered")


class PaymentAttemptQuerySet(QuerySet["PaymentAttempt"]):
    def active(self) -> "PaymentAttemptQuerySet":
        """Return the attempts a customer may still pay; an order has at most one."""
        return self.filter(status__in=PaymentAttempt.OPEN, abandoned_at=None)

    def in_review(self) -> "PaymentAttemptQuerySet":
        """Return those that a person has to look at before the customer pays again."""
        return self.active().filter(mismatch__isnull=False)

    def unsettled(self) -> "PaymentAttemptQuerySet":
        """Return the attempts that the provider may still change; abandoned ones can be paid too."""
        return self.filter(status__in=PaymentAttempt.OPEN)

    def unfulfilled(self) -> "PaymentAttemptQuerySet":
        """Return the paid attempts for which nothing was done yet: their orders neither confirmed nor refunded."""
        return self.filter(status=PaymentAttempt.Status.SUCCEEDED, fulfilled_at=None)


class PaymentAttempt(models.Model):
    """One attempt to pay an order through the provider."""

    class Status(models.TextChoices):
        CREATED = "created", _("Being created")
        PENDING = "pending", _("Waiting for the customer")
        SUCCEEDED = "succeeded", _("Paid")
        CANCELED = "canceled", _("Did not go through")
        FAILED = "failed", _("Refused by the provider")

    OPEN = (Status.CREATED, Status.PENDING)

    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="attempts", verbose_name=_("order"))
    number = models.PositiveSmallIntegerField(_("attempt"))
    amount = MoneyField(_("sum"))
    email = models.EmailField(_("receipt to"), blank=True)
    status = EnumField(Status, _("status"), max_length=10, default=Status.CREATED)
    provider_id = models.CharField(_("provider's id"), max_length=36, unique=True, null=True, blank=True)
    provider_status = models.CharField(_("provider's status"), max_length=30, blank=True)
    confirmation_url = models.URLField(_("payment page"), max_length=2048, blank=True)
    method_title = models.CharField(_("paid with"), max_length=100, blank=True)
    cancel_party = models.CharField(_("declined by"), max_length=40, blank=True)
    cancel_reason = models.CharField(_("decline reason"), max_length=60, blank=True)
    receipt = EnumField(ReceiptState, _("receipt"), max_length=10, blank=True)
    # Whose money it is; its refunds and receipts stay with that shop. Empty: the one of the settings.
    shop_id = models.CharField(_("shop"), max_length=20, blank=True)
    # Each with its VAT code, subject and payment mode by 54-FZ, in the provider's terms: refunds repeat them.
    receipt_items = models.JSONField(_("receipt positions"), default=list, blank=True)
    tax_system = models.PositiveSmallIntegerField(
        _("tax system of the receipt"), choices=TaxSystem.choices, null=True, blank=True
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    # An abandoned attempt can still be paid: the provider does not cancel payments on request.
    abandoned_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    # Set in the second transaction, which confirms the order or returns the money.
    fulfilled_at = models.DateTimeField(_("fulfilled at"), null=True, blank=True)
    # What of the provider's last word contradicts it, until that fits again: see `domain.money.facts`.
    mismatch = models.JSONField(_("needs review"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("next check"), null=True, blank=True)
    checks = models.PositiveSmallIntegerField(_("checks"), default=0)
    fetched_at = models.DateTimeField(_("last asked for by the customer"), null=True, blank=True)

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [
            models.Index(fields=["next_check_at"], name="attempt_to_check", condition=Q(next_check_at__isnull=False)),
            models.Index(
                fields=["settled_at"],
                name="attempt_to_fulfil",
                condition=Q(status="succeeded", fulfilled_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="attempt_number_once_an_order"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["created", "pending"], abandoned_at__isnull=True),
                name="attempt_one_active_an_order",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_amount_above_zero"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(provider_id__isnull=False, settled_at__isnull=False),
                name="attempt_succeeded_at_the_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether the provider may still change it."""
        return self.status in self.OPEN

    @property
    def is_active(self) -> bool:
        """Whether the customer may still pay it; only the last attempt of an order can be active."""
        return self.is_open and self.abandoned_at is None


class RefundQuerySet(QuerySet["Refund"]):
    def standing(self) -> "RefundQuerySet":
        """Return the refunds that are done or on their way; their sums cannot be returned again."""
        return self.filter(status__in=Refund.STANDING)

    def under_way(self) -> "RefundQuerySet":
        """Return the refunds that are requested and not yet decided."""
        return self.filter(status__in=Refund.UNDER_WAY)

    def under_way_at(self, moment: datetime) -> "RefundQuerySet":
        """Return the refunds that were requested and not yet decided at a moment."""
        return self.filter(Q(settled_at=None) | Q(settled_at__gt=moment), requested_at__lte=moment)


class Refund(models.Model):
    """Money returned through the provider, to where the payment came from."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        PENDING = "pending", _("Under way")
        SUCCEEDED = "succeeded", _("Returned")
        CANCELED = "canceled", _("Refused by the bank")
        FAILED = "failed", _("Refused by the provider")

    class Source(models.TextChoices):
        STAFF = "staff", _("By a manager")
        LATE_PAYMENT = "late_payment", _("Paid too late")
        DUPLICATE_PAYMENT = "duplicate", _("Paid twice")
        EXCESS = "excess", _("More was paid than the order costs")
        EXTERNAL = "external", _("In the provider's cabinet")

    UNDER_WAY = (Status.REQUESTED, Status.PENDING)
    STANDING = (Status.REQUESTED, Status.PENDING, Status.SUCCEEDED)

    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = MoneyField(_("sum"))
    status = EnumField(Status, _("status"), max_length=10, default=Status.REQUESTED)
    source = EnumField(Source, _("source"), max_length=15)
    reason = models.CharField(_("why"), max_length=250, blank=True)
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=36, unique=True, null=True, blank=True)
    cancel_reason = models.CharField(_("refusal reason"), max_length=60, blank=True)
    receipt = EnumField(ReceiptState, _("receipt"), max_length=10, blank=True)
    receipt_items = models.JSONField(_("receipt positions"), default=list, blank=True)
    next_check_at = models.DateTimeField(_("next check"), null=True, blank=True)
    checks = models.PositiveSmallIntegerField(_("checks"), default=0)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [
            models.Index(fields=["next_check_at"], name="refund_to_check", condition=Q(next_check_at__isnull=False))
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_above_zero"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(provider_id__isnull=False, settled_at__isnull=False),
                name="refund_succeeded_at_the_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt} ← {self.amount}"

    @property
    def has_failed(self) -> bool:
        """Whether the bank or the provider refused to return it."""
        return self.status in (self.Status.CANCELED, self.Status.FAILED)


class OffsetReceipt(models.Model):
    """The second receipt of a prepaid service, once it is rendered: full settlement against the prepayment."""

    attempt = models.OneToOneField(
        PaymentAttempt, models.PROTECT, related_name="offset_receipt", verbose_name=_("payment")
    )
    amount = MoneyField(_("sum"))
    state = EnumField(ReceiptState, _("state"), max_length=10, default=ReceiptState.PENDING)
    provider_id = models.CharField(_("provider's id"), max_length=60, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    next_check_at = models.DateTimeField(_("next check"), null=True, blank=True)
    checks = models.PositiveSmallIntegerField(_("checks"), default=0)

    class Meta:
        verbose_name = _("offset receipt")
        verbose_name_plural = _("offset receipts")
        indexes = [
            models.Index(fields=["next_check_at"], name="receipt_to_check", condition=Q(next_check_at__isnull=False))
        ]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="offset_receipt_amount_above_zero")]

    def __str__(self) -> str:
        return str(self.attempt)
