"""«Проход по билетам»: a scanned code, a number or a name gets one answer."""

import uuid
from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, managers_only
from coworking.domain import visits
from coworking.domain.reading import expected_by_name, read_ticket
from coworking.models import Ticket, VisitSource
from olvery.shared.errors import asks_again
from olvery.shared.refusals import Refusal
from orders.domain.desk import door
from orders.domain.queries.cards import order_of_ticket
from orders.views.door import answers
from orders.views.door.answers import Answer
from orders.views.door.kept import reader_address
from orders.views.door.offline import settle_context
from orders.views.door.pressing import IN, OUT, press

LONGEST = 200


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@managers_only
def check_in(request: StaffRequest) -> HttpResponse:
    """Read a ticket: GET only shows it, POST lets its visitor in or out."""
    sent, looks = (request.POST, asks_again(request)) if request.method == "POST" else (request.GET, True)
    text, now = sent.get("q", "").replace("\0", "").strip()[:LONGEST], timezone.now()
    answer = Answer(verdict=answers.WAITING, zone=request.location.zone)
    if text:
        answer = _answer(request, text, looks=looks, at=now)
    part = "#scan" if request.headers.get("HX-Request") else ""
    context = {
        "answer": answer,
        "zone": request.location.zone,
        "token": uuid.uuid4(),
        "do": OUT if sent.get("do") == OUT else IN,
        "text": text if answer.verdict is answers.UNKNOWN else "",
    }
    if not part:
        context |= {"reader": reader_address(), **settle_context(request.location)}
    is_refused = not looks and answer.is_refusal
    return render(request, f"orders/door/check_in.html{part}", context, status=422 if is_refused else 200)


def _answer(request: StaffRequest, text: str, *, looks: bool, at: datetime) -> Answer:
    location, zone = request.location, request.location.zone
    try:
        read = read_ticket(location, text)
        if read is None:
            found = tuple(expected_by_name(location, text, at=at))
            return Answer(verdict=answers.CHOOSE, found=found, zone=zone)
    except visits.EntryRefused as refusal:
        return answers.refused(refusal, zone=zone)
    ticket, source = read
    try:
        answer = _look(ticket, at=at) if looks else _pressed(request, ticket, source, at=at)
    except Refusal as refusal:
        answer = answers.refused(refusal, zone=zone)
    # What the page shows is read after the change, with the money as it is now.
    shown = Ticket.objects.select_related("service__location", "tariff", "seat", "visitor").get(pk=ticket.pk)
    visit = answer.visit or visits.open_visit(shown)
    return replace(answer, ticket=shown, order=order_of_ticket(shown), visit=visit)


def _look(ticket: Ticket, *, at: datetime) -> Answer:
    """Answer whether the visitor may come in, without changing anything. Raises EntryRefused."""
    zone = ticket.service.location.zone
    visits.check_entry(ticket, at=at, owed=door.owed_at_door(door.order_of(ticket), at=at))
    return Answer(verdict=answers.MAY_ENTER, text=answers.let_in_text(ticket, zone), zone=zone)


def _pressed(request: StaffRequest, ticket: Ticket, source: VisitSource, *, at: datetime) -> Answer:
    """Carry out the pressed button and answer with the result. Raises Refusal."""
    visit = press(request.POST, ticket, source, by=request.user, at=at)
    return answers.of_visit(visit, ticket, at=at, zone=request.location.zone)
