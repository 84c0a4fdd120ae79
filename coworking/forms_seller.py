"""Forms of the seller of a location: requisites, and taxes from a day on."""

from typing import Any

from django.forms.models import modelformset_factory
from django.utils.translation import gettext_lazy as _

from coworking.forms import RowForm, RowSet, SettingForm
from coworking.models import Seller, SellerTax
from olvery.shared.forms import DatedForm, DayField

OF_COMPANY = ("inn", "kpp", "ogrn", "director", "accountant", "vat_note")
OF_BANK = ("bank_name", "bic", "account", "corr_account")


class SellerForm(SettingForm):
    """The seller as documents show it; only support sets its shop at the provider."""

    class Meta:
        model = Seller
        fields = ("name", *OF_COMPANY, "address", *OF_BANK)

    @property
    def company(self) -> list[Any]:
        """The fields of who it is."""
        return [self[name] for name in OF_COMPANY]

    @property
    def bank(self) -> list[Any]:
        """The fields of where the money goes."""
        return [self[name] for name in OF_BANK]


class TaxForm(DatedForm, RowForm):
    """VAT and tax system from a day on."""

    starts_on = DayField(label=_("Holds from"))

    class Meta:
        model = SellerTax
        fields = ("starts_on", "vat", "tax_system")


TaxSet: Any = modelformset_factory(SellerTax, form=TaxForm, formset=RowSet, extra=1, can_delete=True)
