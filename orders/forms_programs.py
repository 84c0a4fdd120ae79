"""Forms of «Программы»: a new token, a new webhook."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from orders.models import EventKind, Scope

LIVES = {"30": _("30 days"), "90": _("90 days"), "365": _("a year"), "": _("until it is revoked")}
# What happens to an order as its customer or its manager would tell it; the rest is the inside of the desk.
TOLD = (
    EventKind.CREATED,
    EventKind.STATUS_CHANGED,
    EventKind.CHANGED,
    EventKind.PAID,
    EventKind.REFUNDED,
    EventKind.CORRECTED,
    EventKind.INVOICE_ISSUED,
    EventKind.ACT_ISSUED,
)


class TokenForm(forms.Form):
    """What program it is for, what it may, and for how long."""

    name = forms.CharField(
        label=_("Program"),
        max_length=60,
        help_text=_("What you would know it by: «Website», «1C»."),
        error_messages={"required": _("Say what it is for.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may"), choices=Scope.choices, error_messages={"required": _("Choose at least one.")}
    )
    life = forms.ChoiceField(label=_("Good for"), choices=list(LIVES.items()), initial="365", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="token-%s")
        self.fields["name"].widget.attrs.update({"class": "input", "autocomplete": "off"})
        self.fields["life"].widget.attrs["class"] = "select"

    def expires_at(self, at: datetime) -> datetime | None:
        """Return when the token ends, None where it does not end by itself."""
        days = self.cleaned_data["life"]
        return at + timedelta(days=int(days)) if days else None


class EncryptedAddressField(forms.URLField):
    """An address that nobody on the way can read: https alone."""

    default_validators = [URLValidator(schemes=["https"])]
    default_error_messages = {"invalid": _("Write an address that begins with https://.")}


class WebhookForm(forms.Form):
    """Where to, and of what."""

    address = EncryptedAddressField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        error_messages={"required": _("Give the address.")},
    )
    kinds = forms.MultipleChoiceField(
        label=_("Of what"),
        choices=[(kind.value, kind.label) for kind in TOLD],
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="webhook-%s")
        self.fields["address"].widget.attrs.update({"class": "input", "autocomplete": "off", "placeholder": "https://"})
