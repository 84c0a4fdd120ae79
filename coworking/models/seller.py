"""The company that rents out the places of a location, as printed on invoices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coworking.models.location import Location
from olvery.shared.requisites import (
    check_account_key,
    check_corr_account_key,
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
    vat_rate = models.DecimalField(
        _("VAT, %"), max_digits=4, decimal_places=1, null=True, blank=True, help_text=_("Empty: without VAT.")
    )
    vat_note = models.CharField(_("VAT on invoices"), max_length=60, default="Без НДС")

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for accounts whose check key does not match the bank."""
        check_account_key(self.account, bic=self.bic)
        check_corr_account_key(self.corr_account, bic=self.bic)
