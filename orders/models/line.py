"""The price of an order, line by line."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coworking.models import Extra, Subject, Ticket, Unit, Vat
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from orders.models.order import Order
from orders.models.payment_attempt import Refund


class LineKind(models.TextChoices):
    TARIFF = "tariff", _("Tariff")
    EXTRA = "extra", _("Extra")
    DISCOUNT = "discount", _("Discount")
    ALLOWANCE = "allowance", _("Price reduction")
    CHANGE = "change", _("Change")
    KEPT = "kept", _("Kept by the cancellation terms")
    PASS = "pass", _("Pass")


REDUCING = (LineKind.DISCOUNT, LineKind.ALLOWANCE)


class OrderLine(models.Model):
    """A priced line. Lines are only added, never changed, so what was charged stays readable."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name=_("order"))
    kind = EnumField(LineKind, _("kind"), max_length=10)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="lines", verbose_name=_("ticket")
    )
    extra = models.ForeignKey(Extra, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("extra"))
    # The refund that the price follows, where nobody here has said why. Nothing looks lines up by it.
    refund = models.ForeignKey(
        Refund, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("refund")
    )
    # What a line of a change takes back, or a part of it: its sum has the other sign. Lines are read by their order.
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("takes back")
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=3)
    unit = EnumField(Unit, _("unit"), max_length=10, blank=True)
    unit_price = MoneyField(_("unit price"))
    amount = MoneyField(_("sum"))
    # Of an extra that has its own; empty: as the shop's, and as the seller's on the day of the charge.
    subject = EnumField(Subject, _("what it is"), max_length=10, blank=True)
    vat = EnumField(Vat, _("VAT"), max_length=4, blank=True)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=REDUCING, amount__lte=0)
                | Q(kind=LineKind.CHANGE)
                | (~Q(kind__in=REDUCING) & Q(amount__gte=0)),
                name="line_only_a_reduction_is_negative",
            ),
            models.CheckConstraint(
                condition=~Q(kind=LineKind.TARIFF) | Q(ticket__isnull=False), name="line_of_a_tariff_has_a_ticket"
            ),
            models.CheckConstraint(
                condition=~Q(kind=LineKind.EXTRA) | Q(extra__isnull=False), name="line_of_an_extra_names_it"
            ),
            models.CheckConstraint(
                condition=Q(kind=LineKind.CHANGE, reverses__isnull=False)
                | (~Q(kind=LineKind.CHANGE) & Q(reverses__isnull=True)),
                name="line_of_a_change_takes_one_back",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_above_zero"),
        ]

    def __str__(self) -> str:
        return self.title
