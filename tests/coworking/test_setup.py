"""Changing the settings of services: what is stored, recorded and refused."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from coworking.domain import setup
from coworking.domain.cancelling import policies_of
from coworking.domain.in_the_way import TicketsInTheWay, overfull
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.domain.setup import KindStays, NameTaken
from coworking.models import CancellationStep, Seat, Section, Service, SettingsEvent, Tariff, TicketStatus
from olvery.shared.periods import DAY, Period, Usage
from orders.domain.desk.cancelling import terms_of
from orders.models import Order, OrderLine
from tests.factories import (
    make_block,
    make_location,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.moments import NOW, hours, moment

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def by() -> User:
    return make_user()


def change(section: Section, by: User, seen: int = 0) -> Change:
    return Change(section=section, seen=seen, by=by, at=NOW)


def history(service: Service) -> list[tuple[str, ...]]:
    events = SettingsEvent.objects.filter(service=service).order_by("pk")
    assert all(event.location_id == service.location_id and event.at == NOW for event in events)
    return [(event.section.value, event.subject, event.field, event.old, event.new) for event in events]


def stored() -> list[list[dict[str, Any]]]:
    models = (Service, Seat, Tariff, CancellationStep, SettingsEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


def test_a_setting_is_stored_with_who_changed_it_from_what_to_what(by: User) -> None:
    service = make_pool(name="Зал", buffer_minutes=0)
    values = {"lead_minutes": 15, "horizon_days": 90, "overridable_rules": ["length"]}
    assert setup.change_service(service.pk, change(Section.RULES, by), values) == 2
    service.refresh_from_db()
    assert (service.lead_minutes, service.horizon_days, service.overridable_rules) == (15, 90, ["length"])
    assert history(service) == [
        ("rules", "", "lead_minutes", "0", "15"),
        ("rules", "", "overridable_rules", "horizon,lead_time,length", "length"),
    ]
    assert setup.set_on_sale(service.pk, is_active=False, by=by, at=NOW) == 1
    assert setup.set_on_sale(service.pk, is_active=False, by=by, at=NOW) == 0
    assert history(service)[2:] == [("sale", "", "is_active", "True", "False")]


def test_another_price_leaves_what_is_sold_as_it_was_sold(by: User) -> None:
    tariff = make_tariff(service=make_pool(), price="300")
    order = make_order(tariff=tariff)
    before = list(OrderLine.objects.values())
    new = {"name": "День", "unit": "day", "price": Decimal(1200), "min_units": 1, "max_units": 5, "step_minutes": 30}
    rows = [Row(tariff.pk, {"price": Decimal("350.00")}), Row(None, new)]
    assert setup.change_rows(tariff.service_id, change(Section.TARIFFS, by), rows) == 2
    assert list(tariff.service.tariffs.order_by("pk").values_list("name", "price")) == [
        (tariff.name, Decimal(350)),
        ("День", Decimal(1200)),
    ]
    assert list(OrderLine.objects.values()) == before
    assert order.lines.get().unit_price == Decimal(300)
    assert history(tariff.service) == [
        ("tariffs", tariff.name, "price", "300.00", "350.00"),
        ("tariffs", "День", "", "", "День"),
    ]


def test_a_step_of_the_policy_is_removed_and_one_is_added(by: User) -> None:
    service = make_pool()
    old = CancellationStep.objects.create(service=service, hours_before=24, percent=100)
    rows = [Row(old.pk, {}, is_removed=True), Row(None, {"hours_before": 48, "percent": 50})]
    setup.change_rows(service.pk, change(Section.POLICY, by), rows)
    assert list(service.cancellation_steps.values_list("hours_before", "percent")) == [(48, 50)]
    assert history(service) == [
        ("policy", "24: 100 %", "", "24: 100 %", ""),
        ("policy", "48: 50 %", "", "", "48: 50 %"),
    ]


def test_an_order_keeps_the_policy_it_was_made_under(by: User) -> None:
    tariff = make_tariff(service=make_pool())
    service = tariff.service
    rows = [Row(None, {"hours_before": 24, "percent": 100}), Row(None, {"hours_before": 2, "percent": 50})]
    setup.change_rows(service.pk, change(Section.POLICY, by), rows)
    early, first = make_order(tariff=tariff), CancellationStep.objects.get(hours_before=24)
    later = Change(section=Section.POLICY, seen=10**9, by=by, at=NOW + MINUTE)
    # Two exchange their notices, one is deleted.
    rows = [Row(first.pk, {"hours_before": 2, "percent": 10}), Row(first.pk + 1, {}, is_removed=True)]
    assert setup.change_rows(service.pk, later, rows) == 3
    late = make_order(tariff=tariff, at=NOW + 2 * MINUTE)
    between = make_order(tariff=tariff, at=NOW + 2 * MINUTE - SECOND)
    returned = [percent_of(order, at=order.period.start - 24 * HOUR) for order in (early, between, late)]
    assert returned == [100, 100, 10]
    # Another change before the last one takes effect: nobody was ever promised nothing.
    last = Change(section=Section.POLICY, seen=10**9, by=by, at=NOW + MINUTE + SECOND)
    current = CancellationStep.objects.saved_last().get()
    setup.change_rows(service.pk, last, [Row(current.pk, {"hours_before": 2, "percent": 20})])
    moments = [NOW + 2 * MINUTE - SECOND, NOW + 2 * MINUTE, NOW + 2 * MINUTE + SECOND]
    policies = [policies_of([service], sold_at=moment)[0].steps for moment in moments]
    assert [[(step.hours_before, step.percent) for step in steps] for steps in policies] == [
        [(24, 100), (2, 50)],
        [(2, 10)],
        [(2, 20)],
    ]
    assert percent_of(early, at=early.period.start - 24 * HOUR) == 100


@pytest.mark.parametrize("wrong", [{"percent": 1}, {"hours_before": 1}, {"since": NOW}, {"service": None}, None])
def test_the_database_lets_a_step_of_sold_terms_only_end(wrong: dict[str, Any] | None) -> None:
    tariff = make_tariff(service=make_pool())
    step = CancellationStep.objects.create(service=tariff.service, hours_before=24, percent=100)
    steps = CancellationStep.objects.filter(pk=step.pk)
    steps.update(percent=99)
    make_order(tariff=tariff)
    if wrong and "service" in wrong:
        wrong = {"service": make_pool()}
    before = stored()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        steps.update(**wrong) if wrong else steps.delete()
    assert error.value.__cause__.diag.constraint_name == "cancellation_step_only_ends"  # type: ignore[union-attr]
    assert stored() == before
    assert steps.update(until=NOW) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        steps.update(until=NOW + DAY)


def percent_of(order: Order, *, at: datetime) -> int | None:
    return terms_of(order, at=at).percent


def test_who_has_not_seen_the_last_change_of_a_section_is_told_and_changes_nothing(by: User) -> None:
    service = make_pool()
    setup.change_service(service.pk, change(Section.ABOUT, by), {"name": "Новое имя"})
    seen, before = SettingsEvent.objects.get().pk, stored()
    with pytest.raises(ChangedMeanwhile) as refused:
        setup.change_service(service.pk, change(Section.ABOUT, by), {"name": "Третье"})
    assert (refused.value.facts["by"], refused.value.facts["changed_at"]) == (by, NOW)
    assert stored() == before
    # Another section is no conflict, and whoever has seen the change may go on.
    assert setup.change_service(service.pk, change(Section.PLACES, by), {"buffer_minutes": 10}) == 1
    assert setup.change_service(service.pk, change(Section.ABOUT, by, seen), {"name": "Третье"}) == 1


def test_names_and_numbers_stand_once(by: User) -> None:
    location = make_location()
    service, other = make_seats(location=location, labels=["A1", "A2"]), make_pool(location=location, name="Зал")
    seat = {"label": "A1", "note": "", "table": 1, "position": 1, "is_active": True}
    values = {"name": "Зал", "kind": "pool", "capacity": 3}
    before = stored()
    for refusal, call in (
        ("service_name_taken", lambda: setup.create_service(location=location, values=values, by=by, at=NOW)),
        (
            "service_name_taken",
            lambda: setup.change_service(service.pk, change(Section.ABOUT, by), {"name": other.name}),
        ),
        ("seat_label_taken", lambda: setup.change_rows(service.pk, change(Section.SEATS, by), [Row(None, seat)])),
    ):
        with pytest.raises(NameTaken) as refused:
            call()
        assert refused.value.reason == refusal
        assert stored() == before


def test_the_kind_of_a_service_with_tickets_stays(by: User) -> None:
    service = make_pool(capacity=3)
    setup.change_service(service.pk, change(Section.PLACES, by), {"kind": "seats"})
    setup.change_service(service.pk, change(Section.PLACES, by, SettingsEvent.objects.get().pk), {"kind": "pool"})
    make_ticket(service=service, period=hours("10", "12"), status=TicketStatus.CANCELLED)
    before = stored()
    with pytest.raises(KindStays):
        setup.change_service(service.pk, change(Section.PLACES, by, 10**9), {"kind": "seats"})
    assert stored() == before


def test_fewer_places_than_are_booked_at_once_are_refused_with_the_tickets_in_the_way(by: User) -> None:
    service = make_pool(capacity=5)
    early, late = (make_ticket(service=service, period=hours(*span)) for span in (("10", "12"), ("11", "13")))
    alone = make_ticket(service=service, period=hours("15", "16"))
    make_ticket(service=service, period=hours("10", "12"), status=TicketStatus.CANCELLED)
    before = stored()
    with pytest.raises(TicketsInTheWay) as refused:
        setup.change_service(service.pk, change(Section.PLACES, by), {"capacity": 1})
    assert refused.value.facts == {"tickets": [early, late], "more": 0}
    assert refused.value.field == "capacity"
    assert stored() == before
    assert setup.change_service(service.pk, change(Section.PLACES, by), {"capacity": 2}) == 1
    make_block(service=service, period=hours("15", "17"))
    with pytest.raises(TicketsInTheWay) as refused:
        setup.change_service(service.pk, change(Section.PLACES, by, 10**9), {"capacity": 1})
    assert alone in refused.value.facts["tickets"]


def test_a_seat_that_is_sold_is_not_archived(by: User) -> None:
    service = make_seats(labels=["A1", "A2"])
    a1, a2 = seat_of(service, "A1"), seat_of(service, "A2")
    ticket = make_ticket(service=service, seat=a1, period=hours("10", "12"))
    off = {"is_active": False}
    before = stored()
    with pytest.raises(TicketsInTheWay) as refused:
        setup.change_rows(service.pk, change(Section.SEATS, by), [Row(a1.pk, off), Row(a2.pk, off)])
    assert refused.value.facts == {"tickets": [ticket], "more": 0}
    assert stored() == before
    assert setup.change_rows(service.pk, change(Section.SEATS, by), [Row(a2.pk, off)]) == 1
    later = Change(section=Section.SEATS, seen=10**9, by=by, at=moment("2026-11-25 12:00"))  # it is over by then
    assert setup.change_rows(service.pk, later, [Row(a1.pk, off)]) == 1


def test_the_database_keeps_bookings_and_archived_seats_apart() -> None:
    service = make_seats(labels=["A1", "A2"])
    a1, a2 = seat_of(service, "A1"), seat_of(service, "A2")
    tomorrow = Period(timezone.now() + DAY, timezone.now() + 2 * DAY)
    ticket = make_ticket(service=service, seat=a1, period=tomorrow, status=TicketStatus.HELD, held_until=timezone.now())
    Seat.objects.filter(pk=a2.pk).update(is_active=False)
    for constraint, call in (
        ("seat_archived_without_bookings", lambda: Seat.objects.filter(pk=a1.pk).update(is_active=False)),
        ("ticket_not_on_an_archived_seat", lambda: make_ticket(service=service, seat=a2, period=tomorrow)),
    ):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            call()
        assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]
    # One on an archived seat from before the rule can still be paid for.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Seat.objects.filter(pk=a1.pk).update(is_active=False)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert type(ticket).objects.filter(pk=ticket.pk).update(status=TicketStatus.ACTIVE, held_until=None) == 1


def test_nobody_rewrites_the_history_of_settings(by: User) -> None:
    service = make_pool()
    setup.change_service(service.pk, change(Section.ABOUT, by), {"description": "У окна"})
    for call in (SettingsEvent.objects.all().delete, lambda: SettingsEvent.objects.update(new="другое")):
        with pytest.raises(IntegrityError), transaction.atomic():
            call()
    assert history(service) == [("about", "", "description", "", "У окна")]


def test_adjacent_periods_are_not_too_much() -> None:
    usages = [Usage(hours("10", "12")), Usage(hours("12", "14")), Usage(hours("11", "13"), places=2)]
    assert overfull(usages, 2) == [hours("11", "12"), hours("12", "13")]
    assert overfull(usages, 3) == []
