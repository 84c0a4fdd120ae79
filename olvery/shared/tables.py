"""Migration operations: creating tables together, building and dropping indexes concurrently, append-only tables."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField, CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Index


class CreateTables(Operation):
    """Create models together: they may refer to each other, and Django builds its models once, not once per table."""

    def __init__(self, *models: CreateModel) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # While the state has rendered classes, each new model rebuilds all related ones.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create the tables of {', '.join(model.name for model in self.models)}"


class BuildIndex(AddIndexConcurrently):
    """Build an index concurrently; run again, it replaces the remains of a failed attempt.

    An interrupted build leaves an invalid index, and a migration that is not atomic restarts with its first
    operation.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class DropIndexOfField(AlterField):
    """Drop concurrently the index that Django created for a foreign key, or for LIKE on a unique text.

    `AlterField` would drop the foreign key as well, and check every row again. Belongs in a migration that is not
    atomic. The index is found by its column: an older database may have it under another name.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column, named = model._meta.get_field(self.name).column, {index.name for index in model._meta.indexes}
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for name, facts in found.items():
            if facts["columns"] == [column] and facts["index"] and not facts["unique"] and name not in named:
                schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        opclasses = ["varchar_pattern_ops"] if model._meta.get_field(self.name).unique else []
        index = Index(
            name=f"{model._meta.model_name}_{self.name}_of_field"[:30], fields=[self.name], opclasses=opclasses
        )
        schema_editor.execute(index.create_sql(model, schema_editor, concurrently=True))

    def describe(self) -> str:
        return f"Drop the index of {self.name} of {self.model_name}"


ONLY_GROWS = """
CREATE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {refusal}();

CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {refusal}();
"""
ONLY_GROWS_BACK = """
DROP TRIGGER {truncate} ON {table};
DROP TRIGGER {rows} ON {table};
"""


def only_grows(refusal: str, rows: str, truncate: str, table: str) -> RunSQL:
    """Make a table append-only by triggers named `rows` and `truncate`, which call the refusing function."""
    names = {"refusal": refusal, "rows": rows, "truncate": truncate, "table": table}
    return RunSQL(ONLY_GROWS.format(**names), ONLY_GROWS_BACK.format(**names))
