"""Our own stable address of paying: unguessable, without sign-in, sent again as often as needed."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order


def new_token() -> str:
    """Return 128 unguessable bits that fit into an address."""
    return secrets.token_urlsafe(16)


class PaymentLink(models.Model):
    """The payment link of an order and what became of it."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="link", verbose_name=_("order"))
    token = models.CharField(_("token"), max_length=32, unique=True, default=new_token)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    resent_at = models.DateTimeField(_("sent again at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("first opened at"), null=True, blank=True)
    opens = models.PositiveIntegerField(_("times opened"), default=0)

    class Meta:
        verbose_name = _("payment link")
        verbose_name_plural = _("payment links")

    def __str__(self) -> str:
        return str(self.order_id)
