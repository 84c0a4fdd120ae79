"""The order form: checks the shape of what a manager typed. The domain checks whether it is possible."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Service, Tariff
from olvery.shared.forms import AmountOrPercentField, IdField, PhoneField, as_id
from olvery.shared.quick_forms import copied_quickly
from olvery.shared.refusals import Refusal
from orders.domain.booking.pricing import Discount
from orders.domain.booking.wish import Wish
from orders.forms_booking import NO_CHOICE, BookingForm
from orders.forms_fields import TEXT, TokenField
from orders.forms_people import PersonKeyInput

MOST_PARTS = 8
ABOVE_THE_BOOKINGS = {"token", "customer", "customer_q", "company", "pass_id", "phone", "email"}
# The elements to go to where these have none of their own.
ANCHORS = {"customer": "customer_q", "payment_method": "payment", "shown_total": "quote", "shown_left_out": "quote"}


class Complaint(NamedTuple):
    """An error of the form: the element it is about, the label of the field, and the message.

    The message is shown at the field; above the form the label links to it.
    """

    anchor: str
    label: str
    text: str


@copied_quickly
class OrderForm(forms.Form):
    """All fields of an order, with one `BookingForm` for each of its services.

    `tariffs` are those that the location sells, at least of the chosen services; any other choice is an error.
    `today` is the day there. The data has numbers of people; `viewer` gets keys instead.
    """

    token = TokenField()
    customer = IdField(widget=forms.HiddenInput, error_messages={"required": NO_CHOICE})
    customer_q = forms.CharField(label=_("Customer"), required=False, max_length=200)
    company = IdField(
        label=_("Order for"),
        required=False,
        max_length=20,
        error_messages={"required": _("Choose whom the order is for.")},
    )
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter the phone.")})
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    discount = AmountOrPercentField(label=_("Discount"), required=False)
    discount_reason = forms.CharField(label=_("Reason of the discount"), required=False, max_length=200)
    promo_code = forms.CharField(label=_("Promo code"), required=False, max_length=40)
    pass_id = forms.IntegerField(label=_("Pass"), required=False, min_value=1)
    payment_method = forms.CharField(label=_("Payment method"), required=False, max_length=10)
    comment = forms.CharField(label=_("Comment for the customer"), required=False, max_length=1000)
    internal_note = forms.CharField(label=_("Internal note"), required=False, max_length=1000)
    override_reason = forms.CharField(label=_("Reason to override"), required=False, max_length=200)
    shown_total = forms.DecimalField(required=False, max_digits=12, decimal_places=2, widget=forms.HiddenInput)
    shown_left_out = forms.CharField(required=False, widget=forms.HiddenInput)
    shown_left = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, tariffs: Sequence[Tariff], today: date, viewer: User) -> None:
        super().__init__(data, auto_id="%s")
        self.fields["customer"].widget = PersonKeyInput(viewer)
        self.tariffs = list(tariffs)
        self.parts = [
            BookingForm(data, number=number, tariffs=self.tariffs, today=today, viewer=viewer)
            for number in range(part_count(data))
        ]
        self.errors_seen: ErrorDict | None = None
        self.codes_refused = ""
        self._dress()

    def _dress(self) -> None:
        for name in ("phone", "email", "discount", "discount_reason", "promo_code", "override_reason"):
            self.fields[name].widget.attrs.update(TEXT)
        for name in ("comment", "internal_note"):
            self.fields[name].widget = forms.Textarea(attrs={"class": "textarea", "rows": 2})
        self.fields["email"].widget.attrs["placeholder"] = "name@example.ru"
        self.fields["discount"].widget.attrs["placeholder"] = _("500 or 10%")
        self.fields["discount"].widget.attrs["inputmode"] = "text"

    def refuse_codes(self, why: str) -> None:
        """Refuse the promo code, with the reason at its field."""
        self.codes_refused = why

    def sell(self, tariffs: Sequence[Tariff]) -> None:
        """Offer these tariffs: all of the location, whereas saving needs only the chosen ones."""
        for form in self._forms:
            form.tariffs = list(tariffs)

    def is_valid(self) -> bool:
        """Whether every field, those of the bookings included, has the right shape."""
        return all([super().is_valid(), *(part.is_valid() for part in self.parts)])

    @property
    def _forms(self) -> "list[OrderForm | BookingForm]":
        return [self, *self.parts]

    def hide_errors(self, *, of_parts: bool = True) -> "OrderForm":
        """Clean without showing errors: while a person is typing, missing values are not errors yet.

        The errors are kept in `unshown_errors`. Those of the bookings may stay, where nothing of them is missing.
        """
        self.full_clean()
        self.errors_seen, self._errors = self.errors, ErrorDict()
        for part in self.parts:
            part.hide_errors() if of_parts else part.full_clean()
        return self

    @property
    def unshown_errors(self) -> Iterator[tuple[str, ValidationError]]:
        """The name of each malformed field with its error, in the order of the form."""
        return ((name, error) for _form, name, error in self.unshown_errors_of_forms)

    @property
    def unshown_errors_of_forms(self) -> "Iterator[tuple[OrderForm | BookingForm, str, ValidationError]]":
        """The same, each with the form that has the field."""
        for form in self._forms:
            errors = form.errors_seen if form.errors_seen is not None else form.errors
            for name, found in errors.as_data().items():
                yield from ((form, name, error) for error in found)

    @property
    def complaints(self) -> list[Complaint]:
        """The errors to show above the form, in the order of its fields."""
        found = [Complaint("", "", str(error)) for error in self.non_field_errors()]
        for form in self._forms:
            for field in form:
                if field.name == "tariff" and "service" in form.errors:
                    continue  # the page asks for it together with the service
                anchor, label = anchor_of(form, field.name), form.label_of(field.name)
                found += [Complaint(anchor, label, str(error)) for error in field.errors]
        return found

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(part.errors for part in self.parts)

    def label_of(self, name: str) -> str:
        """Return the label of a field on the page; empty for a hidden one."""
        seen = {"customer": "customer_q"}.get(name, name)
        return "" if seen not in self.fields or self[seen].is_hidden else str(self[seen].label)

    def complain(self, refusal: Refusal, message: str) -> None:
        """Show a refusal of the domain at the field it is about.

        Whatever depends on valid fields stays visible: the seat plan, free places, the reason to override.
        """
        form = self.form_of(refusal)
        understood = dict(form.cleaned_data)
        form.add_error(refusal.field if refusal.field in form.fields else None, message)
        form.cleaned_data = understood

    def form_of(self, refusal: Refusal) -> "OrderForm | BookingForm":
        """Return the form that has the field of a refusal."""
        part = self.parts[refusal.part]
        return part if refusal.field in part.fields else self

    @property
    def services(self) -> list[Service]:
        """The services that the location sells, in their order."""
        return list({tariff.service_id: tariff.service for tariff in self.tariffs}.values())

    @property
    def chosen_services(self) -> list[Service]:
        """The chosen services, one for each booking that has one."""
        return [part.chosen_service for part in self.parts if part.chosen_service]

    @property
    def unshown(self) -> list[forms.BoundField]:
        """The fields below the bookings with their typed values, kept while no service is chosen."""
        shown = ABOVE_THE_BOOKINGS | {"shown_total", "shown_left_out", "shown_left"}
        return [self[name] for name in self.fields if name not in shown and self.data.get(name)]

    def clean_promo_code(self) -> str:
        """Read a promo code, unless the person has tried too many."""
        code = str(self.cleaned_data["promo_code"])
        if code and self.codes_refused:
            raise ValidationError(self.codes_refused)
        return code

    def given_discount(self) -> Discount | None:
        """Return the manual discount, as far as it is well-formed."""
        value = self.cleaned_data.get("discount")
        return Discount(*value) if value else None

    def to_wish(self) -> Wish:
        """Return the wish, as far as the fields are well-formed."""
        values = self.cleaned_data
        return Wish(
            token=values.get("token") or uuid.uuid4(),
            customer_id=values.get("customer"),
            customer_name=values.get("customer_q", ""),
            company_id=values.get("company"),
            phone=values.get("phone", ""),
            email=values.get("email", "").lower(),
            bookings=tuple(part.to_wish() for part in self.parts),
            discount=self.given_discount(),
            discount_reason=values.get("discount_reason", ""),
            promo_code=values.get("promo_code", ""),
            pass_id=values.get("pass_id"),
            payment_method=values.get("payment_method", ""),
            comment=values.get("comment", ""),
            internal_note=values.get("internal_note", ""),
            override_reason=values.get("override_reason", ""),
            shown_total=values.get("shown_total"),
            shown_left_out=_days(values.get("shown_left_out", "")) if "shown_left_out" in self.data else None,
            shown_left=values.get("shown_left"),
        )


def anchor_of(form: OrderForm | BookingForm, name: str) -> str:
    """Return the id of the element that shows a field."""
    if name.startswith("visitor-"):
        return form.add_prefix(f"{name.removesuffix('-q')}-q")
    return form.add_prefix(ANCHORS.get(name, name))


def _days(text: str) -> tuple[date, ...]:
    with suppress(ValueError):
        return tuple(map(date.fromisoformat, text.split()))
    return ()


def part_count(data: QueryDict) -> int:
    """Return how many bookings the form holds."""
    return min(max(as_id(data.get("parts")) or 1, 1), MOST_PARTS)


def chosen_service_ids(data: QueryDict) -> set[int]:
    """Return the services that the form sent, whether or not they are sold."""
    sent = [as_id(value) for name, value in data.items() if name == "service" or name.endswith("-service")]
    return {chosen for chosen in sent if chosen}


def new_token() -> str:
    """Return the token of a form that was just opened."""
    return str(uuid.uuid4())
