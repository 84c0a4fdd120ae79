"""The history of an order: append-only, a database trigger refuses UPDATE and DELETE."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import PaymentMethod
from olvery.shared.money import format_money
from orders.models.message import MessageKind
from orders.models.order import Order, OrderStatus
from orders.wording import decline_text, refund_decline_text


class EventKind(models.TextChoices):
    """What happened."""

    CREATED = "created", _("Order created")
    RULE_OVERRIDDEN = "rule_overridden", _("Rule overridden")
    DISCOUNT_GIVEN = "discount_given", _("Discount given")
    CONTACT_CHANGED = "contact_changed", _("Contacts for this order only")
    STATUS_CHANGED = "status_changed", _("Status changed")
    MESSAGE_SENT = "message_sent", _("Message sent")
    PAYMENT_STARTED = "payment_started", _("Payment started")
    PAID = "paid", _("Money came in")
    PAYMENT_CANCELED = "payment_canceled", _("Payment did not go through")
    REFUND_REQUESTED = "refund_requested", _("Refund requested")
    REFUNDED = "refunded", _("Money returned")
    REFUND_FAILED = "refund_failed", _("Refund did not go through")
    CORRECTED = "corrected", _("Payment corrected")
    INVOICE_ISSUED = "invoice_issued", _("Invoice issued")
    DEADLINE_MOVED = "deadline_moved", _("Time to pay extended")
    TICKETS_RESTORED = "tickets_restored", _("Places taken again")


class OrderEvent(models.Model):
    """Who did what, when and why; `data` holds what changed."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    reason = models.CharField(_("why"), max_length=300, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("history")
        indexes = [models.Index(fields=["order", "at"], name="event_of_order")]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def summary(self) -> str:
        """What changed, in words."""
        data = self.data
        if self.kind == EventKind.STATUS_CHANGED:
            return f"{OrderStatus(data['from']).label} → {OrderStatus(data['to']).label}"
        if self.kind == EventKind.CREATED and "total" in data:
            return f"{format_money(Decimal(data['total']))} · {PaymentMethod(data['method']).label}"
        if self.kind == EventKind.DISCOUNT_GIVEN:
            return format_money(Decimal(data["sum"]))
        if self.kind == EventKind.RULE_OVERRIDDEN:
            return str(data["text"])
        if self.kind == EventKind.CONTACT_CHANGED:
            return ", ".join(change["order"] or "—" for change in data.values())
        if self.kind == EventKind.MESSAGE_SENT:
            return f"{MessageKind(data['kind']).label} → {data['to']}"
        if self.kind == EventKind.DEADLINE_MOVED:
            return " → ".join(self._moment(data[end]) for end in ("from", "to") if data[end])
        if self.kind == EventKind.INVOICE_ISSUED:
            return " · ".join((f"№ {data['number']}", format_money(Decimal(data["sum"])), data["to"]))
        return " · ".join(self._about_money())

    def _about_money(self) -> Iterator[str]:
        """Say what moved, how, and why it did not."""
        data = self.data
        if "sum" in data:
            yield format_money(Decimal(data["sum"]))
        if "method" in data:
            yield str(PaymentMethod(data["method"]).label)
        if data.get("attempt", 1) > 1:
            yield gettext("attempt %(number)s") % {"number": data["attempt"]}
        if data.get("document"):
            yield gettext("document %(number)s") % {"number": data["document"]}
        if self.kind == EventKind.PAYMENT_CANCELED:
            yield decline_text(data["reason"])
        if self.kind == EventKind.REFUND_FAILED:
            yield refund_decline_text(data["reason"])

    def _moment(self, text: str) -> str:
        return f"{datetime.fromisoformat(text).astimezone(self.order.location.zone):%d.%m.%Y %H:%M}"
