"""What every list of the management interface reads from its address."""

from typing import Any

from django.http import QueryDict

from coworking.models import Location
from olvery.shared.paging import Sort, pick_sort
from orders.domain.queries.narrowing import Narrowed
from orders.views.lists.choices import services_of


def list_context(query: QueryDict, rows: Narrowed[Any], sorts: tuple[Sort, ...], location: Location) -> dict[str, Any]:
    """Return one page of rows in the order asked for, their count, and the services to filter by."""
    sort = pick_sort(sorts, query.get("sort", ""))
    page = rows.page(sort=sort, older_than=query.get("after", ""), newer_than=query.get("before", ""))
    count, is_more = rows.count  # most pages are counted when they are read
    return {
        "page": page,
        "sort": sort,
        "count": count,
        "is_more": is_more,
        "services": services_of(location),
        "zone": location.zone,
    }
