"""The payment page: no sign-in, every stage, and a provider that may be slow or away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.domain.documents import publish
from accounts.models import ACCEPTED, DocumentKind, User
from coworking.models import CancellationStep, Location, PaymentMethod, Seat, Tariff
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.gateway import Rejected
from orders.domain.online.notifications import take_refund
from orders.models import Order, PaymentAttempt, PaymentLink, Refund
from orders.wording import DECLINES
from tests.factories import (
    make_manager,
    make_order,
    make_pass_order,
    make_pass_tariff,
    make_pool,
    make_seats,
    make_seller,
    make_tariff,
    make_user,
)
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.orders.steps import look, pay, posts, press_pay, seen, send_all
from tests.snapshots import saved_rows
from tests.views import pay_stages as stages
from tests.views.pages import read
from tests.views.pay_stages import (
    BACK,
    EMAIL,
    STAGES,
    address_of,
    open_page,
    press,
    provider_id,
)

pytestmark = pytest.mark.django_db

Clock = time_machine.Coordinates


# Every stage


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_every_stage_has_its_words_and_its_way_on_and_names_nobody(
    client: Client, order: Order, gateway: FakeGateway, stage: Callable[[Order, FakeGateway], str]
) -> None:
    """Nobody can read the customer's phone or e-mail there."""
    page = open_page(client, order, stage(order, gateway))
    assert STAGES[stage] in page.text["h1"][0]
    forms = [form.attrs["action"] for form in page.forms if form.attrs]
    is_payable = stage in (stages.payable, stages.declined)
    assert forms == ([address_of(order, "start/")] if is_payable else [])
    is_moving = stage in (stages.starting, stages.stuck, stages.checking, stages.in_review, stages.back_too_late)
    assert ("state" in page.ids) is is_moving
    assert bool(page.attrs_of("svg", role="img")) is (stage is stages.paid)

    digits = "".join(sign for sign in page.html if sign.isdigit())
    assert "9161234567" not in digits
    assert not [email for email in (order.email, order.customer.email, EMAIL) if email and email in page.html]
    assert order.customer.last_name not in page.html or stage is stages.paid  # the visitor's name is on the ticket


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (stages.checking, ""),
        (stages.back_too_late, "Время на оплату вышло Если вы всё-таки оплатили: места достанутся вам, если"),
        (stages.expired_at_the_provider, "Если вы всё-таки оплатили: места достанутся вам, если"),
        (stages.expired, ""),
        (stages.cancelled_at_the_provider, "Если вы всё же оплатили, вернём деньги полностью."),
        (stages.cancelled, ""),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whoever_may_have_paid_in_vain_reads_what_becomes_of_the_money(
    client: Client, order: Order, gateway: FakeGateway, stage: Callable[[Order, FakeGateway], str], words: str
) -> None:
    read_by_them = " ".join(text_of(open_page(client, order, stage(order, gateway)).html).split())
    assert (read_by_them.count("оплатили"), words in read_by_them) == (bool(words), True)


@pytest.fixture
def held_alike(order: Order) -> list[Order]:
    """One place, two places, and the sale of a pass, which holds none."""
    pool = make_pool(location=order.location, capacity=8)
    two = make_order(
        tariff=make_tariff(service=pool), visitor_ids=(None, make_user().pk), payment_method=PaymentMethod.ONLINE
    )
    sale = make_pass_order(tariff=make_pass_tariff(service=pool), payment_method=PaymentMethod.ONLINE)
    return [order, two, sale]


def test_an_expired_order_says_what_is_no_longer_held(
    client: Client, held_alike: list[Order], gateway: FakeGateway
) -> None:
    words = ("08:59, место больше не держим.", "08:59, места больше не держим.", "08:59. Деньги не списаны.")
    for unpaid, expected in zip(held_alike, words, strict=True):
        page = open_page(client, unpaid, stages.expired(unpaid, gateway))
        assert expected in " ".join(text_of(page.html).split())


def test_a_late_payer_reads_what_could_not_be_given(
    client: Client, held_alike: list[Order], gateway: FakeGateway
) -> None:
    words = ("позже срока, а место уже занято", "позже срока, а места уже заняты", "позже срока. ")
    for late, expected in zip(held_alike, words, strict=True):
        stages.returned(late, gateway)
        Order.objects.filter(pk=late.pk).update(status="expired")
        assert expected in " ".join(text_of(open_page(client, late).html).split())


def test_the_page_says_where_it_is_how_to_cancel_and_who_sells(client: Client, order: Order) -> None:
    Location.objects.update(city="Нижний Новгород", address="ул. Белинского, 34")
    make_seller(location=order.location, name="ООО «Сигнал»", inn="5260123450")
    CancellationStep.objects.create(service=order.service, hours_before=24, percent=100)
    html = " ".join(open_page(client, order).html.split())
    assert "Нижний Новгород, ул. Белинского, 34" in html
    assert "за 24 часа до начала и раньше возвращаем 100 %, позже не возвращаем" in html
    assert "ООО «Сигнал»" in html
    assert "ИНН 5260123450" in html


def test_the_sum_due_is_shown_with_the_time_left(client: Client, order: Order) -> None:
    page = open_page(client, order)
    assert page.attrs_of("svg", **{"data-ring": "86400", "data-whole": "86400"})
    assert "600\u00a0₽" in page.html
    assert "Место держим до 09:00 завтра" in page.html
    assert page.forms[1].values == {"email": [""]}


def test_an_order_to_be_paid_at_the_desk_has_no_deadline_and_can_be_paid_online(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    other = make_order(tariff=make_tariff(service=make_pool(), price="300"), payment_method="on_site")
    assert not open_page(client, other).attrs_of("svg", **{"class": "ring js-only"})
    gateway.pay(provider_id(press(client, other)))
    client.get(address_of(other, "return/"))
    assert "Оплачено" in open_page(client, other).text["h1"][0]
    assert seen(other).status == "confirmed"


def test_only_what_is_left_is_asked_for(client: Client, order: Order, gateway: FakeGateway) -> None:
    pay(order, gateway)
    Order.objects.get(pk=order.pk).lines.create(
        kind="tariff", ticket_id=order.lines.get().ticket_id, title="Ещё час", quantity=1, unit_price=300, amount=300
    )
    page = open_page(client, order)
    assert "Оплатить 300\u00a0₽" in page.html
    assert "−600\u00a0₽" in page.html


def test_a_service_that_costs_nothing_needs_no_payment(client: Client, order: Order) -> None:
    free = make_order(tariff=make_tariff(service=make_pool(), price="0"), payment_method="free")
    page = open_page(client, free)
    assert "Платить не нужно" in page.text["h1"][0]
    assert page.attrs_of("svg", role="img")  # the code for the door


def test_a_test_shop_says_that_it_takes_no_money(client: Client, order: Order, settings: Any) -> None:
    words = "деньги не списываются"
    assert words not in open_page(client, order).html
    settings.YOOKASSA_SECRET_KEY = "test_key"
    assert words in open_page(client, order).html


def test_without_a_shop_nothing_can_be_started(
    client: Client, order: Order, settings: Any, gateway: FakeGateway
) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    assert [form for form in open_page(client, order).forms if form.attrs] == []
    before = saved_rows()
    assert press(client, order).headers["Location"] == address_of(order)
    assert (saved_rows(), gateway.journal) == (before, [])


def test_a_decline_is_told_in_words_and_never_as_a_code(client: Client, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.decline(attempt.provider_id or "", "general_decline")
    look(attempt, gateway)
    assert PaymentAttempt.objects.get().cancel_reason == "general_decline"
    for reason in ("general_decline", *DECLINES, "something_new"):
        PaymentAttempt.objects.update(cancel_reason=reason)
        html = open_page(client, order, BACK).html
        assert "Платёж не прошёл: " in html, reason
        assert reason not in html


def test_a_refusal_of_the_provider_is_not_blamed_on_the_bank(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    gateway.fail_next(Rejected("400: invalid_request: receipt.email", status=400))
    assert press(client, order).headers["Location"] == address_of(order)
    html = open_page(client, order).html
    assert "ЮKassa не приняла платёж" in html
    assert "invalid_request" not in html


# Customer and contents


@pytest.mark.parametrize("part", ["", "start/", "return/", "state/", "calendar/"])
def test_a_wrong_address_is_not_found(client: Client, order: Order, part: str) -> None:
    ask_for = client.post if part == "start/" else client.get
    for token in ("abc", "a" * 400, "%D1%8F"):
        assert ask_for(f"/pay/{token}/{part}", {"email": EMAIL}).status_code == 404, token


def test_opens_are_counted_of_customers_in_a_browser_only(client: Client, order: Order, clock: Clock) -> None:
    def opens(user: User | None = None, query: str = "", mode: str = "navigate") -> int:
        guest = Client(headers={"Sec-Fetch-Mode": mode} if mode else {})
        if user:
            guest.force_login(user)
        guest.get(address_of(order) + query)
        return PaymentLink.objects.get(order=order).opens

    first = timezone.now()
    assert opens(make_manager(location=order.location)) == 0
    assert opens(make_user()) == 0
    assert opens(mode="") == opens(mode="no-cors") == 0  # a mail server that looks into links, a preview
    assert opens(query=BACK) == 0
    assert PaymentLink.objects.get(order=order).opened_at is None
    assert opens() == 1
    clock.shift(timedelta(minutes=5))
    assert opens(order.customer) == 2
    assert PaymentLink.objects.get(order=order).opened_at == first


@pytest.mark.parametrize(
    ("hosts", "allowed"),
    [
        (["yoomoney.ru"], "https://yoomoney.ru https://*.yoomoney.ru"),
        (["127.0.0.1:8099"], "http://127.0.0.1:8099"),
        (["yoomoney.ru", "yookassa.ru"], "https://*.yoomoney.ru https://yookassa.ru https://*.yookassa.ru"),
    ],
)
def test_the_form_may_lead_to_the_pages_of_the_provider_alone(
    client: Client, order: Order, settings: Any, hosts: list[str], allowed: str
) -> None:
    settings.YOOKASSA_CHECKOUT_HOSTS = hosts
    policy = client.get(address_of(order)).headers["Content-Security-Policy"]
    [rule] = [rule for rule in policy.split("; ") if rule.startswith("form-action")]
    assert rule.endswith(allowed)
    assert rule.startswith("form-action 'self' http")
    other = client.get("/accounts/login/").headers["Content-Security-Policy"]
    assert "form-action 'self';" in f"{other};"


def test_the_page_is_kept_by_nobody(client: Client, order: Order) -> None:
    response = client.get(address_of(order))
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_confirmed_order_goes_into_the_calendar(client: Client, order: Order, gateway: FakeGateway) -> None:
    assert client.get(address_of(order, "calendar/")).status_code == 404
    pay(order, gateway)
    response = client.get(address_of(order, "calendar/"))
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert event.decoded("dtstart") == order.period.start


def test_every_place_has_its_own_code(client: Client, gateway: FakeGateway, clock: Clock) -> None:
    tariff: Tariff = make_tariff(service=make_seats(), price="300")
    friend = make_user(last_name="Орлова", first_name="Мария")
    order = make_order(tariff=tariff, visitor_ids=(None, friend.pk), payment_method="online")
    assert "A1, A2" in open_page(client, order).html
    pay(order, gateway)
    page = open_page(client, order)
    assert len(page.attrs_of("svg", role="img")) == 2
    assert "Орлова Мария" in page.html


def test_late_money_that_the_bank_did_not_take_back_is_promised_by_a_person(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    attempt = press_pay(order, gateway)
    stages.run_out(order)
    gateway.pay(attempt.provider_id or "")
    expire_overdue(None, timezone.now())
    Seat.objects.update(is_active=False)
    gateway.refunds_stay_pending = True
    look(attempt, gateway)
    send_all(gateway)
    refused = gateway.settle_refund(Refund.objects.get().provider_id or "", "canceled")
    take_refund(refused, at=timezone.now())

    page = open_page(client, order)
    assert "Время на оплату вышло" in page.text["h1"][0]
    assert "Вернём 600\u00a0₽: деньги отдаст менеджер." in page.html
    assert "Деньги не списаны" not in page.html
    assert not page.attrs_of("p", id="state")


def test_a_corrected_address_stays_with_the_attempt(client: Client, order: Order, gateway: FakeGateway) -> None:
    press(client, order, "buh@example.com")
    page = open_page(client, order)
    assert page.forms[1].values == {"email": [""]}
    press(client, order, "")
    assert (PaymentAttempt.objects.count(), posts(gateway, "/payments")) == (1, 1)


# What a stranger with the link can do


def test_a_link_starts_five_attempts_in_ten_minutes(client: Client, order: Order, gateway: FakeGateway) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(5):
            assert press(client, order, email=f"{number}@example.com").status_code == 303
            clock.shift(60)
        before = saved_rows()

        answer = client.post(address_of(order, "start/"), {"email": "6@example.com"})

        assert answer.status_code == 422
        assert "Слишком много попыток оплаты" in answer.content.decode()
        assert saved_rows() == before
        assert press(client, order, email="4@example.com").status_code == 303  # goes on with the running one
        clock.shift(5 * 60 + 1)
        assert press(client, order, email="6@example.com").status_code == 303
        assert PaymentAttempt.objects.count() == 6


def test_an_empty_field_means_the_e_mail_that_is_known(client: Client, order: Order, gateway: FakeGateway) -> None:
    client.post(address_of(order, "start/"), {"email": ""})
    assert PaymentAttempt.objects.get().email == order.email
    client.post(address_of(order, "start/"), {"email": "other@example.com"})
    client.post(address_of(order, "start/"), {"email": ""})
    attempts = PaymentAttempt.objects.order_by("number")
    assert [attempt.email for attempt in attempts] == [order.email, "other@example.com"]


def test_an_unknown_e_mail_is_asked_for(client: Client, gateway: FakeGateway) -> None:
    other = make_order(tariff=make_tariff(service=make_pool(), price="300"), payment_method="on_site", email="")
    assert "required" in open_page(client, other).attrs_of("input", name="email")[0]
    for email in ("", " "):
        assert press(client, other, email).status_code == 422
    assert not PaymentAttempt.objects.exists()


def test_whoever_pays_what_a_manager_booked_accepts_the_terms_that_are_shown(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    offer, rules = (publish(kind=kind, text="…", changes="", by=None, at=timezone.now()) for kind in ACCEPTED)
    page = open_page(client, order)
    assert "Оплачивая, вы принимаете" in page.html
    assert {"/legal/offer/1/", "/legal/rules/1/"} <= set(page.links())
    sent = {"email": EMAIL, "terms": [offer.pk, rules.pk]}
    assert page.forms[1].values["terms"] == [str(offer.pk), str(rules.pk)]

    latest = publish(kind=DocumentKind.OFFER, text="Иначе", changes="", by=None, at=timezone.now())
    before = saved_rows()
    for terms in (sent["terms"], [], [latest.pk], ["x", "9" * 30]):
        refused = client.post(address_of(order, "start/"), {**sent, "terms": terms})
        assert (refused.status_code, saved_rows()) == (422, before)
        assert "условия изменились" in refused.content.decode()

    sent["terms"] = read(refused).forms[1].values["terms"]
    for _twice in range(2):
        provider_id(client.post(address_of(order, "start/"), sent))
    assert [row.document for row in order.accepted_terms.order_by("pk")] == [latest, rules]
    client.force_login(order.created_by)
    assert "/legal/offer/2/" in read(client.get(f"/manage/orders/{order.pk}/")).links()


def test_a_customer_who_booked_alone_is_not_asked_to_accept_again(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    publish(kind=DocumentKind.OFFER, text="…", changes="", by=None, at=timezone.now())
    Order.objects.filter(pk=order.pk).update(created_by=order.customer)
    assert "вы принимаете" not in open_page(client, order).html
    provider_id(press(client, order))
    assert not order.accepted_terms.exists()


def test_only_the_customer_is_led_to_the_order(client: Client, order: Order) -> None:
    own = f"/my/orders/{order.number}/"
    assert own not in client.get(address_of(order)).content.decode()
    client.force_login(make_manager(location=order.location))
    assert own not in client.get(address_of(order)).content.decode()
    client.force_login(order.customer)
    assert own in client.get(address_of(order)).content.decode()
