"""Working in a list by keys alone: ticking rows, and coming back to the one that was opened; its menus."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.domain.rules import When
from olvery.demo.pictures import ROW
from olvery.shared.periods import DAY
from orders.domain.money.cases import open_case
from orders.models import CaseKind, Order, OrderStatus
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.moments import FRIDAY

BAR = ".bulk"


def add_orders(desk: Desk, count: int) -> list[Order]:
    """Save orders for Friday, newest first."""
    tariff = desk.open_space.tariffs.get(unit="day")
    orders = [
        make_order(tariff=tariff, customer=desk.caller, by=desk.manager, when=When(day=FRIDAY)) for _ in range(count)
    ]
    return orders[::-1]


def test_rows_are_ticked_by_keys_and_their_orders_cancelled(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    first, second, third = add_orders(desk, 3)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/")
    expect(page.locator(BAR)).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("[data-ticked]")).to_have_text("Отмечено: 2")
    page.get_by_role("button", name="Отменить…").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Причина").fill("Ремонт")
    page.get_by_role("button", name="Отменить заказы").press("Enter")
    expect(page.locator("#result")).to_contain_text("Сделано: 2 из 2")
    states = [Order.objects.get(pk=order.pk).status for order in (first, second, third)]
    assert states == [OrderStatus.CANCELLED, OrderStatus.CONFIRMED, OrderStatus.CANCELLED]
    assert troubles == []


def test_tickets_are_ticked_by_keys_and_cancelled_once_the_letter_is_seen(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    orders = add_orders(desk, 2)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/coworking/tickets/")
    for key in ("j", "x", "j", "Space"):
        page.keyboard.press(key)
    expect(page.locator("[data-ticked]")).to_have_text("Отмечено: 2")
    page.get_by_role("button", name="Отменить…").press("Enter")
    page.wait_for_url("**/bulk/**")
    page.get_by_label("Причина").fill("Ремонт")
    letter = page.get_by_role("link", name="показать письмо").first
    letter.press("Enter")
    expect(page.locator("#dialog")).to_contain_text("Причина: Ремонт")
    page.keyboard.press("Escape")
    expect(letter).to_be_focused()  # until then Enter would open it once more
    page.get_by_role("button", name="Отменить билеты").press("Enter")
    expect(page.locator("#result")).to_contain_text("Сделано: 2 из 2")
    assert {Order.objects.get(pk=order.pk).status for order in orders} == {OrderStatus.CANCELLED}
    assert troubles == []


def test_back_from_an_order_leads_to_its_row_in_the_list_as_it_was(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    orders = add_orders(desk, 8)
    page.set_viewport_size({"width": 1440, "height": 400})
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/")
    expect(page.locator(ROW)).to_have_count(len(orders))
    page.locator("#q").fill("Петров")
    page.wait_for_url("**q=%D0%9F*")
    row = page.get_by_role("link", name=str(orders[-1].pk), exact=True)
    for way in (page.go_back, page.locator(".crumbs a").last.click):
        row.click()
        page.wait_for_url(f"**/{orders[-1].pk}/")
        page.keyboard.press("e")
        expect(page.locator("#change-day")).to_be_focused()
        page.keyboard.press("Escape")
        way()
        page.wait_for_url("**q=%D0%9F*")
        expect(row).to_be_focused()
        expect(row).to_be_in_viewport()
    assert troubles == []


@pytest.mark.parametrize("address", ["/manage/orders/", "/manage/coworking/tickets/"])
def test_the_customer_goes_from_the_filters_once_unticked(
    address: str, page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    add_orders(desk, 2)
    make_order(tariff=desk.open_space.tariffs.get(unit="day"), by=desk.manager, when=When(day=FRIDAY))
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}{address}?customer={desk.caller.pk}")
    customer = page.locator(".filter", has_text=desk.caller.last_name)
    page.locator(".filter", has_text="Сегодня").click()
    page.wait_for_url("**today=*")
    expect(page.locator(ROW)).to_have_count(0)
    expect(customer).to_be_visible()
    page.locator(".filter", has_text="Сегодня").click()
    expect(page.locator(ROW)).to_have_count(2)
    customer.click()
    expect(page.locator(ROW)).to_have_count(3)
    expect(customer).to_be_hidden()
    assert "customer=" not in page.url
    page.go_back()
    expect(page.locator(ROW)).to_have_count(2)
    expect(customer.locator("input")).to_be_checked()
    assert troubles == []


def test_a_filter_that_is_unticked_looks_unset(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/?today=1&status=confirmed&by=manager")
    today, status = page.locator(".filter", has_text="Сегодня"), page.locator("[popovertarget=f-status]")
    made = page.locator("[popovertarget=f-more]")
    for chosen in (today, status, made):
        expect(chosen).to_have_css("border-style", "solid")
    today.click()
    status.click()
    page.locator("#f-status input:checked").click()
    page.keyboard.press("Escape")
    made.click()
    page.locator("#f-more [name=by]").click()
    for chosen in (today, status, made):
        expect(chosen).to_have_css("border-style", "dashed")
    assert troubles == []


def test_menus_come_when_they_are_pointed_at_each_by_itself_and_once(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/")
    asked, held = list[str](), list[Route]()
    page.route(re.compile("/choices/"), lambda route: (asked.append(route.request.url), held.append(route)))
    for name in ("status", "payment", "method"):
        page.locator(f"[popovertarget=f-{name}]").hover()
    page.locator("[popovertarget=f-status]").click()
    page.wait_for_function("document.querySelectorAll('a.htmx-request').length === 3")
    expect(page.locator("body.htmx-request")).to_have_count(0)
    for route in held:
        route.continue_()
    for name in ("status", "payment", "method"):
        expect(page.locator(f"#f-{name} input").first).to_be_attached()
    page.locator("[popovertarget=f-status]").hover()
    assert (len(asked), page.url) == (3, f"{live_server.url}/manage/orders/")
    assert troubles == []


def test_a_dialog_that_has_saved_leaves_the_focus_where_the_work_goes_on(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    orders = add_orders(desk, 3)
    for order in orders:
        open_case(CaseKind.LATE_PAYMENT, at=timezone.now(), order=order)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/{orders[0].pk}/")
    page.keyboard.press("e")
    expect(page.locator("#change-day")).to_be_focused()
    page.keyboard.type(f"{FRIDAY - DAY:%d.%m.%Y}")
    expect(page.locator("#dialog")).to_contain_text("→ 26.11.2026")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Бронь изменена.")
    expect(page.get_by_role("link", name="Изменить…")).to_be_focused()

    page.goto(f"{live_server.url}/manage/money/")
    page.get_by_role("link", name="Разобрано…").nth(1).press("Enter")
    page.locator("#resolution").fill("Договорились")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cases li")).to_have_count(2)
    expect(page.locator(".cases li").nth(1).locator(":focus")).to_have_count(1)
    assert troubles == []
