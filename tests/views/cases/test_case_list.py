"""«Сверка денег»: the lines, their actions, and the count in the menu."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils.html import escape

from accounts.models import Membership, Role, User
from olvery.shared.periods import DAY, local_days
from orders.domain.money.cases import settle_case
from orders.domain.money.facts import Drift, Reply
from orders.domain.money.ledger import lower_cost
from orders.domain.online.sweep import sweep
from orders.letters.compose import compose
from orders.models import CaseKind, Message, MoneyCase, Order, PaymentAttempt, Refund
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.moments import MOSCOW, NOW, TUESDAY, hours, moment
from tests.orders.steps import pay, press_pay, send_all
from tests.snapshots import saved_rows
from tests.views.cases.desk import DESK, HTMX, MINUTE, actions, add_case, headings, notices
from tests.views.order.asking import plain
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


DRIFT = Drift(Decimal("1.00"), Decimal("2.00"))


# Lines


def test_without_cases_everything_adds_up(client: Client, manager: User) -> None:
    page = client.get(DESK).content.decode()
    assert "Всё сходится" in page
    assert "сверено с ЮKassa" not in page


def test_a_case_says_what_happened_to_whom_and_since_when(client: Client, manager: User, order: Order) -> None:
    Order.objects.update(period=hours("6", "8", TUESDAY))
    add_case("debt", order, amount=Decimal(600), minutes_ago=30)
    page = client.get(DESK).content.decode()
    for words in (
        "Услуга оказана, но не оплачена",
        f"Заказ {order.number}",
        order.customer_name,
        "аренда закончилась сегодня\u00a0в\u00a008:00",
        "600\u00a0₽",
        "сегодня\u00a0в\u00a008:30",
    ):
        assert words in page


def test_a_case_says_when_as_people_do(client: Client, manager: User, order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    PaymentAttempt.objects.update(created_at=NOW - 5 * MINUTE, settled_at=NOW - MINUTE)
    Order.objects.update(
        deadline_at=moment("2026-11-24 00:00"), period=local_days(TUESDAY - DAY, TUESDAY - DAY, MOSCOW)
    )
    for kind in ("late_payment", "duplicate", "external_refund", "payment_stuck", "debt"):
        add_case(kind, order, attempt=attempt, minutes_ago=3)
    said = [row.words.replace("\u00a0", " ") for row in client.get(DESK).context["rows"]]
    assert sorted(said) == [
        "аренда закончилась вчера",
        "возвращено мимо Olvery сегодня в 08:57",
        "ещё один платёж сегодня в 08:59, заказ уже был оплачен",
        "начат сегодня в 08:55, не оплачен и не отменён",
        "оплачено сегодня в 08:59, срок был вчера в 24:00",
    ]


def test_cases_come_newest_first_page_by_page(client: Client, manager: User, order: Order) -> None:
    cases = [add_case("debt", order, minutes_ago=n) for n in range(35)]
    first = client.get(DESK).context
    assert [row.case for row in first["rows"]] == cases[:30]
    assert first["count"] == 35
    second = client.get(DESK, {"after": first["page"].older}).context
    assert [row.case for row in second["rows"]] == cases[30:]


def test_a_desk_shows_its_own_location_and_what_belongs_to_no_order(client: Client, manager: User) -> None:
    add_case("debt", make_order())
    add_case("misconfigured")
    assert headings(client) == ["ЮKassa не принимает наш ключ"]


def test_the_desk_shows_the_location_worked_at_now(client: Client, manager: User, order: Order) -> None:
    other = make_order()
    Membership.objects.create(user=manager, location=other.location, role=Role.RENTAL_MANAGER)
    add_case("debt", order)
    mine = add_case("refund_due", other, amount=Decimal(1))
    client.post("/switch/location/", {"location": other.location_id})
    assert [row.case for row in client.get(DESK).context["rows"]] == [mine]


ACTIONS = {
    "late_payment": "",
    "duplicate": "",
    "mismatch": "/manage/money/{case}/check/",
    "external_refund": "",
    "refund_failed": "/manage/money/{case}/refund/",
    "unknown_outcome": "/manage/money/{case}/check/",
    "payment_stuck": "/manage/money/{case}/check/",
    "refund_stuck": "/manage/money/{case}/check/",
    "receipt_failed": "/manage/money/{case}/check/",
    "misconfigured": "/manage/money/{case}/send/",
    "unknown_payment": "/manage/money/{case}/check/",
    "refund_due": "/manage/orders/{order}/refund/",
    "debt": "/manage/orders/{order}/payments/new/",
    "debt_overdue": "/manage/orders/{order}/payments/new/",
    "drift": "/manage/money/{case}/check/",
}


def test_only_what_a_second_person_decides_has_other_actions() -> None:
    assert set(ACTIONS) == {*CaseKind.values} - {CaseKind.APPROVAL}


def test_every_kind_has_its_one_action_and_can_be_settled(client: Client, manager: User, order: Order) -> None:
    for kind, action in ACTIONS.items():
        with transaction.atomic():
            case = add_case(kind, order, amount=Decimal(100), facts=DRIFT)
            page = read(client.get(DESK))
            wanted = action.format(case=case.pk, order=order.number)
            assert actions(page) == ({wanted} if wanted else set()), kind
            assert f"/manage/money/{case.pk}/settle/" in page.links(), kind
            transaction.set_rollback(True)


def test_no_code_of_the_provider_is_a_heading(
    client: Client, manager: User, order: Order, gateway: FakeGateway
) -> None:
    attempt = pay(order, gateway)
    failed = Refund.objects.create(
        attempt=attempt, amount=Decimal(100), source="staff", status="canceled", cancel_reason="rejected_by_payee"
    )
    add_case("refund_failed", order, refund=failed, amount=failed.amount, facts=Reply(code="rejected_by_payee"))
    page = client.get(DESK).content.decode()
    assert "получатель отклонил перевод" in page
    assert "rejected_by_payee" not in page
    MoneyCase.objects.update(amount=None)
    answer = client.get(DESK)
    told = "получатель отклонил перевод; 100 ₽ пошли на долг по заказу, сообщите заказчику"
    assert told in plain(answer.content.decode())
    assert actions(read(answer)) == set()


def test_a_provider_text_is_shown_as_text(client: Client, manager: User, order: Order) -> None:
    add_case("refund_failed", order, facts=Reply(text="400: <b>invalid_request</b>"))
    assert escape("400: <b>invalid_request</b>") in client.get(DESK).content.decode()


def test_the_moment_of_the_last_sweep_is_shown(
    client: Client, manager: User, order: Order, gateway: FakeGateway
) -> None:
    sweep(gateway, at=NOW - 25 * MINUTE)
    assert "сверено с ЮKassa сегодня\u00a0в\u00a008:35" in client.get(DESK).content.decode()


def test_settled_lines_say_who_when_and_how(client: Client, manager: User, order: Order) -> None:
    by_hand, by_itself = add_case("debt", order), add_case("drift", order, facts=DRIFT)
    settle_case(by_hand, resolution="Отдал наличными", by=manager, at=NOW)
    MoneyCase.objects.filter(pk=by_itself.pk).update(closed_at=NOW - MINUTE)
    add_case("late_payment", order)
    page = client.get(DESK, {"view": "settled"})
    assert [row.case for row in page.context["rows"]] == [by_hand, by_itself]
    text = page.content.decode()
    assert f"{manager.short_name}, сегодня\u00a0в\u00a009:00: «Отдал наличными»" in text
    assert "сошлось само сегодня\u00a0в\u00a008:59" in text
    assert actions(read(page)) == set()


# The count in the menu


def test_the_menu_counts_open_cases(client: Client, manager: User, order: Order) -> None:
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


def test_checking_again_tells_what_came_of_it(
    client: Client, manager: User, order: Order, gateway: FakeGateway
) -> None:
    attempt = press_pay(order, gateway)
    case = add_case("payment_stuck", order, attempt=attempt, amount=attempt.amount)
    address = f"/manage/money/{case.pk}/check/"
    assert notices(client, address) == ["Ничего не изменилось. ЮKassa отвечает: ждём оплату."]
    gateway.pay(attempt.provider_id or "")
    assert notices(client, address) == ["Теперь сходится. ЮKassa отвечает: оплачен."]
    assert Order.objects.get().status == "confirmed"
    assert notices(client, address) == ["Это уже решено. Обновите страницу."]


def test_a_failed_refund_is_returned_again_by_one_press(
    client: Client, manager: User, order: Order, gateway: FakeGateway
) -> None:
    attempt = pay(order, gateway)
    lower_cost(Order.objects.get(pk=order.pk), Decimal(600), reason="Уступка")
    failed = Refund.objects.create(attempt=attempt, amount=Decimal(600), source="staff", status="canceled")
    case = add_case("refund_failed", order, refund=failed, amount=failed.amount)
    address = f"/manage/money/{case.pk}/refund/"
    dialog = client.get(address)
    page = plain(dialog.content.decode())
    assert f"600 ₽ по заказу {order.number} уйдут через ЮKassa туда, откуда пришли." in page
    assert Refund.objects.count() == 1  # asked for, not done
    assert notices(client, address) == ["Возврат 600\u00a0₽ запрошен ещё раз."]
    assert notices(client, address) == ["Это уже решено. Обновите страницу."]
    send_all(gateway)
    assert list(Refund.objects.order_by("pk").values_list("status", flat=True)) == ["canceled", "succeeded"]
    letter, shown = compose(Message.objects.filter(kind="refunded").latest("pk")), dialog.context["letter"]
    assert (shown.subject, shown.body) == (letter.subject, str(letter.body).strip())


def test_what_waits_for_the_key_is_sent_when_it_is_right(
    client: Client, manager: User, order: Order, gateway: FakeGateway
) -> None:
    case = add_case("misconfigured")
    address = f"/manage/money/{case.pk}/send/"
    assert notices(client, address) == ["ЮKassa принимает наш ключ. Отправляем 0 запросов."]
    assert MoneyCase.objects.open().count() == 0


@pytest.mark.parametrize("action", ["check", "refund", "send"])
def test_an_action_that_does_not_fit_the_case_changes_nothing(
    client: Client, manager: User, order: Order, gateway: FakeGateway, action: str
) -> None:
    case = add_case("debt", order)
    before = saved_rows()
    assert len(notices(client, f"/manage/money/{case.pk}/{action}/")) == 1
    assert saved_rows() == before
    assert gateway.journal == []


@pytest.mark.parametrize("action", ["check", "refund", "send"])
def test_a_press_carried_on_after_a_new_sign_in_does_nothing(
    client: Client, manager: User, order: Order, gateway: FakeGateway, action: str
) -> None:
    case = add_case({"check": "payment_stuck", "refund": "refund_failed", "send": "misconfigured"}[action], order)
    before = saved_rows()
    answer = client.post(f"/manage/money/{case.pk}/{action}/", {"action": "refresh"}, follow=True)
    assert "нажмите ещё раз" in answer.content.decode()
    assert saved_rows() == before
    assert gateway.journal == []


def test_without_a_shop_the_buttons_say_so(client: Client, manager: User, order: Order, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    case = add_case("payment_stuck", order)
    assert notices(client, f"/manage/money/{case.pk}/check/") == ["Магазин ЮKassa ещё не подключён."]


def test_a_case_is_settled_with_a_note(client: Client, manager: User, order: Order) -> None:
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


def test_a_case_that_somebody_else_settled_keeps_what_was_typed(client: Client, manager: User, order: Order) -> None:
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
    assert "Пока ничего не сделано" in answer.content.decode()


def test_cases_of_another_location_are_not_found(client: Client, manager: User) -> None:
    case = add_case("refund_failed", make_order())
    before = saved_rows()
    for action in ("check", "refund", "send", "settle"):
        assert client.post(f"/manage/money/{case.pk}/{action}/", {"resolution": "Чужое"}).status_code == 404
    assert client.get(f"/manage/money/{case.pk}/settle/").status_code == 404
    assert saved_rows() == before
