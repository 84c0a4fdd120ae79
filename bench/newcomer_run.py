"""What a newcomer does from the first look at an empty location to the first order that is paid."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect, sync_playwright

from accounts.models import Membership, Role, User
from bench.chaos.browser import sign_in
from bench.newcomer import CODES, SELLER, Hand, Step
from coworking.models import Location
from olvery.demo.pictures import browser_path

SERVICES = "/manage/coworking/services/"
PASSWORD_KEYS = 26 + 12  # an e-mail and a password


def run(site: str, *, name: str) -> list[Step]:
    """Set the location up, take the first order and its payment; return what each step took."""
    location = Location.objects.create(name=name, reply_email="desk@example.com")
    word = name.rsplit(maxsplit=1)[-1]
    admin = User.objects.create_user(email=f"admin-{word}@example.com", last_name="Новая", first_name="Анна")
    Membership.objects.create(user=admin, location=location, role=Role.LOCATION_ADMINISTRATOR)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ru-RU", base_url=site)
        hand = Hand(context.new_page())
        hand.page.set_default_timeout(6000)
        _sign_in(hand.page, admin, site)
        _set_up(hand, word)
        manager = User.objects.get(email=f"desk-{word}@example.com")
        hand.begin("sign in as the manager")
        hand.steps[-1].keys, hand.steps[-1].person = PASSWORD_KEYS, 0.28 * PASSWORD_KEYS + 5
        _sign_in(hand.page, manager, site)
        _sell(hand, word)
        browser.close()
    return hand.steps


def _set_up(hand: Hand, word: str) -> None:
    page = hand.page
    page.goto(SERVICES)
    hand.begin("opening hours")
    hand.click(page.get_by_role("link", name="Укажите часы работы"))
    for day in range(5):
        hand.write(page.locator(f"#week-opens_{day}"), "9")
        hand.write(page.locator(f"#week-closes_{day}"), "21")
    _save(hand)
    hand.begin("the company that sells")
    hand.click(page.get_by_role("link", name="Внесите реквизиты"))
    for field, text in SELLER.items():
        hand.write(page.locator(f"#seller-{field}"), text, is_code=field in CODES)
    _save(hand)
    hand.begin("a service with 12 seats")
    hand.click(page.get_by_role("link", name="Создайте услугу"))
    hand.write(page.locator("[name=name]"), "Опен-спейс")
    hand.click(page.locator("label.choice", has_text="С номерами"))
    _save(hand)
    hand.click(page.get_by_role("link", name="Добавьте места"))
    hand.write(page.locator("[name=more-labels]"), "А1–А12")
    _save(hand)
    hand.begin("a tariff")
    hand.click(page.get_by_role("link", name="Добавьте тариф"))
    for field, text in (("name", "Час"), ("price", "300")):
        hand.write(page.locator(f"[name=tariffs-0-{field}]"), text)
    _save(hand)
    hand.begin("the manager")
    hand.click(page.get_by_role("link", name="Дайте кому-нибудь роль"))
    for field, text in (("last_name", "Смирнов"), ("first_name", "Олег"), ("email", f"desk-{word}@example.com")):
        hand.write(page.locator(f"[name={field}]"), text)
    _save(hand)


def _save(hand: Hand) -> None:
    """Save what was typed, and check that it is saved."""
    hand.press("Enter")
    expect(hand.page.locator(".toast")).to_have_count(1)


def _sell(hand: Hand, word: str) -> None:
    page = hand.page
    page.goto("/manage/")
    hand.begin("the first order")
    hand.press("n")
    expect(page.locator("#customer_q")).to_be_focused()
    page.wait_for_load_state("networkidle")
    hand.press("Alt+a")
    expect(page.locator("#person-last_name")).to_be_focused()
    for field, text in (("last_name", "Петров"), ("first_name", "Иван"), ("phone", _phone(word))):
        hand.write(page.locator(f"#person-{field}"), text)
    hand.press("Control+Enter")
    expect(page.locator("#phone")).not_to_have_value("")
    hand.choose(page.locator("#service"))
    tomorrow = timezone.localdate() + timedelta(days=1 if timezone.localdate().weekday() < 4 else 4)
    hand.write(page.locator("#day"), f"{tomorrow:%d.%m}")
    hand.write(page.locator("#start"), "10")
    hand.write(page.locator("#end"), "12")
    hand.click(page.locator("label", has_text="На месте").first)
    hand.press("Control+Enter")
    hand.begin("its payment")
    hand.click(page.get_by_role("link", name="Принять оплату").first)
    hand.press("Control+Enter")
    page.get_by_text("Оплачен").first.wait_for()


def _phone(word: str) -> str:
    return f"916{int(word, 16):07d}"


def _sign_in(page: Page, user: User, site: str) -> None:
    cookie: Any = {"name": settings.SESSION_COOKIE_NAME, "value": sign_in(user), "url": site}
    page.context.add_cookies([cookie])
