"""The history of an order: append-only, a database trigger refuses UPDATE, DELETE and TRUNCATE."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from olvery.shared.fields import EnumField
from orders.models.order import Order


class EventKind(models.TextChoices):
    CREATED = "created", _("Order created")
    RULE_OVERRIDDEN = "rule_overridden", _("Rule overridden")
    BLOCK_OVERRIDDEN = "block_overridden", _("Ordered over a block")
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
    APPROVAL_ASKED = "approval_asked", _("A second person is asked")
    APPROVED = "approved", _("A second person has approved")
    DECLINED = "declined", _("The request is turned down")
    INVOICE_ISSUED = "invoice_issued", _("Invoice issued")
    ACT_ISSUED = "act_issued", _("Act issued")
    DEADLINE_MOVED = "deadline_moved", _("Time to pay extended")
    CHANGED = "changed", _("Booking changed")
    CHANGE_UNDONE = "change_undone", _("Change undone")
    TICKETS_RESTORED = "tickets_restored", _("Places taken again")
    PLACE_RELEASED = "place_released", _("Place of a visitor who did not come released")
    FROM_WAITING = "from_waiting", _("Made from the waiting list")
    PLACE_KEPT = "place_kept", _("Place of a late visitor kept")
    HANDED_OVER = "handed_over", _("Ticket passed on by the customer")
    TAKEN_BACK = "taken_back", _("Ticket taken back by the customer")
    SHARED = "shared", _("Booking shared")
    UNSHARED = "unshared", _("Shared address withdrawn")
    MERGED = "merged", _("Records of its person or company merged")


# What a manager wants to hear of. Letters, attempts and the inside of the desk stay on the page of the order.
NEWS = (
    EventKind.CREATED,
    EventKind.STATUS_CHANGED,
    EventKind.CHANGED,
    EventKind.CHANGE_UNDONE,
    EventKind.PAID,
    EventKind.REFUNDED,
    EventKind.REFUND_FAILED,
    EventKind.CORRECTED,
    EventKind.APPROVAL_ASKED,
    EventKind.PLACE_RELEASED,
    EventKind.TICKETS_RESTORED,
)


class OrderEvent(models.Model):
    """Who did what, when and why; `data` holds what changed."""

    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="events", verbose_name=_("order"))
    kind = EnumField(EventKind, _("kind"), max_length=20)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    reason = models.CharField(_("why"), max_length=300, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("history")
        indexes = [
            models.Index(fields=["order", "at"], name="event_of_order"),
            models.Index(fields=["at"], name="event_of_the_news", condition=Q(kind__in=NEWS)),
            models.Index(
                fields=["at"],
                name="event_of_a_decision",
                condition=Q(kind__in=[EventKind.RULE_OVERRIDDEN, EventKind.DISCOUNT_GIVEN, EventKind.CORRECTED]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=EventKind.BLOCK_OVERRIDDEN) | (Q(by__isnull=False) & ~Q(reason="")),
                name="event_of_an_overridden_block_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
