"""Requests to the provider that change something: stored and committed before the first byte is sent."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from olvery.shared.fields import EnumField
from orders.models.payment_attempt import OffsetReceipt, PaymentAttempt, Refund


class ProviderRequest(models.Model):
    """A request to the provider: one idempotency key, one frozen body; every retry sends the same bytes."""

    class State(models.TextChoices):
        QUEUED = "queued", _("In the queue")
        SENDING = "sending", _("Being sent")
        DONE = "done", _("Done")
        REJECTED = "rejected", _("Refused")
        MANUAL = "manual", _("Needs a person")

    attempt = models.OneToOneField(
        PaymentAttempt,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="provider_request",
        verbose_name=_("payment"),
    )
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="provider_request", verbose_name=_("refund")
    )
    receipt = models.OneToOneField(
        OffsetReceipt, models.PROTECT, null=True, blank=True, related_name="provider_request", verbose_name=_("receipt")
    )
    key = models.UUIDField(_("idempotency key"), unique=True, default=uuid.uuid4)
    path = models.CharField(_("path"), max_length=60)
    body = models.TextField(_("frozen body"))
    state = EnumField(State, _("state"), max_length=10, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    first_sent_at = models.DateTimeField(_("first sent at"), null=True, blank=True)
    # While queued: when to send next. While being sent: when the sender counts as dead.
    next_try_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    last_status = models.PositiveSmallIntegerField(_("last HTTP status"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("request to the provider")
        verbose_name_plural = _("requests to the provider")
        indexes = [
            models.Index(fields=["next_try_at"], name="request_to_send", condition=Q(state__in=["queued", "sending"]))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(attempt__isnull=False, refund__isnull=True, receipt__isnull=True)
                | Q(attempt__isnull=True, refund__isnull=False, receipt__isnull=True)
                | Q(attempt__isnull=True, refund__isnull=True, receipt__isnull=False),
                name="request_is_about_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"

    @property
    def shop_id(self) -> str:
        """The shop of the payment that the request is about."""
        about = self.attempt or (self.refund or self.receipt).attempt  # type: ignore[union-attr]
        return about.shop_id
