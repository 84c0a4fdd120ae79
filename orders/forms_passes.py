"""The form that sells a pass."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Tariff
from olvery.shared.forms import PhoneField, as_id
from orders.domain.booking.pass_selling import PassWish
from orders.forms_booking import NO_CHOICE
from orders.forms_people import PersonKeyInput

SHOWN_TOTAL = forms.DecimalField(required=False, max_digits=12, decimal_places=2)


class PassForm(forms.Form):
    """Who buys which pass. The names are those of the order form: its search for people serves both."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    customer = forms.CharField(required=True, widget=forms.HiddenInput, error_messages={"required": NO_CHOICE})
    customer_q = forms.CharField(label=_("Who buys"), required=False, max_length=200)
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter the phone.")})
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    tariff = forms.TypedChoiceField(
        label=_("Pass"), coerce=int, error_messages={"required": _("Choose a pass."), "invalid_choice": NO_CHOICE}
    )
    payment_method = forms.CharField(
        label=_("Payment method"), max_length=10, error_messages={"required": _("Choose a payment method.")}
    )
    comment = forms.CharField(label=_("Comment for the customer"), required=False, max_length=1000)

    def __init__(self, data: QueryDict, *, tariffs: Sequence[Tariff], viewer: User) -> None:
        super().__init__(data, auto_id="%s")
        self.tariffs = list(tariffs)
        self.fields["customer"].widget = PersonKeyInput(viewer)
        self.fields["tariff"].choices = [(tariff.pk, str(tariff)) for tariff in tariffs]  # type: ignore[attr-defined]
        for name in ("phone", "email"):
            self.fields[name].widget.attrs.update({"class": "input", "autocomplete": "off"})
        self.fields["comment"].widget = forms.Textarea(attrs={"class": "textarea", "rows": 2})

    def clean_customer(self) -> int:
        """Read the person's key."""
        chosen = as_id(self.cleaned_data["customer"])
        if chosen is None:
            raise ValidationError(NO_CHOICE)
        return chosen

    def clean(self) -> dict[str, Any]:
        """Read the price that was shown of the chosen pass: the page shows one of each."""
        shown = self.data.get(f"shown_total-{self.cleaned_data.get('tariff')}")
        return {**self.cleaned_data, "shown_total": SHOWN_TOTAL.clean(shown)}

    def to_wish(self) -> PassWish:
        """Return what is asked for. The form is valid."""
        values = self.cleaned_data
        return PassWish(
            token=values["token"] or uuid.uuid4(),
            customer_id=values["customer"],
            phone=values["phone"],
            email=values["email"].lower(),
            tariff_id=values["tariff"],
            payment_method=values["payment_method"],
            shown_total=values["shown_total"],
            comment=values["comment"],
        )
