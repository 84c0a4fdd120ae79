"""The money in Django admin: everything is read-only and without secrets."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from coworking.models import CancellationStep, Location, Seller, Service
from orders.models import (
    IssuedInvoice,
    LedgerEntry,
    MoneyCase,
    OffsetReceipt,
    Order,
    PaymentAttempt,
    PaymentLink,
    ProviderNotification,
    ProviderRequest,
    Refund,
)
from tests.admin.conftest import Rows
from tests.admin.pages import address, filled, make_money
from tests.factories import make_location, make_order, make_pool, make_tariff
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

OF_AN_ORDER = (
    PaymentAttempt,
    Refund,
    LedgerEntry,
    OffsetReceipt,
    PaymentLink,
    ProviderRequest,
    MoneyCase,
    IssuedInvoice,
)
MONEY = (*OF_AN_ORDER, ProviderNotification)
by_model = pytest.mark.parametrize("model", MONEY, ids=lambda model: model.__name__)


def found(client: Client, model: type[Model], text: str) -> set[Any]:
    return set(client.get(address(model, "changelist"), {"q": text}).context["cl"].result_list)


@by_model
def test_nothing_about_money_is_changed_here(support: Client, rows: Rows, model: type[Model]) -> None:
    row = rows[model]
    before, own = saved_rows(), list(model._default_manager.values())

    answers = [
        support.post(address(model, "add"), {"amount": "1"}),
        support.post(address(model, "change", row.pk), {"amount": "1", "status": "failed", "state": "done"}),
        support.post(address(model, "delete", row.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "delete_selected" not in support.get(address(model, "changelist")).text
    assert (saved_rows(), list(model._default_manager.values())) == (before, own)


@pytest.mark.parametrize("model", OF_AN_ORDER, ids=lambda model: model.__name__)
def test_money_is_found_by_the_number_of_its_order(support: Client, rows: Rows, model: type[Model]) -> None:
    order = make_order()
    row = make_money(order)[model]

    for text in (str(order.pk), f" № {order.pk} "):
        shown = found(support, model, text)
        assert row in shown
        assert {getattr(each, "order", order) for each in shown} == {order}


def test_money_is_found_by_what_the_provider_calls_it(support: Client, rows: Rows) -> None:
    money = make_money(make_order())
    attempt, refund = money[PaymentAttempt], money[Refund]
    assert isinstance(attempt, PaymentAttempt)
    assert isinstance(refund, Refund)
    of_payment, of_refund = str(attempt.provider_id), str(refund.provider_id)

    assert found(support, PaymentAttempt, of_payment) == {attempt}
    assert found(support, Refund, of_refund) == found(support, Refund, of_payment) == {refund}
    assert found(support, LedgerEntry, of_payment) == set(attempt.entries.all())
    assert found(support, ProviderRequest, of_payment) == {attempt.provider_request, refund.provider_request}
    assert found(support, ProviderRequest, str(attempt.provider_request.key)) == {attempt.provider_request}
    assert found(support, ProviderNotification, of_payment) == {money[ProviderNotification]}
    assert found(support, PaymentAttempt, of_payment[:-1]) == set()


def test_an_invoice_is_found_by_its_number_and_a_payment_by_its_document(support: Client, rows: Rows) -> None:
    invoice = make_money(make_order())[IssuedInvoice]
    entry = LedgerEntry.objects.create(
        order=make_order(), kind="charge", method="invoice", amount=600, at=NOW, document="п/п 417"
    )

    assert found(support, IssuedInvoice, str(invoice.pk)) == {invoice}
    assert found(support, IssuedInvoice, "5260998767") == {invoice, rows[IssuedInvoice]}
    assert found(support, IssuedInvoice, "5260998768") == set()
    assert found(support, LedgerEntry, "п/п 417") == {entry}


@pytest.mark.parametrize(
    "model", [PaymentLink, ProviderRequest, ProviderNotification], ids=lambda model: model.__name__
)
def test_a_payment_link_is_shown_without_its_secret(support: Client, model: type[Model]) -> None:
    order = make_order()
    row = make_money(order)[model]
    token = PaymentLink.objects.get(order=order).token

    for page in (address(model, "changelist"), address(model, "change", row.pk)):
        assert token not in support.get(page).text
    assert f"{token[:4]}…" in support.get(address(model, "change", row.pk)).text


def test_an_order_shows_its_payments_refunds_and_ledger(support: Client) -> None:
    order = make_order(tariff=make_tariff(service=make_pool(location=make_location(time_zone="Asia/Yekaterinburg"))))
    rows = make_money(order)

    page = support.get(address(Order, "change", order.pk)).text

    for row in (rows[PaymentAttempt], rows[Refund], rows[LedgerEntry]):
        assert address(type(row), "change", row.pk) in page
    for text in ("600\u00a0₽", "−200\u00a0₽", "400\u00a0₽", "24.11.2026 11:00", str(Refund.Status.SUCCEEDED.label)):
        assert text in page


def test_a_notification_and_a_case_without_an_order_are_shown(support: Client) -> None:
    case = MoneyCase.objects.create(kind="misconfigured", opened_at=NOW)

    assert "24.11.2026 06:00 UTC" in support.get(address(MoneyCase, "change", case.pk)).text
    assert "24.11.2026 06:00 UTC" in support.get(address(MoneyCase, "changelist")).text


# Requisites and policy: support does write these


def seller_data(**changes: Any) -> dict[str, Any]:
    requisites = {
        **{"name": "ООО «Лад»", "inn": "5260998767", "kpp": "526001001", "address": "Нижний Новгород"},
        **{"bank_name": "АО «Банк»", "bic": "042202999", "account": "40702810600000012345"},
        **{"corr_account": "30101810300000000999", "vat_note": "Без НДС", **changes},
    }
    return {"seller-TOTAL_FORMS": 1, **{f"seller-0-{name}": value for name, value in requisites.items()}}


def test_support_writes_the_requisites_of_a_location(support: Client) -> None:
    location = make_location()
    url = address(Location, "change", location.pk)

    assert support.post(url, filled(support.get(url), **seller_data())).status_code == 302

    assert Seller.objects.get(location=location).account == "40702810600000012345"


@pytest.mark.parametrize("wrong", [{"account": "40702810600000012346"}, {"inn": "5260998768"}, {"bic": "12"}])
def test_requisites_with_a_typing_error_are_not_saved(support: Client, wrong: dict[str, str]) -> None:
    location = make_location()
    url = address(Location, "change", location.pk)

    page = support.post(url, filled(support.get(url), **seller_data(**wrong)))

    assert page.status_code == 200
    assert any(formset.formset.errors for formset in page.context["inline_admin_formsets"])
    assert not Seller.objects.filter(location=location).exists()


def test_support_writes_the_cancellation_policy_of_a_service(support: Client) -> None:
    service = make_tariff().service
    url = address(Service, "change", service.pk)
    steps = {"cancellation_steps-TOTAL_FORMS": 1, "cancellation_steps-0-hours_before": 24}

    refused = support.post(url, filled(support.get(url), **steps, **{"cancellation_steps-0-percent": 101}))
    assert refused.status_code == 200
    assert not CancellationStep.objects.exists()

    assert (
        support.post(url, filled(support.get(url), **steps, **{"cancellation_steps-0-percent": 100})).status_code == 302
    )
    assert [(step.hours_before, step.percent) for step in service.cancellation_steps.all()] == [(24, 100)]
