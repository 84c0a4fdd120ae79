"""The forms that sell a pass: at the desk, and to customers themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Tariff
from olvery.shared.forms import IdField, PhoneField, as_id
from orders.domain.booking.pass_selling import PassTerms, PassWish
from orders.forms_booking import NO_CHOICE
from orders.forms_fields import TEXT, TokenField
from orders.forms_people import PersonKeyInput
from orders.forms_refusals import RefusableForm

# The terms of a pass as the page has shown them, by field name.
SHOWN = {
    "units": forms.IntegerField(required=False, min_value=0),
    "days": forms.IntegerField(required=False, min_value=0),
    "total": forms.DecimalField(required=False, max_digits=12, decimal_places=2),
}


class PassContactsForm(RefusableForm):
    """Where the documents of a pass go, and how it is paid."""

    token = TokenField()
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter the phone.")})
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    payment_method = forms.CharField(
        label=_("Payment method"), max_length=10, error_messages={"required": _("Choose a payment method.")}
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="%s")
        for name in ("phone", "email"):
            self.fields[name].widget.attrs.update(TEXT)

    def wish(self, **facts: Any) -> PassWish:
        """Return a wish from the fields that all these forms have."""
        values = self.cleaned_data
        return PassWish(
            token=values["token"],
            phone=values["phone"],
            email=values["email"].lower(),
            payment_method=values["payment_method"],
            shown=values["shown"],
            **facts,
        )


class PassForm(PassContactsForm):
    """The customer and the pass. Field names match the order form, whose search for people serves both."""

    customer = IdField(widget=forms.HiddenInput, error_messages={"required": NO_CHOICE})
    customer_q = forms.CharField(label=_("Customer"), required=False, max_length=200)
    tariff = forms.TypedChoiceField(
        label=_("Pass"), coerce=int, error_messages={"required": _("Choose a pass."), "invalid_choice": NO_CHOICE}
    )
    comment = forms.CharField(label=_("Comment for the customer"), required=False, max_length=1000)

    def __init__(self, data: QueryDict, *, tariffs: Sequence[Tariff], viewer: User) -> None:
        super().__init__(data)
        self.tariffs = list(tariffs)
        self.fields["customer"].widget = PersonKeyInput(viewer)
        self.fields["tariff"].choices = [(tariff.pk, str(tariff)) for tariff in tariffs]  # type: ignore[attr-defined]
        self.fields["comment"].widget = forms.Textarea(attrs={"class": "textarea", "rows": 2})

    def clean(self) -> dict[str, Any]:
        """Read the terms shown for the chosen pass: the page shows them with each pass."""
        chosen = self.cleaned_data.get("tariff")
        return {**self.cleaned_data, "shown": shown_terms(self.data, f"-{chosen}") if chosen else None}

    def to_wish(self) -> PassWish:
        """Return the wish. The form is valid."""
        values = self.cleaned_data
        return self.wish(customer_id=values["customer"], tariff_id=values["tariff"], comment=values["comment"])


class OwnPassForm(PassContactsForm):
    """A pass that a customer buys online."""

    def __init__(self, data: QueryDict, *, tariff: Tariff, customer: User) -> None:
        super().__init__(data)
        self.tariff, self.customer = tariff, customer
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"

    def clean(self) -> dict[str, Any]:
        """Read the terms that were shown."""
        return {**self.cleaned_data, "shown": shown_terms(self.data)}

    def to_wish(self, *, terms: Sequence[int]) -> PassWish:
        """Return the wish. The form is valid."""
        return self.wish(customer_id=self.customer.pk, tariff_id=self.tariff.pk, terms=tuple(terms))


def shown_terms(data: Mapping[str, Any], suffix: str = "") -> PassTerms | None:
    """Return the terms of a pass as a page has shown them, None if it has not. Raises ValidationError."""
    units, days, total = (field.clean(data.get(f"shown_{name}{suffix}")) for name, field in SHOWN.items())
    if units is None or days is None or total is None:
        return None
    also = (as_id(key) for key in data.get(f"shown_also{suffix}", "").split(","))
    return PassTerms(units, days, total, frozenset(key for key in also if key))
