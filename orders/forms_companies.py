"""The form of a company."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from orders.forms_money import TEXT, RequisitesForm

STORED = ("inn", "name", "kpp", "address", "agreement")


class CompanyForm(RequisitesForm):
    """Requisites of a company that people order for; its INN comes first, as it tells whether we know it."""

    focus = "inn"
    field_order = STORED

    agreement = forms.CharField(
        label=_("Agreement number"), max_length=60, required=False, widget=forms.TextInput(attrs=TEXT)
    )

    def __init__(self, data: Any = None, *, company: Company | None = None) -> None:
        super().__init__(data, initial={name: getattr(company, name) for name in STORED} if company else None)
        if company:
            del self.fields[self.focus].widget.attrs["autofocus"]
