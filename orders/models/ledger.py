"""What was charged and returned: append-only, a database trigger refuses UPDATE, DELETE and TRUNCATE.

What is paid and what is due are sums over these rows; the copy on the order is for lists.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import PaymentMethod
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from orders.models.order import Order
from orders.models.payment_attempt import PaymentAttempt, Refund


class EntryKind(models.TextChoices):
    CHARGE = "charge", _("Payment")
    REFUND = "refund", _("Refund")
    CORRECTION = "correction", _("Correction")


class LedgerEntry(models.Model):
    """One movement of money of an order: positive to us, negative to the customer, roubles."""

    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="entries", verbose_name=_("order"))
    kind = EnumField(EntryKind, _("kind"), max_length=10)
    method = EnumField(PaymentMethod, _("method"), max_length=10)
    amount = MoneyField(_("sum"))
    # When the money moved; a manager may record yesterday's transfer today.
    at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    document = models.CharField(_("document number"), max_length=60, blank=True)
    reason = models.CharField(_("why"), max_length=250, blank=True)
    attempt = models.ForeignKey(
        PaymentAttempt, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("payment")
    )
    refund = models.ForeignKey(
        Refund,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="entries",
        verbose_name=_("refund"),
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects")
    )
    # A form that is sent twice makes one entry.
    form_token = models.UUIDField(_("form token"), unique=True, default=uuid.uuid4)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        indexes = [
            models.Index(fields=["order", "at"], name="entry_of_order"),
            models.Index(fields=["at"], name="entry_by_day"),
            models.Index(fields=["recorded_at"], name="entry_moved_of_late"),
            models.Index(fields=["document"], name="entry_by_document", condition=~Q(document="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["attempt"], condition=Q(kind="charge"), name="entry_one_charge_an_attempt"),
            models.UniqueConstraint(fields=["refund"], name="entry_one_a_refund"),
            models.CheckConstraint(
                condition=Q(kind="charge", amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind="correction") & ~Q(amount=0)),
                name="entry_sign_follows_the_kind",
            ),
            models.CheckConstraint(
                condition=~Q(method="online")
                | Q(kind="charge", attempt__isnull=False)
                | Q(kind="refund", attempt__isnull=False, refund__isnull=False),
                name="entry_online_names_the_attempt",
            ),
            models.CheckConstraint(
                condition=~Q(kind="correction") | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="entry_correction_says_what_and_why",
            ),
            models.CheckConstraint(condition=~Q(method="free"), name="entry_moves_money"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount}"
