"""A customer passes a ticket on and shares a booking, on a phone."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Ticket
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.e2e.test_screens import axe
from tests.factories import make_order


def test_a_customer_passes_a_ticket_on_takes_it_back_and_shares_the_booking(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    tariff = desk.quiet_zone.tariffs.get(name="Час")
    order = make_order(tariff=tariff, customer=desk.caller, by=desk.manager, payment_method="invoice")
    page.set_viewport_size({"width": 390, "height": 844})

    def is_fine() -> None:
        assert axe(page) == []
        assert page.locator("html").evaluate("page => page.scrollWidth") <= 390

    sign_in(page, desk.caller, live_server.url)
    page.goto(f"{live_server.url}/my/orders/{order.pk}/")
    page.get_by_role("link", name="Передать", exact=True).click()
    expect(page.get_by_label("Фамилия")).to_be_visible()
    is_fine()
    page.get_by_label("Фамилия").focus()  # the rest only by keyboard
    for text in ("Орлова", "Мария", "8 916 700-00-77"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    address = page.get_by_label("Ссылка для нового посетителя").input_value()
    assert Ticket.objects.get().visitor_name == "Орлова Мария"
    is_fine()
    page.get_by_role("button", name="Забрать билет обратно").click()
    expect(page.locator("main")).to_contain_text("Посетитель: Петров Иван")

    page.get_by_role("link", name="Поделиться бронированием").click()
    page.get_by_label("Показать и код для входа").check()
    page.get_by_role("button", name="Создать ссылку").click()
    shared = page.get_by_label("Ссылка на бронирование").input_value()
    is_fine()
    assert shared != address
    path = shared.removeprefix(shared.partition("/booking/")[0])
    page.goto(f"{live_server.url}{path}")
    expect(page.get_by_role("img", name="QR")).to_be_visible()
    is_fine()
    assert troubles == []
