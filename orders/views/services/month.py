"""The month that opens below the days of a service, with the days that are free for the choices."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from coworking.domain.showcase import bookable_service
from orders.views.month import show_month, shown_days, states_of
from orders.views.services.service import screen_of


@login_not_required
@require_POST
def month(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a month to choose a day for a service."""
    found = bookable_service(pk)
    if found is None:
        raise Http404
    screen = screen_of(request, found, request.POST, ())
    screen.form.hide_errors()
    asked, today = request.POST.copy(), screen.calendar.today(screen.at)
    if not asked.get("shown"):
        asked["shown"] = screen.day.isoformat()  # it is chosen in the list of days above
    states = states_of(screen.part.form, shown_days(asked, today), screen.calendar, screen.at)
    return show_month(request, asked, today, states)
