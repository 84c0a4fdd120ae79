"""«Сверка денег»: the lines, their actions, the day, and its spreadsheet."""

import io
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Membership, Role, User
from coworking.models import Location, PaymentMethod, Tariff
from orders.domain import desk
from orders.domain.cases import open_case, settle_case
from orders.domain.reconciliation import day_report, sweep
from orders.gateways.fake import FakeGateway
from orders.models import CaseKind, MoneyCase, Order, Payment, Refund
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import NOW, TUESDAY
from tests.payments.steps import pay, press_pay, refund, send_all
from tests.snapshots import saved_rows
from tests.views.pages import Page, read
from tests.views.test_exports import NS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

DESK, DAY, EXPORT = "/manage/money/", "/manage/money/day/", "/manage/money/export/"
HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_ENVIRONMENT = "100500", "test"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(client: Client, location: Location) -> User:
    manager = make_manager(location=location)
    client.force_login(manager)
    return manager


@pytest.fixture
def tariff(location: Location) -> Tariff:
    return make_tariff(service=make_pool(location=location, name="Опен-спейс", capacity=100), price="300")


@pytest.fixture
def order(tariff: Tariff, manager: User) -> Order:
    """600 ₽, to be paid online."""
    return make_order(tariff=tariff, by=manager, payment_method="online")


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """The provider in memory, as the views reach it."""
    till = FakeGateway(now=timezone.now)
    monkeypatch.setattr("orders.views.order_page.gateway", lambda: till)
    yield till
    cache.clear()


def add_case(kind: str, order: Order | None = None, *, minutes_ago: int = 0, **fields: Any) -> MoneyCase:
    """Open a case."""
    fields.setdefault("subject", str(uuid.uuid4()))
    open_case(CaseKind(kind), at=NOW - minutes_ago * MINUTE, order=order, **fields)
    return MoneyCase.objects.get(subject=fields["subject"])


def headings(client: Client, query: str = "") -> list[str]:
    """Return what the lines say in bold, in their order."""
    lines = client.get(f"{DESK}{query}").context["lines"]
    return [str(line.case.kind_choice.label) for line in lines]


def notices(client: Client, address: str) -> list[str]:
    """Press a button and return the notices of the page that follows."""
    answer = client.post(address, follow=True)
    assert answer.redirect_chain == [(DESK, 302)]
    return [str(message) for message in answer.context["messages"]]


def actions(page: Page) -> set[str]:
    """Return where buttons and dialogs of the lines lead, past «Разобрано…»."""
    posts = {form.attrs["action"] for form in page.forms if "/money/" in form.attrs.get("action", "")}
    links = {link for link in page.links() if link.endswith(("/refund/", "/payments/new/"))}
    return posts | links


# Lines


def test_without_lines_everything_adds_up(client: Client, manager: User) -> None:
    page = client.get(DESK).content.decode()
    assert "Всё сходится" in page
    assert "сверено с ЮKassa" not in page


def test_a_line_says_what_happened_to_whom_and_since_when(client: Client, manager: User, order: Order) -> None:
    add_case("debt", order, amount=Decimal(600), minutes_ago=30)
    page = client.get(DESK).content.decode()
    for words in (
        "Услуга оказана, но не оплачена",
        f"Заказ {order.number}",
        order.customer_name,
        "аренда закончилась 25 ноября в 12:00",
        "600\u00a0₽",
        "сегодня в 08:30",
    ):
        assert words in page


def test_lines_come_newest_first_page_by_page(client: Client, manager: User, order: Order) -> None:
    cases = [add_case("debt", order, minutes_ago=n) for n in range(35)]
    first = client.get(DESK).context
    assert [line.case for line in first["lines"]] == cases[:30]
    assert first["count"] == 35
    second = client.get(DESK, {"after": first["page"].older}).context
    assert [line.case for line in second["lines"]] == cases[30:]


def test_a_desk_shows_its_own_location_and_what_belongs_to_no_order(client: Client, manager: User) -> None:
    add_case("debt", make_order())
    add_case("misconfigured")
    assert headings(client) == ["ЮKassa не принимает наш ключ"]


def test_of_two_locations_the_desk_shows_the_one_worked_at_now(client: Client, manager: User, order: Order) -> None:
    other = make_order()
    Membership.objects.create(user=manager, location=other.location, role=Role.RENTAL_MANAGER)
    add_case("debt", order)
    mine = add_case("to_return", other, amount=Decimal(1))
    client.post("/switch/location/", {"location": other.location_id})
    assert [line.case for line in client.get(DESK).context["lines"]] == [mine]


ACTIONS = {
    "late_payment": "",
    "duplicate": "",
    "mismatch": "/manage/money/{case}/check/",
    "external_refund": "",
    "refund_failed": "/manage/money/{case}/refund/",
    "unknown_outcome": "/manage/money/{case}/check/",
    "payment_stuck": "/manage/money/{case}/check/",
    "refund_stuck": "/manage/money/{case}/check/",
    "receipt_failed": "",
    "misconfigured": "/manage/money/{case}/send/",
    "unknown_payment": "/manage/money/{case}/check/",
    "to_return": "/manage/orders/{order}/refund/",
    "debt": "/manage/orders/{order}/payments/new/",
    "drift": "/manage/money/{case}/check/",
}


@pytest.mark.parametrize("kind", CaseKind.values)
def test_every_kind_has_its_one_action_and_can_be_settled(
    client: Client, manager: User, order: Order, kind: str
) -> None:
    case = add_case(kind, order, amount=Decimal(100), details="1.00 / 2.00")
    page = read(client.get(DESK))
    wanted = ACTIONS[kind].format(case=case.pk, order=order.number)
    assert actions(page) == ({wanted} if wanted else set())
    assert f"/manage/money/{case.pk}/settle/" in page.links()


def test_no_code_of_the_provider_is_a_heading(client: Client, manager: User, order: Order, till: FakeGateway) -> None:
    payment = pay(order, till)
    failed = Refund.objects.create(
        payment=payment, amount=Decimal(100), source="staff", status="canceled", cancel_reason="rejected_by_payee"
    )
    add_case("refund_failed", order, refund=failed, amount=failed.amount, details="rejected_by_payee")
    page = client.get(DESK).content.decode()
    assert "получатель отклонил перевод" in page
    assert "rejected_by_payee" not in page


def test_a_provider_text_is_shown_as_text(client: Client, manager: User, order: Order) -> None:
    add_case("refund_failed", order, details="400: <b>invalid_request</b>")
    assert escape("400: <b>invalid_request</b>") in client.get(DESK).content.decode()


def test_the_moment_of_the_last_sweep_is_shown(client: Client, manager: User, order: Order, till: FakeGateway) -> None:
    sweep(till, at=NOW - 25 * MINUTE)
    assert "сверено с ЮKassa сегодня в 08:35" in client.get(DESK).content.decode()


def test_settled_lines_say_who_when_and_how(client: Client, manager: User, order: Order) -> None:
    by_hand, by_itself = add_case("debt", order), add_case("drift", order, details="1.00 / 2.00")
    settle_case(by_hand, resolution="Отдал наличными", by=manager, at=NOW)
    MoneyCase.objects.filter(pk=by_itself.pk).update(closed_at=NOW - MINUTE)
    add_case("late_payment", order)
    page = client.get(DESK, {"view": "settled"})
    assert [line.case for line in page.context["lines"]] == [by_hand, by_itself]
    text = page.content.decode()
    assert f"{manager.short_name}, сегодня в 09:00: «Отдал наличными»" in text
    assert "сошлось само сегодня в 08:59" in text
    assert actions(read(page)) == set()


# The count in the menu


def test_the_menu_counts_open_lines(client: Client, manager: User, order: Order) -> None:
    assert client.get(f"{DESK}count/", headers=HTMX).content.decode().strip() == ""
    for _ in range(2):
        add_case("debt", order)
    add_case("debt", make_order())
    text = client.get(f"{DESK}count/", headers=HTMX).content.decode()
    assert ">2<" in text
    assert "расхождения" in text


def test_the_menu_counts_no_further_than_it_shows(client: Client, manager: User, order: Order) -> None:
    for _ in range(100):
        add_case("debt", order)
    assert ">99+<" in client.get(f"{DESK}count/", headers=HTMX).content.decode()


def test_the_menu_offers_the_desk_to_managers_only(client: Client, order: Order) -> None:
    assert DESK in read(client.get("/manage/orders/")).links()
    client.force_login(order.customer)
    assert DESK not in read(client.get("/my/orders/")).links()


# Actions


def test_checking_again_tells_what_came_of_it(client: Client, manager: User, order: Order, till: FakeGateway) -> None:
    payment = press_pay(order, till)
    case = add_case("payment_stuck", order, payment=payment, amount=payment.amount)
    address = f"/manage/money/{case.pk}/check/"
    assert notices(client, address) == ["Ничего не изменилось. ЮKassa отвечает: ждём оплату."]
    till.pay(payment.provider_id or "")
    assert notices(client, address) == ["Теперь сходится. ЮKassa отвечает: оплачен."]
    assert Order.objects.get().status == "confirmed"
    assert notices(client, address) == ["Это уже решено. Обновите страницу."]


def test_a_failed_refund_is_returned_again_by_one_press(
    client: Client, manager: User, order: Order, till: FakeGateway
) -> None:
    payment = pay(order, till)
    failed = Refund.objects.create(payment=payment, amount=Decimal(600), source="staff", status="canceled")
    case = add_case("refund_failed", order, refund=failed, amount=failed.amount)
    address = f"/manage/money/{case.pk}/refund/"
    assert notices(client, address) == ["Возврат запрошен ещё раз."]
    assert notices(client, address) == ["Это уже решено. Обновите страницу."]
    send_all(till)
    assert list(Refund.objects.order_by("pk").values_list("status", flat=True)) == ["canceled", "succeeded"]


def test_what_waits_for_the_key_is_sent_when_it_is_right(
    client: Client, manager: User, order: Order, till: FakeGateway
) -> None:
    case = add_case("misconfigured")
    address = f"/manage/money/{case.pk}/send/"
    assert notices(client, address) == ["ЮKassa принимает наш ключ. Отправляем 0 запросов."]
    assert MoneyCase.objects.open().count() == 0


@pytest.mark.parametrize("action", ["check", "refund", "send"])
def test_an_action_that_does_not_fit_the_line_changes_nothing(
    client: Client, manager: User, order: Order, till: FakeGateway, action: str
) -> None:
    case = add_case("debt", order)
    before = saved_rows()
    assert len(notices(client, f"/manage/money/{case.pk}/{action}/")) == 1
    assert saved_rows() == before
    assert till.journal == []


@pytest.mark.parametrize("action", ["check", "refund", "send"])
def test_a_press_carried_on_after_a_new_sign_in_does_nothing(
    client: Client, manager: User, order: Order, till: FakeGateway, action: str
) -> None:
    case = add_case({"check": "payment_stuck", "refund": "refund_failed", "send": "misconfigured"}[action], order)
    before = saved_rows()
    answer = client.post(f"/manage/money/{case.pk}/{action}/", {"action": "refresh"}, follow=True)
    assert "нажмите ещё раз" in answer.content.decode()
    assert saved_rows() == before
    assert till.journal == []


def test_without_a_shop_the_buttons_say_so(client: Client, manager: User, order: Order, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    case = add_case("payment_stuck", order)
    assert notices(client, f"/manage/money/{case.pk}/check/") == ["Магазин ЮKassa ещё не подключён."]


def test_a_line_is_settled_with_a_note(client: Client, manager: User, order: Order) -> None:
    case = add_case("debt", order, amount=Decimal(600))
    address = f"/manage/money/{case.pk}/settle/"
    assert "Как разобрались?" in client.get(address).content.decode()
    assert "<html" not in client.get(address, headers=HTMX).content.decode()

    answer = client.post(address, {"resolution": " Списали "})
    assert (answer.status_code, answer.headers["Location"]) == (302, DESK)
    case.refresh_from_db()
    assert (case.closed_at, case.closed_by, case.resolution) == (NOW, manager, "Списали")


def test_settling_in_the_dialog_opens_the_desk_anew(client: Client, manager: User, order: Order) -> None:
    case = add_case("debt", order)
    answer = client.post(f"/manage/money/{case.pk}/settle/", {"resolution": "Списали"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == DESK


def test_without_a_note_the_dialog_stays(client: Client, manager: User, order: Order) -> None:
    case = add_case("debt", order)
    before = saved_rows()
    answer = client.post(f"/manage/money/{case.pk}/settle/", {"resolution": "  "})
    assert answer.status_code == 422
    assert "Напишите, как решили." in answer.content.decode()
    assert saved_rows() == before


def test_a_line_that_somebody_else_settled_keeps_what_was_typed(client: Client, manager: User, order: Order) -> None:
    case = add_case("debt", order)
    settle_case(case, resolution="Списали", by=manager, at=NOW)
    answer = client.post(f"/manage/money/{case.pk}/settle/", {"resolution": "Заплатили <всё>"})
    assert answer.status_code == 422
    assert escape("Заплатили <всё>") in answer.content.decode()
    assert "Это уже решено" in answer.content.decode()
    assert MoneyCase.objects.get().resolution == "Списали"


def test_a_note_carried_on_after_a_new_sign_in_is_asked_for_again(client: Client, manager: User, order: Order) -> None:
    case = add_case("debt", order)
    answer = client.post(f"/manage/money/{case.pk}/settle/", {"resolution": "Списали", "action": "refresh"})
    assert (answer.status_code, MoneyCase.objects.open().count()) == (200, 1)
    assert "Списали" in answer.content.decode()


def test_lines_of_another_location_are_not_found(client: Client, manager: User) -> None:
    case = add_case("refund_failed", make_order())
    before = saved_rows()
    for action in ("check", "refund", "send", "settle"):
        assert client.post(f"/manage/money/{case.pk}/{action}/", {"resolution": "Чужое"}).status_code == 404
    assert client.get(f"/manage/money/{case.pk}/settle/").status_code == 404
    assert saved_rows() == before


# The day


@pytest.fixture
def busy_day(tariff: Tariff, manager: User, order: Order, till: FakeGateway) -> list[Order]:
    """Money of every method, a refund and a correction."""
    pay(order, till)
    refund(order, till, "100", by=manager)
    send_all(till)
    others = [make_order(tariff=tariff, by=manager) for _ in range(2)]
    for other, method in zip(others, (PaymentMethod.ON_SITE, PaymentMethod.INVOICE), strict=True):
        entry = desk.take_payment(
            other.pk,
            Decimal("600.00"),
            method=method,
            moved_at=NOW - MINUTE,
            document="=118",
            token=uuid.uuid4(),
            by=manager,
            at=NOW,
        )
    desk.correct_entry(entry.pk, Decimal("550.50"), reason="Опечатка", token=uuid.uuid4(), by=manager, at=NOW)
    return [order, *others]


def test_the_day_lists_every_movement_and_their_totals(client: Client, busy_day: list[Order]) -> None:
    page = client.get(DAY)
    report = page.context["report"]
    assert {entry.order for entry in report.entries} == set(busy_day)
    assert report.total.net == Decimal("1650.50")
    text = page.content.decode()
    for words in ("Вторник, 24 ноября 2026", "1\u00a0650,50\u00a0₽", "−49,50\u00a0₽", "Опечатка", "−100\u00a0₽"):
        assert words in text
    assert f"{EXPORT}?on=2026-11-24" in read(page).links()


def test_the_desk_shows_today_in_figures(client: Client, busy_day: list[Order], tariff: Tariff, manager: User) -> None:
    waiting = make_order(tariff=tariff, by=manager, payment_method="online")
    text = client.get(DESK).content.decode()
    for words in ("Оплачено онлайн", "Принято на месте", "Поступило по счетам", "Ждём по ссылкам", "1\u00a0заказ"):
        assert words in text
    assert waiting.pay_by is not None
    assert "ближайший срок завтра в 09:00" in text
    assert "1\u00a0650,50\u00a0₽" in text


@pytest.mark.parametrize(
    ("asked", "shown", "neighbours"),
    [
        ("", "2026-11-24", ("2026-11-23", "2026-11-25")),
        ("2026-03-01", "2026-03-01", ("2026-02-28", "2026-03-02")),
        ("01.03.2026", "2026-11-24", ("2026-11-23", "2026-11-25")),
        ("9999-12-31", "2026-11-24", ("2026-11-23", "2026-11-25")),
        ("0001-01-01", "2026-11-24", ("2026-11-23", "2026-11-25")),
    ],
)
def test_days_follow_one_another(
    client: Client, manager: User, asked: str, shown: str, neighbours: tuple[str, str]
) -> None:
    page = client.get(DAY, {"on": asked})
    assert page.context["report"].day.isoformat() == shown
    assert {f"?on={day}" for day in neighbours} <= set(read(page).links())
    assert "В этот день деньги не двигались" in page.content.decode()


def test_a_movement_written_down_later_says_so(client: Client, order: Order, manager: User) -> None:
    desk.take_payment(
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
    [(DESK, 8), (f"{DESK}?view=settled", 8), (f"{DESK}count/", 3), (DAY, 4), (EXPORT, 3)],
)
def test_a_page_takes_as_many_queries_for_three_lines_as_for_one(
    client: Client, manager: User, tariff: Tariff, till: FakeGateway, url: str, most: int
) -> None:
    def add_line() -> None:
        order = make_order(tariff=tariff, by=manager, payment_method="online")
        payment = pay(order, till)
        refund(order, till, "100", by=manager)
        add_case("late_payment", order, payment=payment, refund=Refund.objects.get(payment=payment))
        closed = add_case("duplicate", order, payment=Payment.objects.get(pk=payment.pk))
        settle_case(closed, resolution="Так", by=manager, at=NOW)

    add_line()
    client.get(DESK)
    one = queries(client, url)
    add_line()
    add_line()
    assert queries(client, url) == one <= most
