"""Statements equal those of Django's own compiler, with less work."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql import compiler as of_django
from django.db.models import Count, Exists, Expression, F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Col
from django.db.models.functions import Lower, Random

from coworking.models import Service, Ticket
from olvery.database.compiler import SQLCompiler
from orders.models import Order, OrderEvent, OrderLine

pytestmark = pytest.mark.django_db

LINES = Count("lines")
BY_NAMES = {
    "a name": Ticket.objects.order_by("-period", "number"),
    "the key": Ticket.objects.order_by("pk"),
    "of another model": Ticket.objects.select_related("service__location").order_by("service__location__name"),
    "as that model is ordered": OrderLine.objects.order_by("ticket__service"),
    "as the model is ordered": Service.objects.all(),
    "the other way round": Service.objects.reverse(),
    "F()": Order.objects.order_by(F("deadline_at").desc(nulls_last=True), F("number")),
    "what is counted": Order.objects.annotate(n=LINES).order_by("-n", F("n"), "number"),
    "what stands after others": Order.objects.values("status", "total").annotate(n=LINES).order_by("n", "status"),
    "its own alias": Order.objects.values("number", when=F("deadline_at")).order_by("when"),
    "a lookup": Order.objects.order_by("period__startswith"),
    "one of each": Ticket.objects.order_by("service", "number").distinct("service"),
    "a few": Ticket.objects.order_by("number")[5:10],
    "nothing": Ticket.objects.order_by(),
}
OTHERWISE = {
    "an expression": Order.objects.order_by(Lower("customer_name"), "number"),
    "one that is selected": Order.objects.annotate(key=Lower("customer_name")).order_by(Lower("customer_name").desc()),
    "a question": Order.objects.order_by(Exists(OrderLine.objects.filter(order=OuterRef("pk")))),
    "by chance": Order.objects.order_by(Random()),
    "two together": Order.objects.values("number").union(Ticket.objects.values("number")).order_by("-number"),
    "two of one model": Order.objects.filter(total=0).union(Order.objects.filter(total=1)).order_by("number"),
}
COLUMNS = {
    **{f"all of {model._meta.label}": model._default_manager.all() for model in apps.get_models()},
    "of joined tables": Ticket.objects.select_related("service__location", "tariff"),
    "of one table joined twice": OrderEvent.objects.select_related("by", "order__customer", "order__created_by"),
    "with an annotation": Order.objects.annotate(n=LINES),
    "a few of them": Order.objects.only("total"),
    "all but a few": Order.objects.defer("total"),
    "a few of a joined table": Ticket.objects.select_related("service").only("number", "service__name"),
    "as values": Order.objects.values("number", "customer__last_name"),
    "beside what is written by hand": Order.objects.extra(select={"one": "1"}),
    "of rows that are locked": Ticket.objects.select_related("service").select_for_update(of=("self",)),
    "of a query within another one": Order.objects.filter(
        pk__in=Subquery(Order.objects.filter(customer=OuterRef("customer")).order_by("number").values("pk")[:1])
    ),
}


def written(compiler: type[Any], queryset: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    sql, params = compiler(queryset.query.clone(), connection, None).as_sql()
    return sql, tuple(params)


def read_by(compiler: type[Any], queryset: QuerySet[Any]) -> dict[int, list[Any]]:
    made = compiler(queryset.query.clone(), connection, None)
    made.as_sql()
    converters = made.get_converters(one for one, _sql, _alias in made.select)
    return {position: found for position, (found, _expression) in converters.items()}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Expression]:
    """Collect what is hashed."""
    found, hash_of = list[Expression](), Expression.__hash__

    def noted(expression: Expression) -> int:
        found.append(expression)
        return hash_of(expression)

    monkeypatch.setattr(Expression, "__hash__", noted)
    return found


def test_statements_are_those_of_django() -> None:
    everything = BY_NAMES | OTHERWISE
    assert {name: written(SQLCompiler, queryset) for name, queryset in everything.items()} == {
        name: written(of_django.SQLCompiler, queryset) for name, queryset in everything.items()
    }


def test_columns_are_those_of_django_however_often_they_are_written() -> None:
    of_others = {name: written(of_django.SQLCompiler, queryset) for name, queryset in COLUMNS.items()}
    for _time in range(2):
        assert {name: written(SQLCompiler, queryset) for name, queryset in COLUMNS.items()} == of_others


def test_columns_are_read_as_django_reads_them() -> None:
    of_others = {name: read_by(of_django.SQLCompiler, queryset) for name, queryset in COLUMNS.items()}
    assert of_others["of joined tables"]  # periods
    for _time in range(2):
        assert {name: read_by(SQLCompiler, queryset) for name, queryset in COLUMNS.items()} == of_others


def test_columns_of_rows_are_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found, compiled = list[Any](), SQLCompiler.compile
    written(SQLCompiler, Order.objects.all())
    monkeypatch.setattr(SQLCompiler, "compile", lambda self, node: found.append(node) or compiled(self, node))
    written(SQLCompiler, Order.objects.all())
    assert [node for node in found if isinstance(node, Col)] == []

    written(SQLCompiler, Order.objects.defer("total"))  # control
    assert len([node for node in found if isinstance(node, Col)]) > 20


def test_ordering_by_names_hashes_no_column(hashed: list[Expression]) -> None:
    queryset = BY_NAMES["of another model"]
    written(SQLCompiler, queryset)
    assert hashed == []

    written(of_django.SQLCompiler, queryset)  # control
    assert len(hashed) > 20


def test_every_connection_compiles_so() -> None:
    assert isinstance(Ticket.objects.order_by("pk").query.get_compiler(connection=connection), SQLCompiler)
