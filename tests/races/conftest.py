from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _leave_no_jobs_behind(transactional_db: None) -> Iterator[None]:
    """Empty the job queue: its tables are not Django's, so the flush after a test passes them over."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
