"""What is done with many orders or tickets at once: asked for on one page, done one by one."""

import uuid

from django.contrib.postgres.fields import ArrayField
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
    """What is done with each order, or with each ticket."""

    CANCEL = "cancel", _("Cancel the orders")
    LINK = "link", _("Send the payment links")
    PAYMENT = "payment", _("Take the payments")
    COME = "come", _("Let the visitors in")
    LEAVE = "leave", _("Let the visitors out")
    LETTER = "letter", _("Send the tickets again")
    GIVE_UP = "give_up", _("Cancel the tickets")

    @property
    def is_of_tickets(self) -> bool:
        return self in (BulkKind.COME, BulkKind.LEAVE, BulkKind.LETTER, BulkKind.GIVE_UP)


class BulkState(models.TextChoices):
    """What became of one order, or of one ticket."""

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
    """One thing to be done with many orders or tickets, with what was typed for all of them."""

    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    kind = EnumField(BulkKind, _("action"), max_length=10)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    method = EnumField(PaymentMethod, _("payment method"), max_length=10, blank=True)
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    document = models.CharField(_("document number"), max_length=60, blank=True)
    # The filters of the list that they were chosen from, as its address has them.
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
                condition=Q(kind__in=[BulkKind.CANCEL, BulkKind.GIVE_UP]) & ~Q(reason="")
                | Q(kind__in=[BulkKind.LINK, BulkKind.COME, BulkKind.LEAVE, BulkKind.LETTER])
                | Q(
                    kind=BulkKind.PAYMENT,
                    method__in=[PaymentMethod.ON_SITE, PaymentMethod.INVOICE],
                    moved_at__isnull=False,
                ),
                name="bulk_action_says_what_it_needs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} № {self.pk}"


class BulkItemQuerySet(QuerySet["BulkItem"]):
    """Named queries on the orders of an action."""

    def waiting(self) -> "BulkItemQuerySet":
        """Return those that nothing was done with yet."""
        return self.filter(state=BulkState.WAITING)


class BulkItem(models.Model):
    """One order of an action, or tickets of one, the sum its person was shown, and what became of it."""

    action = models.ForeignKey(BulkAction, models.CASCADE, db_index=False, related_name="items")
    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="+", verbose_name=_("order"))
    # Numbers of those that it is done with; none where it is done with the order.
    tickets = ArrayField(models.BigIntegerField(), verbose_name=_("tickets"), default=list, db_default=[])
    # They are all that the order has, so the order is cancelled with them.
    ends_order = models.BooleanField(_("the order is cancelled"), default=False, db_default=False)
    # What goes back by the policy, or what is taken.
    amount = MoneyField(_("sum"))
    # What comes back to the pass of the order and stays used of it; null where it has none.
    units_returned = models.PositiveIntegerField(_("units returned"), null=True, blank=True)
    units_kept = models.PositiveIntegerField(_("units kept"), null=True, blank=True)
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
            models.UniqueConstraint(fields=["action", "order", "tickets"], name="bulk_item_once_a_thing"),
            models.CheckConstraint(
                condition=Q(state=BulkState.WAITING, ended_at__isnull=True)
                | ~Q(state=BulkState.WAITING) & Q(ended_at__isnull=False),
                name="bulk_item_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.get_state_display()}"
