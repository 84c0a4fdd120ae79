import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import (
    AccessEvent,
    ConsentEvent,
    Document,
    Erasure,
    Membership,
    Role,
    RoleEvent,
    SecurityEvent,
    User,
)
from coworking.extra_icons import EXTRA_ICONS
from coworking.models import Block, Location, OpeningHours, Service, Ticket, WaitingVisitor, WaitingWish
from orders.models import (
    Act,
    ApiRequest,
    ApiToken,
    BulkAction,
    Delivery,
    EventKind,
    Export,
    IssuedInvoice,
    Job,
    LedgerEntry,
    LineKind,
    Message,
    MessageKind,
    MoneyApproval,
    MoneyCase,
    MonthBill,
    OffsetReceipt,
    Order,
    OrderEvent,
    OrderLine,
    Pass,
    PassEntry,
    PaymentAttempt,
    PaymentLink,
    PromoCode,
    PromoUse,
    ProviderNotification,
    ProviderRequest,
    Refund,
    Webhook,
)
from tests.admin.conftest import Rows
from tests.admin.pages import address, make_money, make_one_of_each, queries_of
from tests.factories import (
    make_extra,
    make_location,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
)
from tests.moments import hours
from tests.views.pages import read
from tests.views.validity import faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now", "rows")]

MONEY = (
    *(PaymentAttempt, Refund, LedgerEntry, MoneyApproval, OffsetReceipt, PaymentLink, IssuedInvoice, Act, MonthBill),
    *(ProviderRequest, ProviderNotification, MoneyCase),
)
OF_PLACE = (
    *(Pass, PassEntry, PromoCode, PromoUse, WaitingWish, ApiToken, ApiRequest, Webhook, Delivery, Export),
    BulkAction,
)
OURS = (
    Location,
    Service,
    Block,
    Ticket,
    User,
    Membership,
    RoleEvent,
    SecurityEvent,
    Document,
    ConsentEvent,
    Erasure,
    EmailAddress,
    Authenticator,
    Order,
    *MONEY,
    *OF_PLACE,
)
SHOWN_ONLY = (
    Ticket,
    Order,
    Job,
    RoleEvent,
    SecurityEvent,
    AccessEvent,
    ConsentEvent,
    Erasure,
    EmailAddress,
    Authenticator,
    *MONEY,
    *OF_PLACE,
)  # nothing to add by hand
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
by_label = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


# Pages


@by_label
def test_support_opens_every_page_and_it_is_valid(rows: Rows, support: Client, model: type[Model]) -> None:
    row = rows.get(model) or model._default_manager.first()
    asked = [address(model, "changelist"), address(model, "add")]
    asked += [address(model, "change", row.pk)] if row else []

    answers = {url: support.get(url) for url in asked}

    assert support.get(f"{asked[0]}?q=петров").status_code == 200
    expected = dict.fromkeys(asked, 200) | {address(model, "add"): 403 if model in SHOWN_ONLY else 200}
    assert {url: answer.status_code for url, answer in answers.items()} == expected
    assert not row or b"<h1>" in answers[asked[-1]].content
    assert {url: found for url, answer in answers.items() if (found := faults(answer))} == {}


def test_titles_are_in_the_case_that_russian_asks_for(rows: Rows, support: Client) -> None:
    models = (Service, Location, PaymentLink)
    shown = {model: read(support.get(address(model, "change", rows[model].pk))).text["h1"][-1] for model in models}
    assert shown[Service] == "Изменить услугу"
    assert shown[Location] == "Изменить локацию"
    assert shown[PaymentLink] == "Посмотреть ссылку на оплату"
    assert read(support.get(address(Service, "add"))).text["h1"][-1] == "Добавить услугу"
    assert read(support.get(address(Service, "changelist"))).text["h1"][-1] == "Услуги"


def test_an_icon_is_chosen_by_its_picture(support: Client) -> None:
    extra = make_extra(service=make_seats(), icon="lock")
    page = read(support.get(address(Service, "change", extra.service_id)))
    chosen = page.attrs_of("input", name="extras-0-icon", checked="")
    assert [one["value"] for one in chosen] == ["lock"]
    assert len(page.attrs_of("input", name="extras-0-icon")) == len(EXTRA_ICONS)


def test_jobs_are_named_in_russian(support: Client) -> None:
    text = support.get(address(Job, "changelist")).content.decode()
    assert "Отправить письмо" in text
    assert "ждёт" in text
    assert "orders.send_message" not in re.sub(r'href="[^"]*"', "", text)
    letters = Job.objects.filter(queue_name="letters").count()
    assert support.get(address(Job, "changelist") + "?queue_name=letters").context["cl"].result_count == letters > 0
    assert support.get(address(Job, "changelist") + "?queue_name=clock").context["cl"].result_count == 0


def test_staff_without_rights_see_and_change_nothing(rows: Rows, client: Client) -> None:
    """`tests/views/test_access.py` checks that they open no list and nobody else gets in."""
    client.force_login(make_user(is_staff=True))
    lists = [address(model, page) for model in REGISTERED for page in ("changelist", "add")]
    changes = [address(model, "change", row.pk) for model, row in rows.items()]

    assert {page for page in changes if client.get(page).status_code != 403} == set()
    assert {page for page in lists + changes if client.post(page).status_code != 403} == set()


def test_the_sign_in_of_admin_is_that_of_everybody(client: Client) -> None:
    answer = client.get(reverse("admin:login"))
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("account_login"))

    client.force_login(make_user())
    assert client.get(reverse("admin:login")).status_code == 403


# Queries

KEYS_READ_FIRST = 3  # the most queries of a search before that of the rows, so that each has an index


def test_a_list_of_three_takes_as_many_queries_as_one_of_one(support: Client) -> None:
    lists = [address(model, "changelist") for model in OURS]
    for page in lists:
        support.get(page)
    for_one = {page: queries_of(support, page) for page in lists}
    make_one_of_each()
    make_one_of_each()

    assert {page: queries_of(support, page) for page in lists} == for_one
    searched = {page: queries_of(support, f"{page}?q=петров") for page in lists}
    keyed = (*OF_PLACE, LedgerEntry, MoneyCase, OffsetReceipt, Refund)
    keys = {address(model, "changelist"): KEYS_READ_FIRST for model in keyed}
    assert {page: count for page, count in searched.items() if count > for_one[page] + keys.get(page, 0)} == {}


def grow_location(location: Location) -> None:
    number = location.opening_hours.count()
    OpeningHours.objects.create(location=location, weekday=number)


def grow_service(service: Service) -> None:
    make_tariff(service=service)
    make_extra(service=service)
    service.seats.create(label=f"B{service.seats.count()}")
    service.cancellation_steps.create(hours_before=service.cancellation_steps.count(), percent=50)
    make_seats()  # another service with seats to choose from, for blocks


MOVED = {"from": "confirmed", "to": "completed"}


def grow_user(user: User) -> None:
    Membership.objects.create(user=user, location=make_location(), role=Role.RENTAL_MANAGER)


def grow_order(order: Order) -> None:
    ticket = make_ticket(service=make_pool(), period=hours("10", "12"))
    OrderLine.objects.create(
        order=order,
        kind=LineKind.TARIFF,
        ticket=ticket,
        title="Час",
        quantity=Decimal(1),
        unit_price=Decimal(300),
        amount=Decimal(300),
    )
    OrderEvent.objects.create(order=order, kind=EventKind.STATUS_CHANGED, by=make_user(), data=MOVED)
    kind = list(MessageKind)[order.messages.count()]
    Message.objects.create(order=order, kind=kind, to="person@example.com")
    make_money(order)


def grow_block(block: Block) -> None:
    grow_service(block.service)


def grow_payment(attempt: PaymentAttempt) -> None:
    attempt.refunds.create(amount=1, source="staff", requested_by=make_user())


def grow_action(action: BulkAction) -> None:
    action.items.create(order=make_order(), tickets=[], amount=1)


def grow_wish(wish: WaitingWish) -> None:
    WaitingVisitor.objects.create(wish=wish, place=wish.visitors.count(), person=make_user())


GROWTH: dict[type[Model], Callable[[Any], None]] = {
    Location: grow_location,
    Service: grow_service,
    User: grow_user,
    Order: grow_order,
    Block: grow_block,
    PaymentAttempt: grow_payment,
    BulkAction: grow_action,
    WaitingWish: grow_wish,
}


@pytest.mark.parametrize("model", GROWTH)
def test_a_page_with_three_of_everything_takes_as_many_queries_as_with_one(
    rows: Rows, support: Client, model: type[Model]
) -> None:
    bare: Rows = {Location: make_location(weekly={}), Service: make_pool(), Order: make_order(email="")}
    row, grow = bare.get(model, rows[model]), GROWTH[model]
    grow(row)
    queries_of(support, address(model, "change", row.pk))
    for_one = queries_of(support, address(model, "change", row.pk))
    grow(row)
    grow(row)

    assert queries_of(support, address(model, "change", row.pk)) == for_one


# Search


def found(client: Client, model: type[Model], text: str) -> list[Any]:
    return list(client.get(address(model, "changelist"), {"q": text}).context["cl"].result_list)


def test_a_person_is_found_as_remembered(support: Client) -> None:
    make_user(last_name="Хведоров", phone="+79160000000", email="not-fedorov@example.com")
    person = make_user(
        last_name="Фёдоров", first_name="Пётр", phone="+79162044821", email="fedorov@example.com", is_active=False
    )
    role = Membership.objects.create(user=person, location=make_location(), role=Role.RENTAL_MANAGER)

    for text in ("федор", "ФЁДОР", "пётр федоров", "atljhjd", "4821", "8 (916) 204-48-21", "fedorov@"):
        assert found(support, User, text) == [person], text
        assert found(support, Membership, text) == [role], text


def test_an_order_and_its_ticket_are_found(support: Client) -> None:
    make_order()
    customer = make_user(last_name="Фёдоров", phone="+79162044821", email="fedorov@example.com")
    order = make_order(customer=customer)
    ticket = Ticket.objects.get(visitor=customer)

    for text in ("федор", "4821", "8 (916) 204-48-21", "fedorov@", "number"):
        assert found(support, Order, str(order.number) if text == "number" else text) == [order], text
        assert found(support, Ticket, str(ticket.number) if text == "number" else text) == [ticket], text
    for text in (f"{order.number}", f"№ {order.number}", f"Заказ {order.number}", f"Билет {ticket.number}"):
        assert found(support, Ticket, text) == [ticket], text


def test_words_of_several_kinds_are_each_searched_for(support: Client) -> None:
    customer = make_user(last_name="Фёдоров", phone="+79162044821", email="fedorov@example.com")
    namesake = make_user(last_name="Фёдоров", phone="+79160001122", email="other@example.com")
    order, later, foreign = (make_order(customer=one) for one in (customer, customer, namesake))
    tickets = {one: one.lines.get(kind="tariff").ticket for one in (order, later)}

    for text in ("федоров 4821", "8 (916) 204-48-21 Федоров", "fedorov@ федоров", "fedorov@ 4821"):
        assert found(support, User, text) == [customer], text
        assert found(support, Order, text) == [later, order], text
    for text in (f"fedorov@ {order.number}", f"{order.number} федоров", f"Заказ {order.number} fedorov@"):
        assert found(support, Order, text) == [order], text
        assert found(support, Ticket, text) == [tickets[order]], text
    for text in (f"fedorov@ {foreign.number}", f"Заказ {foreign.number} fedorov@", f"петров {order.number}"):
        assert (found(support, Order, text), found(support, Ticket, text)) == ([], []), text


def test_an_order_is_found_by_the_contacts_given_for_it_alone(support: Client) -> None:
    order = make_order(phone="+79031112233", email="desk@example.com")

    assert found(support, Order, "2233") == [order]
    assert found(support, Order, "Desk@example") == [order]


@pytest.mark.parametrize("model", OURS)
def test_a_strange_text_breaks_no_search(rows: Rows, support: Client, model: type[Model], rf: RequestFactory) -> None:
    """`test_support_opens_every_page_and_it_is_valid` checks that a text reaches the search from the page."""
    page = address(model, "changelist")
    for text in ("№", "%", "9" * 40, "9" * 18, "²", "12", " ", "'"):
        request = rf.get(page, {"q": text})
        request.user = User.objects.get(email="support@example.com")
        shown = admin.site._registry[model].get_changelist_instance(request)
        assert len(shown.result_list) == shown.result_count, text


def test_models_of_other_packages_have_russian_names(rows: Rows, support: Client) -> None:
    index = support.get("/admin/").content.decode()
    listed = support.get(address(Authenticator, "changelist")).content.decode()
    extra = make_extra(service=make_pool(), icon="lock")
    page = support.get(address(Service, "change", extra.service_id))
    assert ["Вторые факторы" in text for text in (index, listed)] == [True, True]
    assert [word in index for word in ("Вход: электронная почта", "Вход: вторые факторы")] == [True, True]
    assert [word in index for word in ("Аккаунты", "MFA")] == [False, False]
    assert "uthenticator" not in re.sub(r"<[^>]*>", "", index + listed)
    assert 'data-filter-title="вид"' in listed
    assert all(word in listed for word in ("Вид", "Дата создания", "Когда применялся", "Всего: 1"))
    assert "<span>Замок</span>" in page.content.decode()
    (extras,) = read(page).attrs_of("div", id="extras-group")
    assert json.loads(extras["data-inline-formset"])["options"]["addText"] == "Добавить: Доп. услуга"


def test_nobody_but_the_person_gives_a_consent(support: Client) -> None:
    person = make_user()
    page = read(support.get(address(User, "change", person.pk)))
    assert [one for one in page.attrs_of("input") if one.get("name", "").startswith("consent")] == []


def test_what_libraries_name_in_english_is_russian(rows: Rows, support: Client) -> None:
    pages = {
        "/admin/auth/group/add/": ("Заказы | заказ: просмотр", "Can view"),
        address(EmailAddress, "changelist"): ('<td class="field-is_primary">нет</td>', "False"),
        address(Authenticator, "changelist"): ("Пользователь", ">User<"),
        address(Job, "changelist"): (f"письмо {Message.objects.earliest('pk').pk}", "message_id"),
        address(Job, "change", Job.objects.latest("id").pk): ("<p>поставлено в очередь</p>", "deferred"),
    }
    for page, (russian, english) in pages.items():
        text = re.sub(r"\s*(</?p>)\s*", r"\1", re.sub(r"<script.*?</script>", "", support.get(page).text))
        assert (russian in text, english in text) == (True, False), page
