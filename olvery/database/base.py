"""PostgreSQL as Django speaks to it, with a compiler of our own."""

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "olvery.database.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """What `ENGINE` of the settings names."""

    ops_class = DatabaseOperations
