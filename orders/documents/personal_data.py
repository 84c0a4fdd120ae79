"""Everything about a person as an archive: a file for programs, and a page to read."""

import io
import json
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import ConsentAction, DocumentKind, Screen, SecurityKind
from coworking.models import PaymentMethod, TicketStatus, Unit, WaitingStatus
from olvery.shared.formats import moment
from olvery.shared.periods import Period
from orders.models import MessageKind, OrderStatus, PassEntryKind, WaitingLetterKind
from orders.models.ledger import EntryKind

MOSCOW = ZoneInfo("Europe/Moscow")  # a person's orders may be at locations in several time zones
SECTIONS = {
    "person": gettext_lazy("Who you are"),
    "companies": gettext_lazy("Companies you order for"),
    "orders": gettext_lazy("Orders"),
    "passes": gettext_lazy("Passes"),
    "pass_entries": gettext_lazy("What became of passes"),
    "accepted_terms": gettext_lazy("Accepted terms"),
    "payments": gettext_lazy("Payments and refunds"),
    "letters": gettext_lazy("Letters"),
    "tickets": gettext_lazy("Tickets"),
    "waiting": gettext_lazy("Waiting list"),
    "waiting_letters": gettext_lazy("Letters about the waiting list"),
    "visits": gettext_lazy("Visits"),
    "consents": gettext_lazy("Consents"),
    "sign_ins": gettext_lazy("Sign-ins"),
    "looks": gettext_lazy("When your data were opened"),
}
FIELDS = {
    "last_name": gettext_lazy("Last name"),
    "first_name": gettext_lazy("First name"),
    "middle_name": gettext_lazy("Middle name"),
    "company": gettext_lazy("Company"),
    "inn": gettext_lazy("INN"),
    "is_administrator": gettext_lazy("Administrator of the company"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "wants_reminders": gettext_lazy("Reminders"),
    "date_joined": gettext_lazy("Registered"),
    "number": gettext_lazy("Number"),
    "created_at": gettext_lazy("Created"),
    "location": gettext_lazy("Location"),
    "service": gettext_lazy("Service"),
    "also_services": gettext_lazy("Also pays for"),
    "tariff": gettext_lazy("Tariff"),
    "period": gettext_lazy("Period"),
    "name": gettext_lazy("Name"),
    "status": gettext_lazy("Status"),
    "places": gettext_lazy("Places"),
    "payment_method": gettext_lazy("Payment method"),
    "total": gettext_lazy("Sum"),
    "paid": gettext_lazy("Paid"),
    "comment": gettext_lazy("Comment"),
    "order": gettext_lazy("Order"),
    "document": gettext_lazy("Document"),
    "edition": gettext_lazy("Edition"),
    "at": gettext_lazy("When"),
    "kind": gettext_lazy("What"),
    "amount": gettext_lazy("Sum"),
    "to": gettext_lazy("To"),
    "sent_at": gettext_lazy("Sent"),
    "ticket": gettext_lazy("Ticket"),
    "arrived_at": gettext_lazy("Arrived"),
    "left_at": gettext_lazy("Left"),
    "action": gettext_lazy("What"),
    "address": gettext_lazy("Address"),
    "browser": gettext_lazy("Browser"),
    "screen": gettext_lazy("Where"),
    "pass": gettext_lazy("Pass"),
    "unit": gettext_lazy("Unit"),
    "units": gettext_lazy("Units"),
    "left": gettext_lazy("Left to use"),
}
KINDS = {
    "payments": EntryKind,
    "letters": MessageKind,
    "waiting_letters": WaitingLetterKind,
    "pass_entries": PassEntryKind,
    "sign_ins": SecurityKind,
}
STATUSES = {"orders": OrderStatus, "tickets": TicketStatus, "waiting": WaitingStatus}
CHOICES = {
    "payment_method": PaymentMethod,
    "document": DocumentKind,
    "action": ConsentAction,
    "screen": Screen,
    "unit": Unit,
}


class Encoder(DjangoJSONEncoder):
    """Writes phones as E.164, and periods by their two ends."""

    def default(self, value: Any) -> Any:
        """Return a value that JSON can represent."""
        if isinstance(value, PhoneNumber):
            return str(value)
        return [value.start, value.end] if isinstance(value, Period) else super().default(value)


def archive(data: dict[str, list[dict[str, Any]]], *, at: datetime) -> bytes:
    """Return the archive with both files: moments are in UTC for programs, in Moscow time for people."""
    pages = render_to_string("orders/my/personal_data.html", {"sections": _tables(data), "at": moment(at, MOSCOW)})
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("data.json", json.dumps(data, cls=Encoder, ensure_ascii=False, indent=2))
        zipped.writestr("data.html", pages)
    return file.getvalue()


def _tables(data: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "columns": [FIELDS[name] for name in data[section][0]] if data[section] else [],
            "rows": [[_cell(name, value, section) for name, value in row.items()] for row in data[section]],
        }
        for section, title in SECTIONS.items()
    ]


def _cell(name: str, value: Any, section: str) -> str:
    choices: Any = CHOICES.get(name) or {"kind": KINDS, "status": STATUSES}.get(name, {}).get(section)
    if value in (None, ""):
        return "—"
    if choices:
        return str(choices(value).label)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(value) or "—"
    if isinstance(value, Period):
        return f"{moment(value.start, MOSCOW)} – {moment(value.end, MOSCOW)}"
    return moment(value, MOSCOW) if isinstance(value, datetime) else str(value)
