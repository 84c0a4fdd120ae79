"""A booking of a customer for others: the link by which they see it, or the ticket itself, passed on."""

from datetime import datetime

from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest
from coworking.domain.sharing import find, share_of
from coworking.domain.visits import has_come, opens_at
from coworking.models import Ticket, TicketShare
from olvery.shared.errors import carries_on, is_carried_on
from olvery.shared.forms import focus_first_error
from olvery.shared.refusals import Refusal, refusals_to
from orders.documents.ticket import calendar_file
from orders.domain.desk import handing_over, sharing
from orders.domain.desk.door import order_of
from orders.forms_handover import HandOverForm
from orders.models import Order
from orders.views.files import CALENDAR, attachment
from orders.views.my.my_orders import own_order
from orders.views.order.change_screen import ticket_in
from orders.views.told import told
from orders.wording_refusals import refusal_text


def address_of(share: TicketShare | None) -> str:
    """Return the absolute URL of a shared booking; empty if it is not shared."""
    return settings.SITE_URL + reverse("orders:shared", args=[share.token]) if share else ""


@require_http_methods(["GET", "POST"])
def share(request: PersonRequest, number: int) -> HttpResponse:
    """Show the link to a booking; create it, replace it, or withdraw it."""
    now = timezone.now()
    ticket = Ticket.objects.select_related("service__location", "seat").filter(pk=number).first()
    if ticket is None or not sharing.may_share(ticket, request.user):
        raise Http404
    refusal = _press(request, ticket) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        return redirect("orders:my-share", number)
    standing = share_of(ticket)
    context = {
        "ticket": ticket,
        "share": standing,
        "address": address_of(standing),
        "is_open": sharing.is_open(ticket, at=now),
        "zone": ticket.service.location.zone,
        "refusal": refusal,
    }
    return render(request, "orders/my/share.html", context, status=422 if refusal else 200)


def _press(request: PersonRequest, ticket: Ticket) -> str:
    """Create or withdraw the link, and return why it could not be done."""
    now = timezone.now()
    try:
        if "off" in request.POST:
            sharing.withdraw(ticket.number, by=request.user, at=now)
            messages.success(request, _("The address is withdrawn, it leads nowhere any more."))
        else:
            is_anew = share_of(ticket) is not None
            sharing.share(ticket.number, shows_code="shows_code" in request.POST, by=request.user, at=now)
            said = _("The address is ready. The one from before leads nowhere any more.")
            messages.success(request, said if is_anew else _("The address is ready."))
    except Refusal as refusal:
        return refusal_text(refusal)
    return ""


@login_not_required
@never_cache
@require_safe
@rate_limit(action="shared_booking", limit_get=True)
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show anyone with the link where and when somebody comes, until the end of the booking."""
    share = _found(token)
    location = share.ticket.service.location
    context = {
        "share": share,
        "ticket": share.ticket,
        "location": location,
        "zone": location.zone,
        "opens_at": opens_at(share.ticket),
    }
    return _hidden(render(request, "orders/shared.html", context))


@login_not_required
@never_cache
@require_safe
@rate_limit(action="shared_booking", limit_get=True)
def shared_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Return a shared booking as a calendar file."""
    ticket = _found(token).ticket
    file = calendar_file(order_of(ticket), [ticket], at=timezone.now())
    return _hidden(attachment(file, name=f"booking-{ticket.number}.ics", content_type=CALENDAR))


@carries_on
@require_http_methods(["GET", "POST"])
def hand_over(request: PersonRequest, number: int, ticket: int) -> HttpResponse:
    """Explain what passing a ticket on means, and whose it is; then pass it on."""
    order, now = own_order(request, number), timezone.now()
    found = ticket_in(order, ticket)
    form = HandOverForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not is_carried_on(request) and _is_passed_on(request, form, found, order, at=now):
        messages.success(request, _("The ticket is passed on. Codes from before let nobody in any more."))
        return redirect(request.path)
    focus_first_error(form)
    standing = handing_over.standing_of(found)
    share = share_of(found)
    is_by_phone = standing and share and share.made_at == standing.at
    context = {
        "order": order,
        "ticket": found,
        "form": form,
        "standing": standing,
        "address": address_of(share) if is_by_phone else "",
        "state": handing_over.state_of(found),
        "is_open": handing_over.is_open(found, at=now) and not has_come(found),
        "zone": order.location.zone,
    }
    return render(request, "orders/my/hand_over.html", context, status=422 if form.errors else 200)


@require_POST
def take_back(request: PersonRequest, number: int, ticket: int) -> HttpResponse:
    """Give a ticket back to its former visitor."""
    order, now = own_order(request, number), timezone.now()
    found = ticket_in(order, ticket)
    with told(request):
        handing_over.take_back(number, found.number, shown=request.POST.get("shown", ""), by=request.user, at=now)
        messages.success(request, _("The ticket is taken back, its code is new."))
    return redirect("orders:my-hand-over", number, ticket)


def _is_passed_on(request: PersonRequest, form: HandOverForm, ticket: Ticket, order: Order, *, at: datetime) -> bool:
    """Pass the ticket on to the person named in the form; refusals go to the form."""
    if not ratelimit.consume(request, action="hand_over", user=request.user):
        form.add_error(None, _("Tickets were passed on very often. Try again in an hour, or call us."))
        return False
    with refusals_to(form.take):
        shown = form.cleaned_data["shown"]
        handing_over.hand_over(order.number, ticket.number, form.recipient, shown=shown, by=request.user, at=at)
        return True
    return False


def _found(token: str) -> TicketShare:
    """Return the booking shared by a link. Raises Http404."""
    try:
        return find(token, at=timezone.now())
    except TicketShare.DoesNotExist as unknown:
        raise Http404 from unknown


def _hidden(response: HttpResponse) -> HttpResponse:
    """Keep a page with a secret URL out of search engines and referrers."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
