"""The table of the shared cache: rate limits count there, for all processes."""

from django.core.management import call_command
from django.db import migrations


def create_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_roles_and_search")]

    operations = [
        migrations.RunPython(create_table, migrations.RunPython.noop),
    ]
