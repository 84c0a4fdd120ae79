from unittest.mock import patch

import pytest
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ModelState, ProjectState

from olvery.shared.tables import CreateTables


def table(name: str, other: str) -> CreateModel:
    """Return a model that refers to another."""
    key = models.BigAutoField(primary_key=True)
    return CreateModel(name, [("id", key), ("other", models.ForeignKey(f"pair.{other}", models.PROTECT))])


def references() -> list[tuple[str, str]]:
    """Return which table refers to which."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid::regclass::text LIKE 'pair%' ORDER BY 1"
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_tables_that_refer_to_each_other_are_made_together_and_taken_back() -> None:
    operation = CreateTables(table("Left", "right"), table("Right", "left"))
    before = ProjectState()
    assert before.apps.all_models == {}  # built, as it is while migrations run
    after = before.clone()
    with patch.object(ModelState, "render", autospec=True, side_effect=ModelState.render) as render:
        operation.state_forwards("pair", after)
        with connection.schema_editor() as editor:
            operation.database_forwards("pair", editor, before, after)
    assert render.call_count == 2
    assert references() == [("pair_left", "pair_right"), ("pair_right", "pair_left")]

    with connection.schema_editor() as editor:
        operation.database_backwards("pair", editor, after, before)
    assert references() == []
