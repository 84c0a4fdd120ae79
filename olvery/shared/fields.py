"""Model fields with rich Python values; to the database and to migrations they are plain columns."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Cast
from django.db.models.query_utils import DeferredAttribute
from psycopg.types.range import Range

from olvery.shared.periods import Period

if TYPE_CHECKING:
    _Range = models.Field[Period | Range[Any], Period]
else:
    _Range = DateTimeRangeField


class PeriodField(_Range):
    """A bounded range of moments that is read as a Period."""

    def deconstruct(self) -> Any:
        """Deconstruct to a range field: a migration sees only the column."""
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
        """Return the range of a period; a range used in a lookup may have only one end."""
        return super().get_prep_value(value.to_range() if isinstance(value, Period) else value)

    def value_to_string(self, obj: Any) -> str:
        """Write the period as a range."""
        copy = type(obj)(**{self.attname: self.value_from_object(obj).to_range()})
        return super().value_to_string(copy)


def _label(value: Any) -> str:
    return str(value.label if isinstance(value, models.TextChoices) else value)


Set = TypeVar("Set")
Choice = TypeVar("Choice", bound=models.TextChoices)

if TYPE_CHECKING:
    _Text = models.CharField[Set, Choice]
else:

    class _Text(Generic[Set, Choice], models.CharField):
        """A text field whose two types the type checker can know."""


class _EnumAttribute(DeferredAttribute):
    """Converts assigned or loaded values to members; anything else is left to validation."""

    field: "EnumField[Any, Any]"

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.member(value)


class EnumField(_Text[Set, Choice]):
    """A text column that is read as a member of an enumeration."""

    descriptor_class = _EnumAttribute

    def __init__(self: "EnumField[Choice | str, Choice]", enum: type[Choice], *args: Any, **kwargs: Any) -> None:
        self.enum = enum
        super().__init__(*args, **{"choices": enum.choices, **kwargs})

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Make `get_…_display` use the member's label; Django's own translates every choice each time."""
        if (display := f"get_{name}_display") not in vars(cls):
            setattr(cls, display, lambda instance: _label(getattr(instance, name)))
        super().contribute_to_class(cls, name, private_only)

    def member(self, value: Any) -> Any:
        """Return the member with this value, or the value itself if there is none."""
        try:
            return self.enum(value)
        except ValueError:
            return value

    def deconstruct(self) -> Any:
        """Deconstruct to a text field with choices: a migration sees only the column."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def clone(self) -> "EnumField[Set, Choice]":
        """Return a copy with the enumeration, which the deconstructed field lacks."""
        _name, _path, args, kwargs = self.deconstruct()
        copy: EnumField[Set, Choice] = type(self)(self.enum, *args, **kwargs)  # type: ignore[assignment]
        return copy

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the member, for queries that read columns instead of rows."""
        return self.member(value)


LARGEST_KEY = 2**63 - 1


@models.Field.register_lookup
class AnyOf(models.Lookup):
    """Any number of keys as one value: `pk__any=keys`."""

    lookup_name, prepare_rhs = "any", False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return `column = ANY(keys)`: a subquery takes PostgreSQL twice as long to plan."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, self.rhs]


def as_bigint(key: int) -> Cast:
    """Cast a key to the type of its column: a GiST index cannot compare its first column with a plain number."""
    return Cast(models.Value(key), models.BigIntegerField())
