"""The screen in a location's lobby."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coworking.domain.lobby import lobby_of
from coworking.domain.opening import calendar_of
from coworking.models import Location
from olvery.shared.replica_pages import reads_replica


@login_not_required
@never_cache
@require_safe
@reads_replica
def panel(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is free and what begins next, to anybody in front of the screen."""
    location = get_object_or_404(Location, panel_token=token, is_active=True)
    context = {
        "location": location,
        "lobby": lobby_of(location, calendar_of(location), at=timezone.now()),
        "zone": location.zone,
        "book_url": f"{settings.SITE_URL}{reverse('orders:services')}?{urlencode({'location': location.pk})}",
    }
    part = "#lobby" if request.headers.get("HX-Request") else ""
    return render(request, f"orders/services/panel.html{part}", context)
