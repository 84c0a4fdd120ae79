"""Lists of very many rows in Django admin: counted up to a limit, and no way to secrets."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import Ticket
from olvery.shared import paging
from orders.models import Order, PaymentLink
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


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (PaymentLink, "token__startswith"),
        (Ticket, "code__startswith"),
        (Order, "form_token__gt"),
        (Authenticator, "data__contains"),
    ],
)
def test_no_address_finds_out_a_secret_letter_by_letter(
    support: Client, rows: Rows, model: type[Model], lookup: str
) -> None:
    assert support.get(address(model, "changelist"), {lookup: "a"}).status_code == 400


def test_filters_go_on_being_asked_by_address(support: Client, rows: Rows) -> None:
    order = make_order()
    for asked in (f"status__exact={order.status}", "method=on_site", f"location__id__exact={order.location_id}"):
        listed = support.get(f"{address(Order, 'changelist')}?{asked}")
        assert listed.status_code == 200
        assert list(listed.context["cl"].result_list)[:1] == [order]


def test_the_search_is_labelled_in_words(support: Client) -> None:
    page = support.get(address(Order, "changelist"), {"q": "петров"}).text
    assert re.findall(r'<label [^>]*for="searchbar">(.*?)</label>', page) == ["Поиск"]
    assert 'alt="Search"' not in page
