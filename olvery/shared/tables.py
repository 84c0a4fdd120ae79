"""Operations of migrations: tables made together, indexes built and dropped beside writers, rows nobody rewrites."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField, CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Index


class CreateTables(Operation):
    """Create models together: they may refer to each other, and Django builds its models once, not once a table."""

    def __init__(self, *models: CreateModel) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # While classes are built of the state, each new model has all that are related to it built anew.
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
    """Build an index while others read and write; begun again, it replaces what was left of the first try.

    A build that is broken off leaves an invalid index, and a migration that is not atomic begins with its first
    operation again.
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
    """Drop the index that Django gave a foreign key, or a unique text for LIKE, while others read and write.

    `AlterField` would drop the foreign key with it, and check every row anew. Belongs in a migration that is not
    atomic. The index is looked up by its column: a database from before the fold may know it by another name.
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
    """Let rows be added to a table, and a function refuse all else; `rows` and `truncate` name the triggers."""
    names = {"refusal": refusal, "rows": rows, "truncate": truncate, "table": table}
    return RunSQL(ONLY_GROWS.format(**names), ONLY_GROWS_BACK.format(**names))
