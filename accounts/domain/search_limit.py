"""A limit on searches for people: enough for typing, too few for reading the whole base by short searches.

The counts are rows in the database, so that they work across processes and machines.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import User
from olvery.shared.refusals import Refusal

# The busiest hour has an order every two minutes, with about five searches each; there are 1,089 pairs of letters.
LIMITS = {timedelta(minutes=1): 60, timedelta(hours=1): 300, timedelta(days=1): 1_000}

COUNT = """
INSERT INTO accounts_searchcount AS known (user_id, span, began_at, count) VALUES {rows}
ON CONFLICT (user_id, span) DO UPDATE SET
    count = CASE WHEN known.began_at + known.span > EXCLUDED.began_at THEN known.count + 1 ELSE 1 END,
    began_at = CASE WHEN known.began_at + known.span > EXCLUDED.began_at THEN known.began_at ELSE EXCLUDED.began_at END
RETURNING span, began_at, count
"""


class SearchLimited(Refusal):
    reason = "too_many_searches"


def count_search(user: User, *, at: datetime) -> None:
    """Count a search for people. One query. Raises SearchLimited with the minutes until the next one."""
    values: list[Any] = []
    for span in LIMITS:
        values += (user.pk, span, at, 1)
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(LIMITS))), values)
        waits = [began_at + span - at for span, began_at, count in cursor.fetchall() if count > LIMITS[span]]
    if waits:
        raise SearchLimited(minutes=-(-max(waits) // timedelta(minutes=1)))
