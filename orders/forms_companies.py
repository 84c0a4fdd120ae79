"""The form of a company."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from olvery.shared.forms import RoublesField
from orders.forms_fields import TEXT
from orders.forms_money import (
    ByHandForm,
    RequisitesForm,
    amount_field,
    document_field,
    moved_on_field,
    seen_sum_field,
)

STORED = ("inn", "name", "kpp", "address", "email", "agreement", "credit_limit")


class CompanyForm(RequisitesForm):
    """Requisites of a company that people order for; the INN comes first, since it identifies the company."""

    focus = "inn"
    field_order = STORED

    agreement = document_field(_("Agreement number"))
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

    amount = amount_field(_("Sum"))
    paid = seen_sum_field()
    moved_on = moved_on_field()
    document = document_field(_("Number of the payment order"))
    with_excess = forms.BooleanField(
        label=_("More came in than is due: what is too much is to be returned"), required=False
    )
