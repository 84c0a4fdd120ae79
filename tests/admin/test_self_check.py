"""The page that tells support whether all is well, and the check of every ticket and order behind it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coworking.domain.double_booking import DoubleBooking, look_for_double_booking
from olvery.shared.jobs import later
from orders import tasks
from orders.domain import messages
from orders.domain.money.totals import PassTotals, Totals, compare_passes, compare_totals
from orders.domain.online.sums import KEY as SUMS
from orders.domain.online.sums import Sums
from orders.domain.queries.self_check import KEY, check_itself, last_findings
from orders.models import Order
from tests.factories import make_order, make_pass, make_pool, make_tariff, make_user
from tests.moments import NOW
from tests.snapshots import saved_rows
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/admin/self-check/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Isolate the test from backups on this machine and findings of earlier tests."""
    settings.BACKUP_DIR = tmp_path
    cache.delete(KEY)
    return tmp_path


def states(client: Client) -> dict[str, str]:
    """Return the state of each line."""
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return {line.title: line.state for line in answer.context["lines"]}


def unguarded(sql: str) -> None:
    """Write past the guards of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_double_booking_and_lost_money_are_found() -> None:
    pool = make_pool(capacity=2)
    orders = [make_order(tariff=make_tariff(service=pool)) for _ in range(2)]
    assert look_for_double_booking() == DoubleBooking(seated=0, sharing=0, overfull=0)
    total = Totals(orders=2, ledger=Decimal(0), stored=Decimal(0), differing=0)
    assert compare_totals() == total
    assert check_itself(at=NOW).is_clean

    unguarded("UPDATE coworking_service SET capacity = 1")
    assert look_for_double_booking() == DoubleBooking(seated=0, sharing=0, overfull=1)
    unguarded(f"UPDATE orders_order SET paid = 5 WHERE number = {orders[0].number}")
    assert compare_totals() == Totals(orders=2, ledger=Decimal(0), stored=Decimal(5), differing=1)
    assert not check_itself(at=NOW).is_clean
    with pytest.raises(SystemExit) as ended:
        call_command("check_itself")
    assert ended.value.code == 3


def test_a_pass_with_another_balance_than_its_entries_is_found(support: Client) -> None:
    for _ in range(2):
        make_pass(service=make_pool())
    assert compare_passes() == PassTotals(passes=2, differing=0)
    assert check_itself(at=timezone.now()).is_clean
    assert states(support)["Остатки абонементов сходятся с движением"] == "good"
    unguarded('UPDATE orders_pass SET "left" = 9 WHERE order_id = (SELECT min(order_id) FROM orders_pass)')
    assert compare_passes() == PassTotals(passes=2, differing=1)
    assert not check_itself(at=timezone.now()).is_clean
    assert states(support)["Остатки абонементов сходятся с движением"] == "bad"


def test_two_tickets_on_one_seat_are_found_even_where_one_lies_within_the_other() -> None:
    with connection.cursor() as cursor:
        # The constraint forbids it: the rows are only made up for the query.
        cursor.execute(
            "CREATE TEMPORARY TABLE coworking_ticket AS SELECT * FROM (VALUES"
            " (1, 7, 'active', tstzrange('2026-11-24', '2026-11-30')),"
            " (2, 7, 'active', tstzrange('2026-11-25', '2026-11-26')),"
            " (3, 7, 'held', tstzrange('2026-11-27', '2026-11-28')),"
            " (4, 7, 'active', tstzrange('2026-11-30', '2026-12-01')),"
            " (5, 8, 'active', tstzrange('2026-11-24', '2026-11-30')),"
            " (6, 7, 'cancelled', tstzrange('2026-11-24', '2026-11-30'))"
            ") AS made_up (number, seat_id, status, occupied)"
        )
        cursor.execute("ALTER TABLE coworking_ticket ADD service_id bigint")
    assert look_for_double_booking() == DoubleBooking(seated=5, sharing=2, overfull=0)


def test_support_sees_what_was_found_and_nothing_changes(support: Client, folder: Path) -> None:
    make_order()
    before = states(support)
    assert before["Места и деньги"] == before["Последняя копия"] == "unknown"
    check_itself(at=NOW - timedelta(hours=5))
    (folder / "base" / "20261124T010000Z").mkdir(parents=True)
    rows = saved_rows()
    told = states(support)
    assert saved_rows() == rows
    assert set(told.values()) == {"good", "unknown"}
    assert told["Ни одно место не занято дважды"] == told["Миграции"] == told["Последняя копия"] == "good"
    page = read(support.get(PAGE))
    assert page.text["h1"][-1] == "Самопроверка"

    later(messages.SEND, message_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '1 year'")
    check_itself(at=NOW - timedelta(days=3))
    told = states(support)
    assert {title for title, state in told.items() if state == "bad"} == {"Задания: письма", "Проверено"}


def test_a_database_that_stopped_within_the_folded_migrations_is_told_of(support: Client) -> None:
    recorded = MigrationRecorder(connection).migration_qs
    recorded.filter(app="orders", name__in=["0112_index_case_location", "0001_squashed_0112_orders"]).delete()
    (line,) = (line for line in support.get(PAGE).context["lines"] if line.title == "Миграции")
    assert (line.text, line.state) == ("Не применена 1 миграция", "bad")


def test_the_page_reads_as_much_for_three_orders_as_for_one(support: Client) -> None:
    make_order()
    check_itself(at=timezone.now())
    support.get(PAGE)
    with CaptureQueriesContext(connection) as of_one:
        support.get(PAGE)
    for _ in range(2):
        later(messages.SEND, message_id=make_order().number)
    with CaptureQueriesContext(connection) as of_three:
        support.get(PAGE)
    assert len(of_one) <= len(of_three) <= len(of_one) + 1 <= 14
    assert not [query for query in of_three if "FROM coworking_ticket" in query["sql"]]
    assert Order.objects.count() == 3


def test_only_support_that_may_see_the_ledger_opens_it(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    client.force_login(make_user())
    assert client.get(PAGE).status_code == 302  # to the sign-in of Django admin
    staff = User.objects.create(email="staff@example.com", last_name="Ли", is_staff=True)
    client.force_login(staff)
    assert client.get(PAGE).status_code == 403
    assert "Самопроверка" not in client.get("/admin/").content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="view_ledgerentry"))
    assert client.get(PAGE).status_code == 200
    assert PAGE in client.get("/admin/").content.decode()
    assert client.post(PAGE).status_code == 405


def test_the_job_keeps_what_it_found(support: Client) -> None:
    tasks.check_itself(timestamp=0)
    found = last_findings()
    assert found
    assert found.at == timezone.now()


def test_money_that_only_one_of_ledger_and_provider_has_is_shown(support: Client, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    cache.delete(SUMS)
    title, at = "В ЮKassa столько же, сколько в записях о деньгах", timezone.now()
    found = [states(support)[title]]
    for ledger, moment in ((600, at), (500, at), (600, at - timedelta(days=1))):
        cache.set(SUMS, Sums(moment, moment - timedelta(days=2), 1, Decimal(ledger), Decimal(600)))
        found.append(states(support)[title])
    assert found == ["unknown", "good", "bad", "bad"]
    assert "По записям о деньгах 600 ₽, в ЮKassa 600 ₽" in support.get(PAGE).content.decode().replace("\xa0", " ")
