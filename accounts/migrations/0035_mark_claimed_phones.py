"""Mark the phones of whoever registered alone, or changed the own phone, some at a time."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

STEP = 10_000
MARK = """
UPDATE accounts_user SET phone_is_claim = true
WHERE id BETWEEN %s AND %s AND phone IS NOT NULL AND (created_by_id IS NULL OR EXISTS (
    SELECT FROM accounts_securityevent changed WHERE changed.person_id = accounts_user.id AND changed.kind = 'phone'
))
"""


def mark(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM accounts_user")
        first, last = cursor.fetchone()
        for start in range(first or 1, (last or 0) + 1, STEP):
            cursor.execute(MARK, [start, start + STEP - 1])


class Migration(migrations.Migration):
    atomic = False  # each step is committed: nobody waits for longer than it takes

    dependencies = [("accounts", "0034_phone_is_claim")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
