"""Checking for what the database should refuse: two tickets on one seat, a pool with more tickets than places."""

from dataclasses import dataclass

from django.db import connection

# Sorted by start, two tickets that share a seat are adjacent, or one lies within an earlier one.
SHARED_SEATS = """
SELECT count(*), count(*) FILTER (WHERE starts < latest_end) FROM (
    SELECT lower(occupied) AS starts, max(upper(occupied)) OVER (
        PARTITION BY seat_id ORDER BY lower(occupied), number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS latest_end
    FROM coworking_ticket WHERE seat_id IS NOT NULL AND status IN ('held', 'active')
) AS seated
"""
# At the same moment, those who leave count before those who come.
FULL_POOLS = """
SELECT count(DISTINCT service_id) FILTER (WHERE taken > capacity) FROM (
    SELECT service_id, sum(places) OVER (PARTITION BY service_id ORDER BY moment, places > 0) AS taken FROM (
        SELECT service_id, lower(occupied) AS moment, 1 AS places
        FROM coworking_ticket WHERE seat_id IS NULL AND status IN ('held', 'active')
        UNION ALL
        SELECT service_id, upper(occupied), -1
        FROM coworking_ticket WHERE seat_id IS NULL AND status IN ('held', 'active')
    ) AS changes
) AS running JOIN coworking_service ON coworking_service.id = service_id
"""


@dataclass(frozen=True, slots=True)
class DoubleBooking:
    """The number of tickets with a seat, of those that share it with another, and of overfull pools."""

    seated: int
    sharing: int
    overfull: int


def look_for_double_booking() -> DoubleBooking:
    """Read every ticket that takes a place. Two queries, seconds on a million tickets: for a job, not for a page."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED_SEATS)
        seated, sharing = cursor.fetchone()
        cursor.execute(FULL_POOLS)
        (overfull,) = cursor.fetchone()
    return DoubleBooking(seated, sharing, overfull)
