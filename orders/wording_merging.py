"""Two records side by side, in words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import Company, User
from olvery.shared.formats import format_money, moment
from olvery.shared.phones import format_phone

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Line:
    """One property of two records; `choice` is the form field that selects which value to keep."""

    label: str
    kept: str
    gone: str
    choice: str = ""
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between two records, and what they have in common."""

    differing: list[Line]
    same: list[Line]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Comparison":
        """Separate differing lines from equal ones, keeping their order."""
        differing = [line for line in lines if line.kept != line.gone]
        return cls(differing, [line for line in lines if line.kept == line.gone])


def compared_people(kept: User, gone: User, zone: ZoneInfo, *, taken: Collection[str]) -> Comparison:
    """Return the comparison of two people; `taken` are the values taken from the merged record."""

    def line(label: str, name: str, choice: str = "") -> Line:
        texts = _shown(kept, name, zone), _shown(gone, name, zone)
        return Line(label, texts[0], texts[1], choice, is_kept=choice not in taken)

    lines = [
        line(_("Name"), "full_name", "name"),
        line(_("Phone"), "phone", "phone"),
        line(_("E-mail"), "email", "email"),
        line(_("Company"), "company"),
        line(_("Registration"), "date_joined"),
        line(_("Last sign-in"), "last_login"),
        line(_("Orders"), "order_count"),
        line(_("Tickets"), "ticket_count"),
        line(_("Passes"), "pass_count"),
        line(_("In line"), "waiting_count"),
        line(_("Orders for companies"), "company_count"),
        line(_("Consents"), "consent_count"),
        line(_("Open sessions"), "session_count"),
    ]
    return Comparison.of(lines)


def _shown(person: User, name: str, zone: ZoneInfo) -> str:
    value = getattr(person, name)
    if name == "phone":
        phone = _text(format_phone(value))
        return _("%(phone)s, not confirmed") % {"phone": phone} if person.phone_is_claim else phone
    if name in ("date_joined", "last_login"):
        return _text(value and moment(value, zone))
    return _text(value)


def compared_companies(kept: Company, gone: Company) -> Comparison:
    """Return the comparison of two companies."""
    labels = {
        "name": _("Company"),
        "inn": _("INN"),
        "kpp": _("KPP"),
        "address": _("Legal address"),
        "agreement": _("Agreement number"),
        "email": _("E-mail for invoices and acts"),
        "credit_limit": _("Limit of orders on account"),
        "owed": _("Owed by invoice"),
        "member_count": _("People who order for it"),
        "administrator_count": _("Of them administrators of the company"),
        "order_count": _("Orders"),
    }
    lines = [Line(label, _shown_of(kept, name), _shown_of(gone, name)) for name, label in labels.items()]
    return Comparison.of(lines)


def _shown_of(company: Company, name: str) -> str:
    value = getattr(company, name)
    return format_money(value) if isinstance(value, Decimal) else _text(value)


def _text(value: object) -> str:
    return NOTHING if value in (None, "") else str(value)
