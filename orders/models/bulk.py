"""What is done with many orders at once: asked for on one page, done order by order."""

import uuid

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location, PaymentMethod
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from orders.models.order import Order


class BulkKind(models.TextChoices):
    """What is done with each order."""

    CANCEL = "cancel", _("Cancel the orders")
    LINK = "link", _("Send the payment links")
    PAYMENT = "payment", _("Take the payments")


class BulkState(models.TextChoices):
    """What became of one order."""

    WAITING = "waiting", _("Waits for its turn")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Not done")
    FAILED = "failed", _("Failed")


class BulkActionQuerySet(QuerySet["BulkAction"]):
    """Named queries on what is done with many orders."""

    def of(self, user: User, location_id: int) -> "BulkActionQuerySet":
        """Return what a person has asked for at a location."""
        return self.filter(by=user, location_id=location_id)


class BulkAction(models.Model):
    """One thing to be done with many orders, with what was typed for all of them."""

    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    kind = EnumField(BulkKind, _("action"), max_length=10)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    method = EnumField(PaymentMethod, _("payment method"), max_length=10, blank=True)
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    document = models.CharField(_("document number"), max_length=60, blank=True)
    # The filters of the list that the orders were chosen from, as its address has them.
    query = models.TextField(_("filters"), blank=True)
    language = models.CharField(_("language"), max_length=7)
    asked_at = models.DateTimeField(_("requested at"), default=timezone.now)
    form_token = models.UUIDField(_("form token"), default=uuid.uuid4)

    objects = BulkActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        indexes = [models.Index(fields=["asked_at"], name="bulk_action_to_forget")]
        constraints = [
            models.UniqueConstraint(fields=["by", "form_token"], name="bulk_action_once_a_form"),
            models.CheckConstraint(
                condition=Q(kind=BulkKind.CANCEL) & ~Q(reason="")
                | Q(kind=BulkKind.LINK)
                | Q(
                    kind=BulkKind.PAYMENT,
                    method__in=[PaymentMethod.ON_SITE, PaymentMethod.INVOICE],
                    moved_at__isnull=False,
                ),
                name="bulk_action_says_what_it_needs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.asked_at:%Y-%m-%d %H:%M}"


class BulkItemQuerySet(QuerySet["BulkItem"]):
    """Named queries on the orders of an action."""

    def waiting(self) -> "BulkItemQuerySet":
        """Return those that nothing was done with yet."""
        return self.filter(state=BulkState.WAITING)


class BulkItem(models.Model):
    """One order of an action, the sum its person was shown, and what became of it."""

    action = models.ForeignKey(BulkAction, models.CASCADE, db_index=False, related_name="items")
    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="+", verbose_name=_("order"))
    # What goes back by the policy, or what is taken.
    amount = MoneyField(_("sum"))
    state = EnumField(BulkState, _("status"), max_length=10, default=BulkState.WAITING)
    # Why nothing was done, as the person reads it.
    text = models.CharField(_("why not"), max_length=500, blank=True)
    token = models.UUIDField(_("form token"), default=uuid.uuid4)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = BulkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("order of a bulk action")
        verbose_name_plural = _("orders of bulk actions")
        constraints = [
            models.UniqueConstraint(fields=["action", "order"], name="bulk_item_once_an_order"),
            models.CheckConstraint(
                condition=Q(state=BulkState.WAITING, ended_at__isnull=True)
                | ~Q(state=BulkState.WAITING) & Q(ended_at__isnull=False),
                name="bulk_item_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.state}"
