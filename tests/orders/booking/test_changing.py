"""Changing time, length and seat of a ticket: the plan, its sums, and the result."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from coworking.models import CancellationStep, Location, Service, Tariff, Ticket
from olvery.shared.periods import DAY
from olvery.shared.refusals import Refused
from orders.domain.booking.change_wish import TicketChange
from orders.domain.booking.pricing import Discount
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk import changing
from orders.domain.desk.cash import Rest
from orders.domain.money.balance import balance_of
from orders.domain.money.standing import standing
from orders.models import Order, OrderEvent, OrderLine
from tests.factories import (
    make_extra,
    make_order,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.gateways.fake import FakeGateway
from tests.moments import SUNDAY, THURSDAY, WEDNESDAY, hours, moment
from tests.orders.booking.changes import (
    ONE,
    SUM,
    TWO,
    change,
    lines,
    plan,
    plan_several,
    r,
    reasons,
    ticket_of,
    units,
    when,
)
from tests.orders.conftest import now
from tests.orders.steps import Seen, cancel, due_back, look, money, pay, press_pay, refund, seen, send_all, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


# Kept units keep their price, new ones cost today's price


def test_an_hour_more_costs_what_it_costs_today(desk_order: Order, tariff: Tariff, manager: User) -> None:
    tariff.price = Decimal(350)
    tariff.save()
    planned = plan(desk_order, by=manager, when=when("10", "13"))
    assert (planned.money.difference, planned.money.total, planned.money.due) == (r("350"), r("950"), r("950"))
    event = changing.carry_out(planned)
    assert lines(desk_order) == [("tariff", TWO, SUM), ("tariff", ONE, r("350"))]
    assert ticket_of(desk_order).period == hours("10", "13")
    order = Order.objects.get(pk=desk_order.pk)
    assert (order.period, order.ticket_count, order.booking_count) == (hours("10", "13"), 1, 1)
    assert (order.total, order.due, order.payment_status) == (r("950"), r("950"), "unpaid")
    assert event.data["difference"] == "350.00"


def test_another_time_of_the_same_length_costs_nothing(desk_order: Order, tariff: Tariff, manager: User) -> None:
    tariff.price = Decimal(350)
    tariff.save()
    change(desk_order, by=manager, when=when("15", "17", THURSDAY))
    assert lines(desk_order) == [("tariff", TWO, SUM)]
    assert ticket_of(desk_order).period == hours("15", "17", THURSDAY)
    assert Order.objects.get(pk=desk_order.pk).period == hours("15", "17", THURSDAY)


def test_the_hour_that_was_bought_last_is_given_back_first(desk_order: Order, tariff: Tariff, manager: User) -> None:
    tariff.price = Decimal(350)
    tariff.save()
    change(desk_order, by=manager, when=when("10", "13"))
    change(desk_order, by=manager, when=when("10", "11:30"))
    assert lines(desk_order) == [
        ("tariff", TWO, SUM),
        ("tariff", ONE, r("350")),
        ("change", ONE, r("-350")),
        ("change", units("0.5"), r("-150")),
    ]
    assert balance_of(desk_order).total == r("450")


def test_thirds_of_an_hour_add_up_to_the_kopeck(location: Location, manager: User, clock: Any) -> None:
    service = make_seats(location=location)
    tariff = make_tariff(service=service, price="100", step_minutes=20, min_units=0)
    order = make_order(tariff=tariff, by=manager, when=when("10", "10:20"))
    change(order, by=manager, when=when("10", "10:40"))
    assert balance_of(order).total == r("66.66")
    change(order, by=manager, when=when("10", "11"))
    change(order, by=manager, when=when("10", "10:20"))
    assert balance_of(order).total == r("33.33")


def test_three_thirds_of_an_hour_are_an_hour(location: Location, manager: User, clock: Any) -> None:
    tariff = make_tariff(service=make_seats(location=location), price="100", step_minutes=20, min_units=0)
    order = make_order(tariff=tariff, by=manager, when=when("10", "10:20"))
    change(order, by=manager, when=when("10", "10:40"))
    change(order, by=manager, when=when("10", "11"))
    third = ("tariff", units("0.333"), r("33.33"))
    # A move to another time of the same length neither buys nor gives back.
    change(order, by=manager, when=when("15", "16"))
    assert lines(order) == [third] * 3
    change(order, by=manager, when=when("15", "15:20"))
    assert lines(order)[3:] == [("change", units("0.333"), r("-33.33"))] * 2
    assert [(one.line.quantity, one.quantity) for one in standing(order.lines.all())] == [(units("0.333"),) * 2]


def test_what_is_given_back_of_a_line_leaves_whole_minutes(location: Location, manager: User, clock: Any) -> None:
    tariff = make_tariff(service=make_seats(location=location), price="100", step_minutes=10, min_units=0)
    order = make_order(tariff=tariff, by=manager, when=when("10", "12"))
    for end in ("11:50", "11:40", "11:30", "11:20", "11:10", "11", "10:50", "10:40", "10:30", "10:20", "10:10"):
        change(order, by=manager, when=when("10", end))
    [left] = standing(order.lines.all())
    assert (left.quantity, left.amount, balance_of(order).total) == (units("0.167"), r("16.67"), r("16.67"))


# Money of a change


def test_a_paid_order_that_grows_owes_the_difference(
    order: Order, tariff: Tariff, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    there = Order.objects.get(pk=order.pk)
    assert (there.status, there.total, there.paid, there.due) == ("confirmed", r("900"), SUM, r("300"))
    assert there.payment_status == "partly_paid"
    pay(order, gateway)
    there.refresh_from_db()
    assert (there.due, there.payment_status) == (0, "paid")


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize(
    ("at", "percent", "until", "back", "kept"),
    [
        ("2026-11-24 09:00", 100, "2026-11-24 10:00", "300", "0"),
        ("2026-11-24 12:00", 50, "2026-11-25 08:00", "150", "150"),
        ("2026-11-25 08:30", 0, "", "0", "300"),
    ],
)
def test_less_goes_back_by_the_policy(
    at: str,
    percent: int,
    until: str,
    back: str,
    kept: str,
    order: Order,
    gateway: FakeGateway,
    clock: time_machine.Coordinates,
    manager: User,
) -> None:
    pay(order, gateway)
    clock.move_to(moment(at).astimezone(now().tzinfo))
    planned = plan(order, by=manager, when=when("10", "11"))
    there = planned.money
    assert (there.freed, there.percent, there.by_policy, there.kept) == (r("300"), percent, r(back), r(kept))
    [of_ticket] = there.by_ticket
    assert (of_ticket.ticket.pk, of_ticket.amount, of_ticket.returned) == (ticket_of(order).pk, r("300"), r(back))
    assert of_ticket.until == (moment(until) if until else None)
    changing.carry_out(planned)
    more = [("kept", ONE, r(kept))] if r(kept) else []
    assert lines(order) == [("tariff", TWO, SUM), ("change", ONE, r("-300")), *more]
    assert money(order) == (SUM - r(back), SUM, 0, r(back))
    assert due_back(order) == ([r(back)] if r(back) else [])


def test_another_sum_goes_back_with_a_reason(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    wanted = {"when": when("10", "11"), "returned": r("100")}
    assert reasons(plan(order, by=manager, **wanted)) == ["returned_unexplained"]
    assert reasons(plan(order, by=manager, **{**wanted, "returned": r("300.01")})) == ["more_than_refundable"]
    event = change(order, by=manager, **wanted, reason="Так договорились")
    assert (event.reason, event.data["kept"], event.data["returned_online"]) == ("Так договорились", "200.00", "100.00")
    assert money(order) == (r("500"), SUM, 0, r("100"))


def test_an_unpaid_order_keeps_nothing(desk_order: Order, manager: User, policy: None, clock: Any) -> None:
    clock.move_to(moment("2026-11-24 12:00").astimezone(now().tzinfo))
    planned = plan(desk_order, by=manager, when=when("10", "11"))
    assert (planned.money.freed, planned.money.kept, planned.money.due) == (0, 0, r("300"))


def test_a_partly_paid_order_returns_what_exceeds_its_price(desk_order: Order, manager: User) -> None:
    take(desk_order, "400", by=manager)
    planned = plan(desk_order, by=manager, when=when("10", "11"))
    assert (planned.money.freed, planned.money.returned_at_desk, planned.money.returned_online) == (
        r("100"),
        r("100"),
        0,
    )
    changing.carry_out(planned)
    assert (money(desk_order), due_back(desk_order)) == ((r("300"), r("400"), 0, r("100")), [r("100")])


def test_a_discount_keeps_its_share(tariff: Tariff, manager: User, clock: Any) -> None:
    order = make_order(
        tariff=tariff, by=manager, discount=Discount(Decimal(10), is_percent=True), discount_reason="Постоянный гость"
    )
    change(order, by=manager, when=when("10", "13"))
    assert lines(order)[2:] == [("tariff", ONE, r("300")), ("discount", ONE, r("-30"))]
    change(order, by=manager, when=when("10", "11"))
    assert balance_of(order).total == r("270")
    assert sum(line.amount for line in OrderLine.objects.filter(order=order)) == r("270")


def test_a_price_reduction_stays_within_the_price(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "450", by=manager)
    send_all(gateway)
    change(order, by=manager, when=when("10", "11"))
    assert money(order) == (0, r("150"), 0, r("150"))


def test_an_extra_stays_with_its_ticket(tariff: Tariff, manager: User, clock: Any) -> None:
    locker = make_extra(service=tariff.service)
    order = make_order(tariff=tariff, by=manager, extras={locker.pk: 1})
    change(order, by=manager, when=when("10", "13"))
    assert balance_of(order).total == r("1050")


# An order that waits for its payment


def test_an_unpaid_order_waits_for_its_new_price(order: Order, gateway: FakeGateway, manager: User) -> None:
    press_pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    there = Order.objects.get(pk=order.pk)
    assert (there.status, there.total, there.deadline_at) == ("awaiting_payment", r("900"), order.deadline_at)
    assert there.attempts.active().count() == 0
    assert pay(order, gateway).amount == r("900")
    assert (seen(order).status, seen(order).tickets) == ("confirmed", ["active"])


def test_what_a_payment_under_way_holds_beyond_a_lower_price_goes_back(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    change(order, by=manager, when=when("10", "11"))
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    half = r("300")
    assert seen(order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["succeeded"],
        refunds=[("excess", "succeeded", half)],
        ledger=[("charge", "online", SUM), ("refund", "online", -half)],
        letters=["created", "changed", "paid", "refunded"],
        cases=[],
    )
    assert money(order) == (half, half, 0, 0)
    assert Order.objects.get(pk=order.pk).payment_status == "paid"


def test_the_deadline_is_never_after_the_new_start(order: Order, manager: User) -> None:
    change(order, by=manager, when=when("14", "16", day=now().date()))
    there = Order.objects.get(pk=order.pk)
    assert there.deadline_at == there.period.start == moment("2026-11-24 14:00")
    assert ticket_of(order).held_until == there.deadline_at


def test_a_plan_for_the_next_minutes_stays_the_same_while_it_is_read(
    order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 09:50"))
    Order.objects.update(deadline_at=moment("2026-11-25 18:00"))
    shown = plan(order, by=manager, when=when("10", "11"))
    clock.shift(30)
    by_then = plan(order, by=manager, when=when("10", "11"))
    assert by_then.version == shown.version
    assert (shown.deadline, by_then.deadline) == (moment("2026-11-25 10:10"), moment("2026-11-25 10:10:30"))


def test_an_order_that_is_cheaper_than_what_has_come_is_confirmed(order: Order, manager: User) -> None:
    take(order, "300", by=manager, rest=Rest(None))
    change(order, by=manager, when=when("10", "11"))
    assert (seen(order).status, seen(order).tickets) == ("confirmed", ["active"])


# Places


def test_a_ticket_takes_the_time_beside_its_own(desk_order: Order, manager: User) -> None:
    """It does not block itself: the only place is its own."""
    change(desk_order, by=manager, when=when("11", "13"))
    assert ticket_of(desk_order).period == hours("11", "13")


def test_time_that_is_taken_is_refused_with_what_is_free(desk_order: Order, tariff: Tariff, manager: User) -> None:
    make_ticket(service=tariff.service, period=hours("15", "17"))
    before = saved_rows()
    planned = plan(desk_order, by=manager, when=when("15", "17"))
    assert reasons(planned) == ["all_taken"]
    assert [one.period for one in planned.tickets[0].alternatives][:2] == [hours("13", "15"), hours("17", "19")]
    with pytest.raises(Refused):
        changing.carry_out(planned)
    assert saved_rows() == before


def test_a_day_off_offers_the_nearest_three_days(desk_order: Order, manager: User) -> None:
    planned = plan(desk_order, by=manager, when=when("10", "12", day=SUNDAY))
    assert reasons(planned) == ["closed"]
    near = planned.tickets[0].alternatives
    assert [one.period for one in near] == [hours("10", "12", SUNDAY + count * DAY) for count in (1, 2, 3)]


def test_another_broken_rule_says_itself_what_to_change(desk_order: Order, manager: User) -> None:
    planned = plan(desk_order, by=manager, when=when("6", "8"))
    assert (reasons(planned), planned.tickets[0].alternatives) == (["outside_hours"], ())


@pytest.fixture
def seats(location: Location) -> Service:
    return make_seats(location=location, labels=["A1", "A2"])


@pytest.fixture
def seated(seats: Service, manager: User, clock: Any) -> Order:
    """Two tickets for Wednesday, 10 to 12: A1 and A2."""
    tariff = make_tariff(service=seats)
    return make_order(tariff=tariff, by=manager, visitor_ids=(None, make_user().pk))


def test_two_tickets_change_seats_with_each_other(seated: Order, seats: Service, manager: User) -> None:
    first, second = tickets_of(seated)
    a1, a2 = seat_of(seats, "A1"), seat_of(seats, "A2")
    swap = [TicketChange(number=first, seat_id=a2.pk), TicketChange(number=second, seat_id=a1.pk)]
    planned = plan_several(seated, *swap, by=manager)
    assert planned.is_ready
    changing.carry_out(planned)
    after = [(one.number, one.seat.label) for one in _tickets(seated)]
    assert after == [(first, "A2"), (second, "A1")]
    assert lines(seated) == [("tariff", TWO, SUM)] * 2


def _tickets(order: Order) -> Any:
    return Ticket.objects.filter(pk__in=tickets_of(order)).select_related("seat").order_by("pk")


def test_a_seat_of_somebody_else_is_refused(seated: Order, seats: Service, manager: User) -> None:
    planned = plan(seated, by=manager, seat_id=seat_of(seats, "A2").pk)
    assert reasons(planned)[0] == "seats_taken"


def test_a_ticket_keeps_its_seat_at_another_time(seated: Order, manager: User) -> None:
    first, second = tickets_of(seated)
    change(seated, by=manager, ticket=second, when=when("13", "15"))
    assert [(one.number, one.seat.label) for one in _tickets(seated)] == [(first, "A1"), (second, "A2")]
    there = Order.objects.get(pk=seated.pk)
    assert (there.period, there.booking_count, there.ticket_count) == (hours("10", "15"), 2, 2)


def test_any_seat_is_chosen_where_its_own_is_taken(seated: Order, seats: Service, manager: User) -> None:
    make_ticket(service=seats, period=hours("13", "15"), seat=seat_of(seats, "A1"))
    planned = plan(seated, by=manager, when=when("13", "15"))
    assert reasons(planned) == ["seats_taken"]
    assert planned.tickets[0].alternatives[0].seats == (seat_of(seats, "A2"),)
    change(seated, by=manager, when=when("13", "15"), any_seat=True)
    assert [one.seat.label for one in _tickets(seated)] == ["A2", "A2"]


# Changes that are refused


def test_rules_hold_and_may_be_overridden_with_a_reason(desk_order: Order, manager: User) -> None:
    wanted = {"when": when("10", "12", day=WEDNESDAY.replace(year=2027, month=6, day=2))}
    assert reasons(plan(desk_order, by=manager, **wanted)) == ["too_early"]
    change(desk_order, by=manager, **wanted, override_reason="Попросили заранее")
    told = OrderEvent.objects.filter(order=desk_order, kind="rule_overridden").values_list("reason", flat=True)
    assert list(told) == ["Попросили заранее"]


def test_a_ticket_that_is_over_is_not_changed(desk_order: Order, manager: User, clock: Any) -> None:
    clock.move_to(moment("2026-11-25 12:00").astimezone(now().tzinfo))
    assert "ticket_is_over" in reasons(plan(desk_order, by=manager, when=when("15", "17")))


def test_a_ticket_in_use_may_stay_longer_but_does_not_begin_anew(desk_order: Order, manager: User, clock: Any) -> None:
    clock.move_to(moment("2026-11-25 11:30").astimezone(now().tzinfo))
    assert reasons(plan(desk_order, by=manager, when=when("15", "17"))) == ["ticket_has_begun"]
    assert reasons(plan(desk_order, by=manager, when=when("10", "11"))) == ["end_is_over"]
    change(desk_order, by=manager, when=when("10", "14"))
    assert ticket_of(desk_order).period == hours("10", "14")


def test_a_cancelled_order_is_not_changed(desk_order: Order, gateway: FakeGateway, manager: User) -> None:
    cancel(desk_order, gateway, by=manager)
    assert reasons(plan(desk_order, by=manager, ticket=ticket_of(desk_order).pk, when=when("15", "17"))) == [
        "transition_not_allowed"
    ]


def test_a_change_without_differences_is_refused(desk_order: Order, manager: User) -> None:
    assert reasons(plan(desk_order, by=manager, when=when())) == ["nothing_changed"]


def test_a_plan_that_has_become_another_is_refused_with_what_is_there(
    desk_order: Order, tariff: Tariff, manager: User
) -> None:
    planned = plan(desk_order, by=manager, when=when("10", "13"))
    take(desk_order, "100", by=manager)
    before = saved_rows()
    with pytest.raises(changing.PlanStale) as stale:
        changing.carry_out(planned)
    assert saved_rows() == before
    assert stale.value.plan.money.due == r("800")
    changing.carry_out(stale.value.plan)
    assert balance_of(desk_order).due == r("800")


def test_the_policy_is_that_of_the_service_that_was_booked(
    order: Order, gateway: FakeGateway, manager: User, pool: Service
) -> None:
    CancellationStep.objects.create(service=pool, hours_before=48, percent=100)
    pay(order, gateway)
    assert plan(order, by=manager, when=when("10", "11")).money.by_policy == 0
