"""Invoices for companies: numbered in sequence, with their contents frozen when issued."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from olvery.shared.money import MoneyField
from olvery.shared.requisites import validate_inn, validate_kpp
from orders.models.order import Order


class IssuedInvoice(models.Model):
    """An issued invoice. It never changes: a change needs another invoice."""

    number = models.BigAutoField(_("number"), primary_key=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices", verbose_name=_("order"))
    amount = MoneyField(_("sum"))
    buyer_name = models.CharField(_("company"), max_length=200)
    buyer_inn = models.CharField(_("INN"), max_length=12, validators=[validate_inn])
    buyer_kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[validate_kpp])
    buyer_address = models.CharField(_("legal address"), max_length=300, blank=True)
    pay_by = models.DateField(_("pay by"), null=True, blank=True)
    # Requisites of the seller and the lines, as they were when it was issued.
    contents = models.JSONField(_("contents"))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("issued by"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_amount_above_zero")]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def issued_on(self) -> date:
        """The day of issue, in the location's time zone."""
        return self.order.location.day_at(self.issued_at)
