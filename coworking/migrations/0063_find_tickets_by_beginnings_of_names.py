"""An index by the beginnings of names instead of one by trigrams."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from olvery.shared.tables import BuildIndex

# The beginnings that an index has of a name, each behind its location. Their lengths are `BEGINNINGS` in
# `olvery/shared/search.py`; whoever changes them builds the indexes anew.
BEGINNINGS = """
CREATE OR REPLACE FUNCTION coworking_name_beginnings(location bigint, name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
RETURN (
    SELECT array_agg(location::text || ' ' || left(word, length))
    FROM unnest(string_to_array(btrim(name), ' ')) AS word, unnest(ARRAY[1, 2, 3, 5, 8]) AS length
    WHERE length <= length(word)
);
"""
BEGINNINGS_BACK = "DROP FUNCTION coworking_name_beginnings(bigint, text);"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("coworking", "0008_squashed_0062_guard_settings")]

    operations = [
        migrations.RunSQL(BEGINNINGS, BEGINNINGS_BACK),
        BuildIndex(
            "ticket",
            GinIndex(
                models.Func(
                    "location",
                    "name_key",
                    function="coworking_name_beginnings",
                    output_field=ArrayField(models.TextField()),
                ),
                name="ticket_name_beginnings",
            ),
        ),
        # Of an expression there are no statistics before.
        migrations.RunSQL("ANALYZE coworking_ticket", migrations.RunSQL.noop),
        RemoveIndexConcurrently("ticket", "ticket_name_trigrams"),
    ]
