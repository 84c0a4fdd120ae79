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
    LINK = "link", _("Payment link")
    PAID = "paid", _("Paid")
    DEADLINE = "deadline", _("Time to pay is running out")
    EXPIRED = "expired", _("Not paid in time")
    REFUNDED = "refunded", _("Money returned")
    INVOICE = "invoice", _("Invoice")


class Message(models.Model):
    """A message. Order, kind and `about` are unique together, so a repeated job sends no second one."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="messages", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices)
    # Which of several: the refund, the invoice, the deadline, the sending of the link.
    about = models.CharField(_("about"), max_length=40, blank=True)
    to = models.EmailField(pgettext_lazy("recipient", "to"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "about"], name="message_once_an_order_kind_and_subject")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"
