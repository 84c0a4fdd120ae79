"""Every screen: accessible in both themes, without complaints of the browser, and light."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Company, CompanyMember, User
from coworking.models import Location, PaymentMethod, Ticket, TicketStatus
from olvery.static_storage import STYLESHEET, without_comments
from orders.domain.online.links import ensure_link
from orders.models import MoneyCase, Order, OrderStatus, PaymentStatus
from tests.e2e.accessible import axe
from tests.e2e.conftest import sign_in
from tests.e2e.desk import Desk
from tests.factories import make_company, make_order, make_pass_tariff

MOST_KILOBYTES = 45
STYLE_KILOBYTES = 24
SCRIPT_KILOBYTES = 12
WIDTHS = (195, 320, 390, 768, 1440)  # the first is a phone at 200 %, the second a window of 1280 at 400 %
OPTION = ".listbox [role=option]"
SCRIPTS = settings.BASE_DIR / "static" / "js"
TICKET_LIST = "/manage/coworking/tickets/"


@pytest.fixture(autouse=True)
def _order(desk: Desk) -> None:
    make_order(tariff=desk.quiet_zone.tariffs.get(unit="hour"), customer=desk.caller, by=desk.manager)


def too_wide(page: Page) -> list[str]:
    """Return the window widths at which something overflows; restore the window afterwards."""
    window, found = page.viewport_size, list[str]()
    assert window
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")  # a locator takes five times as long
        found += [f"{wide} pixels in a window of {width}"] if wide > width else []
    page.set_viewport_size(window)
    return found


def call_at_length(person: User) -> None:
    """Give a person and what they order realistically long names."""
    person.last_name, person.first_name = "Константинопольская-Преображенская", "Александра"
    person.middle_name, person.email = "Константиновна", "aleksandra.konstantinopolskaya@example.com"
    person.save()
    Order.objects.update(customer_name=person.full_name)
    Ticket.objects.update(visitor_name=person.full_name)
    make_company(person, name="Общество с ограниченной ответственностью «Производственное предприятие „Вектор“»")
    CompanyMember.objects.update(is_administrator=True)


def covered(page: Page) -> list[str]:
    """Return what opens its row instead of doing what it says: the link of the row lies over it."""
    return page.evaluate("""() => [...document.querySelectorAll("a, button, input")].filter((one) => {
        const { left, top, width, height } = one.getBoundingClientRect()
        const over = document.elementFromPoint(left + width / 2, top + height / 2)
        return over?.matches(".row-link, [data-list] td:first-child > a") && !over.contains(one)
    }).map((one) => `${one.outerHTML} is covered`)""")


def turning(page: Page) -> list[str]:
    """Return animations that run although nothing is loading: they keep the processor busy even out of sight."""
    moving = "document.getAnimations().filter(one => one instanceof CSSAnimation).map(one => one.animationName)"
    return [f"{name} does not rest" for name in page.evaluate(moving)]


# Messages of the browser on pages that refuse.
REFUSED = "Failed to load resource: the server responded with a status of 40"

MANAGER_SCREENS = (
    "/manage/",
    "/manage/news/",
    "/manage/orders/",
    "/manage/orders/bulk/?do=cancel&pk={order}",
    "/manage/search/?q=константин",
    "/manage/filters/orders/new/?of=status=confirmed",
    "/manage/columns/tickets/",
    "/manage/orders/new/",
    "/manage/orders/{order}/",
    "/manage/orders/{order}/cancel/",
    "/manage/orders/{order}/tickets/new/",
    "/manage/orders/{order}/tickets/{ticket}/change/?end=13:00",
    "/manage/orders/{order}/payments/new/",
    "/manage/orders/{order}/invoices/new/",
    "/manage/orders/{order}/link/",
    "/manage/money/{case}/settle/",
    "/manage/coworking/tickets/",
    "/manage/coworking/tickets/?ticket={ticket}",
    "/manage/coworking/tickets/bulk/?do=give_up&pk={ticket}",
    "/manage/coworking/tickets/{ticket}/",
    "/manage/day-sheet/",
    "/manage/check-in/",
    "/manage/check-in/?q={ticket}",
    "/manage/check-in/?q=nobody-1234",
    "/manage/coworking/calendar/?day=2026-11-25",
    "/manage/coworking/calendar/?day=2026-11-25&ticket={ticket}",
    "/manage/coworking/calendar/?view=week",
    "/manage/coworking/blocks/new/",
    "/manage/coworking/calendar/?view=month",
    "/manage/money/",
    "/manage/money/day/",
    "/manage/companies/import/",
    "/manage/people/{customer}/",
    "/accounts/sign-ins/",
    "/accounts/factors/",
    "/accounts/factors/app/add/",
    "/accounts/factors/keys/add/",
)
CUSTOMER_SCREENS = (
    "/services/",
    "/services/{service}/",
    "/services/{service}/?start=10:00&end=12:00",
    "/services/{service}/passes/{pass}/",
    "/accounts/reminders/",
    "/my/profile/",
    "/my/profile/email/",
    "/my/profile/erasure/",
    "/my/orders/?view=all",
    "/my/companies/{company}/",
    "/my/orders/{order}/",
    "/my/orders/{order}/cancel/",
    "/my/bookings/",
    "/my/bookings/{ticket}/",
    "/accounts/password/set/",
    "/accounts/logout/",
    "/manage/orders/",
    "/nowhere/",
)
SUPPORT_SCREENS = (
    "/admin/",
    "/admin/orders/job/",
    "/admin/orders/order/{order}/change/",
    "/admin/coworking/block/add/",
    "/admin/coworking/service/add/",
)
# Faults in Django's own templates, see docs/operations.md.
OF_DJANGO = ("empty-table-header", "aria-input-field-name")
OPEN_SCREENS = (
    "/panel/screen/",
    "/services/{service}/?start=10:00&end=12:00",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/signup/",
    "/pay/{token}/",
)


def test_control_what_is_wrong_is_found_in_each_theme(page: Page) -> None:
    dark = "@media (prefers-color-scheme: dark) { b { color: black } i { color: #999 } }"
    style = f"b {{ color: #999 }} i {{ color: black; transition: color 60s }} {dark}"
    body = "<main><h1>Pale</h1><b>By day</b><i>By night</i><img></main>"
    page.set_content(f"<html lang=en><title>Pale</title><style>{style}</style>{body}")
    assert axe(page) == ["color-contrast: <b>By day</b>", "image-alt: <img>", "color-contrast: <i>By night</i>"]


def test_the_pages_for_support_are_as_accessible_as_django_allows(
    page: Page, live_server: LiveServer, desk: Desk
) -> None:
    support = User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга")
    sign_in(page, support, live_server.url)
    for screen in SUPPORT_SCREENS:
        page.goto(live_server.url + screen.format(order=Order.objects.get().number))
        assert [one for one in axe(page) if not one.startswith(OF_DJANGO)] == [], screen


@pytest.mark.parametrize("who", ["manager", "caller", "nobody"])
def test_screens_are_accessible_quiet_and_no_wider_than_the_window(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str], who: str
) -> None:
    if who != "nobody":
        sign_in(page, getattr(desk, who), live_server.url)
    screens = {"manager": MANAGER_SCREENS, "caller": CUSTOMER_SCREENS, "nobody": OPEN_SCREENS}[who]
    order = Order.objects.get()
    call_at_length(desk.caller)
    names = {
        "order": order.number,
        "customer": order.customer_id,
        "company": Company.objects.get().pk,
        "ticket": Ticket.objects.get().number,
        "token": "none",
        "service": desk.quiet_zone.pk,
        "pass": make_pass_tariff(service=desk.quiet_zone).pk,
    }
    if who == "nobody":
        Location.objects.update(panel_token="screen")
        Order.objects.update(status="awaiting_payment", payment_method="online", deadline_at=order.period.start)
        names["token"] = ensure_link(Order.objects.get(), at=order.created_at).token
    names["case"] = MoneyCase.objects.create(kind="debt", order=order, amount=600).pk
    found = {}
    for screen in screens:
        page.goto(live_server.url + screen.format(**names))
        found[screen] = turning(page) + covered(page) + axe(page) + too_wide(page)
    assert {screen: problems for screen, problems in found.items() if problems} == {}
    assert [trouble for trouble in troubles if not trouble.startswith(REFUSED)] == []


def test_the_filled_form_is_accessible(page: Page, live_server: LiveServer, desk: Desk) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/new/")
    page.locator("#customer_q").press_sequentially("ива пет")
    expect(page.locator(OPTION)).to_have_count(1)
    assert axe(page) == []
    page.locator(OPTION).first.click()
    page.select_option("#service", label="Тихая зона")
    expect(page.locator("#seats label.seat").first).to_be_visible()
    assert axe(page) == []
    page.locator("[data-submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    assert axe(page) == []


def test_without_colours_a_taken_seat_and_the_open_tab_are_still_seen(
    page: Page, live_server: LiveServer, desk: Desk
) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.emulate_media(forced_colors="active")
    page.goto(f"{live_server.url}/manage/orders/new/")
    page.select_option("#service", label="Тихая зона")
    page.locator("[name=day]").fill("25.11 10-12")
    expect(page.locator("#seats :disabled")).to_have_count(1)
    lines = "all => all.map(one => getComputedStyle(one).borderBottomStyle)"
    seats = page.locator("#seats label.seat span:not(.sr-only)")
    assert seats.evaluate_all(lines) == ["dashed", "solid", "solid", "solid"]
    page.goto(live_server.url + TICKET_LIST)
    colours = "all => all.map(one => getComputedStyle(one).borderBottomColor)"
    assert len({*page.locator(".tabs a:not([aria-current])").evaluate_all(colours)}) == 1
    assert len({*page.locator(".tabs:has([aria-current]) a").evaluate_all(colours)}) == 2


def test_no_column_of_a_list_is_cut_and_esc_leads_back_to_the_row(
    page: Page, live_server: LiveServer, desk: Desk
) -> None:
    """A list fits with the widest texts it can hold, also beside an open card; the card closes to its row."""
    name = "Константинопольская Александра Константиновна"
    Order.objects.update(customer_name=name, status=OrderStatus.EXPIRED, total=1_112_600)
    Order.objects.update(payment_status=PaymentStatus.PARTLY_REFUNDED, payment_method=PaymentMethod.INVOICE)
    Ticket.objects.update(visitor_name=name, status=TicketStatus.NO_SHOW)
    sign_in(page, desk.manager, live_server.url)
    for screen in ("/manage/orders/", TICKET_LIST, f"{TICKET_LIST}?ticket={Ticket.objects.get().number}"):
        page.goto(live_server.url + screen)
        for width in (1024, 1101, 1180, 1280, 1366, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            cut = page.evaluate("""() => {
                const list = document.querySelector('.table-wrap').getBoundingClientRect().right
                const over = document.querySelector('.aside')?.getBoundingClientRect().left ?? list
                return [...document.querySelectorAll('td')].filter(
                    cell => cell.getBoundingClientRect().right > Math.min(list, over) + 1
                ).map(cell => cell.innerText)
            }""")
            assert cut == [], (screen, width)
        for brand in page.locator(".switcher b").all():
            assert brand.evaluate("it => it.scrollWidth <= it.clientWidth"), brand.inner_text()
    expect(page.locator("[aria-selected=true] td:first-child > a")).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{TICKET_LIST}?*")
    expect(page.locator("tbody td:first-child > a")).to_be_focused()
    expect(page.locator(".aside")).to_have_count(0)


def test_lists_on_a_phone_say_what_was_booked_and_can_be_searched(
    page: Page, live_server: LiveServer, desk: Desk
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, desk.manager, live_server.url)
    page.goto(live_server.url + TICKET_LIST)
    for text in ("Тихая зона", "T1"):
        expect(page.locator("tbody tr")).to_contain_text(text, use_inner_text=True)
    page.get_by_role("link", name="Найти заказ или человека").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.goto(f"{live_server.url}/manage/orders/")
    for text in ("Тихая зона", "На месте", "600\u00a0₽"):
        expect(page.locator("tbody tr")).to_contain_text(text, use_inner_text=True)
    heights = {button.bounding_box()["y"] for button in page.locator(".page-actions > *").all()}  # type: ignore[index]
    assert len(heights) == 1


def test_statuses_of_an_order_stand_below_each_other(page: Page, live_server: LiveServer, desk: Desk) -> None:
    """The key that changes the first of its tickets does not push its status aside."""
    tariff = desk.open_space.tariffs.get(unit="day")
    order = make_order(tariff=tariff, customer=desk.caller, by=desk.manager, visitor_ids=(None,) * 3)
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/{order.number}/")
    expect(page.get_by_role("link", name="Изменить… E")).to_have_count(1)
    badges = page.locator("[aria-labelledby=h-tickets] [data-badge]")
    assert badges.evaluate_all("all => new Set(all.map(one => one.getBoundingClientRect().left)).size") == 1
    expect(badges).to_have_count(3)


def test_on_a_phone_the_path_says_in_full_where_one_is(page: Page, live_server: LiveServer, desk: Desk) -> None:
    call_at_length(desk.caller)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, desk.caller, live_server.url)
    page.goto(f"{live_server.url}/my/companies/{Company.objects.get().pk}/orders/")
    here, before = page.locator(".crumbs [aria-current]"), page.locator(".crumbs a").last
    for crumb, is_whole in ((here, True), (before, False)):
        assert crumb.evaluate("it => it.scrollWidth <= it.clientWidth") is is_whole


def test_on_paper_the_history_of_an_order_comes_last(page: Page, live_server: LiveServer, desk: Desk) -> None:
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/{Order.objects.get().number}/")
    page.emulate_media(media="print")
    tops = "all => all.map(one => [one.getBoundingClientRect().top, one.id]).sort((a, b) => a[0] - b[0])"
    order = [name for _top, name in page.locator(".columns h2").evaluate_all(tops)]
    assert (order[0], order[-1], len(order)) == ("h-money", "h-history", 7)


def test_on_a_phone_nothing_is_cut_that_says_what_to_type(page: Page, live_server: LiveServer, desk: Desk) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/orders/new/")
    cut = page.locator("#customer_q").evaluate("""field => {
        const style = getComputedStyle(field), pen = document.createElement('canvas').getContext('2d')
        pen.font = style.font
        const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
        return Math.max(pen.measureText(field.placeholder).width - room, 0)
    }""")
    assert cut == 0


def test_on_a_phone_the_mark_of_today_stays_within_its_day(page: Page, live_server: LiveServer, desk: Desk) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, desk.manager, live_server.url)
    page.goto(f"{live_server.url}/manage/coworking/calendar/?view=month")
    sides = "one => { const { left, right } = one.getBoundingClientRect(); return [left, right] }"
    [left, right], [first, last] = (
        page.locator(f"td:has(> [aria-current]) {one}").evaluate(sides) for one in ("b", "a")
    )
    assert first < left < right < last


def test_styles_and_scripts_of_a_page_stay_small() -> None:
    styles = compressed(Path(str(finders.find(STYLESHEET))).read_bytes())
    # What one page loads at most: the behaviours of every page, with its own entry.
    entries = {path.name for path in SCRIPTS.glob("*.js")}
    scripts = max(sum(map(script_size, modules("app.js") | modules(entry))) for entry in entries)
    htmx = compressed(Path(str(finders.find("django_htmx/htmx-2.min.js"))).read_bytes())
    assert styles <= STYLE_KILOBYTES * 1024, styles
    assert scripts <= SCRIPT_KILOBYTES * 1024, scripts
    assert styles + scripts + htmx <= MOST_KILOBYTES * 1024, styles + scripts + htmx


def modules(name: str) -> set[str]:
    """Return a script with everything that it imports."""
    found, left = set[str](), [name]
    while left:
        module = left.pop()
        found.add(module)
        left += [one for one in re.findall(r'(?:from|import) "\./([\w-]+\.js)"', source(module)) if one not in found]
    return found


def source(name: str) -> str:
    """Return a script as it is sent."""
    return without_comments((SCRIPTS / name).read_text())


def script_size(name: str) -> int:
    """Return the compressed size of a script."""
    return compressed(source(name).encode())


def compressed(content: bytes) -> int:
    """Return the size that is sent."""
    return len(gzip.compress(content, 9))
