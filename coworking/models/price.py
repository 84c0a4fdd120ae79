"""Dated prices of tariffs."""

from datetime import date

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from coworking.models.service import Tariff
from olvery.shared.money import NO_MONEY, MoneyField


class TariffPrice(models.Model):
    """The price of a tariff from a local day on, until the next row begins.

    Before the first row the tariff's own price applies.
    """

    tariff = models.ForeignKey(Tariff, models.CASCADE, related_name="prices", verbose_name=_("tariff"))
    starts_on = models.DateField(_("from"))
    price = MoneyField(_("price of a unit, ₽"), validators=[MinValueValidator(NO_MONEY)])

    class Meta:
        verbose_name = _("price from a day on")
        verbose_name_plural = _("prices from a day on")
        constraints = [
            models.UniqueConstraint(fields=["tariff", "starts_on"], name="tariff_price_once_a_day"),
            models.CheckConstraint(condition=Q(price__gte=0), name="dated_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.tariff.name}, {self.starts_on:%d.%m.%Y}"


def begun_price(day: date) -> Subquery:
    """Return an annotation for tariffs with the dated price in force on a day, None before the first."""
    begun = TariffPrice.objects.filter(tariff=OuterRef("pk"), starts_on__lte=day).order_by("-starts_on")
    return Subquery(begun.values("price")[:1])


def price_on(day: date) -> Coalesce:
    """Return an annotation for tariffs with the price of a day."""
    return Coalesce(begun_price(day), "price")
