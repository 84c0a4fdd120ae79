"""What nobody waits for at this moment gives way to pages, which somebody does."""

import time
from collections.abc import Callable

from django.db import connection

# The name of the worker's connections, by which they know each other; the others belong to pages.
WORKER = "olvery-worker"
PAUSE, LONGEST = 0.05, 0.5  # seconds
_OTHERS = """
SELECT EXISTS (
  SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND application_name <> current_setting('application_name') AND state IN ('active', 'idle in transaction')
)
"""


def pages_are_asking() -> bool:
    """Return whether anybody under another name has the database work at this moment. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        return bool(cursor.fetchone()[0])


def give_way(*, is_busy: Callable[[], bool] = pages_are_asking, sleep: Callable[[float], object] = time.sleep) -> None:
    """Wait until the database has a moment to spare, half a second at most: what waits is never held up for long."""
    for _pause in range(round(LONGEST / PAUSE)):
        if not is_busy():
            return
        sleep(PAUSE)
