"""Erasing a person while something about them is written: one comes first and refuses the other."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from accounts.domain import contacts
from accounts.models import Erasure, ListName, Role, User
from coworking.models import Ticket
from olvery.shared.periods import Period
from olvery.shared.refusals import Busy, Refused
from olvery.shared.rows import constraint_of
from orders.domain import exports
from orders.domain.booking import deadlines, placing
from orders.domain.booking.transitions import TransitionRefused
from orders.domain.desk import erasing, retention
from orders.domain.online.expiry import expire_overdue
from orders.exporting import write_export
from orders.models import Export, ExportFormat, Order
from tests.factories import make_location, make_manager, make_member, make_order, make_tariff, make_user
from tests.moments import NOW, moment
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, until_another_waits, without_trigger

LATER, HOUR = NOW + timedelta(minutes=1), timedelta(hours=1)
LONG_AGO = moment("2019-03-12 10:00")
# After the payment deadline, before the booked time.
EXPIRED = moment("2026-11-25 09:30")


def race(monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[Any]:
    """Let one of them write, and commit only when the other has begun to wait, or has finished."""
    tariff, person = make_tariff(), make_user()
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    asked = erasing.ask(person, at=NOW)
    module, name = (placing, "_issue") if order_first else (erasing, "_erase_person")
    written = hold_until_another_waits(monkeypatch, module, name)

    def order() -> Any:
        order_first or written.wait(TIMEOUT)
        return make_order(tariff=tariff, customer=person, by=manager, phone="+79265550000")

    def erase() -> Any:
        not order_first or written.wait(TIMEOUT)
        return erasing.erase(asked, by=administrator, location_id=location.pk, at=LATER)

    return at_once([order, erase])


def anonymous_orders() -> int:
    return Order.objects.filter(customer__erased_at__isnull=False).count()


def test_an_order_that_comes_first_refuses_the_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    order, erased = race(monkeypatch, order_first=True)
    assert (type(order), type(erased)) == (Order, Refused)
    assert (Erasure.objects.get().done_at, anonymous_orders()) == (None, 0)
    assert User.objects.get(pk=order.customer_id).email


def test_an_erasure_that_comes_first_refuses_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order, erased = race(monkeypatch, order_first=False)
    assert (isinstance(order, Refused), erased) == (True, None)
    assert (Erasure.objects.get().done_at, Order.objects.count()) == (LATER, 0)


def test_control_without_guards_somebody_anonymous_has_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "versions_of", lambda *args, **wanted: [])
    with (
        without_trigger("orders_order", "order_not_of_erased_person"),
        without_trigger("coworking_ticket", "ticket_not_of_erased_person"),
    ):
        order, erased = race(monkeypatch, order_first=False)
        assert (type(order), erased, anonymous_orders()) == (Order, None, 1)


def race_with_reactivation(monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[Any]:
    """Let an order that was not paid in time come back while its customer is erased."""
    tariff, person = make_tariff(), make_user()
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    order = make_order(tariff=tariff, customer=person, by=manager, payment_method="online")
    assert expire_overdue(None, EXPIRED) == 1
    asked = erasing.ask(person, at=EXPIRED)
    module, name = (deadlines, "restore_places") if order_first else (erasing, "_erase_person")
    written = hold_until_another_waits(monkeypatch, module, name)

    def reactivate() -> Any:
        order_first or written.wait(TIMEOUT)
        return deadlines.reactivate_order(order.pk, by=manager, at=EXPIRED)

    def erase() -> Any:
        not order_first or written.wait(TIMEOUT)
        return erasing.erase(asked, by=administrator, location_id=location.pk, at=EXPIRED)

    return at_once([reactivate, erase])


def without_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an order be restored whoever its customer is."""
    look = deadlines.reactivation_of

    def look_away(order: Order, *, at: datetime) -> deadlines.Reactivation:
        order.customer.erased_at = None
        return look(order, at=at)

    monkeypatch.setattr(deadlines, "reactivation_of", look_away)


@pytest.mark.usefixtures("gateway")
def test_an_order_that_comes_back_first_refuses_the_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    order, erased = race_with_reactivation(monkeypatch, order_first=True)
    assert (order.status, type(erased)) == ("awaiting_payment", Refused)
    assert (Erasure.objects.get().done_at, anonymous_orders()) == (None, 0)


@pytest.mark.usefixtures("gateway")
def test_an_erasure_that_comes_first_lets_no_order_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    without_looking(monkeypatch)
    refused, erased = race_with_reactivation(monkeypatch, order_first=False)
    assert (type(refused), refused.reason, erased) == (TransitionRefused, "customer_erased", None)
    assert Order.objects.get().status == "expired"


@pytest.mark.usefixtures("gateway")
def test_control_without_the_trigger_an_order_of_somebody_anonymous_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    without_looking(monkeypatch)
    with without_trigger("orders_order", "order_not_revived_for_erased_person"):
        order, erased = race_with_reactivation(monkeypatch, order_first=False)
    assert (order.status, erased, anonymous_orders()) == ("awaiting_payment", None, 1)


def renamed_while_erased(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, User]:
    """Save the name of a person read before their erasure; return the outcome, and the person."""
    person, location = make_user(), make_location()
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    asked = erasing.ask(person, at=NOW)
    written = hold_until_another_waits(monkeypatch, erasing, "_erase_person")

    def rename() -> None:
        written.wait(TIMEOUT)
        contacts.rename(person, last_name="Ким", first_name="Олег", middle_name="", company="")

    def erase() -> None:
        erasing.erase(asked, by=administrator, location_id=location.pk, at=LATER)

    renamed, erased = at_once([rename, erase])
    assert erased is None
    return renamed, User.objects.get(pk=person.pk)


def test_a_name_does_not_come_back_to_who_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    renamed, person = renamed_while_erased(monkeypatch)
    assert (type(renamed), person.last_name, person.erased_at) == (Busy, "№", LATER)


def test_control_without_the_trigger_a_name_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_trigger("accounts_user", "user_stays_erased"):
        renamed, person = renamed_while_erased(monkeypatch)
    assert (renamed, person.last_name, person.erased_at) == (None, "Ким", LATER)


def test_a_row_that_was_read_before_brings_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    location, read = make_location(), [make_user(), make_user()]
    erased, merged = User.objects.get(pk=read[0].pk), User.objects.get(pk=read[1].pk)
    erasing.erase(
        erasing.ask(erased, at=NOW),
        by=make_member(location=location, role=Role.LOCATION_ADMINISTRATOR),
        location_id=location.pk,
        at=LATER,
    )
    merged.phone, merged.email, merged.is_active, merged.merged_into = None, None, False, make_user()
    merged.save()
    before = list(User.objects.order_by("pk").values())
    for stale, guard in zip(read, ("user_stays_erased", "user_stays_merged"), strict=True):
        with pytest.raises(IntegrityError) as refused:
            stale.save()
        assert constraint_of(refused.value) == guard
    assert list(User.objects.order_by("pk").values()) == before


def exported_while_erased(monkeypatch: pytest.MonkeyPatch, *, export_first: bool) -> tuple[list[Any], str, str]:
    """Write a file that shows a person while they are erased; return results, its state, and the file if any."""
    tariff, person = make_tariff(), make_user(last_name="Сидоркин")
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    make_order(tariff=tariff, customer=person, by=manager)
    Order.objects.update(status="completed", due=0)
    Ticket.objects.update(status="used")
    asked = erasing.ask(person, at=NOW)
    facts = {"what": ListName.ORDERS, "format": ExportFormat.CSV, "language": "ru"}
    export = Export.objects.create(by=manager, location=location, **facts)
    module, name = (exports.access_log, "record") if export_first else (erasing, "_erase_person")
    written = hold_until_another_waits(monkeypatch, module, name)

    def write() -> Any:
        export_first or written.wait(TIMEOUT)
        return write_export(export.pk, at=NOW)

    def erase() -> Any:
        not export_first or written.wait(TIMEOUT)
        return erasing.erase(asked, by=administrator, location_id=location.pk, at=LATER)

    found = at_once([write, erase])
    export.refresh_from_db()
    shown = export.path.read_text() if export.status == "ready" else ""
    return found, export.status, shown


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.EXPORT_DIR = tmp_path
    return tmp_path


def test_an_export_that_begins_while_somebody_is_erased_does_not_show_them(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    found, status, shown = exported_while_erased(monkeypatch, export_first=False)
    assert (found, status, "Сидоркин" in shown, f"№ {Erasure.objects.get().pk}" in shown) == (
        [None, None], "ready", False, True
    )  # fmt: skip


def test_an_export_that_is_finished_while_somebody_is_erased_is_taken_back(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    found, status, _shown = exported_while_erased(monkeypatch, export_first=True)
    assert (found, status) == ([None, None], "failed")
    exports.forget_old(LATER)
    assert list(folder.iterdir()) == []


def noted_while_erased(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], str]:
    """Finish a file while an inactive person in it is erased; return results and the state of the file."""
    tariff, person, over = make_tariff(), make_user(date_joined=LONG_AGO), Period(LONG_AGO, LONG_AGO + HOUR)
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    make_order(tariff=tariff, customer=person, by=manager)
    Order.objects.update(status="completed", due=0, created_at=LONG_AGO, period=over)
    Ticket.objects.update(status="used", created_at=LONG_AGO, period=over, occupied=over)
    facts = {"what": ListName.ORDERS, "format": ExportFormat.CSV, "language": "ru"}
    export = Export.objects.create(by=manager, location=location, **facts)
    record, begun = exports.access_log.record, threading.Event()

    def record_slowly(*people: Any, **facts: Any) -> None:
        if not begun.is_set():
            begun.set()
            until_another_waits()
        record(*people, **facts)

    monkeypatch.setattr(exports.access_log, "record", record_slowly)

    def erase() -> Any:
        begun.wait(TIMEOUT)
        return retention.erase(person.pk, by=administrator, location=location, at=LATER)

    found = at_once([lambda: write_export(export.pk, at=NOW), erase])
    export.refresh_from_db()
    return found, export.status


def test_an_export_that_notes_somebody_does_not_stand_in_the_way_of_erasing_them(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    found, status = noted_while_erased(monkeypatch)
    assert (found, status) == ([None, Erasure.objects.first()], "failed")
    assert Erasure.objects.get().done_at == LATER


def test_control_where_the_person_is_locked_first_both_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    forget = exports.forget_people

    def lock_and_forget(people: Any, *, at: datetime) -> None:
        retention.locks.lock_people([person.pk for person in people])
        forget(people, at=at)

    monkeypatch.setattr(exports, "forget_people", lock_and_forget)
    found, _status = noted_while_erased(monkeypatch)
    assert [type(one) for one in found].count(Busy) + [type(one) for one in found].count(OperationalError) == 1


def test_control_without_waiting_for_the_erasure_a_file_shows_who_is_erased(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(exports, "_wait_for_erasures", lambda: None)
    found, status, shown = exported_while_erased(monkeypatch, export_first=False)
    assert (found, status, "Сидоркин" in shown) == ([None, None], "ready", True)
