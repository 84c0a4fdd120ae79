"""The company that rents out the places of a location: its requisites and its taxes."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coworking.models.location import Location
from olvery.shared.fields import EnumField
from olvery.shared.requisites import (
    check_account_key,
    check_corr_account_key,
    kpp_problem,
    validate_account,
    validate_bic,
    validate_inn,
    validate_kpp,
    validate_ogrn,
)


class Seller(models.Model):
    """Requisites of the company a location belongs to."""

    location = models.OneToOneField(Location, models.CASCADE, related_name="seller", verbose_name=_("location"))
    name = models.CharField(_("company"), max_length=160)
    inn = models.CharField(_("INN"), max_length=12, validators=[validate_inn])
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[validate_kpp])
    address = models.CharField(_("legal address"), max_length=300)
    bank_name = models.CharField(_("bank"), max_length=45)
    bic = models.CharField(_("BIC"), max_length=9, validators=[validate_bic])
    account = models.CharField(_("settlement account"), max_length=20, validators=[validate_account])
    corr_account = models.CharField(_("correspondent account"), max_length=20, validators=[validate_account])
    director = models.CharField(_("director"), max_length=100, blank=True)
    accountant = models.CharField(_("chief accountant"), max_length=100, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True, validators=[validate_ogrn])
    # Its key is only in the environment.
    shop_id = models.CharField(
        _("shop at YooKassa"),
        max_length=20,
        blank=True,
        help_text=_("Its number, one of YOOKASSA_SHOPS; empty: the shop of the settings."),
    )
    # Printed in place of a tax if there is none.
    vat_note = models.CharField(_("words for “without VAT”"), max_length=60, default="Без НДС")

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for codes that do not fit the kind of seller, and accounts that do not fit the bank."""
        if self.shop_id and self.shop_id not in {settings.YOOKASSA_SHOP_ID, *settings.YOOKASSA_SHOPS}:
            raise ValidationError({"shop_id": _("The settings have no key of this shop: add it to YOOKASSA_SHOPS.")})
        if problem := kpp_problem(inn=self.inn, kpp=self.kpp):
            raise ValidationError({"kpp": problem})
        check_account_key(self.account, bic=self.bic)
        check_corr_account_key(self.corr_account, bic=self.bic)


class Vat(models.TextChoices):
    """Rates of VAT by article 164 of the Tax Code; those of sales before 2026 stay for their refunds."""

    NONE = "none", _("Without VAT")
    ZERO = "0", "0 %"
    FIVE = "5", "5 %"
    SEVEN = "7", "7 %"
    TEN = "10", "10 %"
    TWENTY = "20", "20 %"
    TWENTY_TWO = "22", "22 %"

    @property
    def rate(self) -> Decimal | None:
        """The rate in per cent, None without VAT."""
        return None if self == Vat.NONE else Decimal(self.value)


# A seller on the simplified system pays no VAT in a year while neither the income of the year before nor of the year
# itself exceeds this, roubles: article 145 of the Tax Code, law 425-FZ of 28 November 2025. The last one stays.
FREE_OF_VAT = {2026: Decimal(20_000_000), 2027: Decimal(15_000_000), 2028: Decimal(10_000_000)}


def free_of_vat(year: int) -> Decimal | None:
    """Return the income up to which a year is free of VAT on the simplified system, None before the first one."""
    return FREE_OF_VAT.get(min(year, max(FREE_OF_VAT)))


class Subject(models.TextChoices):
    """What is sold (tag 1212 of a fiscal receipt) in the provider's terms."""

    SERVICE = "service", _("Service")
    COMMODITY = "commodity", pgettext_lazy("what is sold", "Goods")


class TaxSystem(models.IntegerChoices):
    """Tax systems (tag 1055 of a fiscal receipt) under the provider's numbers."""

    GENERAL = 1, _("General")
    SIMPLIFIED_INCOME = 2, _("Simplified, income")
    SIMPLIFIED_INCOME_LESS_COSTS = 3, _("Simplified, income less costs")
    IMPUTED = 4, _("Imputed income")
    AGRICULTURAL = 5, _("Agricultural")
    PATENT = 6, _("Patent")


class SellerTax(models.Model):
    """VAT and tax system of a seller from a day on, until the next row begins."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="taxes", verbose_name=_("seller"))
    starts_on = models.DateField(_("from"))
    vat = EnumField(Vat, _("VAT"), max_length=4)
    tax_system = models.PositiveSmallIntegerField(
        _("tax system"),
        choices=TaxSystem.choices,
        null=True,
        blank=True,
        help_text=_("Only for a cash desk that has several; empty for «Чеки от ЮKassa»."),
    )

    class Meta:
        verbose_name = _("tax row")
        verbose_name_plural = _("VAT and tax system")
        constraints = [
            models.UniqueConstraint(fields=["seller", "starts_on"], name="seller_tax_once_a_day"),
            models.CheckConstraint(condition=Q(vat__in=Vat.values), name="seller_tax_of_a_known_rate"),
            models.CheckConstraint(
                condition=Q(tax_system=None) | Q(tax_system__in=TaxSystem.values), name="seller_tax_of_a_known_system"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%d.%m.%Y}: {self.vat.label}"
