"""Triggers that check every row are switched off while rows are copied; the same rules are checked afterwards."""

from typing import Any

# Others stay on: those that fill a column have to.
GUARDS = {"coworking_ticket": "ticket_guard", "orders_refund": "refund_within_its_attempt"}

_BLOCKING = "status IN ('held', 'active')"
RULES = {
    "a ticket has a seat of its service, or none in a pool": f"""
        SELECT count(*) FROM coworking_ticket t JOIN coworking_service s ON s.id = t.service_id
        LEFT JOIN coworking_seat seat ON seat.id = t.seat_id
        WHERE {_BLOCKING} AND (s.kind = 'seats') IS DISTINCT FROM (seat.service_id = t.service_id)
          AND NOT (s.kind = 'pool' AND t.seat_id IS NULL)
    """,
    "a ticket is on no block": f"""
        SELECT count(*) FROM coworking_ticket t JOIN coworking_block b ON b.service_id = t.service_id
        WHERE {_BLOCKING} AND b.lifted_at IS NULL AND b.period && t.occupied AND t.seat_id IS NOT NULL
          AND (b.seat_id IS NULL OR b.seat_id = t.seat_id)
    """,
    "a pool is within its capacity": f"""
        SELECT count(*) FROM (
            SELECT service_id, sum(places) OVER (PARTITION BY service_id ORDER BY moment, places) AS taken FROM (
                SELECT service_id, lower(occupied) AS moment, 1 AS places FROM coworking_ticket WHERE {_BLOCKING}
                UNION ALL
                SELECT service_id, upper(occupied), -1 FROM coworking_ticket WHERE {_BLOCKING}
                UNION ALL
                SELECT service_id, lower(period), places FROM coworking_block WHERE lifted_at IS NULL
                UNION ALL
                SELECT service_id, upper(period), -places FROM coworking_block WHERE lifted_at IS NULL
            ) changes
        ) running JOIN coworking_service s ON s.id = service_id WHERE s.kind = 'pool' AND taken > s.capacity
    """,
    "a payment holds its refunds": """
        SELECT count(*) FROM (
            SELECT r.attempt_id, sum(r.amount) AS gone FROM orders_refund r
            WHERE r.status IN ('requested', 'pending', 'succeeded') GROUP BY 1
        ) back JOIN orders_paymentattempt a ON a.id = back.attempt_id
        WHERE a.status <> 'succeeded' OR back.gone > a.amount
    """,
}


class Broken(Exception):
    """Rows that a trigger would have refused."""


def switch(cursor: Any, *, on: bool) -> None:
    """Switch the guards on or off."""
    for table, trigger in GUARDS.items():
        cursor.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER {trigger}")


def check(cursor: Any) -> None:
    """Check all rows as the guards would have. Raises Broken."""
    for rule, query in RULES.items():
        cursor.execute(query)
        [wrong] = cursor.fetchone()
        if wrong:
            raise Broken(f"{rule}: {wrong} rows differ")
