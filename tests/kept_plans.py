"""Keeps cached plans in a connection although each test is rolled back."""

import pytest
from psycopg._preparing import PrepareManager


def keep_over_rollbacks(patched: pytest.MonkeyPatch) -> None:
    """Keep psycopg from forgetting prepared statements: no test rolls back a table that they read.

    Then few are planned again, as on a real site; otherwise each test would plan all of them.
    """
    patched.setattr(PrepareManager, "clear", lambda _manager: False)
