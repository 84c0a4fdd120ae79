"""A case belongs to its order's location: a page reads only the cases of its location."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from coworking.models import Location
from orders.domain.money.cases import cases_of
from orders.models import CaseKind, MoneyCase
from tests.factories import make_order
from tests.moments import NOW

pytestmark = pytest.mark.django_db

ELSEWHERE = 400


@pytest.fixture
def location() -> Location:
    """A location with a case of every kind, open and closed, next to one with hundreds."""
    own, other = make_order(), make_order()
    MoneyCase.objects.bulk_create(
        MoneyCase(kind=CaseKind.DEBT, order=order, provider_id=uuid.uuid4(), opened_at=NOW, closed_at=closed_at)
        for order, count in ((own, 1), (other, ELSEWHERE), (None, 1))
        for _n in range(count)
        for closed_at in (None, NOW)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_moneycase")
    return own.location


def cases_read(rows: QuerySet[MoneyCase]) -> int:
    """Return how many cases PostgreSQL looks at for these."""
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        waiting: list[dict[str, Any]] = [cursor.fetchone()[0][0]["Plan"]]
    read = 0
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node.get("Relation Name") == "orders_moneycase":
            read += int(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return read


@pytest.mark.parametrize(("settled", "newest"), [(False, "-opened_at"), (True, "-closed_at")])
def test_cases_of_a_location_are_read_without_those_of_others(location: Location, settled: bool, newest: str) -> None:
    cases = cases_of(location.pk, settled=settled)
    assert sorted(case.location_id or 0 for case in cases.all()) == [0, location.pk]
    assert cases_read(cases[:100]) == 2
    assert cases_read(cases.order_by(newest, "-pk")[:5]) == 2


def test_control_by_their_orders_the_cases_of_others_are_read_too(location: Location) -> None:
    assert cases_read(MoneyCase.objects.open().filter(Q(order__location=location) | Q(order=None))) > ELSEWHERE


def test_the_database_alone_says_where_a_case_is() -> None:
    order, other = make_order(), make_order()
    case = MoneyCase.objects.create(kind=CaseKind.DEBT, order=order, location=other.location)
    case.refresh_from_db()
    assert case.location == order.location
    MoneyCase.objects.update(location=other.location, opened_at=Now())
    case.refresh_from_db()
    assert case.location == order.location
