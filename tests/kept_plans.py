"""Plans stay in a connection although each test is rolled back."""

import pytest
from psycopg._preparing import PrepareManager


def keep_over_rollbacks(patched: pytest.MonkeyPatch) -> None:
    """Let psycopg forget no statement it has prepared: no test rolls back the table that one reads.

    As on a site, few are planned anew then; else a connection would plan each of them in every test.
    """
    patched.setattr(PrepareManager, "clear", lambda _manager: False)
