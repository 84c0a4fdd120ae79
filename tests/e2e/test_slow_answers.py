"""Answers that come late or out of order do not undo what a manager did after the request."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from django.http import QueryDict
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from coworking.models import Unit
from orders.forms_people import read_key
from orders.models import Order
from orders.views.form import order_form, typed
from tests.e2e.conftest import PATIENCE, sign_in
from tests.e2e.desk import Desk
from tests.e2e.settling import WATCHED, settle
from tests.factories import make_order, make_tariff
from tests.orders.steps import take

OPTION = ".listbox [role=option]"
TYPED = {
    "phone": "+7 912 345-67-89",
    "email": "new@example.com",
    "discount": "10%",
    "discount_reason": "Постоянный клиент",
    "comment": "У окна",
    "internal_note": "Звонил дважды",
    "day": "завтра",
    "until": "9.12",
    "start": "10",
    "end": "12:30",
}
Delay = Callable[..., None]


@pytest.fixture
def answer_after(monkeypatch: pytest.MonkeyPatch) -> Delay:
    """Delay the form's answers by these milliseconds, one after the other, the last value repeating."""
    waits: Iterator[int] = repeat(0)
    fragment = order_form._fragment

    def slow(*args: Any, **options: Any) -> Any:
        answer = fragment(*args, **options)
        time.sleep(next(waits) / 1000)
        return answer

    def answer_after(*milliseconds: int) -> None:
        nonlocal waits
        waits = chain(milliseconds, repeat(milliseconds[-1]))

    monkeypatch.setattr(order_form, "_fragment", slow)
    return answer_after


@pytest.fixture
def answer_held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Hold the answers of the form back until the event is set."""
    released, fragment = threading.Event(), order_form._fragment

    def held(*args: Any, **options: Any) -> Any:
        answer = fragment(*args, **options)
        released.wait(PATIENCE / 1000)
        return answer

    monkeypatch.setattr(order_form, "_fragment", held)
    return released


@pytest.fixture
def form(page: Page, live_server: LiveServer, desk: Desk, troubles: list[str], monkeypatch: pytest.MonkeyPatch) -> Page:
    """The order form with a customer and a service with four tariffs chosen."""
    for position, (unit, name) in enumerate([(Unit.WEEK, "Неделя"), (Unit.MONTH, "Месяц")], start=3):
        make_tariff(service=desk.quiet_zone, unit=unit, name=name, price="5000", position=position)
    sign_in(page, desk.manager, live_server.url)
    page.add_init_script(WATCHED)
    filled = typed.pick_person(QueryDict(f"service={desk.quiet_zone.pk}"), f"customer:{desk.caller.pk}")
    monkeypatch.setattr(order_form, "_opened", lambda _request: filled)
    page.goto(f"{live_server.url}/manage/orders/new/")
    expect(page.locator("#start")).to_be_visible()
    return page


def keys_of(page: Page) -> Callable[[str], None]:
    """Return a way to type by keys, in Russian too.

    Playwright pastes letters that an English keyboard lacks, and the browser drops them while a field is replaced.
    """
    browser = page.context.new_cdp_session(page)

    def write(text: str) -> None:
        for letter in text:
            for event in ({"type": "keyDown", "key": letter, "text": letter}, {"type": "keyUp", "key": letter}):
                browser.send("Input.dispatchKeyEvent", event)

    return write


def test_a_name_typed_before_the_scripts_have_come_is_searched_for(
    page: Page, live_server: LiveServer, desk: Desk, troubles: list[str]
) -> None:
    sign_in(page, desk.manager, live_server.url)
    held: list[Route] = []
    # Playwright counts the parameters of what it calls, which a built-in has not.
    page.route(re.compile(r"/htmx[^/]*\.js"), lambda route: held.append(route))  # noqa: PLW0108
    page.goto(f"{live_server.url}/manage/orders/new/", wait_until="commit")
    page.locator("#customer_q:focus").press_sequentially("ива пет")
    assert held, "scripts came before the name"
    for route in held:
        route.continue_()
    page.locator(OPTION).click()
    expect(page.locator("#customer_q")).to_have_value("Петров Иван Андреевич")
    assert troubles == []


def test_the_last_of_tariffs_chosen_in_a_hurry_is_saved(form: Page, desk: Desk, answer_after: Delay) -> None:
    hour, month = (form.get_by_role("radio", name=name) for name in ("Час", "Месяц"))
    for delay in (0, 150, 400):  # between two keys, after the next, after all of them
        answer_after(0)
        hour.check()
        settle(form)
        answer_after(delay)
        hour.focus()
        for _step in range(3):
            form.keyboard.press("ArrowDown")
            form.wait_for_timeout(60)
        settle(form)
        expect(month, f"after {delay} ms").to_be_checked()
        expect(month, f"after {delay} ms").to_be_focused()
    form.locator("#units").fill("1")
    expect(form.locator("#quote .sum")).to_contain_text("5\u00a0000")
    form.keyboard.press("Control+Enter")
    form.wait_for_url("**/?created=1")
    assert Order.objects.get().tariff.name == "Месяц"


def test_nothing_done_while_an_answer_is_on_its_way_is_undone(form: Page, answer_after: Delay) -> None:
    for delay in (0, 150, 1500):  # before the hand, between two fields, after all of them
        if delay:
            form.goto(form.url)  # as it was opened first
        fill_everything(form, answer_after, delay)
        assert_nothing_is_undone(form)


def fill_everything(form: Page, answer_after: Delay, delay: int) -> None:
    """Ask for three places and go on with everything else, while answers take this long."""
    answer_after(0)
    for summary in ("Скидка", "Комментарии", "Повторять"):
        form.locator("summary", has_text=summary).click()
    answer_after(delay)
    with form.expect_request("**/details/**"):
        form.fill("#places", "3")
    if not delay:  # an immediate answer is faster than a hand
        expect(form.locator("#visitors [role=combobox]")).to_have_count(3)
    form.locator("#method-on_site").check()
    form.locator("[name=weekdays][value='2']").check()
    form.locator("#only_free").check()
    write = keys_of(form)
    for field, text in TYPED.items():
        form.locator(f"#{field}").click()
        form.keyboard.press("Control+A")
        write(text)
    form.keyboard.press("ArrowLeft")
    settle(form)


def assert_nothing_is_undone(form: Page) -> None:
    last = form.locator(f"#{list(TYPED)[-1]}")
    expect(last).to_be_focused()
    assert last.evaluate("field => field.selectionStart") == len(list(TYPED.values())[-1]) - 1
    expect(form.locator("#places")).to_have_value("3")
    expect(form.locator("#visitors [role=combobox]")).to_have_count(3)
    for field, text in {**TYPED, "start": "10:00"}.items():
        expect(form.locator(f"#{field}")).to_have_value(text)
    for chosen in ("#method-on_site", "[name=weekdays][value='2']", "#only_free"):
        expect(form.locator(chosen)).to_be_checked()
    form.locator("[name=weekdays][value='2']").uncheck()
    form.locator("label.seat", has_text="T3").click()
    settle(form)
    expect(form.locator("label.seat", has_text="T3").locator("input")).to_be_checked()
    expect(form.locator("#todo")).to_contain_text("Всё заполнено")


def test_a_field_that_nobody_but_the_person_has_opened_keeps_the_focus(
    form: Page, answer_held: threading.Event
) -> None:
    write = keys_of(form)
    for places, summary, field, before in ((3, "Скидка", "#discount", ""), (2, "Комментарии", "#comment", "1")):
        answer_held.clear()
        form.locator("summary", has_text=summary).click()
        with form.expect_request("**/details/**"):
            form.fill("#places", str(places))
        form.locator(field).focus()
        write(before)
        answer_held.set()
        expect(form.locator("#visitors [role=combobox]")).to_have_count(places)
        expect(form.locator(field)).to_be_focused()
        write("0%")
        settle(form)
        expect(form.locator(field)).to_be_focused()
        expect(form.locator(field)).to_have_value(f"{before}0%")


def test_what_is_selected_stays_selected_when_the_summary_answers(form: Page, answer_after: Delay) -> None:
    form.fill("#start", "10")
    settle(form)
    answer_after(400)
    with form.expect_response("**/quote/**"):
        form.fill("#end", "12")
        form.locator("#start").select_text()
    settle(form)
    form.keyboard.type("9")
    expect(form.locator("#start")).to_have_value("9")


def test_answers_out_of_order_leave_the_last_choice(form: Page, desk: Desk, answer_after: Delay) -> None:
    answer_after(1500, 0)
    with form.expect_request(re.compile("/(availability|quote)/")):  # the slow one
        form.fill("#start", "10")
        form.fill("#end", "12")
    form.fill("#end", "14")
    form.get_by_role("radio", name="День").check()
    form.get_by_role("radio", name="Час").check()
    form.select_option("#service", label="Опенспейс")
    settle(form)
    form.wait_for_timeout(1300)
    expect(form.locator("#service")).to_have_value(str(desk.open_space.pk))
    expect(form.get_by_role("radio", name="Час")).to_be_checked()
    # Written as a clock once its field is left, unless an answer brings back what was typed.
    expect(form.locator("#end")).to_have_value(re.compile("^14(:00)?$"))
    expect(form.locator("label.seat")).to_have_count(0)
    expect(form.locator("#quote .sum")).to_contain_text("1\u00a0200")


def test_what_is_typed_before_the_fields_are_there_goes_into_them(form: Page, answer_held: threading.Event) -> None:
    form.locator("#service").focus()
    for arrow in ("ArrowUp", "ArrowDown", "ArrowUp"):  # the last two wait for the answer to the first
        form.keyboard.press(arrow)
    write = keys_of(form)
    for text in ("", "завтра", "10", "12:3"):
        form.keyboard.press("Tab")
        write(text)
    form.keyboard.press("Control+Enter")
    expect(form.locator("#service")).to_be_focused()
    answer_held.set()
    expect(form.locator("#end")).to_be_focused()
    write("0")
    settle(form)
    for field, text in {"day": "завтра", "start": "10:00", "end": "12:30"}.items():
        expect(form.locator(f"#{field}")).to_have_value(text)
    expect(form.locator("#service option:checked")).to_have_text("Опенспейс")
    expect(form.locator("#todo")).to_contain_text("Всё заполнено")
    assert Order.objects.count() == 0


def test_arrows_choose_a_tariff_that_is_not_there_yet(form: Page, answer_after: Delay) -> None:
    write = keys_of(form)
    for arrows, tariff, values in (
        (["ArrowUp", "ArrowRight", "ArrowUp"], "Месяц", {"day": "завтра", "units": "2"}),
        (["ArrowDown", "ArrowLeft"], "Час", {"day": "завтра", "start": "10:00", "end": "12"}),
    ):
        answer_after(0)
        form.select_option("#service", label="Опенспейс")
        form.get_by_role("radio", name="Час").check()
        settle(form)
        form.locator("#service").focus()
        answer_after(400)
        form.keyboard.press("ArrowDown")
        form.keyboard.press("Tab")
        for arrow in arrows:
            form.keyboard.press(arrow)
        for text in values.values():
            form.keyboard.press("Tab")
            write(text.removesuffix(":00"))  # an hour becomes a clock once its field is left
        settle(form)
        expect(form.locator("#service option:checked")).to_have_text("Тихая зона")
        expect(form.get_by_role("radio", name=tariff)).to_be_checked()
        for field, text in values.items():
            expect(form.locator(f"#{field}")).to_have_value(text)
        expect(form.locator(f"#{list(values)[-1]}")).to_be_focused()


def test_a_person_picked_while_an_answer_is_on_its_way_stays(form: Page, desk: Desk, answer_after: Delay) -> None:
    form.fill("#places", "2")
    settle(form)
    answer_after(700, 0)
    form.get_by_role("radio", name="День").check()
    form.locator("#visitor-1-q").press_sequentially("пет")
    form.locator(OPTION).first.click()
    form.locator("summary", has_text="Комментарии").focus()
    settle(form)
    expect(form.locator("#visitor-1-q")).to_have_value("Петров Иван Андреевич")
    assert read_key(form.locator("[name=visitor-1]").input_value(), viewer=desk.manager) == desk.caller.pk
    expect(form.get_by_role("radio", name="День")).to_be_checked()


def hold_one(page: Page, address: str) -> list[Route]:
    """Hold the next request to the server; later ones go through."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(address, hold)
    return held


def answer(page: Page, held: list[Route]) -> None:
    """Release the held request, unless it was aborted, and wait for its effect on the page."""
    page.evaluate("new Promise(setTimeout)")
    for route in held:
        if not route.request.failure:
            with page.expect_event("response"):
                route.continue_()
    page.evaluate("new Promise(setTimeout)")


def test_a_dialog_that_is_asked_for_twice_comes_once_and_keeps_what_is_typed(form: Page, troubles: list[str]) -> None:
    held = hold_one(form, "**/person/**")
    form.locator("#customer_q").fill("Ёлкина")
    form.keyboard.press("Alt+KeyA")
    form.keyboard.press("Alt+KeyA")
    expect(form.locator("#person-last_name")).to_be_focused()
    form.locator("#person-first_name").fill("Мария")
    answer(form, held)
    expect(form.locator("#person-last_name")).to_have_value("Ёлкина")
    expect(form.locator("#person-first_name")).to_have_value("Мария")
    assert troubles == []


def test_a_month_that_is_turned_before_it_has_come_is_passed_by(form: Page, troubles: list[str]) -> None:
    form.locator("#day").focus()
    form.keyboard.press("ArrowDown")
    expect(form.locator('[data-iso="2026-11-24"]')).to_be_focused()
    held = hold_one(form, "**/month/**")
    form.keyboard.press("PageDown")
    form.keyboard.press("PageDown")
    expect(form.locator('[data-iso="2027-01-24"]')).to_be_focused()
    answer(form, held)
    form.keyboard.press("Enter")
    expect(form.locator("#day")).to_have_value("24.01.2027")
    assert troubles == []


def test_an_order_that_changes_is_not_shown_anew_while_a_dialog_is_on_its_way(
    form: Page, live_server: LiveServer, desk: Desk
) -> None:
    order = make_order(tariff=desk.open_space.tariffs.get(unit=Unit.HOUR), customer=desk.caller, by=desk.manager)
    form.goto(f"{live_server.url}/manage/orders/{order.pk}/")
    version, dialog = hold_one(form, "**/version/**"), hold_one(form, "**/change/**")
    with form.expect_request("**/version/**"):
        form.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # instead of waiting for seconds
    with form.expect_request("**/change/**"):
        form.keyboard.press("e")
    take(order, "300", by=desk.manager)
    answer(form, version)
    answer(form, dialog)
    expect(form.locator("#change-day")).to_be_focused()


# Playwright waits for a page that is being left, so the page looks at itself. Esc does the same as `stop`.
STOPPED = """([save]) => new Promise((done) => {
  const looks = [save.textContent];
  const look = () => looks.push(save.textContent, save.ariaDisabled);
  save.click();
  navigation.addEventListener("navigateerror", () => { look(); done(looks); });
  setTimeout(look, 100);
  setTimeout(stop, 200);
})"""


def test_a_save_that_was_stopped_is_pressed_again_and_makes_one_order(
    form: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, place = threading.Event(), order_form._place

    def held(*args: Any, **options: Any) -> Any:
        released.wait(PATIENCE / 1000)
        return place(*args, **options)

    monkeypatch.setattr(order_form, "_place", held)
    form.locator("#method-on_site").check()
    form.fill("#start", "10")
    form.fill("#end", "12")
    expect(form.locator("#todo")).to_contain_text("Всё заполнено")
    usual, *looks = form.locator("#save").evaluate_all(STOPPED)
    assert looks == ["Сохраняем", "true", usual, None]
    released.set()
    form.keyboard.press("Control+Enter")
    form.wait_for_url("**/?created=1")
    assert Order.objects.count() == 1
