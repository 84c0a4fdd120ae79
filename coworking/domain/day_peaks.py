"""How full each service is on each of many days, counted by the database."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection

from coworking.models import Location
from olvery.shared.periods import Period

# As `coworking_peak`: whoever is ordered over a block takes one of its places. On an archived seat nobody takes any.
_PEAKS = """
WITH shown AS MATERIALIZED (
    SELECT * FROM unnest(%(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS d (day, starts, ends)
),
places AS (
    SELECT service.id, CASE service.kind WHEN 'pool' THEN service.capacity ELSE (
        SELECT count(*) FROM coworking_seat WHERE service_id = service.id AND is_active
    ) END AS capacity, service.kind
    FROM coworking_service AS service WHERE service.location_id = %(location)s::bigint
),
used AS (
    SELECT ticket.service_id, ticket.occupied AS during, block.id AS block, 1::bigint AS tickets, 0::bigint AS places
    FROM coworking_ticket AS ticket LEFT JOIN coworking_block AS block ON block.id = ticket.over_block_id
        AND block.service_id = ticket.service_id AND block.lifted_at IS NULL
        AND (block.seat_id IS NULL OR block.seat_id = ticket.seat_id)
    WHERE ticket.location_id = %(location)s::bigint AND ticket.period && %(whole)s
      AND ticket.status IN ('held', 'active', 'used')
      AND NOT EXISTS (SELECT FROM coworking_seat WHERE id = ticket.seat_id AND NOT is_active)
    UNION ALL
    SELECT service_id, period, block.id, 0,
        CASE WHEN kind = 'seats' AND seat_id IS NULL THEN places.capacity ELSE block.places END
    FROM coworking_block AS block JOIN places ON places.id = block.service_id
    WHERE period && %(whole)s AND lifted_at IS NULL
      AND NOT EXISTS (SELECT FROM coworking_seat WHERE id = block.seat_id AND NOT is_active)
),
parts AS (
    SELECT service_id, day, block, greatest(lower(during), starts) AS since, least(upper(during), ends) AS until,
        tickets, places
    FROM used JOIN shown ON lower(during) < ends AND upper(during) > starts
),
changes AS (
    SELECT service_id, day, block, since AS moment, tickets, places FROM parts
    UNION ALL SELECT service_id, day, block, until, -tickets, -places FROM parts
),
of_blocks AS (
    SELECT service_id, day, block, moment, greatest(
        sum(sum(tickets)) OVER (PARTITION BY service_id, day, block ORDER BY moment),
        sum(sum(places)) OVER (PARTITION BY service_id, day, block ORDER BY moment)
    ) AS taken
    FROM changes GROUP BY service_id, day, block, moment
),
steps AS (
    SELECT service_id, day, moment,
        taken - lag(taken, 1, 0::numeric) OVER (PARTITION BY service_id, day, block ORDER BY moment) AS more
    FROM of_blocks
),
running AS (
    SELECT service_id, day, sum(sum(more)) OVER (PARTITION BY service_id, day ORDER BY moment) AS taken
    FROM steps GROUP BY service_id, day, moment
)
SELECT running.service_id, day, least(max(taken), max(places.capacity))
FROM running JOIN places ON places.id = running.service_id GROUP BY running.service_id, day
"""


def day_peaks(location: Location, windows: Mapping[date, Period]) -> dict[tuple[int, date], int]:
    """Return the most places taken at once, by service and day; missing entries are 0. One query.

    `windows` has the opening hours of each day.
    """
    if not windows:
        return {}
    periods = list(windows.values())
    whole = Period.spanning(periods)
    values: dict[str, Any] = {
        "location": location.pk,
        "days": list(windows),
        "starts": [one.start for one in periods],
        "ends": [one.end for one in periods],
        "whole": whole.to_range(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PEAKS, values)
        return {(service, day): int(taken) for service, day, taken in cursor.fetchall()}
