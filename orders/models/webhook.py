"""Webhooks: URLs of other programs that are notified of changes to orders."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location
from olvery.shared.fields import EnumField
from orders.models.event import EventKind, OrderEvent


class Webhook(models.Model):
    """A URL that is notified of events at one location. Removed ones are kept for the log."""

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    address = models.URLField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=20, choices=EventKind), verbose_name=_("events"))
    # Signing needs the secret itself: it is encrypted, since a digest would not do.
    secret = models.CharField(max_length=250, editable=False)
    # The former secret also signs for a day: receivers change theirs when it suits them.
    former_secret = models.CharField(max_length=250, editable=False, blank=True, default="", db_default="")
    renewed_at = models.DateTimeField(_("secret renewed at"), null=True, blank=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    # Its receiver said that it is gone, or a person removed it.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(condition=Q(kinds__len__gte=1), name="webhook_has_a_kind"),
            models.CheckConstraint(condition=Q(address__startswith="https://"), name="webhook_address_is_encrypted"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def kind_labels(self) -> list[str]:
        """The events it is notified of, in words."""
        return [str(EventKind(kind).label) for kind in self.kinds]


class DeliveryStatus(models.TextChoices):
    WAITS = "waits", _("Waits")
    SENT = "sent", _("Delivered")
    FAILED = "failed", _("Given up")


class Delivery(models.Model):
    """One event for one webhook: a database trigger writes it in the transaction of the event."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, db_index=False, related_name="deliveries")
    event = models.ForeignKey(OrderEvent, models.PROTECT, db_index=False, related_name="+")
    status = EnumField(DeliveryStatus, _("status"), max_length=10, default=DeliveryStatus.WAITS)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The number of the answer, or in a word why there was none.
    answer = models.CharField(_("answer"), max_length=60, blank=True)
    next_at = models.DateTimeField(_("next try at"))
    tried_at = models.DateTimeField(_("tried at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once_an_event")]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(status="waits")),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} {self.event_id}"
