"""People of an order are found, chosen and added while somebody types."""

from playwright.sync_api import Page, expect

from accounts.models import User
from orders.forms_people import read_key
from tests.e2e.desk import Desk
from tests.e2e.test_order_by_phone import OPTION, choose_caller
from tests.e2e.test_order_by_phone import form as form  # noqa: PLC0414 - fixtures
from tests.factories import make_user


def test_a_new_person_is_added_in_a_dialog_and_nothing_typed_is_lost(form: Page, troubles: list[str]) -> None:
    form.select_option("#service", label="Опенспейс")
    form.fill("#start", "10")
    form.locator("#customer_q").press_sequentially("ёлк-бел мария")
    form.keyboard.press("Alt+KeyA")
    dialog = form.locator("#dialog")
    expect(dialog.locator("#person-last_name")).to_have_value("Ёлк-Бел")
    expect(dialog.locator("#person-first_name")).to_have_value("Мария")
    expect(dialog.locator("#person-last_name")).to_be_focused()
    form.keyboard.type("Ёлкина")  # over the first letters
    expect(dialog.locator("#person-last_name")).to_have_value("Ёлкина")

    dialog.locator("#person-phone").fill("8 (912) 345-67-8")
    form.keyboard.press("Control+Enter")
    expect(dialog.locator("#person-phone")).to_have_attribute("aria-invalid", "true")
    dialog.locator("#person-phone").fill("8 (912) 345-67-89")
    form.keyboard.press("Control+Enter")

    expect(dialog).not_to_be_visible()
    expect(form.locator("#customer_q")).to_have_value("Ёлкина Мария")
    expect(form.locator("#phone")).to_have_value("+7 912 345-67-89")
    expect(form.locator("#email")).to_be_focused()
    expect(form.locator("#start")).to_have_value("10:00")
    assert User.objects.filter(phone="+79123456789").count() == 1
    form.keyboard.press("Alt+KeyA")
    expect(dialog.locator("#person-last_name")).to_have_value("")  # no other person is named after the chosen one


def test_a_visitor_who_is_not_registered_is_added_where_he_was_looked_for(form: Page, desk: Desk) -> None:
    choose_caller(form)
    form.select_option("#service", label="Опенспейс")
    form.fill("#places", "2")
    form.locator("#visitor-1-q").press_sequentially("Ёлкина Мария")
    expect(form.locator(".listbox-empty")).to_be_visible()
    expect(form.locator(".listbox-foot")).not_to_contain_text("взять")
    form.keyboard.press("Alt+KeyA")
    dialog = form.locator("#dialog")
    expect(dialog.locator("#person-last_name")).to_have_value("Ёлкина")
    dialog.locator("#person-phone").fill("8 912 345 67 89")
    form.keyboard.press("Control+Enter")

    expect(dialog).not_to_be_visible()
    expect(form.locator("#visitor-1-q")).to_have_value("Ёлкина Мария")
    expect(form.locator("#visitor-1-q")).to_be_focused()
    expect(form.locator("[name=visitor-1]")).not_to_have_value("")
    chosen = {
        name: read_key(form.locator(f"[name={name}]").input_value(), viewer=desk.manager)
        for name in ("visitor-1", "customer")
    }
    assert chosen == {"visitor-1": User.objects.get(phone="+79123456789").pk, "customer": desk.caller.pk}


def test_a_dialog_left_alone_leads_back_to_the_search_it_came_from(form: Page) -> None:
    form.select_option("#service", label="Опенспейс")
    form.locator("#visitor-0-q").press_sequentially("Ёлкина")
    form.get_by_role("button", name="Добавить человека").click()
    expect(form.locator("#person-last_name")).to_have_value("Ёлкина")
    form.keyboard.press("Escape")
    expect(form.locator("#visitor-0-q")).to_be_focused()


def test_an_enter_faster_than_the_answer_takes_the_first_person_until_another_name_is_typed(form: Page) -> None:
    form.keyboard.type("ива пет")
    form.keyboard.press("Enter")
    form.keyboard.press("Tab")  # and the field is left before the answer, too
    expect(form.locator("#service")).to_be_focused()
    expect(form.locator("#customer_q")).to_have_value("Петров Иван Андреевич")
    expect(form.locator("[name=customer]")).not_to_have_value("")
    form.locator("#customer_q").fill("Кто-то другой")
    expect(form.locator("[name=customer]")).to_have_value("")


def test_an_enter_after_more_letters_takes_nobody_of_the_list_before(form: Page) -> None:
    make_user(last_name="Иванова", first_name="Алёна", phone="+79162044822")
    form.keyboard.type("ива")
    expect(form.locator(OPTION).first).to_contain_text("Иванова")
    form.keyboard.type(" пет")
    form.keyboard.press("Enter")
    expect(form.locator("#service")).to_be_focused()
    expect(form.locator("#customer_q")).to_have_value("Петров Иван Андреевич")


def test_an_answer_to_fewer_letters_chooses_nobody(form: Page) -> None:
    make_user(last_name="Иванова", first_name="Алёна", phone="+79162044822")
    field = form.locator("#customer_q")
    field.evaluate("""(field) => field.addEventListener("htmx:beforeOnLoad", () => {
        field.value = "ива пет";
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    }, { once: true })""")
    field.fill("ива")  # without a pause: an answer to the first letter would arrive during the rest
    expect(form.locator("#service")).to_be_focused()
    expect(field).to_have_value("Петров Иван Андреевич")
