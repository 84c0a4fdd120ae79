"""A database with all migrations applied, of which each run and each of its workers takes a copy."""

import hashlib

from django.conf import settings
from django.db import connection

MADE_OF = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "olvery/shared/*.py", "requirements/dev.txt")
LOCK = 20_261_124


def copy_template() -> None:
    """Create the test database as a migrated copy, and connect to it."""
    known = connection.settings_dict
    known["TEST"]["TEMPLATE"] = make_template()
    connection.creation._create_test_db(verbosity=0, autoclobber=True)
    connection.close()
    known["NAME"] = known["TEST"]["NAME"]


def make_template() -> str:
    """Return the name of the template, which is rebuilt only after something in `MADE_OF` has changed."""
    template = f"{settings.TEST_TEMPLATE}_{_digest()}"
    # One process makes it, the others wait.
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [settings.TEST_TEMPLATE])
        found = {name for (name,) in cursor.fetchall()}
        for name in found - {template}:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # old, or left unfinished
        if template not in found:
            unfinished = f"{settings.TEST_TEMPLATE}_unfinished"
            _migrate(unfinished)
            cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"')
    return template


def _digest() -> str:
    """Return a digest of everything that migrations depend on."""
    files = sorted(path for pattern in MADE_OF for path in settings.BASE_DIR.glob(pattern))
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(name: str) -> None:
    known = connection.settings_dict
    before, of_tests = known["NAME"], known["TEST"]["NAME"]
    known["TEST"]["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        known["NAME"], known["TEST"]["NAME"] = before, of_tests
