"""Acts of services rendered: numbered in sequence, with their contents frozen when issued."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from olvery.shared.money import MoneyField
from orders.models.order import Order


class ActSeries(models.Model):
    """The last number of a company in a year; whoever takes the next one holds the row until its commit."""

    # Two locations of one company share its numbers.
    inn = models.CharField(_("INN"), max_length=12)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"))

    class Meta:
        verbose_name = _("series of acts")
        verbose_name_plural = _("series of acts")
        constraints = [models.UniqueConstraint(fields=["inn", "year"], name="act_series_one_a_company_and_year")]

    def __str__(self) -> str:
        return f"{self.inn}/{self.year}"


class Act(models.Model):
    """An act for a completed order. It never changes: what is given back later has documents of its own."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="act", verbose_name=_("order"))
    series = models.ForeignKey(ActSeries, models.PROTECT, related_name="acts", verbose_name=_("series of acts"))
    number = models.PositiveIntegerField(_("number"))
    # In the location's time zone; its year is that of the series.
    issued_on = models.DateField(_("issued on"))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    amount = MoneyField(_("sum"))
    # Requisites of the seller, the buyer and the lines, as they were when it was issued.
    contents = models.JSONField(_("contents"))

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="act_number_once_a_series"),
            models.CheckConstraint(condition=Q(number__gt=0), name="act_number_above_zero"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="act_amount_above_zero"),
        ]

    def __str__(self) -> str:
        return str(self.number)
