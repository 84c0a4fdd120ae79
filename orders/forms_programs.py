"""Forms of «Программы»: a new token, a new webhook."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from orders.forms_fields import TEXT
from orders.forms_refusals import RefusableForm
from orders.models import EventKind, Scope

LIVES = {"30": _("30 days"), "90": _("90 days"), "365": _("a year"), "": _("until it is revoked")}
# Events that matter to an order's customer or manager; the rest is internal to the desk.
TOLD = (
    EventKind.CREATED,
    EventKind.STATUS_CHANGED,
    EventKind.CHANGED,
    EventKind.CHANGE_UNDONE,
    EventKind.TICKETS_RESTORED,
    EventKind.PLACE_RELEASED,
    EventKind.HANDED_OVER,
    EventKind.TAKEN_BACK,
    EventKind.PAID,
    EventKind.REFUNDED,
    EventKind.CORRECTED,
    EventKind.INVOICE_ISSUED,
    EventKind.ACT_ISSUED,
)


class TokenForm(RefusableForm):
    """The name of the program, its scopes, and the validity."""

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
        self.fields["name"].widget.attrs.update(TEXT)
        self.fields["life"].widget.attrs["class"] = "select"

    def expires_at(self, at: datetime) -> datetime | None:
        """Return when the token expires, None if it does not."""
        days = self.cleaned_data["life"]
        return at + timedelta(days=int(days)) if days else None


class EncryptedAddressField(forms.URLField):
    """A URL that must be https, so that nobody on the way can read what is sent."""

    default_validators = [URLValidator(schemes=["https"])]
    default_error_messages = {
        "invalid": _("Write an address that begins with https://."),
        "with_password": _("Write the address without a name and a password: each message is signed."),
        "impossible": _("There can be no such address: check its name and its port."),
    }

    def clean(self, value: Any) -> str:
        """Return the URL. Raises ValidationError also if it cannot be reached by its form."""
        address = str(super().clean(value))
        parts = urlsplit(address)
        if "@" in parts.netloc:
            raise ValidationError(self.error_messages["with_password"])
        try:
            is_possible = bool((parts.hostname or "").encode("idna")) and parts.port != 0
        except ValueError:
            is_possible = False
        if not is_possible:
            raise ValidationError(self.error_messages["impossible"])
        return address


class WebhookForm(RefusableForm):
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
        self.fields["address"].widget.attrs.update({**TEXT, "placeholder": "https://"})
