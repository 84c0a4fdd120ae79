"""The form of a company."""

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from olvery.shared.forms import DayField, RoublesField
from orders.forms_money import FIRST_DAY, TEXT, ByHandForm, RequisitesForm

STORED = ("inn", "name", "kpp", "address", "email", "agreement", "credit_limit")


class CompanyForm(RequisitesForm):
    """Requisites of a company that people order for; its INN comes first, as it tells whether we know it."""

    focus = "inn"
    field_order = STORED

    agreement = forms.CharField(
        label=_("Agreement number"), max_length=60, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    email = forms.EmailField(
        label=_("E-mail for invoices and acts"),
        max_length=254,
        required=False,
        help_text=_("The invoice and the act of each month go there"),
        error_messages={"invalid": _("Check the e-mail.")},
        widget=forms.EmailInput(attrs=TEXT),
    )
    credit_limit = RoublesField(
        label=_("Limit of orders on account"),
        required=False,
        help_text=_("What may be unpaid at a time. Empty: each order has an invoice of its own"),
    )

    def __init__(self, data: Any = None, *, company: Company | None = None) -> None:
        super().__init__(data, initial={name: getattr(company, name) for name in STORED} if company else None)
        if company:
            del self.fields[self.focus].widget.attrs["autofocus"]


class BillPaymentForm(ByHandForm):
    """Money that came in for the bill of a month, by bank transfer."""

    amount = RoublesField(label=_("Sum"), error_messages={"required": _("Give the sum.")})
    moved_on = DayField(
        label=_("Date"),
        is_past=True,
        validators=[MinValueValidator(FIRST_DAY, _("Check the year."))],
        error_messages={"required": _("Give the date.")},
    )
    document = forms.CharField(
        label=_("Number of the payment order"), max_length=60, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    with_excess = forms.BooleanField(
        label=_("More came in than is due: what is too much is to be returned"), required=False
    )
