"""Sharing a booking: a link by which others see where and when and, if wanted, the code."""

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
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest
from coworking.domain.sharing import find, share_of
from coworking.domain.visits import opens_at
from coworking.models import Ticket, TicketShare
from olvery.shared.refusals import Refusal
from orders.documents.ticket import calendar_file
from orders.domain.desk import sharing
from orders.domain.desk.door import order_of
from orders.views.files import CALENDAR, attachment
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
