"""Messages to a customer: written with the order, sent by a job."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.order import Order


class MessageKind(models.TextChoices):
    """What the message says."""

    CREATED = "created", _("Order created")
    TICKETS = "tickets", _("Tickets")
    CANCELLED = "cancelled", _("Order cancelled")


class Message(models.Model):
    """One message, once: the unique pair of order and kind keeps a repeated job from sending another."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="messages", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices)
    to = models.EmailField(pgettext_lazy("recipient", "to"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="message_of_a_kind_once_an_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"
