"""The order form: what a manager typed, in the right shape. Whether it is true is the domain's business."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from coworking.domain.rules import When
from coworking.models import Service, Tariff, Unit
from olvery.shared.forms import AmountOrPercentField, ClockField, IdsField, PhoneField, as_id
from orders.domain.booking.placing import OrderRequest
from orders.domain.booking.pricing import Discount

MOST_PLACES = 20
NO_CHOICE = _("Choose a person from the list.")


class Place(NamedTuple):
    """One place of the order as the form shows it."""

    number: int
    person: forms.BoundField
    text: forms.BoundField


class OrderForm(forms.Form):
    """All fields of an order. `tariffs` is what the location sells; a choice outside of it is an error."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    customer = forms.CharField(required=True, widget=forms.HiddenInput, error_messages={"required": NO_CHOICE})
    customer_q = forms.CharField(label=_("Who books"), required=False, max_length=200)
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter the phone.")})
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    service = forms.CharField(label=_("Service"), error_messages={"required": _("Choose a service.")})
    tariff = forms.CharField(label=_("Tariff"), error_messages={"required": _("Choose a tariff.")})
    day = forms.DateField(label=_("Date"), error_messages={"required": _("Give the date.")})
    start = ClockField(label=_("Start"), required=False)
    end = ClockField(label=_("End"), required=False)
    last_day = forms.DateField(label=_("Last day"), required=False)
    units = forms.IntegerField(label=_("How many"), required=False, min_value=1, max_value=60)
    places = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=MOST_PLACES,
        error_messages={"required": _("Enter the number of places."), "invalid": _("Enter the number of places.")},
    )
    seats = IdsField(label=_("Seat"), required=False)
    discount = AmountOrPercentField(label=_("Discount"), required=False)
    discount_reason = forms.CharField(label=_("Reason of the discount"), required=False, max_length=200)
    payment_method = forms.CharField(label=_("Payment method"), required=False, max_length=10)
    comment = forms.CharField(label=_("Comment for the customer"), required=False, max_length=1000)
    internal_note = forms.CharField(label=_("Internal note"), required=False, max_length=1000)
    override_reason = forms.CharField(label=_("Reason to override"), required=False, max_length=200)
    shown_total = forms.DecimalField(required=False, max_digits=12, decimal_places=2, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, tariffs: Sequence[Tariff]) -> None:
        super().__init__(data, auto_id="%s")
        self.tariffs = list(tariffs)
        count = as_id(str(data.get("places") or "").strip())
        self.place_count = min(max(count or 1, 1), MOST_PLACES)
        for number in range(self.place_count):
            self.fields[f"visitor-{number}"] = forms.CharField(required=False, widget=forms.HiddenInput)
            label = _("Visitor %(number)s") % {"number": number + 1}
            self.fields[f"visitor-{number}-q"] = forms.CharField(label=label, required=False, max_length=200)
        for name in data:
            if name.startswith("extra-") and as_id(name[6:]):
                self.fields[name] = forms.IntegerField(label=_("Extras"), required=False, min_value=0, max_value=99)
        self._dress()

    def _dress(self) -> None:
        plain = {"class": "input", "autocomplete": "off"}
        for name in (
            "phone",
            "email",
            "start",
            "end",
            "units",
            "places",
            "discount",
            "discount_reason",
            "override_reason",
        ):
            self.fields[name].widget.attrs.update(plain)
        for name in ("day", "last_day"):
            self.fields[name].widget = forms.DateInput(format="%Y-%m-%d", attrs={**plain, "type": "date"})
        for name in ("comment", "internal_note"):
            self.fields[name].widget = forms.Textarea(attrs={"class": "textarea", "rows": 2})
        self.fields["email"].widget.attrs["placeholder"] = "name@example.ru"
        self.fields["discount"].widget.attrs["placeholder"] = _("500 or 10%")
        self.fields["discount"].widget.attrs["inputmode"] = "text"

    def hide_errors(self) -> "OrderForm":
        """Clean without complaints: while a person types, what is missing is no error yet."""
        self.full_clean()
        self._errors = ErrorDict()
        return self

    @property
    def services(self) -> list[Service]:
        """The services the location sells, in their order."""
        return list({tariff.service_id: tariff.service for tariff in self.tariffs}.values())

    @property
    def chosen_service(self) -> Service | None:
        """The service that is chosen, whatever else is wrong with the form."""
        chosen = as_id(self.data.get("service"))
        return next((service for service in self.services if service.pk == chosen), None)

    @property
    def service_tariffs(self) -> list[Tariff]:
        """The tariffs of the chosen service."""
        service = self.chosen_service
        return [tariff for tariff in self.tariffs if service and tariff.service_id == service.pk]

    @property
    def chosen_tariff(self) -> Tariff | None:
        """The tariff that is chosen; the first of the service until another is."""
        chosen = as_id(self.data.get("tariff"))
        mine = self.service_tariffs
        return next((tariff for tariff in mine if tariff.pk == chosen), mine[0] if mine else None)

    @property
    def unshown(self) -> list[forms.BoundField]:
        """The fields below the service with what was typed in them, carried on while no service is chosen."""
        shown = {"token", "customer", "customer_q", "phone", "email", "service", "tariff", "seats", "shown_total"}
        return [self[name] for name in self.fields if name not in shown and self.data.get(name)]

    @property
    def visitors(self) -> list[Place]:
        """The places with the fields of their visitors."""
        return [Place(n, self[f"visitor-{n}"], self[f"visitor-{n}-q"]) for n in range(self.place_count)]

    @property
    def seat_ids(self) -> tuple[int, ...]:
        """The seats chosen by number, whatever else is wrong with the form."""
        return tuple(pk for pk in map(as_id, cast(QueryDict, self.data).getlist("seats")) if pk)

    @property
    def visitor_ids(self) -> tuple[int | None, ...]:
        """The visitor of each place; nothing means the customer."""
        typed = [self.data.get(f"visitor-{n}-q", "").strip() for n in range(self.place_count)]
        return tuple(as_id(self.data.get(f"visitor-{n}")) if text else None for n, text in enumerate(typed))

    @property
    def extras(self) -> dict[int, int]:
        """The quantity of each extra."""
        values = self.cleaned_data
        return {int(name[6:]): values[name] for name in self.fields if name.startswith("extra-") and values.get(name)}

    def clean_service(self) -> str:
        """Refuse a service that the location does not sell."""
        if self.chosen_service is None:
            raise ValidationError(_("This service is not on sale here."))
        return str(self.cleaned_data["service"])

    def clean_tariff(self) -> str:
        """Refuse a tariff that the chosen service does not have: the page shows another one."""
        chosen = as_id(self.cleaned_data["tariff"])
        if chosen not in {tariff.pk for tariff in self.service_tariffs} and self.chosen_service:
            raise ValidationError(_("This tariff is not on sale here."))
        return str(self.cleaned_data["tariff"])

    def clean_places(self) -> int:
        """Refuse a number in a spelling that the page did not count by."""
        if self.cleaned_data["places"] != self.place_count:
            raise ValidationError(_("Enter a whole number."))
        return int(self.cleaned_data["places"])

    def clean_customer(self) -> int:
        """Read the person's key."""
        chosen = as_id(self.cleaned_data["customer"])
        if chosen is None:
            raise ValidationError(NO_CHOICE)
        return chosen

    def clean(self) -> dict[str, Any]:
        """Refuse a visitor who was typed but not chosen."""
        cleaned = super().clean() or self.cleaned_data
        for number in range(self.place_count):
            chosen, typed = cleaned.get(f"visitor-{number}"), cleaned.get(f"visitor-{number}-q")
            if (chosen or typed) and not as_id(chosen):
                self.add_error(f"visitor-{number}-q", NO_CHOICE)
        return cleaned

    def when(self) -> When | None:
        """Return the time as typed, as far as it has the right shape."""
        values, tariff = self.cleaned_data, self.chosen_tariff
        if tariff is None or not values.get("day") or not values.keys() >= {"start", "end", "last_day", "units"}:
            return None
        hourly = tariff.unit == Unit.HOUR
        return When(
            day=values["day"],
            start=values.get("start") if hourly else None,
            end=values.get("end") if hourly else None,
            last_day=values.get("last_day") if tariff.unit == Unit.DAY else None,
            units=values.get("units") or 1,
        )

    def given_discount(self) -> Discount | None:
        """Return the manual discount, as far as it has the right shape."""
        value = self.cleaned_data.get("discount")
        return Discount(*value) if value else None

    def to_request(self) -> OrderRequest:
        """Return what the domain needs. Call it on a valid form."""
        values = self.cleaned_data
        return OrderRequest(
            token=values["token"],
            customer_id=values["customer"],
            names={
                "customer": values["customer_q"],
                **{place.person.name: values[place.text.name] for place in self.visitors},
            },
            phone=values["phone"],
            email=values["email"].lower(),
            tariff_id=as_id(values["tariff"]) or 0,
            when=cast(When, self.when()),
            visitor_ids=self.visitor_ids,
            seat_ids=values["seats"],
            extras=self.extras,
            discount=self.given_discount(),
            discount_reason=values["discount_reason"],
            payment_method=values["payment_method"],
            comment=values["comment"],
            internal_note=values["internal_note"],
            override_reason=values["override_reason"],
            shown_total=values.get("shown_total"),
        )


def new_token() -> str:
    """Return the token of a form that was just opened."""
    return str(uuid.uuid4())
