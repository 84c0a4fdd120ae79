"""The outcome of a wish on the waiting list: its order, and the letters about it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coworking.models import WaitingWish
from olvery.shared.fields import EnumField
from orders.models.order import Order


class WaitedOrder(models.Model):
    """The order that a wish on the waiting list became; one at most."""

    wish = models.OneToOneField(
        WaitingWish, models.PROTECT, primary_key=True, related_name="waited", verbose_name=_("wish on the waiting list")
    )
    order = models.OneToOneField(Order, models.PROTECT, related_name="waited", verbose_name=_("order"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("order from the waiting list")
        verbose_name_plural = _("orders from the waiting list")

    def __str__(self) -> str:
        return f"{self.wish_id} → {self.order_id}"


class WaitingLetterKind(models.TextChoices):
    """What the letter says; that a place became free is said by the letter of the order."""

    JOINED = "joined", _("On the waiting list")
    ENDED = "ended", _("Nothing became free")


class WaitingLetter(models.Model):
    """A letter about a wish that is no order yet, and may never be."""

    wish = models.ForeignKey(
        WaitingWish, models.PROTECT, db_index=False, related_name="letters", verbose_name=_("wish on the waiting list")
    )
    kind = EnumField(WaitingLetterKind, _("kind"), max_length=10)
    to = models.EmailField(pgettext_lazy("recipient", "to"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    # While the mail server is asked; past that moment its sender counts as dead.
    sending_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter about the waiting list")
        verbose_name_plural = _("letters about the waiting list")
        constraints = [models.UniqueConstraint(fields=["wish", "kind"], name="waiting_letter_once_a_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"
