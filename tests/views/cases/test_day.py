"""The money of a day, its spreadsheet, and how much all pages of the desk read."""

import io
import uuid
import zipfile
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coworking.models import Location, PaymentMethod, Tariff
from orders.domain.desk import cash
from orders.domain.money.cases import settle_case
from orders.domain.queries.day import day_report
from orders.models import Order, PaymentAttempt, Refund
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, TUESDAY
from tests.orders.steps import pay, refund, send_all
from tests.views.cases.desk import DAY, DESK, EXPORT, HTMX, MINUTE, add_case
from tests.views.lists.test_exports import NS
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


# The day


@pytest.fixture
def busy_day(tariff: Tariff, manager: User, order: Order, gateway: FakeGateway) -> list[Order]:
    """Money of every method, a refund and a correction."""
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    others = [make_order(tariff=tariff, by=manager) for _ in range(2)]
    for other, method in zip(others, (PaymentMethod.ON_SITE, PaymentMethod.INVOICE), strict=True):
        entry = cash.take_payment(
            other.pk,
            Decimal("600.00"),
            method=method,
            moved_at=NOW - MINUTE,
            document="=118",
            token=uuid.uuid4(),
            by=manager,
            at=NOW,
        )
    cash.correct_entry(entry.pk, Decimal("550.50"), reason="Опечатка", token=uuid.uuid4(), by=manager, at=NOW)
    return [order, *others]


def test_the_day_lists_every_movement_and_their_totals(client: Client, busy_day: list[Order]) -> None:
    page = client.get(DAY)
    report = page.context["report"]
    assert {entry.order for entry in report.entries} == set(busy_day)
    assert report.total.net == Decimal("1650.50")
    text = page.content.decode()
    for words in ("Вторник, 24\u00a0ноября 2026", "1\u00a0650,50\u00a0₽", "−49,50\u00a0₽", "Опечатка", "−100\u00a0₽"):
        assert words in text
    assert f"{EXPORT}?on=2026-11-24" in read(page).links()


def test_the_desk_shows_today_in_figures(client: Client, busy_day: list[Order], tariff: Tariff, manager: User) -> None:
    waiting = make_order(tariff=tariff, by=manager, payment_method="online")
    text = client.get(DESK).content.decode()
    for words in ("Оплачено онлайн", "Принято на месте", "Поступило по счетам", "Ждём по ссылкам", "1\u00a0заказ"):
        assert words in text
    assert waiting.deadline_at is not None
    assert "ближайший срок завтра\u00a0в\u00a009:00" in text
    assert "1\u00a0650,50\u00a0₽" in text


@pytest.mark.parametrize(
    ("asked", "shown", "neighbours"),
    [
        ("", "2026-11-24", {"2026-11-23"}),
        ("2026-03-01", "2026-03-01", {"2026-02-28", "2026-03-02"}),
        ("01.03.2026", "2026-03-01", {"2026-02-28", "2026-03-02"}),
        ("пн", "2026-11-23", {"2026-11-22", "2026-11-24"}),
        ("9999-12-31", "2026-11-24", {"2026-11-23"}),
        ("0001-01-01", "2026-11-24", {"2026-11-23"}),
        ("2026-11-25", "2026-11-25", {"2026-11-24"}),
    ],
)
def test_days_follow_one_another(client: Client, manager: User, asked: str, shown: str, neighbours: set[str]) -> None:
    page = client.get(DAY, {"on": asked})
    assert page.context["report"].day.isoformat() == shown
    assert {link for link in read(page).links() if link.startswith("?on=")} == {f"?on={day}" for day in neighbours}
    assert "В этот день деньги не двигались" in page.content.decode()
    assert ("не означает дня" in page.content.decode()) == asked.startswith(("9999", "0001"))


def test_a_movement_written_down_later_says_so(client: Client, order: Order, manager: User) -> None:
    cash.take_payment(
        order.pk,
        Decimal(600),
        method=PaymentMethod.INVOICE,
        moved_at=NOW - timedelta(days=2),
        document="118",
        token=uuid.uuid4(),
        by=manager,
        at=NOW,
    )
    assert "записано 24.11.2026" in client.get(DAY, {"on": "2026-11-22"}).content.decode()
    assert client.get(DAY).context["report"].entries == []


# The spreadsheet


def sheet(content: bytes, number: int) -> list[list[str | float]]:
    """Return the cells of a sheet: texts as texts, numbers as numbers."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings: list[str] = []
        if "xl/sharedStrings.xml" in book.namelist():
            root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            strings = ["".join(text.itertext()) for text in root.findall("x:si", NS)]
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    rows: list[list[str | float]] = []
    for row in root.findall(".//x:row", NS):
        values: dict[str, str | float] = {}
        for cell in row.findall("x:c", NS):
            assert cell.find("x:f", NS) is None, "a formula"
            value, column = cell.findtext("x:v", "", NS), cell.get("r", "").rstrip("0123456789")
            inline = "".join(text.text or "" for text in cell.findall(".//x:t", NS))
            values[column] = strings[int(value)] if cell.get("t") == "s" else float(value) if value else inline
        rows.append([values.get(column, "") for column in "ABCDEFGHIJ"[: max(map(len, [values, *rows]))]])
    return rows


def test_the_spreadsheet_is_the_ledger_of_the_day(client: Client, busy_day: list[Order], location: Location) -> None:
    answer = client.get(EXPORT, {"on": "2026-11-24"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="money-2026-11-24.xlsx"'
    report = day_report(location, TUESDAY)
    head, *rows = sheet(answer.content, 1)
    at = {title: column for column, title in enumerate(head)}
    found = [
        (row[at["Заказ"]], row[at["Что"]], row[at["Способ оплаты"]], row[at["Сумма"]], row[at["Документ"]])
        for row in rows
    ]
    assert found == [
        (entry.order_id, entry.get_kind_display(), entry.get_method_display(), float(entry.amount), entry.document)
        for entry in report.entries
    ]
    assert len(found) == 5
    assert sum(row[3] for row in found if isinstance(row[3], float)) == float(report.total.net)

    head, *rows = sheet(answer.content, 2)
    assert head == [
        "Способ оплаты",
        "Поступило",
        "Платежей",
        "Возвращено",
        "Возвратов",
        "Исправлено",
        "Осталось",
    ]
    assert rows == [
        ["Онлайн-оплата через ЮKassa", 600, 1, -100, 1, 0, 500],
        ["На месте", 600, 1, 0, 0, 0, 600],
        ["По счёту", 600, 1, 0, 0, -49.5, 550.5],
        ["Итого", 1800, 3, -100, 1, -49.5, 1650.5],
    ]


def test_a_day_without_money_is_an_empty_sheet(client: Client, manager: User) -> None:
    content = client.get(EXPORT, {"on": "2026-11-01"}).content
    assert len(sheet(content, 1)) == 1
    assert sheet(content, 2)[-1][1:] == [0, 0, 0, 0, 0, 0]


# Queries


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as sent:
        assert client.get(url, headers=HTMX if url.endswith("count/") else {}).status_code == 200
    return sum("SAVEPOINT" not in query["sql"] for query in sent)


@pytest.mark.parametrize(
    ("url", "most"),
    [(DESK, 8), (f"{DESK}?view=settled", 8), (f"{DESK}count/", 3), (DAY, 4), (EXPORT, 4)],
)
def test_a_page_takes_as_many_queries_for_three_lines_as_for_one(
    client: Client, manager: User, tariff: Tariff, gateway: FakeGateway, url: str, most: int
) -> None:
    def add_line() -> None:
        order = make_order(tariff=tariff, by=manager, payment_method="online")
        attempt = pay(order, gateway)
        refund(order, gateway, "100", by=manager)
        add_case("late_payment", order, attempt=attempt, refund=Refund.objects.get(attempt=attempt))
        closed = add_case("duplicate", order, attempt=PaymentAttempt.objects.get(pk=attempt.pk))
        settle_case(closed, resolution="Так", by=manager, at=NOW)

    add_line()
    client.get(DESK)
    one = queries(client, url)
    add_line()
    add_line()
    assert queries(client, url) == one <= most
