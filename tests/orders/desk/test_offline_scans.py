"""Scans made without network: each is recorded once, at its own moment; problems wait for a person."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain import ticket_codes, visits
from coworking.domain.tickets import close_finished
from coworking.models import Tariff, Ticket, TicketStatus, Visit, VisitSource
from olvery.shared.periods import Period
from orders.domain.desk import cancelling, door, offline_scans
from orders.domain.desk.offline_scans import TEXT_KEPT, TokenUsed
from orders.models import OfflineScan, Order
from orders.views.door.scan_words import to_settle
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import TUESDAY, moment

pytestmark = pytest.mark.django_db

TEN, ELEVEN = moment("2026-11-25 10:00"), moment("2026-11-25 11:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def order() -> Order:
    """600 ₽ by invoice for Wednesday, 10 to 12, where visits are recorded."""
    location = make_location(visits_from=TUESDAY)
    return make_order(tariff=make_tariff(service=make_pool(location=location)), payment_method="invoice")


@pytest.fixture
def by(order: Order) -> User:
    return make_manager(location=order.location)


def ticket_of(order: Order) -> Ticket:
    return Ticket.objects.select_related("service__location").get(lines__order=order, lines__kind="tariff")


def scan_of(order: Order, *, text: str = "", at: Any = TEN, **changes: Any) -> dict[str, Any]:
    read = text or str(ticket_of(order).pk)
    return {"token": uuid.uuid4(), "location": order.location, "read_text": read, "scanned_at": at, **changes}


def recorded(order: Order, scan: dict[str, Any], by: User, at: Any = ELEVEN) -> OfflineScan:
    return offline_scans.record(OfflineScan(**scan, by=by, received_at=at))


def test_a_scan_is_a_visit_at_its_own_moment(order: Order, by: User) -> None:
    ticket = ticket_of(order)
    scan = scan_of(order, text=ticket_codes.code_of(ticket))
    stored = recorded(order, scan, by)
    visit = Visit.objects.get()
    assert (visit.ticket, visit.arrived_at, visit.let_in_by, visit.source) == (ticket, TEN, by, "code")
    assert visit.is_open
    assert (stored.visit, stored.ticket, stored.reason) == (visit, ticket, "")
    assert (stored.scanned_at, stored.received_at) == (TEN, ELEVEN)
    assert offline_scans.to_settle(order.location) == []


def test_a_scan_that_is_sent_again_is_answered_the_same(order: Order, by: User) -> None:
    scan = scan_of(order)
    first = recorded(order, scan, by)
    assert recorded(order, scan_of(order, token=scan["token"], at=TEN + MINUTE), by, at=ELEVEN + MINUTE) == first
    assert list(Visit.objects.values_list("arrived_at", flat=True)) == [TEN]


def test_a_form_whose_answer_was_lost_is_no_second_visit(order: Order, by: User) -> None:
    scan, number = scan_of(order), ticket_of(order).pk
    scan_id = door.scan_of(scan["token"], number)
    visit = door.let_in(number, scan_id=scan_id, source=VisitSource.NUMBER, by=by, at=TEN)
    assert recorded(order, scan, by).visit == visit
    assert offline_scans.to_settle(order.location) == []


def test_the_token_of_another_location_is_refused(order: Order, by: User) -> None:
    scan = scan_of(order)
    recorded(order, scan, by)
    with pytest.raises(TokenUsed):
        recorded(order, {**scan, "location": make_location()}, by)
    assert (OfflineScan.objects.count(), Visit.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("at", "changes", "reason"),
    [
        (TEN, {"status": "cancelled"}, "entry_cancelled"),
        (TEN, {"status": "no_show"}, "entry_released"),
        (TEN, {"status": "held", "held_until": ELEVEN}, "entry_unpaid"),
        (moment("2026-11-25 09:30"), {}, "entry_too_early"),
    ],
)
def test_what_does_not_fit_waits_for_a_person(
    order: Order, by: User, at: Any, changes: dict[str, Any], reason: str
) -> None:
    Ticket.objects.update(**changes)
    stored = recorded(order, scan_of(order, at=at), by)
    assert (stored.reason, stored.visit, stored.ticket) == (reason, None, ticket_of(order))
    assert offline_scans.to_settle(order.location) == [stored]
    assert Visit.objects.count() == 0

    offline_scans.settle(stored.pk, location=make_location(), by=by, at=ELEVEN)
    assert offline_scans.to_settle(order.location) == [stored]
    for _ in range(2):
        offline_scans.settle(stored.pk, location=order.location, by=by, at=ELEVEN)
    stored.refresh_from_db()
    assert (stored.settled_at, stored.settled_by) == (ELEVEN, by)
    assert offline_scans.to_settle(order.location) == []


@pytest.mark.parametrize("text", ["999999", "Петров", "kB7-qq_91abcd23f"])
def test_an_unknown_text_is_kept_as_read(order: Order, by: User, text: str) -> None:
    stored = recorded(order, scan_of(order, text=text), by)
    assert (stored.reason, stored.ticket, stored.read_text) == ("ticket_unknown", None, text)
    assert Visit.objects.count() == 0


def test_who_is_in_on_site_unpaid_has_a_visit_and_owes(by: User, order: Order) -> None:
    tariff = ticket_of(order).tariff
    unpaid = make_order(tariff=tariff, payment_method="on_site")
    stored = recorded(unpaid, scan_of(unpaid), by)
    assert (stored.reason, stored.visit) == ("entry_unpaid", Visit.objects.get())
    assert offline_scans.to_settle(order.location) == [stored]


@pytest.mark.parametrize(("at", "reason"), [(TEN, "already_in"), (TEN + 15 * MINUTE, "already_in"), (ELEVEN, "")])
def test_two_visits_of_a_ticket_do_not_overlap(order: Order, by: User, at: Any, reason: str) -> None:
    number = ticket_of(order).pk
    door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=TEN + 10 * MINUTE)
    door.let_out(number, by=by, at=TEN + 20 * MINUTE)
    assert recorded(order, scan_of(order, at=at), by).reason == reason
    assert Visit.objects.count() == (1 if reason else 2)


def test_a_leaving_ends_the_visit_at_its_own_moment(order: Order, by: User) -> None:
    recorded(order, scan_of(order), by)
    stored = recorded(order, scan_of(order, at=TEN + 30 * MINUTE, is_leaving=True), by)
    visit = Visit.objects.get()
    assert (visit.left_at, visit.let_out_by, stored.visit, stored.reason) == (TEN + 30 * MINUTE, by, visit, "")


def test_a_leaving_before_anybody_came_waits_for_a_person(order: Order, by: User) -> None:
    early = recorded(order, scan_of(order, is_leaving=True), by)
    recorded(order, scan_of(order, at=TEN + MINUTE), by)
    before = recorded(order, scan_of(order, is_leaving=True), by)
    assert (early.reason, before.reason) == ("visitor_not_inside", "visitor_not_inside")
    assert Visit.objects.get().is_open


def test_a_ticket_that_was_closed_meanwhile_is_used_after_all(order: Order, by: User) -> None:
    late = moment("2026-11-25 14:00")
    close_finished(late)
    assert ticket_of(order).status == TicketStatus.NO_SHOW
    stored = recorded(order, scan_of(order), by, at=late)
    assert (stored.reason, ticket_of(order).status) == ("", TicketStatus.USED)
    assert Visit.objects.get().left_at == ticket_of(order).period.end


RELEASED = moment("2026-11-25 10:30")


@pytest.fixture
def released(order: Order, by: User) -> Order:
    door.release(ticket_of(order).pk, by=by, at=RELEASED)
    return order


def test_who_came_before_the_place_was_released_is_inside_and_waits_for_a_person(released: Order, by: User) -> None:
    stored = recorded(released, scan_of(released), by)
    assert (stored.reason, stored.visit) == ("entry_released", Visit.objects.get())
    assert (stored.visit.is_open, ticket_of(released).status) == (True, TicketStatus.USED)
    assert offline_scans.to_settle(released.location) == [stored]
    with pytest.raises(visits.PlaceReleased):
        door.let_in(ticket_of(released).pk, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=ELEVEN)


def test_who_came_before_the_release_of_a_booking_that_is_over_needs_no_person(released: Order, by: User) -> None:
    stored = recorded(released, scan_of(released), by, at=moment("2026-11-25 14:00"))
    assert (stored.reason, ticket_of(released).status) == ("", TicketStatus.USED)
    assert Visit.objects.get().left_at == ticket_of(released).period.end


@pytest.mark.parametrize("sent_at", [ELEVEN, moment("2026-11-25 14:00")])
def test_a_visitor_after_the_release_has_no_visit(released: Order, by: User, sent_at: Any) -> None:
    stored = recorded(released, scan_of(released, at=RELEASED), by, at=sent_at)
    assert (stored.reason, stored.visit, ticket_of(released).status) == ("entry_released", None, TicketStatus.NO_SHOW)
    assert offline_scans.to_settle(released.location) == [stored]


def test_comings_and_leavings_sent_after_the_end_stay_at_their_own_moments(order: Order, by: User) -> None:
    late = moment("2026-11-25 14:00")
    scans = [(TEN, False), (TEN + 20 * MINUTE, True), (TEN + 30 * MINUTE, False), (ELEVEN, True)]
    stored = [recorded(order, scan_of(order, at=at, is_leaving=leaving), by, at=late) for at, leaving in scans]
    assert [scan.reason for scan in stored] == ["", "", "", ""]
    assert list(Visit.objects.order_by("arrived_at").values_list("arrived_at", "left_at", "let_out_by")) == [
        (TEN, TEN + 20 * MINUTE, by.pk),
        (TEN + 30 * MINUTE, ELEVEN, by.pk),
    ]


def test_a_leaving_is_of_the_visit_before_it(order: Order, by: User) -> None:
    days = Period(moment("2026-11-24 00:00"), moment("2026-11-27 00:00"))
    Ticket.objects.update(period=days, occupied=days)
    Tariff.objects.update(unit="day")
    number, yesterday = ticket_of(order).pk, TEN - timedelta(days=1)
    for at in (yesterday, TEN):
        door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=at)
    stored = recorded(order, scan_of(order, at=yesterday + 30 * MINUTE, is_leaving=True), by)
    assert stored.reason == ""
    assert list(Visit.objects.order_by("arrived_at").values_list("arrived_at", "left_at", "let_out_by")) == [
        (yesterday, yesterday + 30 * MINUTE, by.pk),
        (TEN, None, None),
    ]


def test_a_check_out_by_a_person_is_not_moved(order: Order, by: User) -> None:
    number = ticket_of(order).pk
    door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=TEN)
    door.let_out(number, by=by, at=TEN + 20 * MINUTE)
    stored = recorded(order, scan_of(order, at=TEN + 10 * MINUTE, is_leaving=True), by)
    visit = Visit.objects.get()
    assert (visit.left_at, stored.visit, stored.reason) == (TEN + 20 * MINUTE, visit, "")


def test_a_visitor_after_the_end_is_too_late(order: Order, by: User) -> None:
    late = moment("2026-11-25 14:00")
    stored = recorded(order, scan_of(order, at=moment("2026-11-25 12:00")), by, at=late)
    assert stored.reason == "entry_over"
    assert Visit.objects.count() == 0


def test_a_visit_that_nobody_ended_yesterday_ends_before_the_next_begins(order: Order, by: User) -> None:
    days = Period(moment("2026-11-24 00:00"), moment("2026-11-27 00:00"))
    Ticket.objects.update(period=days, occupied=days)
    Tariff.objects.update(unit="day")
    door.let_in(ticket_of(order).pk, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=TEN - timedelta(days=1))
    assert recorded(order, scan_of(order), by).reason == ""
    assert list(Visit.objects.order_by("arrived_at").values_list("arrived_at", "left_at")) == [
        (TEN - timedelta(days=1), moment("2026-11-25 00:00")),
        (TEN, None),
    ]


def test_an_order_cancelled_meanwhile_is_told(order: Order, by: User) -> None:
    cancelling.cancel_order(order.pk, by=by, reason="Передумал", at=TEN + MINUTE)
    assert recorded(order, scan_of(order), by).reason == "entry_cancelled"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"scanned_at": ELEVEN + MINUTE}, "offline_scan_before_it_was_received"),
        ({"visit": None}, "offline_scan_is_a_visit_or_has_a_reason"),
        ({"ticket": None}, "offline_scan_visit_is_on_a_ticket"),
        ({"settled_at": ELEVEN}, "offline_scan_settled_by_somebody"),
    ],
)
def test_the_database_refuses_half_a_scan(order: Order, by: User, changes: dict[str, Any], name: str) -> None:
    stored = recorded(order, scan_of(order), by)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        OfflineScan.objects.filter(pk=stored.pk).update(**changes)


def test_what_was_read_is_deleted_after_thirty_days_and_the_scan_stays(order: Order, by: User) -> None:
    unknown = recorded(order, scan_of(order, text="Орлова"), by)
    came = recorded(order, scan_of(order), by)
    later = recorded(order, scan_of(order, text="Петров"), by, at=ELEVEN + MINUTE)
    assert offline_scans.forget_texts(ELEVEN + TEXT_KEPT) == 0
    assert offline_scans.forget_texts(ELEVEN + TEXT_KEPT + MINUTE) == 2
    assert offline_scans.forget_texts(ELEVEN + TEXT_KEPT + MINUTE) == 0
    texts = dict(OfflineScan.objects.values_list("pk", "read_text"))
    assert texts == {unknown.pk: "", came.pk: "", later.pk: "Петров"}
    assert [scan.pk for scan in offline_scans.to_settle(order.location)] == [unknown.pk, later.pk]
    assert to_settle(offline_scans.to_settle(order.location)[0]).name == "текст удалён через 30 дней"
