"""Moving several tickets of the calendar at once, of several orders: a preview, then saving it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm_refund
from coworking.access import StaffRequest, managers_only
from coworking.models import Ticket
from olvery.shared.errors import is_carried_on
from olvery.shared.htmx import go_to, render_dialog
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.change_places import TicketPlan
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import UNDO_FOR, Plan
from orders.domain.booking.rearranging import Rearrangement, rearrangement_of
from orders.domain.booking.wish import Booker
from orders.domain.desk.changing import state_as_json
from orders.domain.desk.rearranging import RearrangementStale, rearrange
from orders.domain.queries.calendar import orders_of_tickets
from orders.forms_rearranging import Move, RearrangeForm, Unreadable, moves_of
from orders.letters.compose import change_letter
from orders.letters.mail import Text
from orders.models import Order
from orders.views.calendar.asked import back_of
from orders.wording_changes import Difference, differences


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket, what changes about it, and its refusals."""

    plan: TicketPlan
    differences: Sequence[Difference]
    refusals: Sequence[Refusal]


@dataclass(frozen=True, slots=True)
class Part:
    """An order of a rearrangement. `refusals` are those that concern none of its tickets."""

    plan: Plan
    tickets: Sequence[Moved]
    refusals: Sequence[Refusal]
    text: Text | None
    undo_until: datetime


@require_POST
@managers_only
def rearranging(request: StaffRequest) -> HttpResponse:
    """Show the effect of the moves in `move` on each order, and carry out all of them when the form is sent.

    They are always posted: a hundred of them are too long for a URL.
    """
    now = timezone.now()
    is_form = "version" in request.POST
    form = RearrangeForm(request.POST if is_form else None)
    plan = _plan(request, form, now)
    if is_form and not is_carried_on(request) and form.is_valid():
        confirm_refund(request, plan.returned)
        plan, is_done = _carried_out(plan, form)
        if is_done:
            count = sum(len(one.changed) for one in plan.plans)
            text = ngettext("%(count)s ticket is rearranged.", "%(count)s tickets are rearranged.", count)
            messages.success(request, text % {"count": count})
            return go_to(request, back_of(request.GET))
    context = {"form": form, "plan": plan, "parts": _parts_of(plan, at=now)}
    context |= {"moves": request.POST.getlist("move"), "zone": request.location.zone}
    status = None if is_form else 200
    return render_dialog(request, "orders/calendar/rearrange.html", context, back=back_of(request.GET), status=status)


@require_safe
@managers_only
def change(request: StaffRequest, ticket: int) -> HttpResponse:
    """Redirect to the change of one ticket. The board does not have its order: only one bar in a thousand is
    moved.
    """
    order = orders_of_tickets([ticket]).get(ticket)
    if order is None or not Ticket.objects.filter(location=request.location, pk=ticket).exists():
        raise Http404
    address = reverse("orders:change-ticket", args=[order.number, ticket])
    return redirect(f"{address}?{request.GET.urlencode()}")


def _plan(request: StaffRequest, form: RearrangeForm, at: datetime) -> Rearrangement:
    """Return the plan of the requested moves. Raises Http404 for tickets of other locations or without an order."""
    try:
        moves = moves_of(request.POST.getlist("move"))
    except Unreadable as error:
        raise Http404 from error
    changes = _changes(request, moves)
    orders = list(Order.objects.filter(location=request.location, pk__in=changes).select_related("location"))
    if len(orders) < len(changes):
        raise Http404
    wishes = {
        number: ChangeWish(tickets=tuple(of_order), override_reason=form.insists)
        for number, of_order in changes.items()
    }
    return rearrangement_of(orders, wishes, booker=Booker.manager(request.user, request.location), at=at)


def _changes(request: StaffRequest, moves: Mapping[int, Move]) -> dict[int, list[TicketChange]]:
    """Return the change of each ticket, by order number. Raises Http404."""
    owners = orders_of_tickets(moves)
    tickets = Ticket.objects.filter(location=request.location).select_related("tariff").in_bulk(list(moves))
    if not owners.keys() == tickets.keys() == moves.keys():
        raise Http404
    changes = defaultdict(list)
    for number, move in moves.items():
        changes[owners[number].number].append(move.change_of(tickets[number], request.location.zone))
    return changes


def _carried_out(plan: Rearrangement, form: RearrangeForm) -> tuple[Rearrangement, bool]:
    """Carry out what was shown; refusals go to the form. If it was not carried out, return the current plan."""
    if form.cleaned_data["version"] not in ("", plan.version):
        form.take(RearrangementStale(plan))
        return plan, False
    try:
        rearrange(plan)
    except RearrangementStale as stale:
        form.take(stale)
        return stale.rearrangement, False
    except Refused as refused:
        _take(form, refused, is_shown=not plan.is_ready)
        return plan, False
    except Refusal as refusal:
        form.take(refusal)
        return plan, False
    return plan, True


def _take(form: RearrangeForm, refused: Refused, *, is_shown: bool) -> None:
    """Ask for a reason if one helps; show any other refusal here unless the plan has it."""
    asked = [one for one in refused.refusals if getattr(one, "can_override", False)]
    others = [] if is_shown else [one for one in refused.refusals if one not in asked]
    for refusal in (*asked[:1], *others):
        form.take(refusal)


def _parts_of(rearrangement: Rearrangement, *, at: datetime) -> Iterator[Part]:
    """Yield what happens to each order, by its number."""
    for plan in rearrangement.plans:
        zone = plan.order.location.zone
        tickets = [
            Moved(one, differences(state_as_json(one.before), state_as_json(one.after), zone), one.refusals)
            for one in plan.tickets
        ]
        said = [refusal for one in tickets for refusal in one.refusals]
        others = [refusal for refusal in plan.refusals if refusal not in said]
        yield Part(plan, tickets, others, change_letter(plan), at + UNDO_FOR)
