"""Sessions from before nobody kept a list of them: «Sign out everywhere» would not find them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_kinds_of_sessions"), ("sessions", "0001_initial")]

    operations = [migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop)]
