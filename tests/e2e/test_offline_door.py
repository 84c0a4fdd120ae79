"""The door loses its network: it works with the cached list, and sends its scans once the network is back."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.domain import ticket_codes
from coworking.models import Ticket, TicketStatus, Visit
from olvery.shared.periods import Period
from orders.models import OfflineScan
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_order
from tests.moments import NOW, hours

MINUTE = timedelta(minutes=1)
FIELD = "[name=q]:not([type=hidden])"
KEPT = "страница работает и без сети"
FORGOTTEN = """async () => {
  const { readList } = await import("/static/js/door-store.js");
  for (let tries = 200; tries; tries -= 1) {
    if (!await readList() && !await caches.has("door-page")) return true;
    await new Promise((resolve) => { setTimeout(resolve, 25); });
  }
  return false;
}"""
HOLD_THE_STORE = """() => new Promise((resolve) => {
  const request = indexedDB.open("door", 1);
  request.onsuccess = () => {
    const scans = request.result.transaction("scans", "readwrite").objectStore("scans");
    let isHeld = true;
    const goOn = () => {
      if (isHeld) scans.count().onsuccess = goOn;
      else setTimeout(() => request.result.close());
    };
    globalThis.letGo = () => { isHeld = false; };
    goOn();
    resolve();
  };
})"""
AWAY = ("net::ERR_INTERNET_DISCONNECTED", "htmx:sendError")


def make_tickets(desk: Desk, count: int) -> list[Ticket]:
    """Save tickets that are valid until noon."""
    until_noon = Period(NOW, hours("10", "12").start.replace(day=24, hour=12))
    tariff = desk.open_space.tariffs.get(name="Час")
    for _n in range(count):
        make_order(tariff=tariff, customer=desk.caller, by=desk.manager, payment_method="invoice")
    Ticket.objects.update(period=until_noon, occupied=until_noon)
    return list(Ticket.objects.select_related("service__location").order_by("pk"))


def lose_network(door: Page, live_server: LiveServer) -> None:
    """Open the door's page, and disconnect the network once it has cached what it needs."""
    door.goto(f"{live_server.url}/manage/check-in/")
    expect(door.locator("#door-kept")).to_contain_text(KEPT)
    door.context.set_offline(True)
    expect(door.locator("#door-network")).to_contain_text("Без сети")


def read(page: Page, text: str) -> None:
    page.locator(FIELD).fill(text)
    page.keyboard.press("Enter")


@pytest.fixture
def door(page: Page, live_server: LiveServer, desk: Desk) -> Page:
    """The door's page on a phone; it has cached what it needs."""
    sign_in(page, desk.manager, live_server.url)
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def test_the_door_goes_on_without_network(door: Page, live_server: LiveServer, desk: Desk, troubles: list[str]) -> None:
    by_code, by_name, cancelled, passed_on = make_tickets(desk, 4)
    Ticket.objects.filter(pk=passed_on.pk).update(visitor=desk.manager)
    door.goto(f"{live_server.url}/manage/check-in/")
    expect(door.locator("#door-kept")).to_contain_text(KEPT)
    door.context.set_offline(True)
    door.reload()
    word, banner = door.locator("#scan h1"), door.locator("#door-network")
    expect(banner).to_contain_text("Без сети")
    door.keyboard.press("Escape")

    code = ticket_codes.code_of(by_code)
    read(door, code[:-4] + ("A" if code[-4] != "A" else "B") + code[-3:])
    expect(word).to_have_text("Код изменён")
    expect(door.locator("[data-let-in], [data-ask-first]")).to_have_count(0)

    read(door, ticket_codes.code_of(passed_on))
    expect(word).to_have_text("Билет передан")
    expect(door.locator("[data-let-in], [data-ask-first]")).to_have_count(0)

    read(door, code)
    expect(word).to_have_text("Проверить не можем")
    expect(door.locator(".pass")).to_contain_text(str(by_code.pk))
    door.get_by_role("button", name="Впустить без проверки").click()
    expect(word).to_have_text("Впустили без проверки")
    read(door, code)
    expect(word).to_have_text("Уже здесь")

    read(door, by_name.visitor_name.split()[0])
    expect(word).to_have_text("Кто пришёл?")
    door.locator(f"[data-choose='{cancelled.pk}']").click()
    door.get_by_role("button", name="Впустить без проверки").click()

    read(door, "999999")
    expect(door.locator(".unknown p")).to_have_text("Нет сети, и в сохранённом списке такого билета нет")
    door.get_by_role("button", name="Впустить без проверки…").click()
    door.get_by_role("dialog").get_by_role("button", name="Впустить").last.click()
    expect(banner).to_contain_text("ждут отправки: 3")
    assert door.locator("html").evaluate("element => element.scrollWidth") <= 390

    door.reload()
    expect(banner).to_contain_text("ждут отправки: 3")
    read(door, by_name.code)
    expect(word).to_have_text("Проверить не можем")
    assert Visit.objects.count() == 0
    Ticket.objects.filter(pk=cancelled.pk).update(status=TicketStatus.CANCELLED)
    door.context.set_offline(False)
    expect(door.locator("#to-settle li")).to_have_count(2)
    expect(door.locator("#to-settle")).to_contain_text("Билет отменили")
    expect(door.locator("#door-queue")).to_be_hidden()
    expect(banner).to_be_empty()
    expect(word).to_have_text("Можно впустить")
    assert list(Visit.objects.values_list("ticket", "source")) == [(by_code.pk, "code")]
    assert OfflineScan.objects.count() == 3
    assert [trouble for trouble in troubles if not any(one in trouble for one in AWAY)] == []


def test_a_ticket_whose_place_was_released_is_not_said_to_be_over(
    door: Page, live_server: LiveServer, desk: Desk
) -> None:
    released, used = make_tickets(desk, 2)
    Ticket.objects.filter(pk=released.pk).update(status=TicketStatus.NO_SHOW)
    Ticket.objects.filter(pk=used.pk).update(status=TicketStatus.USED)
    lose_network(door, live_server)
    for ticket in (released, used):
        read(door, ticket.code)
        expect(door.locator(".pass")).to_contain_text(str(ticket.pk))
        expect(door.locator("#scan h1")).to_have_text("Место отдано")


def test_a_code_read_while_the_last_scan_is_still_being_stored_is_not_lost(
    door: Page, live_server: LiveServer, desk: Desk
) -> None:
    (ticket,) = make_tickets(desk, 1)
    lose_network(door, live_server)
    read(door, ticket.code)
    expect(door.locator("#scan h1")).to_have_text("Проверить не можем")

    door.evaluate(HOLD_THE_STORE)
    door.get_by_role("button", name="Впустить без проверки").click()
    door.locator(FIELD).fill("999999")
    door.evaluate("letGo()")
    expect(door.locator("#scan h1")).to_have_text("Впустили без проверки")
    expect(door.locator(FIELD)).to_have_value("999999")

    door.evaluate(HOLD_THE_STORE)
    door.keyboard.press("Enter")
    expect(door.locator(FIELD)).to_have_value("")
    read(door, ticket.code)
    door.evaluate("letGo()")
    expect(door.locator("#scan h1")).to_have_text("Уже здесь")


def test_a_code_that_is_typed_while_the_last_one_is_checked_at_last_is_not_lost(
    door: Page, live_server: LiveServer, desk: Desk
) -> None:
    first, second = make_tickets(desk, 2)
    lose_network(door, live_server)
    read(door, first.code)
    expect(door.locator("#scan h1")).to_have_text("Проверить не можем")
    held: list[Route] = []
    door.route("**/check-in/?q=*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes to it
    with door.expect_request("**/check-in/?q=*"):
        door.context.set_offline(False)
    door.keyboard.type(second.code[:4])
    with door.expect_response("**/check-in/?q=*"):
        held[0].continue_()
    door.evaluate("new Promise(setTimeout)")
    door.keyboard.type(f"{second.code[4:]}\n")
    expect(door.locator("#scan h1")).to_have_text("Проходите")
    assert Visit.objects.get().ticket == second


def test_a_scan_is_of_its_moment_also_where_the_clock_of_the_device_is_set_right(
    door: Page, live_server: LiveServer, desk: Desk
) -> None:
    """Whoever was let in then is here also when the network is lost again."""
    (ticket,) = make_tickets(desk, 1)
    door.add_init_script("Date.ours = Date.now; Date.now = () => Date.ours() - 3 * 3_600_000")
    lose_network(door, live_server)
    read(door, ticket.code)
    door.get_by_role("button", name="Впустить без проверки").click()
    queue = door.locator("#door-queue")
    expect(queue).to_contain_text(f"{NOW.astimezone(desk.open_space.location.zone):%H:%M}")
    door.evaluate("Date.now = Date.ours")
    door.context.set_offline(False)
    expect(queue).to_be_hidden()
    assert abs(Visit.objects.get().arrived_at - NOW) < MINUTE
    door.context.set_offline(True)
    expect(door.locator("#door-network")).to_contain_text("Без сети")
    read(door, ticket.code)
    expect(door.locator("#scan h1")).to_have_text("Уже здесь")


def test_scans_before_and_after_the_clock_is_set_right_are_sent_in_their_order(
    door: Page, live_server: LiveServer, desk: Desk
) -> None:
    (ticket,) = make_tickets(desk, 1)
    door.add_init_script("Date.ours = Date.now; Date.now = () => Date.ours() + 3 * 3_600_000")
    door.goto(f"{live_server.url}/manage/check-in/")
    expect(door.locator("#door-kept")).to_contain_text(KEPT)
    banner = door.locator("#door-network")
    door.context.set_offline(True)
    expect(banner).to_contain_text("Без сети")
    read(door, ticket.code)
    door.get_by_role("button", name="Впустить без проверки").click()
    expect(banner).to_contain_text("ждут отправки: 1")

    # The network is back for as long as it takes to set the clock and to fetch the list.
    door.evaluate("Date.now = Date.ours")
    door.route("**/check-in/scans/", lambda route: route.abort())
    with door.expect_event("requestfailed", lambda request: request.url.endswith("/scans/")):
        door.context.set_offline(False)
    door.context.set_offline(True)
    door.unroute_all(behavior="wait")
    door.locator("[name=do][value=out]").check(force=True)
    read(door, ticket.code)
    door.get_by_role("button", name="Записать уход").click()
    expect(banner).to_contain_text("ждут отправки: 2")
    door.context.set_offline(False)
    expect(door.locator("#door-queue")).to_be_hidden()
    assert list(OfflineScan.objects.order_by("pk").values_list("is_leaving", "reason")) == [(False, ""), (True, "")]
    visit = Visit.objects.get()
    assert visit.left_at
    assert NOW - MINUTE < visit.arrived_at < min(visit.left_at, NOW + MINUTE)


def test_signing_out_leaves_no_list_on_the_device(door: Page, live_server: LiveServer, desk: Desk) -> None:
    make_tickets(desk, 1)
    door.goto(f"{live_server.url}/manage/check-in/")
    expect(door.locator("#door-kept")).to_contain_text(KEPT)
    door.context.clear_cookies()
    door.goto(f"{live_server.url}/manage/check-in/")
    expect(door).to_have_url(f"{live_server.url}/accounts/login/?next=/manage/check-in/")
    assert door.evaluate(FORGOTTEN)
