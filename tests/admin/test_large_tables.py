"""Lists of very many rows in Django admin: counted up to a limit."""

import re

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import Ticket
from olvery.shared import paging
from orders.models import Order
from tests.admin.conftest import Rows
from tests.admin.pages import address
from tests.factories import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def test_rows_are_counted_up_to_a_limit(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED", 1)
    told = []
    for _number in range(2):
        make_order()
        with CaptureQueriesContext(connection) as captured:
            page = support.get(address(Order, "changelist")).text
        told.append(" ".join(page.split('class="paginator">')[1].split("</p>")[0].split()))
        counts = [query["sql"] for query in captured if "COUNT(*)" in query["sql"]]
        assert [sql for sql in counts if "LIMIT 2" not in sql] == []

    assert told == ["Всего: 1", "Всего: 1 +"]


@pytest.mark.parametrize("model", [Order, Ticket])
def test_no_list_offers_to_count_the_rows_of_each_choice(support: Client, rows: Rows, model: type[Model]) -> None:
    assert "_facets" not in support.get(address(model, "changelist")).text


def test_the_search_is_labelled_in_words(support: Client) -> None:
    page = support.get(address(Order, "changelist"), {"q": "петров"}).text
    assert re.findall(r'<label [^>]*for="searchbar">(.*?)</label>', page) == ["Поиск"]
    assert 'alt="Search"' not in page
