"""System checks: what would work silently wrong."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def trigrams_know_cyrillic(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database whose LC_CTYPE gives pg_trgm no trigrams for Russian text.

    Under `C` and under PostgreSQL's built-in locales the search for people would lose its index.
    """
    found: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone() is None:
                continue
            cursor.execute("SELECT cardinality(show_trgm('привет'))")
            if not cursor.fetchone()[0]:
                found.append(
                    Error(
                        f"pg_trgm finds no trigrams in Russian text in the database '{alias}'.",
                        hint="Create the database with LC_CTYPE 'C.UTF-8' or 'ru_RU.UTF-8' and encoding UTF8.",
                        id="olvery.E001",
                    )
                )
    return found
