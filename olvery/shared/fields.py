"""Model fields that give what the code works with; to the database, and to migrations, they are plain columns."""

from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from psycopg.types.range import Range

from olvery.shared.periods import Period


class PeriodField(DateTimeRangeField):
    """A range of moments with both ends that is read as a Period."""

    _pyi_private_get_type: Period
    _pyi_private_set_type: Period

    def deconstruct(self) -> Any:
        """Return a range: a migration sees the column, not what the code makes of it."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.contrib.postgres.fields.ranges.DateTimeRangeField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Period | None:
        """Return the period of a range."""
        return None if value is None else Period.from_range(value)

    def to_python(self, value: Any) -> Any:
        """Return the period of a range, as a serializer stores it."""
        read = value if isinstance(value, Period) else super().to_python(value)
        return Period.from_range(read) if isinstance(read, Range) else read

    def get_prep_value(self, value: Any) -> Any:
        """Return the range of a period; a range that somebody looks for may have one end."""
        return super().get_prep_value(value.to_range() if isinstance(value, Period) else value)

    def value_to_string(self, obj: Any) -> str:
        """Write the period as a range."""
        copy = type(obj)(**{self.attname: self.value_from_object(obj).to_range()})
        return super().value_to_string(copy)
