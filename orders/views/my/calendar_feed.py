"""The calendar that a person subscribes to, at a secret URL."""

import hashlib
import re
from typing import cast

from allauth.core.ratelimit import consume_or_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest
from accounts.domain import calendar_feeds
from accounts.models import User
from orders.documents.ticket import calendar_of_visits
from orders.domain.queries.cards import visits_of

# A phone opens its calendar by this scheme.
WEBCAL = re.compile("^https?:")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return the visits of the token's owner; unchanged data is not sent again.

    Unknown tokens are not counted: made up without end, they would evict the counts of sign-ins from the cache.
    """
    try:
        person = calendar_feeds.person_of(token)
    except User.DoesNotExist as unknown:
        raise Http404 from unknown
    refused: HttpResponse | None = consume_or_429(request, action="calendar_feed", key=token, limit_get=True)
    if refused:
        return refused
    with translation.override(settings.LANGUAGE_CODE):
        file = calendar_of_visits(visits_of(person, at=timezone.now()), name=_("My bookings"))
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=900"
    response.headers["X-Robots-Tag"] = "noindex"
    etag = f'"{hashlib.sha256(file).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    return cast(HttpResponse, get_conditional_response(request, etag=etag, response=response))


@require_http_methods(["GET", "POST"])
def choose(request: PersonRequest) -> HttpResponse:
    """Show a person the URL of their calendar; create it, replace it, or switch it off."""
    if request.method == "GET":
        token = calendar_feeds.token_of(request.user)
        address = f"{settings.SITE_URL}{reverse('orders:calendar-feed', args=[token])}" if token else ""
        return render(
            request, "orders/my/calendar_feed.html", {"address": address, "webcal": WEBCAL.sub("webcal:", address)}
        )
    if "off" in request.POST:
        calendar_feeds.switch_off(request.user)
        messages.success(request, _("The address is switched off: calendars get nothing new."))
    else:
        calendar_feeds.renew(request.user)
        messages.success(request, _("The address is ready. One that you had before works no more."))
    return redirect("orders:my-calendar")
