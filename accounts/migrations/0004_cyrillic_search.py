"""Refuse a database whose LC_CTYPE gives pg_trgm no trigrams for Russian text."""

from django.db import migrations

REFUSE = """
DO $$ BEGIN
    IF cardinality(show_trgm('привет')) = 0 THEN
        RAISE EXCEPTION 'pg_trgm finds no trigrams in Russian text: create the database with LC_CTYPE C.UTF-8';
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_shared_cache")]

    operations = [migrations.RunSQL(REFUSE, migrations.RunSQL.noop)]
