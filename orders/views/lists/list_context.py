"""What every list of the management interface reads from its address."""

from typing import Any

from django.http import QueryDict

from coworking.models import Location, Service
from olvery.shared.paging import Sort, pick_sort
from orders.domain.queries.narrowing import Narrowed


def list_context(query: QueryDict, rows: Narrowed[Any], sorts: tuple[Sort, ...], location: Location) -> dict[str, Any]:
    """Return one page of rows in the order asked for, their count, and the services to filter by."""
    sort = pick_sort(sorts, query.get("sort", ""))
    count, is_more = rows.count
    return {
        "page": rows.page(sort=sort, older_than=query.get("after", ""), newer_than=query.get("before", "")),
        "sort": sort,
        "count": count,
        "is_more": is_more,
        "services": Service.objects.filter(location=location).order_by("position", "name").values("pk", "name"),
        "zone": location.zone,
    }
