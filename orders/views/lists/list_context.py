"""What every list of the management interface reads from its address."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from coworking.models import Location, Service
from olvery.shared.paging import Sort, count_up_to_limit, keyset_page, pick_sort


def list_context(query: QueryDict, rows: QuerySet[Any], sorts: tuple[Sort, ...], location: Location) -> dict[str, Any]:
    """Return one page of rows in the order asked for, their count, and the services to filter by."""
    sort = pick_sort(sorts, query.get("sort", ""))
    count, is_more = count_up_to_limit(rows)
    return {
        "page": keyset_page(rows, sort=sort, older_than=query.get("after", ""), newer_than=query.get("before", "")),
        "sort": sort,
        "count": count,
        "is_more": is_more,
        "services": Service.objects.filter(location=location).order_by("position", "name").values("pk", "name"),
        "zone": location.zone,
    }
