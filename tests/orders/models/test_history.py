from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Value

from coworking.models import Ticket
from orders.models import Order, OrderEvent, OrderLine
from tests.factories import make_order
from tests.snapshots import saved_rows
from tests.truncation import delete_everything

pytestmark = pytest.mark.django_db

APPEND_ONLY = [OrderEvent, OrderLine]


def refused(change: Any, constraint: str = "history_only_grows") -> None:
    before = saved_rows()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        change()
    assert error.value.__cause__.diag.constraint_name == constraint
    assert saved_rows() == before


@pytest.fixture(autouse=True)
def order() -> Order:
    return make_order()


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_the_database_refuses_to_change_what_was_written(model: Any) -> None:
    field = "reason" if model is OrderEvent else "title"
    refused(lambda: model.objects.update(**{field: "Другое"}))
    row = model.objects.first()
    setattr(row, field, "Другое")
    refused(row.save)


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_the_database_refuses_to_delete_what_was_written(model: Any) -> None:
    refused(model.objects.all().delete)
    refused(model.objects.first().delete)


@pytest.mark.parametrize("table", ["orders_orderevent", "orders_orderline"])
def test_plain_sql_does_not_get_around_it(table: str) -> None:
    with connection.cursor() as cursor:
        refused(lambda: cursor.execute(f"DELETE FROM {table}"))
        refused(lambda: cursor.execute(f"UPDATE {table} SET order_id = order_id"))


@pytest.mark.parametrize(
    "tables",
    [
        "orders_ledgerentry CASCADE",
        "orders_orderevent CASCADE",
        "orders_orderline",
        "accounts_roleevent CASCADE",
        "orders_order CASCADE",  # also deletes the rows that refer to it
        "accounts_user CASCADE",
    ],
)
def test_the_database_refuses_to_empty_what_was_written(tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE fails while constraints are still to be checked
        refused(lambda: cursor.execute(f"TRUNCATE {tables}"))


def test_every_table_that_only_grows_is_guarded_against_emptying() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgtype & 32 <> 0 FROM pg_trigger"
            " WHERE tgfoid::regproc::text LIKE '%refuse_rewriting' AND tgenabled = 'O'"
        )
        guards = cursor.fetchall()
    growing = {table for table, on_truncate in guards if not on_truncate}
    assert {table for table, on_truncate in guards if on_truncate} == growing
    assert growing == {
        "accounts_accessevent",
        "accounts_companyevent",
        "accounts_companymerge",
        "accounts_consentevent",
        "accounts_document",
        "accounts_personmerge",
        "accounts_roleevent",
        "accounts_securityevent",
        "coworking_settingsevent",
        "orders_acceptedterms",
        "orders_billcorrection",
        "orders_billedorder",
        "orders_monthbill",
        "orders_ledgerentry",
        "orders_moneyapproval",
        "orders_orderevent",
        "orders_orderline",
        "orders_waitedorder",
        "orders_passentry",
        "orders_promouse",
    }


@pytest.mark.django_db(transaction=True)
def test_the_guards_are_on_again_after_all_tables_were_emptied() -> None:
    delete_everything()
    assert not Order.objects.exists()
    order = make_order()
    with connection.cursor() as cursor:
        refused(lambda: cursor.execute("TRUNCATE orders_ledgerentry CASCADE"))
    assert Order.objects.get() == order


def test_an_order_and_its_tickets_cannot_be_deleted_under_their_history() -> None:
    for model in (Order, Ticket):
        before = saved_rows()
        with pytest.raises(Exception, match="protected"):
            model.objects.all().delete()
        assert saved_rows() == before


def test_numbers_of_orders_and_tickets_cannot_be_confused(order: Order) -> None:
    ticket = Ticket.objects.get()
    assert 10001 <= order.number < 20001 <= ticket.number


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("order_phone_is_e164", {"phone": Value("8 912 345-67-89")}),  # bypassing the field, which would write E.164
        ("order_phone_is_e164", {"phone": "no number"}),
        ("order_paid_online_has_email", {"payment_method": "online", "email": ""}),
        ("order_awaits_payment_until_a_moment", {"status": "awaiting_payment", "deadline_at": None}),
        ("order_has_a_ticket", {"ticket_count": 0}),
    ],
)
def test_an_order_that_contradicts_itself_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    refused(lambda: Order.objects.update(**fields), constraint)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("line_only_a_reduction_is_negative", {"kind": "discount", "amount": 1}),
        ("line_only_a_reduction_is_negative", {"amount": -1}),
        ("line_of_a_tariff_has_a_ticket", {"ticket": None}),
        ("line_of_an_extra_names_it", {"kind": "extra"}),
        ("line_quantity_above_zero", {"quantity": 0}),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(constraint: str, fields: dict[str, Any], order: Order) -> None:
    line = {
        "order": order,
        "kind": "tariff",
        "ticket": Ticket.objects.get(),
        "title": "Час",
        "quantity": 1,
        "unit_price": 1,
        "amount": 1,
    }
    refused(lambda: OrderLine.objects.create(**{**line, **fields}), constraint)
