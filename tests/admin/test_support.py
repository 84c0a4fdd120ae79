"""What belongs to a location in Django admin: read-only, without secrets, found and narrowed by indexes."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from accounts.models import User
from coworking.models import Ticket, WaitingWish
from orders.admin import finding
from orders.models import (
    ApiRequest,
    ApiToken,
    BulkAction,
    Delivery,
    Export,
    Order,
    Pass,
    PassEntry,
    PromoCode,
    PromoUse,
    Webhook,
)
from tests.admin.conftest import Rows
from tests.admin.pages import address, make_of_place
from tests.factories import make_location, make_order, make_pool, make_tariff, make_user
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

OF_PLACE = (
    *(Pass, PassEntry, PromoCode, PromoUse, WaitingWish, ApiToken, ApiRequest, Webhook, Delivery, Export),
    BulkAction,
)
BY_ORDER = (Pass, PassEntry, PromoUse, WaitingWish, Delivery, BulkAction)
by_model = pytest.mark.parametrize("model", OF_PLACE, ids=lambda model: model.__name__)


def found(client: Client, model: type[Model], **asked: Any) -> list[Any]:
    return list(client.get(address(model, "changelist"), asked).context["cl"].result_list)


@by_model
def test_nothing_is_changed_here(support: Client, rows: Rows, model: type[Model]) -> None:
    row = rows[model]
    before, own = saved_rows(), list(model._default_manager.values())

    answers = [
        support.post(address(model, "add"), {"units": "1"}),
        support.post(address(model, "change", row.pk), {"units": "1", "status": "ended", "revoked_at": ""}),
        support.post(address(model, "delete", row.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "delete_selected" not in support.get(address(model, "changelist")).text
    assert (saved_rows(), list(model._default_manager.values())) == (before, own)


@pytest.mark.parametrize("model", BY_ORDER, ids=lambda model: model.__name__)
def test_rows_are_found_by_the_number_of_an_order(support: Client, rows: Rows, model: type[Model]) -> None:
    order = make_order()
    row = make_of_place(order)[model]

    for text in (str(order.pk), f" № {order.pk} ", f"Заказ {order.pk}"):
        assert found(support, model, q=text) == [row]


@pytest.mark.parametrize("model", [Pass, WaitingWish, ApiToken, Webhook, Export, BulkAction])
def test_rows_are_found_by_their_person_even_one_whose_account_is_closed(
    support: Client, rows: Rows, model: type[Model]
) -> None:
    customer = make_user(last_name="Фёдоров", phone="+79162044821")
    made = make_of_place(make_order(customer=customer))
    User.objects.filter(pk=customer.pk).update(is_active=False)
    person = customer if model in {Pass, WaitingWish} else made[ApiToken].holder  # type: ignore[attr-defined]
    assert found(support, model, q=f"{person.last_name} {person.first_name}")[:1] == [made[model]]
    assert found(support, model, q=str(person.phone)) == [made[model]]


def test_rows_are_found_by_what_others_know_them_by(support: Client, rows: Rows) -> None:
    made: Any = make_of_place(make_order())
    code, token, delivery = made[PromoCode], made[ApiToken], made[Delivery]

    assert found(support, PromoCode, q=f" осень {code.code[6:]}") == [code]
    assert found(support, PromoUse, q=code.code) == [made[PromoUse]]
    assert found(support, ApiToken, q=token.hint) == [token]
    assert found(support, ApiRequest, q=made[ApiRequest].key) == [made[ApiRequest]]
    assert found(support, Delivery, q=f"msg_{delivery.webhook_id}_{delivery.event_id}") == [delivery]
    assert found(support, Delivery, q=f"msg_{delivery.webhook_id + 1}_{delivery.event_id}") == []
    assert found(support, Webhook, q="CRM.example") == [made[Webhook], rows[Webhook]]
    assert found(support, PassEntry, q=str(made[Pass].pk)) == list(made[Pass].entries.order_by("-pk"))


@pytest.mark.parametrize("model", [Pass, PromoCode, WaitingWish, ApiToken, Webhook, Export, BulkAction])
def test_a_list_is_narrowed_to_a_location(support: Client, rows: Rows, model: type[Model]) -> None:
    order = make_order()
    row = make_of_place(order)[model]

    assert found(support, model, location=order.location_id) == [row]
    assert found(support, model, location=make_location().pk) == []
    assert found(support, model, location="junk") == [row, rows[model]]


@pytest.mark.parametrize(
    ("model", "owner", "field"),
    [
        (PassEntry, Pass, "of_pass"),
        (PromoUse, PromoCode, "code"),
        (ApiRequest, ApiToken, "token"),
        (Delivery, Webhook, "webhook"),
    ],
)
def test_a_row_leads_to_what_belongs_to_it(
    support: Client, rows: Rows, model: Any, owner: type[Model], field: str
) -> None:
    made = make_of_place(make_order())
    link = f"{address(model, 'changelist')}?{field}={made[owner].pk}"

    assert f'href="{link}"' in support.get(address(owner, "change", made[owner].pk)).text
    shown = list(support.get(link).context["cl"].result_list)
    assert shown == list(model.objects.filter(**{field: made[owner]}).order_by("-pk"))
    assert made[model] in shown


def test_rows_lead_to_orders_people_and_tickets(support: Client, rows: Rows) -> None:
    order = make_order()
    made = make_of_place(order)
    ticket = Ticket.objects.get(visitor=order.customer, lines__order=order)
    to_order = address(Order, "change", order.pk)

    for model in (*BY_ORDER, ApiRequest):
        if model is not Pass:
            assert f'href="{to_order}"' in support.get(address(model, "change", made[model].pk)).text, model
    assert address(Ticket, "change", ticket.pk) in support.get(address(BulkAction, "change", made[BulkAction].pk)).text
    assert (
        address(type(order.customer), "change", order.customer_id)
        in support.get(address(Pass, "change", made[Pass].pk)).text
    )
    page = support.get(to_order).text
    assert [address(model, "change", made[model].pk) in page for model in (Pass, PromoCode)] == [True, True]


def test_the_filters_of_large_lists_are_those_with_an_index(support: Client, rows: Rows) -> None:
    wish, delivery = rows[WaitingWish], rows[Delivery]
    assert found(support, WaitingWish, in_line="yes") == [wish]
    assert found(support, WaitingWish, in_line="no") == []
    assert found(support, Delivery, undelivered="waits") == [delivery]
    assert found(support, Delivery, undelivered="failed") == []
    assert found(support, Delivery, undelivered="sent") == [delivery]


def test_moments_are_by_the_clock_of_the_location(support: Client) -> None:
    location = make_location(time_zone="Asia/Omsk")
    made = make_of_place(make_order(tariff=make_tariff(service=make_pool(location=location))))
    for model in (PassEntry, PromoUse, WaitingWish, ApiToken, ApiRequest, Webhook, Export, BulkAction):
        assert "24.11.2026 12:00" in support.get(address(model, "change", made[model].pk)).text, model


def test_a_delivery_that_was_given_up_is_not_tried_again(support: Client, rows: Rows) -> None:
    page = address(Delivery, "change", rows[Delivery].pk)
    assert "24.11.2026 09:00" in support.get(page).text
    Delivery.objects.update(status="failed")
    assert "24.11.2026 09:00" not in support.get(page).text


@pytest.mark.parametrize(
    ("model", "title"),
    [
        (WaitingWish, "Посмотреть заявку в листе ожидания"),
        (Export, "Посмотреть выгрузку"),
        (Delivery, "Посмотреть доставку"),
        (BulkAction, "Посмотреть групповое действие"),
    ],
)
def test_titles_are_in_the_right_case(support: Client, rows: Rows, model: type[Model], title: str) -> None:
    assert support.get(address(model, "change", rows[model].pk)).context["title"] == title


# Secrets


def test_no_page_shows_a_secret(support: Client, rows: Rows) -> None:
    made: Any = rows
    secrets = {
        ApiToken: [made[ApiToken].digest],
        ApiRequest: [made[ApiRequest].digest, str(made[ApiRequest].form_token)],
        Webhook: [made[Webhook].secret],
        Delivery: [made[Webhook].secret],
        Export: [str(made[Export].form_token)],
        BulkAction: [str(made[BulkAction].form_token)],
        WaitingWish: [str(made[WaitingWish].token)],
    }
    for model, hidden in secrets.items():
        pages = (address(model, "changelist"), address(model, "change", made[model].pk))
        shown = "".join(support.get(page).text for page in pages)
        assert [secret for secret in hidden if secret in shown] == [], model


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (ApiToken, "digest__startswith"),
        (ApiRequest, "token__digest__startswith"),
        (Webhook, "secret__gt"),
        (Delivery, "webhook__secret__gt"),
        (Export, "form_token__gt"),
    ],
)
def test_no_address_finds_out_a_secret_letter_by_letter(
    support: Client, rows: Rows, model: type[Model], lookup: str
) -> None:
    assert support.get(address(model, "changelist"), {lookup: "a"}).status_code == 400


def test_words_of_several_kinds_all_have_to_fit(support: Client, rows: Rows) -> None:
    order = make_order(customer=make_user(last_name="Фёдоров", phone="+79162044821"))
    made = make_of_place(order)[Pass]
    for text in (f"федоров {made.order_id}", "89162044821 федоров", f"Заказ {made.order_id}"):
        assert found(support, Pass, q=text) == [made], text
    assert found(support, Pass, q=f"петров {made.order_id}") == []


# Many rows


def test_people_beyond_a_limit_are_left_out_and_told_of(
    support: Client, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PEOPLE", 1)
    order = make_order(customer=make_user(last_name="Фёдоров", phone="+79162044821"))
    made = make_of_place(order)
    assert found(support, Pass, q="федоров") == [made[Pass]]
    make_user(last_name="Фёдоров")

    page = support.get(address(Pass, "changelist"), {"q": "федоров"})

    assert list(page.context["cl"].result_list) == []
    assert "Подходит больше тысячи человек" in page.text
