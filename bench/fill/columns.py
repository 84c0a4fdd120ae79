"""Rows of a model as lines of COPY: the columns come from the model, so a new one with a default needs nothing here."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from olvery.shared.periods import Period

_BLOCK = 1 << 16
_NULL = r"\N"
_READY = {int, str, datetime, Decimal, bool}


class Missing(Exception):
    """A row lacks a column without a default, has an unknown one, or a value that COPY would misread."""


class Rows:
    """Unwritten rows of one model; `left_out` are the fields that the database fills."""

    def __init__(self, model: type[models.Model], *, left_out: tuple[str, ...] = ()) -> None:
        fields = [field for field in model._meta.concrete_fields if field.name not in left_out]
        self.table = model._meta.db_table
        self.columns = ", ".join(f'"{field.column}"' for field in fields)
        self.lines: list[str] = []
        self._fields = {field.attname: field for field in fields}
        self._templates: dict[tuple[str, ...], str] = {}

    def add(self, values: dict[str, Any]) -> None:
        """Add a row of values by attribute name, a foreign key as `…_id`. Raises Missing."""
        names = tuple(values)
        template = self._templates.get(names) or self._template_of(names)
        for name, value in values.items():
            if value.__class__ not in _READY:
                values[name] = _text(value)
        self.lines.append(template % values)

    def write(self, cursor: Any) -> None:
        """Copy the rows to the table and drop them. Raises Missing if a text would be misread."""
        if not self.lines:
            return
        text = "\n".join([*self.lines, ""])
        tabs, ends = len(self.lines) * (len(self._fields) - 1), len(self.lines)
        if (text.count("\t"), text.count("\n"), text.count("\\")) != (tabs, ends, text.count(_NULL)):
            raise Missing(f"{self.table}: a tab, a backslash or the end of a line in a text")
        data = text.encode()
        self.lines.clear()
        with cursor.copy(f'COPY "{self.table}" ({self.columns}) FROM STDIN') as copy:
            for first in range(0, len(data), _BLOCK):
                copy.write(data[first : first + _BLOCK])

    def _template_of(self, names: tuple[str, ...]) -> str:
        """Return a line with a gap for each name, and the default of every other column."""
        if unknown := set(names) - set(self._fields):
            raise Missing(f"{self.table} has no {', '.join(unknown)}")
        parts = [f"%({name})s" if name in names else self._default(name) for name in self._fields]
        return self._templates.setdefault(names, "\t".join(parts))

    def _default(self, name: str) -> str:
        """Return the default of a column as text, if it is the same for every row. Raises Missing."""
        field = self._fields[name]
        if field.default is not models.NOT_PROVIDED and not field.primary_key:
            if isinstance(field, models.JSONField):
                return json.dumps(field.get_default()).replace("%", "%%")
            if isinstance(field, ArrayField):
                return str(_text(tuple(field.get_default()))).replace("%", "%%")
            if not callable(field.default):
                return str(_text(field.default)).replace("%", "%%")
        elif field.null:
            return _NULL
        elif field.blank and field.empty_strings_allowed:
            return ""
        raise Missing(f"{self.table}: {name} is not given")


def _text(value: Any) -> Any:
    """Return a value as COPY reads it. Raises KeyError for a type that nobody has needed yet."""
    if value is None:
        return _NULL
    if isinstance(value, str):
        return str.__str__(value)  # the value of a member, whatever its label
    if value.__class__ in _READY:
        return value
    return _TEXTS[value.__class__](value)


def _json(facts: Mapping[str, Any]) -> str:
    """Write an object of words and whole numbers; json.dumps takes ten times as long."""
    pairs = [f'"{name}": {value if value.__class__ is int else _quoted(value)}' for name, value in facts.items()]
    return "{" + ", ".join(pairs) + "}"


def _quoted(text: str) -> str:
    return f'"{str.__str__(text)}"'


@lru_cache(maxsize=4096)
def _period(period: Period) -> str:
    return f"[{period.start},{period.end})"


_TEXTS: dict[type, Callable[[Any], str]] = {
    Period: _period,
    tuple: lambda values: "{" + ",".join(map(str, values)) + "}",
    dict: _json,
}
