"""Operations of migrations: tables that are made together, and rows that nobody rewrites."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


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
