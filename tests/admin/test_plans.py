"""Lists, searches and filters of support read by indexes, however many rows there are."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import WaitingWish
from orders.models import ApiRequest, BulkAction, Delivery, LedgerEntry, Pass, PassEntry, PromoCode, PromoUse, Refund
from tests.admin.conftest import Rows
from tests.admin.pages import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LARGE = {
    *("orders_pass", "orders_passentry", "orders_promocode", "orders_promouse", "coworking_waitingwish"),
    *("orders_apirequest", "orders_delivery", "orders_bulkitem", "orders_order", "orders_orderevent"),
    *("orders_waitedorder", "accounts_user", "orders_ledgerentry", "orders_refund", "orders_paymentattempt"),
}
SEARCHES = ("10001", "петров", "петров иван", "89162044821", "petrov@", "осень-10001", "msg_1_1", "olv_12345678")
ASKED: dict[type[Model], tuple[dict[str, Any], ...]] = {
    Pass: ({"location": 1},),
    PassEntry: ({"of_pass": 10001},),
    PromoCode: ({"location": 1},),
    PromoUse: ({"code": 1},),
    WaitingWish: ({"location": 1}, {"in_line": "yes"}),
    ApiRequest: ({"token": 1},),
    Delivery: ({"webhook": 1}, {"undelivered": "waits"}, {"undelivered": "failed"}),
    BulkAction: (),
    LedgerEntry: (),
    Refund: (),
}


# The few rows of a test are read in other ways than millions: these are left where there is an index.
BY_CONDITION = ("seqscan", "indexscan", "indexonlyscan")
BY_ORDER = ("seqscan", "sort", "hashjoin", "mergejoin")


def steps(sql: str, *, without: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the steps by which PostgreSQL would run a query, and their tables, if it can do without some ways."""
    with connection.cursor() as cursor:
        for way in without:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql[sql.index('SELECT') :]}")  # without the limits of a request
        waiting = [cursor.fetchone()[0][0]["Plan"]]
        for way in without:
            cursor.execute(f"SET LOCAL enable_{way} = on")
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        yield node["Node Type"], node.get("Relation Name", "")


def reads_all(sql: str) -> bool:
    """Whether a query has to read a whole large table to find its rows."""
    return any(step == "Seq Scan" and table in LARGE for step, table in steps(sql, without=BY_CONDITION))


def statements(client: Client, model: type[Model], asked: dict[str, Any]) -> list[str]:
    """Return the queries by which a list finds its rows, apart from their order: a few rows are read in any."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(model, "changelist"), asked).status_code == 200
    queries = [query["sql"] for query in captured.captured_queries if "SELECT" in query["sql"]]
    return [sql for sql in queries if "ORDER BY" not in sql and any(f'FROM "{table}"' in sql for table in LARGE)]


@pytest.mark.parametrize("model", ASKED, ids=lambda model: model.__name__)
def test_whatever_is_asked_for_has_an_index(support: Client, rows: Rows, model: type[Model]) -> None:
    for asked in (*({"q": text} for text in SEARCHES), *ASKED[model]):
        run = statements(support, model, asked)
        assert run
        assert [sql for sql in run if reads_all(sql)] == [], asked


@pytest.mark.parametrize("model", ASKED, ids=lambda model: model.__name__)
def test_a_plain_list_reads_its_first_rows_in_the_order_of_an_index(
    support: Client, rows: Rows, model: type[Model]
) -> None:
    with CaptureQueriesContext(connection) as captured:
        support.get(address(model, "changelist"))
    [page] = [query["sql"] for query in captured if f'FROM "{model._meta.db_table}"' in query["sql"]][1:]
    assert "Sort" not in {step for step, _table in steps(f"{page} LIMIT 100", without=BY_ORDER)}


def test_control_a_condition_without_an_index_is_noticed(db: None) -> None:
    assert reads_all(str(Delivery.objects.filter(answer="500").query).replace("500", "'500'"))
