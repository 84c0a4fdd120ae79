"""The payment link: a stable, unguessable URL that needs no sign-in."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order


def new_token() -> str:
    """Return 128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class PaymentLink(models.Model):
    """The payment link of an order, and when it was sent and opened."""

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
