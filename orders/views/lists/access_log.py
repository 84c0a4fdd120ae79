"""«Журнал доступа»: who saw whose contacts at the location, for its administrator."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, administrators_only
from olvery.shared.forms import as_id
from olvery.shared.paging import Sort, page_asked
from olvery.shared.replica_pages import reads_replica
from orders.domain.queries.access_log import chose_many, looks_at, viewers_of
from orders.list_filters import day_of, read_text, unread_days

WHEN = Sort("when", "at", descending=True, is_moment=True)


@require_safe
@administrators_only
@reads_replica
def access_log(request: StaffRequest) -> HttpResponse:
    """Show who saw whom, newest first, and who chose many people without an order, on that day or today.

    If the log is filtered by a person seen, the page names them.
    """
    zone, text = request.location.zone, read_text(request.GET)
    today = request.location.day_at(timezone.now())
    day = day_of(request.GET, "on", today)
    whom = as_id(request.GET.get("whom"))
    page = page_asked(request.GET, looks_at(request.location, text=text, day=day, whom=whom), sort=WHEN)
    context = {
        "page": page,
        "viewers": viewers_of(request.location, whom) if whom and page.rows else [],
        "idle": chose_many(request.location, day or today),
        "text": text,
        "day": day,
        "unread": unread_days(request.GET, today),
        "zone": zone,
    }
    return render(request, "orders/lists/access_log.html", context)
