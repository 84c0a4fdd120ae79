"""The lists as spreadsheets."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coworking.models import Location
from olvery.shared.phones import format_phone
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff, make_user
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(client: Client, location: Location) -> User:
    manager = make_manager(location=location)
    client.force_login(manager)
    return manager


def cells(content: bytes) -> list[list[str]]:
    """Return the texts of a spreadsheet, row by row."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        shared: list[str] = []
        if "xl/sharedStrings.xml" in names:
            root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            shared = ["".join(text.itertext()) for text in root.findall("x:si", NS)]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.findall(".//x:row", NS):
        values = []
        for cell in row.findall("x:c", NS):
            assert cell.find("x:f", NS) is None, "a formula"
            value = cell.findtext("x:v", "", NS)
            inline = "".join(text.text or "" for text in cell.findall(".//x:t", NS))
            values.append(shared[int(value)] if cell.get("t") == "s" else inline or value)
        rows.append(values)
    return rows


def test_the_orders_of_the_filters_are_exported_newest_first(client: Client, manager: User, location: Location) -> None:
    tariff = make_tariff(service=make_pool(location=location, name="Опенспейс"))
    petrov = make_user(last_name="Петров", first_name="=СУММ(А1)")
    first, second = (make_order(tariff=tariff, by=manager, customer=petrov) for _ in range(2))
    make_order(tariff=tariff, by=manager, customer=make_user(last_name="Ким", first_name="Ольга"))
    make_order()  # at another location

    answer = client.get(reverse("orders:export"), {"q": "петров"})
    rows = cells(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="orders-2026-11-24.xlsx"'
    assert [row[0] for row in rows] == ["№", str(second.number), str(first.number)]
    assert rows[1][4] == "Петров =СУММ(А1)"
    assert rows[1][5] == format_phone(petrov.phone).replace("\u00a0", " ")
    assert rows[1][9] == "600.00"


def test_the_tickets_of_the_filters_are_exported(client: Client, manager: User, location: Location) -> None:
    order = make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager, visitor_ids=(None, None))
    rows = cells(client.get(reverse("orders:tickets-export"), {"status": "active"}).content)
    assert [row[-2] for row in rows[1:]] == [str(order.number)] * 2
    assert cells(client.get(reverse("orders:tickets-export"), {"status": "used"}).content) == rows[:1]


def test_an_export_takes_as_many_queries_for_three_rows_as_for_one(
    client: Client, manager: User, location: Location, django_assert_num_queries
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    client.get(reverse("orders:list"))  # the first request after sign-in writes the session
    for _ in range(3):
        make_order(tariff=tariff, by=manager)
        with django_assert_num_queries(5):  # session, person, whether rows are left out, rows, the access log
            client.get(reverse("orders:export"))
        with django_assert_num_queries(5):
            client.get(reverse("orders:tickets-export"))


def test_an_export_that_leaves_rows_out_says_so_on_the_screen_and_in_the_file(
    client: Client, manager: User, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.views.lists.exports.MOST_ROWS", 2)
    tariff = make_tariff(service=make_pool(location=location))
    numbers = [str(make_order(tariff=tariff, by=manager).number) for _ in range(3)]
    for name in ("orders:export", "orders:tickets-export"):
        screen = read(client.get(reverse(name), {"status": ["confirmed", "active"]}))
        assert screen.text["h1"] == ["Не все строки поместятся в файл"]
        download = next(link for link in screen.links() if "newest=1" in link)
        rows = cells(client.get(reverse(name) + download).content)
        assert rows[0] == ["Самые новые строки, не больше 2: более старые не вошли."]
        assert len(rows) == 4
        assert numbers[0] not in [cell for row in rows[2:] for cell in row]
    monkeypatch.setattr("orders.views.lists.exports.MOST_ROWS", 3)
    assert len(cells(client.get(reverse("orders:export")).content)) == 4
