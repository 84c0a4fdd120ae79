"""What one manager asks for and a second person decides: frozen once decided, the database refuses anything else."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import PaymentMethod
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from orders.models.ledger import LedgerEntry
from orders.models.order import Order


class ApprovalKind(models.TextChoices):
    CORRECTION = "correction", _("Correction")
    REFUND = "refund", _("Refund")


class ApprovalState(models.TextChoices):
    PENDING = "pending", _("Waits for a second person")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


class MoneyApproval(models.Model):
    """A correction or a refund at the desk above the limit of its location: nothing is booked before it is approved."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="approvals", verbose_name=_("order"))
    kind = EnumField(ApprovalKind, _("kind"), max_length=10)
    # Of a correction the right sum of the entry, of a refund what is to be given back.
    amount = MoneyField(_("sum"))
    method = EnumField(PaymentMethod, _("method"), max_length=10)
    corrects = models.ForeignKey(
        LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("corrects")
    )
    document = models.CharField(_("document number"), max_length=60, blank=True)
    reason = models.CharField(_("why"), max_length=250)
    # Becomes that of the entry: one request never books two.
    form_token = models.UUIDField(_("form token"), unique=True, default=uuid.uuid4)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    state = EnumField(ApprovalState, _("state"), max_length=10, default=ApprovalState.PENDING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    entry = models.OneToOneField(
        LedgerEntry, models.PROTECT, null=True, blank=True, related_name="approval", verbose_name=_("ledger entry")
    )

    class Meta:
        verbose_name = _("request for approval")
        verbose_name_plural = _("requests for approval")
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="pending"), name="approval_one_waits_for_an_order"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("asked_by")), name="approval_by_a_second_person"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_by__isnull=True, decided_at__isnull=True, entry__isnull=True)
                | Q(state="declined", decided_by__isnull=False, decided_at__isnull=False, entry__isnull=True)
                | Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, entry__isnull=False),
                name="approval_says_who_and_what",
            ),
            models.CheckConstraint(
                condition=Q(kind="correction", corrects__isnull=False) | Q(kind="refund", corrects__isnull=True),
                name="approval_of_a_correction_names_the_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.order_id}"
