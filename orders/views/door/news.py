"""«Что изменилось»: what others did since a manager last looked, on «Сегодня» and as a page."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, managers_only
from olvery.shared.errors import button
from olvery.shared.periods import read_moment
from orders.domain.queries.news import news_of, note_look, seen_until

SHOWN, MOST = 6, 200


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@managers_only
def news(request: StaffRequest) -> HttpResponse:
    """Show the news; on «Сегодня» only the newest few."""
    is_part = request.headers.get("HX-Target") == "news"
    location, now = request.location, timezone.now()
    most = SHOWN if is_part else MOST
    since = seen_until(request.user, location, at=now)
    found = list(news_of(request.user, location, since=since)[: most + 1])
    context = {
        "events": found[:most],
        "has_more": len(found) > most,
        "is_part": is_part,
        "since": since,
        "at": now,
        "zone": location.zone,
    }
    return render(request, f"orders/door/news.html{'#news' if is_part else ''}", context)


@button
@managers_only
def seen(request: StaffRequest) -> HttpResponse:
    """Mark what the page showed as seen; what came since stays news."""
    if shown_at := read_moment(request.POST.get("shown_at", "")):
        note_look(request.user, request.location, shown_at=min(shown_at, timezone.now()))
    return redirect("orders:manage")
