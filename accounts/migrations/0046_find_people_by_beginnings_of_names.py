"""An index by the beginnings of names instead of one by trigrams."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from olvery.shared.tables import BuildIndex

# The beginnings that the index has of a name. Their lengths are `BEGINNINGS` in `olvery/shared/search.py`; whoever
# changes them builds the index anew.
NAME_BEGINNINGS = """
CREATE OR REPLACE FUNCTION accounts_name_beginnings(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
RETURN (
    SELECT array_agg(left(word, length))
    FROM unnest(string_to_array(btrim(name), ' ')) AS word, unnest(ARRAY[1, 2, 3, 5, 8]) AS length
    WHERE length <= length(word)
);
"""
NAME_BEGINNINGS_BACK = "DROP FUNCTION accounts_name_beginnings(text);"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0045_forget_names_in_the_log_of_admin")]

    operations = [
        migrations.RunSQL(NAME_BEGINNINGS, NAME_BEGINNINGS_BACK),
        BuildIndex(
            "user",
            GinIndex(
                models.Func(
                    "name_key", function="accounts_name_beginnings", output_field=ArrayField(models.TextField())
                ),
                name="user_name_beginnings",
            ),
        ),
        # Of an expression there are no statistics before.
        migrations.RunSQL("ANALYZE accounts_user", migrations.RunSQL.noop),
        RemoveIndexConcurrently("user", "user_name_trigrams"),
    ]
