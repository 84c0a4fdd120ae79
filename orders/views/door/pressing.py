"""«Пришёл», «Ушёл», «Отменить»: what a ticket's button does, on any page."""

import uuid
from datetime import datetime

from django.http import QueryDict

from accounts.models import User
from coworking.models import Ticket, Visit, VisitSource
from orders.domain.desk import door

IN, OUT, UNDO = "in", "out", "undo"


def press(values: QueryDict, ticket: Ticket, source: VisitSource, *, by: User, at: datetime) -> Visit:
    """Carry out the pressed button, and return the visit. Raises Refusal."""
    if values.get("do") == OUT:
        return door.let_out(ticket.pk, by=by, at=at)
    if values.get("do") == UNDO:
        return door.undo(ticket.pk, by=by, at=at)
    return door.let_in(
        ticket.pk,
        scan_id=door.scan_of(_token(values.get("token", "")), ticket.pk),
        source=VisitSource.LIST if values.get("chosen") else source,
        by=by,
        at=at,
        version=ticket.code_version,
        unpaid="unpaid" in values,
    )


def _token(text: str) -> uuid.UUID:
    """Return the token of the form; a malformed one belongs to no form, so it counts as new."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
