"""Notifications of the provider as received: hints to ask, never facts."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from olvery.shared.fields import EnumField


class ProviderNotification(models.Model):
    """One event about one object, however often it was delivered."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        APPLIED = "applied", _("Applied")
        DEFERRED = "deferred", _("Deferred")
        IGNORED = "ignored", _("Ignored")

    event = models.CharField(_("event"), max_length=60)
    object_id = models.CharField(_("object's id"), max_length=36)
    remote_address = models.GenericIPAddressField(_("from"))
    body = models.TextField(_("body"))
    deliveries = models.PositiveIntegerField(_("deliveries"), default=1)
    state = EnumField(State, _("state"), max_length=10, default=State.RECEIVED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    last_delivery_at = models.DateTimeField(_("last delivery"), default=timezone.now)

    class Meta:
        verbose_name = _("notification of the provider")
        verbose_name_plural = _("notifications of the provider")
        constraints = [models.UniqueConstraint(fields=["event", "object_id"], name="notification_once_an_object")]

    def __str__(self) -> str:
        return f"{self.event} {self.object_id}"
