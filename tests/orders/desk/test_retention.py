"""People inactive for years are proposed for erasure; any activity takes them off the list."""

from datetime import date, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection

from accounts.models import AccessEvent, Erasure, RetentionHold, User
from coworking.models import Location, Ticket
from olvery.shared.periods import Period
from olvery.shared.refusals import Refused
from orders.domain.desk import erasing, retention
from orders.domain.desk.retention import RetentionRefused
from orders.domain.queries.erasures import proposals
from orders.models import MoneyCase, Order
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_pass,
    make_seats,
    make_ticket,
    make_user,
)
from tests.moments import MOSCOW, NOW, moment
from tests.snapshots import saved_rows
from tests.views.pages import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LONG_AGO = moment("2019-03-12 10:00")


def gone_since(at: datetime = LONG_AGO, **fields: object) -> User:
    return make_user(**{"date_joined": at, **fields})


def ordered(person: User, world: World) -> Order:
    """Give a person an order that ended long ago."""
    order = make_order(tariff=world.tariff, customer=person, by=world.manager)
    over = Period(LONG_AGO, LONG_AGO + timedelta(hours=2))
    Order.objects.filter(pk=order.pk).update(created_at=LONG_AGO, period=over, status="completed", due=0)
    Ticket.objects.filter(lines__order=order).update(period=over, occupied=over, status="used", created_at=LONG_AGO)
    return order


def names(location: Location, at: datetime = NOW) -> list[str]:
    return [person.last_name for person in proposals(location, at)]


def test_inactive_people_are_proposed_longest_gone_first(world: World) -> None:
    ordered(gone_since(last_name="Второй"), world)
    ordered(gone_since(moment("2018-01-01 10:00"), last_name="Первый"), world)
    gone_since(moment("2020-01-01 10:00"), last_name="Нигде")
    gone_since(moment("2021-11-25 10:00"), last_name="Недавний")
    assert names(world.location) == ["Первый", "Второй", "Нигде"]
    first = proposals(world.location, NOW)[0]
    assert (first.order_count, first.ticket_count, first.last) == (1, 1, LONG_AGO + timedelta(hours=2))
    elsewhere = make_location()
    assert names(elsewhere) == ["Нигде"]


def test_anything_that_counts_takes_a_person_off_the_list(world: World) -> None:
    gone_since(last_login=NOW)
    make_order(tariff=world.tariff, customer=gone_since(), by=world.manager)
    make_pass(service=world.service, customer=gone_since(), by=world.manager)
    seats = make_seats(location=world.location)
    make_ticket(
        service=seats, period=Period(NOW, NOW + timedelta(hours=1)), visitor=gone_since(), seat=seats.seats.all()[0]
    )
    make_manager(location=world.location, date_joined=LONG_AGO)
    gone_since(is_staff=True)
    erasing.ask(gone_since(), at=NOW)
    merged = gone_since()
    User.objects.filter(pk=merged.pk).update(phone=None, email=None, is_active=False, merged_into=world.customer)
    assert names(world.location) == []


def test_erasing_writes_an_act_and_looks_again(world: World, administrator: User) -> None:
    person = gone_since()
    ordered(person, world)
    debt = MoneyCase.objects.create(kind="debt", order=Order.objects.get())
    before = saved_rows()
    asks = {"by": administrator, "location": world.location, "at": NOW}
    with pytest.raises(Refused) as refused:
        retention.erase(person.pk, **asks)
    assert [one.reason for one in refused.value.refusals] == ["erasure_cases"]
    assert (saved_rows(), Erasure.objects.count()) == (before, 0)
    debt.delete()
    stranger = make_location()
    with pytest.raises(RetentionRefused):
        retention.erase(person.pk, **{**asks, "location": stranger})

    act = retention.erase(person.pk, **asks)

    act.refresh_from_db()
    assert (act.ground, act.person, act.done_by, act.done_at, act.act["orders"]) == (
        *("retention", person, administrator, NOW),
        1,
    )
    person.refresh_from_db()
    assert (person.full_name, person.erased_at) == (f"№ {act.pk}", NOW)
    assert AccessEvent.objects.get(screen="erasure").number == act.pk
    with pytest.raises(RetentionRefused) as over:
        retention.erase(person.pk, **asks)
    assert (over.value.reason, Erasure.objects.count(), names(world.location)) == ("retention_over", 1, [])


def test_a_person_who_has_just_ordered_is_not_erased(world: World, administrator: User) -> None:
    person = gone_since()
    make_order(tariff=world.tariff, customer=person, by=world.manager)
    before = saved_rows()
    with pytest.raises(RetentionRefused):
        retention.erase(person.pk, by=administrator, location=world.location, at=NOW)
    assert (saved_rows(), Erasure.objects.count()) == (before, 0)


def test_data_are_kept_until_a_day(world: World, administrator: User) -> None:
    person, other = gone_since(), make_user()
    asks = {"reason": "Судебный спор", "by": administrator, "location": world.location, "at": NOW}
    for until, reason in ((NOW.date(), "retention_until_past"), (date(2031, 12, 1), "retention_until_far")):
        with pytest.raises(RetentionRefused) as refused:
            retention.keep([person.pk], until=until, **asks)
        assert (refused.value.reason, refused.value.field) == (reason, "until")
    assert not RetentionHold.objects.exists()
    assert retention.keep([person.pk, other.pk], until=date(2027, 11, 24), **asks) == 1
    hold = RetentionHold.objects.get()
    assert (hold.person, hold.reason, hold.by, hold.at) == (person, "Судебный спор", administrator, NOW)
    assert names(world.location) == []
    assert names(world.location, moment("2027-11-25 12:00")) == [person.last_name]
    double = gone_since()
    User.objects.filter(pk=person.pk).update(phone=None, email=None, is_active=False, merged_into=double)
    assert names(world.location) == []


def test_the_night_notes_who_was_here_after_all(world: World, settings: LazySettings) -> None:
    quiet, active, signed_in = gone_since(), gone_since(), gone_since(last_login=NOW)
    make_order(tariff=world.tariff, customer=active, by=world.manager)
    assert retention.review(NOW) == 2
    noted = dict(User.objects.filter(date_joined=LONG_AGO).values_list("pk", "active_at"))
    period = Order.objects.get().period
    assert noted == {quiet.pk: None, active.pk: period.end.astimezone(MOSCOW), signed_in.pk: NOW}
    assert retention.review(NOW) == 0
    assert retention.edge_of(moment("2028-02-29 10:00")) == moment("2023-02-28 10:00")
    settings.RETENTION_YEARS = 1
    assert retention.edge_of(NOW) == moment("2025-11-24 09:00")


def test_the_list_goes_by_its_index(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = retention.proposed_at(world.location, NOW).order_by("since", "pk")[:40].explain()
    assert "user_quiet_since" in plan
