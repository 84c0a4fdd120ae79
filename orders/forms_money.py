"""Forms about the money of an order: they check the shape of what was typed; the domain checks the rest."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from coworking.models import PaymentMethod
from olvery.shared.forms import DayField, RoublesField, set_today
from olvery.shared.requisites import kpp_problem, validate_inn, validate_kpp
from orders.domain.desk.bulk_plan import Shown
from orders.forms_fields import STALE, LineField, TokenField, reason_field
from orders.forms_refusals import RefusableForm

BY_HAND = [(method.value, method.label) for method in (PaymentMethod.ON_SITE, PaymentMethod.INVOICE)]
ONLINE, DESK = "online", "desk"
OWE, WAIT = "owe", "wait"
RESTS = [(OWE, _("Confirm, the rest is a debt")), (WAIT, _("Keep the deadline"))]
# Nothing was paid here before that: an earlier year is a typing error.
FIRST_DAY = date(2020, 1, 1)
PAPER = _("Document number")
WAY_MISSING = _("Choose how the money goes back.")


class MoneyForm(RefusableForm):
    """A dialog about money."""

    focus = "amount"

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="%s")
        self.fields[self.focus].widget.attrs["autofocus"] = True


class OnceForm(MoneyForm):
    """A dialog that takes effect once, however often it is sent."""

    token = TokenField()

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"token": uuid.uuid4(), **(initial or {})})


class ByHandForm(OnceForm):
    """Money that a person says has moved; `today` is the day at the location."""

    def __init__(self, data: Any = None, *, today: date, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"moved_on": today, **(initial or {})})
        set_today(self, today)


def amount_field(label: Any) -> RoublesField:
    """Return the field for a sum."""
    return RoublesField(label=label, error_messages={"required": _("Give the sum.")})


def seen_sum_field() -> forms.DecimalField:
    """Return the hidden field for the sum that the page showed as held."""
    return forms.DecimalField(required=False, max_digits=12, decimal_places=2, widget=forms.HiddenInput)


def _method(label: Any, **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=BY_HAND, error_messages={"required": _("Choose the method.")}, **kwargs
    )


def moved_on_field(**kwargs: Any) -> DayField:
    """Return the field for the day on which money moved."""
    return DayField(
        label=_("Date"),
        is_past=True,
        validators=[MinValueValidator(FIRST_DAY, _("Check the year."))],
        error_messages={"required": _("Give the date.")},
        **kwargs,
    )


def document_field(label: Any = PAPER, *, hint: Any = "") -> LineField:
    """Return the field for the number of a document."""
    return LineField(label=label, max_length=60, required=False, help_text=hint)


class TakePaymentForm(ByHandForm):
    """Money that came in at the desk or on the company's account."""

    amount = amount_field(_("Sum"))
    at_hand = seen_sum_field()
    method = _method(_("How it came in"))
    moved_on = moved_on_field()
    document = document_field(hint=_("Of the till receipt or the payment order"))
    # For a part payment of an order that waits for its payment.
    rest = forms.ChoiceField(choices=RESTS, required=False)
    owed_until = DayField(label=_("The rest is owed until"), required=False)

    def is_part_of(self, due: Decimal) -> bool:
        """Whether less than the sum due was typed, or the question about the rest has been answered."""
        if not self.is_bound:
            return False
        self.is_valid()  # reads what was typed, once
        return bool(self["rest"].value()) or self.cleaned_data.get("amount", due) < due

    def clean(self) -> dict[str, Any]:
        """Require the day of a debt."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("rest") == OWE and "owed_until" in cleaned and not cleaned["owed_until"]:
            self.add_error("owed_until", _("Give the date."))
        return cleaned


class CorrectionForm(OnceForm):
    """The corrected sum of an entry."""

    amount = amount_field(_("The right sum"))
    reason = reason_field(_("Say what was wrong."), _("Colleagues see it in the history"))


class RefundForm(ByHandForm):
    """Money to refund; through the provider fewer fields are needed."""

    source = forms.ChoiceField(
        choices=[(ONLINE, ONLINE), (DESK, DESK)],
        error_messages={"required": WAY_MISSING, "invalid_choice": WAY_MISSING},
    )
    amount = amount_field(_("Sum"))
    at_hand = seen_sum_field()
    reason = reason_field(_("Say why money is returned."), _("The customer and colleagues will see it"))
    method = _method(_("How it went back"), required=False)
    moved_on = moved_on_field(required=False)
    document = document_field(hint=_("Of the cash order or the payment order"))

    def clean(self) -> dict[str, Any]:
        """Require what only a refund by hand needs."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("source") == DESK:
            for name, text in (("method", _("Choose the method.")), ("moved_on", _("Give the date."))):
                if name in cleaned and not cleaned[name]:
                    self.add_error(name, text)
        return cleaned


class CancelForm(MoneyForm):
    """Why an order is cancelled, and how much money goes back; without money only the reason is asked."""

    focus = "reason"
    shown_at = {"returned": "amount"}

    amount = RoublesField(label=_("To return"), error_messages={"required": _("Give the sum, or 0.")})
    at_hand = seen_sum_field()
    reason = reason_field(_("Say why the order is cancelled."), _("The customer and colleagues will see it"))

    def __init__(self, data: Any = None, *, paid: Decimal, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if not paid:
            del self.fields["amount"]


class RequisitesForm(MoneyForm):
    """Requisites of a company or a sole trader."""

    focus = "name"

    name = LineField(label=_("Company"), max_length=200, error_messages={"required": _("Give the company.")})
    inn = LineField(
        label=_("INN"),
        max_length=40,
        error_messages={"required": _("Give the INN.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    kpp = LineField(label=_("KPP"), max_length=40, required=False, help_text=_("A sole trader has none"))
    address = LineField(label=_("Legal address"), max_length=300, required=False)

    def clean_inn(self) -> str:
        """Return only the digits, validated."""
        digits = "".join(self.cleaned_data["inn"].split())
        validate_inn(digits)
        return digits

    def clean_kpp(self) -> str:
        """Return only the code, validated."""
        code = "".join(self.cleaned_data["kpp"].split()).upper()
        if code:
            validate_kpp(code)
        return code

    def clean(self) -> dict[str, Any]:
        """Require a KPP from a company, and none from a sole trader."""
        cleaned = super().clean() or self.cleaned_data
        is_readable = "inn" in cleaned and "kpp" in cleaned
        if is_readable and (problem := kpp_problem(inn=cleaned["inn"], kpp=cleaned["kpp"])):
            self.add_error("kpp", problem)
        return cleaned


class InvoiceForm(RequisitesForm):
    """Requisites of the company that pays, and the due date."""

    pay_by = DayField(label=_("Pay by"), error_messages={"required": _("Give the date.")})

    def __init__(self, data: Any = None, *, today: date, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        set_today(self, today)


class ShownField(forms.Field):
    """What a person was shown about each order."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[Shown]:
        """Parse every order with its sum, and its selected tickets."""
        found = [Shown.read(text) for text in value or ()]
        if None in found:
            raise forms.ValidationError(STALE)
        return [one for one in found if one]


class BulkForm(OnceForm):
    """A bulk action on orders or tickets: links, letters and visits need no other fields."""

    focus = "shown"

    shown = ShownField(error_messages={"required": _("Tick at least one row.")})


class BulkCancelForm(BulkForm):
    """Why orders or tickets are cancelled."""

    focus = "reason"

    reason = reason_field(_("Say why they are cancelled."), _("The customers and colleagues will see it"))


class BulkPaymentForm(BulkForm, ByHandForm):
    """How the money of orders came in."""

    focus = "method"

    method = _method(_("How it came in"))
    moved_on = moved_on_field()
    document = document_field(hint=_("Of the till receipt or the payment order"))
