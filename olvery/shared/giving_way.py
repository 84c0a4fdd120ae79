"""Background work gives way to pages, which somebody is waiting for."""

import time
from collections.abc import Callable

from django.db import connection

# The name of the worker's connections, by which they recognise each other; all others belong to pages.
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
    """Return whether connections with another name are running statements at this moment. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        return bool(cursor.fetchone()[0])


def give_way(*, is_busy: Callable[[], bool] = pages_are_asking, sleep: Callable[[float], object] = time.sleep) -> None:
    """Wait until the database is idle, half a second at most, so that jobs are never delayed for long."""
    for _pause in range(round(LONGEST / PAUSE)):
        if not is_busy():
            return
        sleep(PAUSE)
