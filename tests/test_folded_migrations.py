"""Databases from before the migrations were squashed keep working; one that stopped within them is refused."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from olvery.shared.folding import lacking

Name = tuple[str, str]


def old_names() -> dict[str, list[Name]]:
    """Return the names of the squashed migrations of each app, in order."""
    loader = MigrationLoader(None)
    names = sorted(name for migration in loader.replacements.values() for name in migration.replaces)
    assert len(names) == len(set(names))
    assert not set(names) & set(loader.disk_migrations)
    return {app: list(of_app) for app, of_app in groupby(names, itemgetter(0))}


def test_no_old_name_is_forgotten() -> None:
    assert {app: len(names) for app, names in old_names().items()} == {"accounts": 38, "coworking": 62, "orders": 110}


def beginnings() -> Iterator[list[Name]]:
    """Yield the state of a database that stopped after each migration of each app, except the last."""
    for names in old_names().values():
        for count in range(1, len(names)):
            yield names[:count]


def test_wherever_a_database_has_stopped_it_is_seen() -> None:
    loader = MigrationLoader(None)
    assert lacking(loader) == 0
    loader.applied_migrations = dict.fromkeys(name for names in old_names().values() for name in names)
    assert lacking(loader) == 0
    for names in beginnings():
        loader.applied_migrations = dict.fromkeys(names)
        assert lacking(loader) > 0, names[-1]


def test_a_new_database_that_was_interrupted_goes_on() -> None:
    loader = MigrationLoader(None)
    for migration in loader.replacements.values():
        loader.applied_migrations.update(dict.fromkeys(migration.replaces))
        assert lacking(loader) == 0, migration


@pytest.fixture
def _before_the_fold(db: None) -> None:
    """Make the database look as if only the old migrations had been applied."""
    folded = [name for _app, name in MigrationLoader(None).replacements]
    MigrationRecorder(connection).migration_qs.filter(name__in=folded).delete()


@pytest.mark.usefixtures("_before_the_fold")
def test_a_database_that_has_the_old_migrations_is_migrated(client: Client) -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert client.get("/readyz").status_code == 200


@pytest.mark.usefixtures("_before_the_fold")
@pytest.mark.parametrize("app", ["accounts", "coworking", "orders"])
def test_a_database_that_lacks_the_last_of_the_old_migrations_is_refused(app: str, client: Client) -> None:
    recorded = MigrationRecorder(connection).migration_qs
    assert recorded.filter(app=app, name=old_names()[app][-1][1]).delete()[0] == 1
    before = set(recorded.values_list("app", "name"))

    with pytest.raises(CommandError, match="stopped within migrations that are folded"):
        call_command("migrate", verbosity=0)

    assert set(recorded.values_list("app", "name")) == before
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"migrations are not applied")
