"""The waiting list: who is in line, and who gets places that become free."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.domain.documents import publish
from accounts.models import DocumentKind, User
from coworking.domain import blocking, setup
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.settings_history import Change
from coworking.domain.waiting import turn_of
from coworking.models import Location, Section, Service, Tariff, Ticket, WaitingWish
from olvery.shared.refusals import Refused
from orders.domain.booking import waiting
from orders.domain.booking.offer import Offer
from orders.domain.booking.terms import terms_now
from orders.domain.booking.wish import Booker, Repeat
from orders.domain.desk import changing
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.change_undoing import undo_change
from orders.domain.online.expiry import expire_overdue
from orders.letters.send import send_message, send_waiting_letter
from orders.models import Order, WaitedOrder, WaitingLetter
from tests.factories import make_block, make_extra, make_order, make_user, make_waiting, make_wish
from tests.moments import NOW, WEDNESDAY, hours, moment
from tests.orders.booking.asking import at_hours
from tests.orders.booking.changes import change, when
from tests.orders.booking.test_adding_tickets import added, plan_adding
from tests.snapshots import jobs, saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def customer() -> User:
    return make_user(last_name="Белова", first_name="Марина", email="belova@example.com")


def sell(pool: Service, places: int) -> None:
    """Give the pool this many places from now on."""
    Service.objects.filter(pk=pool.pk).update(capacity=places)
    pool.refresh_from_db()


def line() -> list[tuple[int, str]]:
    return list(WaitingWish.objects.order_by("pk").values_list("pk", "status"))


def offers_queued(pool: Service) -> bool:
    return ("orders.offer_places", {"service_id": pool.pk}) in jobs()


def refused(tariff: Tariff, **wish: Any) -> list[tuple[str, str]]:
    customer = wish.pop("customer", None) or make_user()
    before = saved_rows()
    with pytest.raises(Refused) as error:
        make_waiting(tariff=tariff, customer=customer, **wish)
    assert saved_rows() == before
    return [(one.reason, one.field) for one in error.value.refusals]


# Joining


def test_whoever_finds_everything_taken_stands_in_line_and_is_written_to(
    tariff: Tariff, desk_order: Order, customer: User, location: Location
) -> None:
    first = make_waiting(tariff=tariff, at=NOW)
    wish = make_waiting(tariff=tariff, customer=customer, comment="У окна", at=NOW)
    assert (wish.service, wish.tariff, wish.period, wish.places) == (tariff.service, tariff, hours("10", "12"), 1)
    assert (wish.customer, wish.created_by, wish.comment, wish.status) == (customer, customer, "У окна", "waiting")
    assert wish.waits_until == wish.period.start
    assert [turn_of(first), turn_of(wish)] == [1, 2]

    letter = WaitingLetter.objects.get(wish=wish)
    job = ("orders.send_waiting_letter", {"letter_id": letter.pk})
    assert jobs().count(job) == 1
    WaitingLetter.objects.update(sending_until=NOW + timedelta(seconds=1))
    assert send_waiting_letter(letter.pk, at=NOW) is False  # another sends it
    assert jobs().count(job) == 2
    WaitingLetter.objects.update(sending_until=NOW)
    assert [send_waiting_letter(letter.pk, at=NOW) for _twice in range(2)] == [True, False]
    [sent] = mail.outbox
    assert sent.to == ["belova@example.com"]
    assert sent.reply_to == [location.reply_email]
    assert "вы в листе ожидания" in sent.subject.lower()
    assert "Перед вами 1 человек" in sent.body
    assert f"/my/waiting/{wish.pk}/" in sent.body
    [(html, kind)] = sent.alternatives
    assert kind == "text/html"
    assert "Перед вами 1 человек" in html


def test_wishes_for_another_time_are_not_ahead(tariff: Tariff, desk_order: Order, manager: User) -> None:
    make_order(tariff=tariff, by=manager, when=at_hours("14", "16"))
    make_waiting(tariff=tariff, when=at_hours("14", "16"))
    assert turn_of(make_waiting(tariff=tariff)) == 1


def test_places_that_are_free_are_booked_not_waited_for(tariff: Tariff, desk_order: Order, pool: Service) -> None:
    assert refused(tariff, when=at_hours("14", "16")) == [("places_are_free", "")]
    # Two of which one is free are all or nothing.
    sell(pool, 2)
    assert make_waiting(tariff=tariff, places=2).places == 2


@pytest.mark.parametrize(
    ("wish", "refusals"),
    [
        ({"places": 3}, [("more_than_capacity", "places")]),
        ({"email": ""}, [("waiting_without_email", "email")]),
        ({"email": "", "payment_method": "online"}, [("email_missing", "email")]),
        ({"payment_method": ""}, [("method_missing", "payment_method")]),
        ({"when": at_hours("10", "11", day=WEDNESDAY - timedelta(days=3))}, [("already_over", "day")]),
        ({"promo_code": "ВЕСНА-10"}, [("waiting_is_for_one_period", "")]),
        ({"repeat": Repeat(weekdays=frozenset({2}), until=WEDNESDAY)}, [("waiting_is_for_one_period", "")]),
        ({"pass_id": 1}, [("waiting_without_pass", "pass_id")]),
    ],
)
def test_a_wish_that_could_never_become_an_order_does_not_wait(
    tariff: Tariff, desk_order: Order, wish: Any, refusals: list[tuple[str, str]]
) -> None:
    assert refused(tariff, **wish) == refusals


def test_a_service_that_is_booked_days_before_is_not_waited_for_until_the_start(
    tariff: Tariff, desk_order: Order, pool: Service
) -> None:
    Service.objects.update(lead_minutes=60 * 5)
    tariff.service.refresh_from_db()
    assert make_waiting(tariff=tariff).waits_until == moment("2026-11-25 05:00")


def test_the_same_form_twice_is_one_wish_and_another_form_is_refused(
    tariff: Tariff, desk_order: Order, customer: User
) -> None:
    wish = make_wish(tariff=tariff, customer=customer)
    booker = Booker.customer(customer, tariff.service.location)
    on_sale = tariffs_on_sale(booker.location, at=NOW)
    first, second = (waiting.join(wish, booker=booker, at=NOW, tariffs=on_sale) for _twice in range(2))
    assert first == second
    stranger = Booker.customer(make_user(), tariff.service.location)
    before = saved_rows()
    with pytest.raises(Refused) as error:
        waiting.join(replace(wish, customer_id=stranger.user.pk), booker=stranger, at=NOW, tariffs=on_sale)
    assert [one.reason for one in error.value.refusals] == ["token_used"]
    assert saved_rows() == before
    assert refused(tariff, customer=customer) == [("waiting_already", "")]


def test_customers_stand_in_a_few_lines_alone(tariff: Tariff, customer: User, manager: User) -> None:
    booker = Booker.customer(customer, tariff.service.location)
    on_sale = tariffs_on_sale(booker.location, at=NOW)
    for hour in range(9, 9 + waiting.MOST_OWN + 1):
        when = at_hours(str(hour), str(hour + 1))
        make_order(tariff=tariff, by=manager, when=when)
        wish = make_wish(tariff=tariff, customer=customer, when=when)
        terms = tuple(document.pk for document in terms_now(booker.location.pk, at=NOW))
        assert terms == ()
        if hour < 9 + waiting.MOST_OWN:
            waiting.join_own(wish, booker=booker, at=NOW, tariffs=on_sale)
            last = wish
    before = saved_rows()
    with pytest.raises(Refused) as error:
        waiting.join_own(wish, booker=booker, at=NOW, tariffs=on_sale)
    assert [one.reason for one in error.value.refusals] == ["too_many_waiting"]
    # The form of the last one sent twice is still one turn.
    assert waiting.join_own(last, booker=booker, at=NOW, tariffs=on_sale).token == last.token
    assert saved_rows() == before


# Places that become free


def test_a_cancelled_place_is_kept_for_the_first_in_line(
    tariff: Tariff, desk_order: Order, customer: User, manager: User, pool: Service
) -> None:
    extra = make_extra(service=pool, price="150")
    publish(kind=DocumentKind.OFFER, text="…", changes="", by=None, at=NOW)
    terms = tuple(document.pk for document in terms_now(pool.location_id, at=NOW))
    asked = {"payment_method": "online", "extras": {extra.pk: 2}, "comment": "Да", "terms": terms}
    wish = make_waiting(tariff=tariff, customer=customer, **asked)
    wish.refresh_from_db()
    second = make_waiting(tariff=tariff)
    assert not offers_queued(pool)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    assert offers_queued(pool)

    assert waiting.offer_places(pool.pk, at=NOW) == 1
    order = WaitedOrder.objects.get().order
    assert WaitedOrder.objects.get().wish == wish
    assert (order.customer, order.created_by, order.status, order.total) == (
        customer,
        customer,
        "awaiting_payment",
        900,
    )
    assert (order.phone, order.email, order.comment, order.form_token) == (
        customer.phone,
        customer.email,
        "Да",
        waiting.order_token(wish),
    )
    assert order.deadline_at == NOW + timedelta(minutes=60)
    assert [accepted.document.kind for accepted in order.accepted_terms.all()] == ["offer"]
    event = order.events.get(kind="from_waiting")
    assert (event.by, event.data) == (None, {"since": wish.created_at.isoformat()})
    assert line() == [(wish.pk, "offered"), (second.pk, "waiting")]
    [ticket] = Ticket.objects.filter(status="held")
    assert (ticket.period, ticket.held_until) == (hours("10", "12"), order.deadline_at)
    # A second run of the job finds nothing to give.
    before = saved_rows()
    assert waiting.offer_places(pool.pk, at=NOW) == 0
    assert saved_rows() == before

    send_message(order.messages.get(kind="created").pk, at=NOW)
    [sent] = mail.outbox
    assert sent.subject.startswith("Освободилось место: ")
    assert "Место, которого вы ждали, освободилось." in sent.body
    assert "следующему в очереди" in sent.body
    assert order.link.token in sent.body
    assert f"/my/orders/{order.number}/" in sent.body


def test_an_offer_that_is_not_paid_goes_to_the_next(tariff: Tariff, desk_order: Order, manager: User) -> None:
    wishes = [make_waiting(tariff=tariff, payment_method="online") for _two in range(2)]
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    waiting.offer_places(tariff.service_id, at=NOW)
    later = NOW + timedelta(minutes=61)
    expire_overdue(None, later)
    assert waiting.offer_places(tariff.service_id, at=later) == 1
    orders = [wish.waited.order for wish in wishes]
    for order in orders:
        order.refresh_from_db()
    assert [order.status for order in orders] == ["expired", "awaiting_payment"]
    assert orders[1].deadline_at == later + timedelta(minutes=60)


def test_the_night_is_not_counted(tariff: Tariff, desk_order: Order, manager: User) -> None:
    make_waiting(tariff=tariff, payment_method="online", when=at_hours("10", "12"))
    evening = moment("2026-11-24 21:40")
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=evening)
    waiting.offer_places(tariff.service_id, at=evening)
    assert WaitedOrder.objects.get().order.deadline_at == moment("2026-11-25 08:40")


def test_what_is_paid_on_site_is_confirmed_at_once(tariff: Tariff, desk_order: Order, manager: User) -> None:
    make_waiting(tariff=tariff)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    waiting.offer_places(tariff.service_id, at=NOW)
    order = WaitedOrder.objects.get().order
    assert (order.status, order.deadline_at) == ("confirmed", None)


def test_a_group_gets_all_or_nothing_and_holds_nobody_up(tariff: Tariff, pool: Service, manager: User) -> None:
    sell(pool, 3)
    orders = [make_order(tariff=tariff, by=manager) for _three in range(3)]
    group, single = make_waiting(tariff=tariff, places=2), make_waiting(tariff=tariff)
    cancel_order(orders[0].pk, by=manager, reason="Передумал", at=NOW)
    assert waiting.offer_places(pool.pk, at=NOW) == 1
    assert line() == [(group.pk, "waiting"), (single.pk, "offered")]
    cancel_order(orders[1].pk, by=manager, reason="Передумал", at=NOW)
    assert waiting.offer_places(pool.pk, at=NOW) == 0
    # The group keeps its place: it is before those who came later.
    late = make_waiting(tariff=tariff, places=2)
    cancel_order(orders[2].pk, by=manager, reason="Передумал", at=NOW)
    assert waiting.offer_places(pool.pk, at=NOW) == 1
    assert line() == [(group.pk, "offered"), (single.pk, "offered"), (late.pk, "waiting")]
    assert group.waited.order.ticket_count == 2


def test_a_lifted_block_and_more_places_are_looked_at(
    tariff: Tariff, pool: Service, desk_order: Order, manager: User, location: Location
) -> None:
    make_waiting(tariff=tariff)
    block = make_block(service=pool, period=hours("14", "16"), places=1)
    blocking.lift([block.pk], location_ids=[location.pk], by=manager, at=NOW)
    assert jobs().count(("orders.offer_places", {"service_id": pool.pk})) == 1
    change = Change(section=Section.PLACES, seen=0, by=manager, at=NOW)
    setup.change_service(pool.pk, change, {"capacity": 2})
    assert jobs().count(("orders.offer_places", {"service_id": pool.pk})) == 2
    assert waiting.offer_everywhere(NOW) == 1
    assert Ticket.objects.blocking().count() == 2


def test_one_that_cannot_be_booked_any_more_is_passed_over(
    tariff: Tariff, pool: Service, desk_order: Order, manager: User
) -> None:
    first, second = make_waiting(tariff=tariff, payment_method="invoice"), make_waiting(tariff=tariff)
    Service.objects.update(payment_methods=["on_site"])
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    assert waiting.offer_places(pool.pk, at=NOW) == 1
    assert line() == [(first.pk, "waiting"), (second.pk, "offered")]


def test_a_closed_location_offers_nothing(
    tariff: Tariff, pool: Service, desk_order: Order, manager: User, location: Location
) -> None:
    wish = make_waiting(tariff=tariff)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    Location.objects.filter(pk=location.pk).update(is_active=False)
    before = saved_rows()
    assert (waiting.offer_places(pool.pk, at=NOW), waiting.offer_everywhere(NOW)) == (0, 0)
    assert saved_rows() == before
    Location.objects.filter(pk=location.pk).update(is_active=True)
    assert waiting.offer_places(pool.pk, at=NOW) == 1
    assert line() == [(wish.pk, "offered")]


@pytest.mark.parametrize(
    ("start", "end", "for_themselves", "leaves"),
    [("10", "12", True, True), ("9", "13", True, True), ("11", "13", True, False), ("10", "12", False, False)],
)
def test_who_books_what_they_wait_for_leaves_the_line(
    tariff: Tariff, desk_order: Order, customer: User, start: str, end: str, for_themselves: bool, leaves: bool
) -> None:
    Service.objects.update(capacity=2)
    make_order(tariff=tariff, customer=customer)
    wish = make_waiting(tariff=tariff, customer=customer)  # for one more
    Service.objects.update(capacity=3)
    visitor = None if for_themselves else make_user().pk
    order = make_order(tariff=tariff, customer=customer, when=at_hours(start, end), visitor_ids=(visitor,))
    wish.refresh_from_db()
    left = ("withdrawn", order.created_by, NOW) if leaves else ("waiting", None, None)
    assert (wish.status, wish.closed_by, wish.closed_at) == left
    cancel_order(order.pk, by=order.created_by, reason="Передумал", at=NOW)
    assert waiting.offer_places(tariff.service_id, at=NOW) == (0 if leaves else 1)


@pytest.mark.parametrize(
    ("before", "after", "leaves"),
    [
        (("14", "16"), ("10", "12"), True),
        (("10", "11"), ("10", "13"), True),
        (("14", "16"), ("11", "13"), False),
        (("10", "12"), ("10", "13"), False),  # there before: they want one more
    ],
)
def test_who_moves_a_ticket_to_what_they_wait_for_leaves_the_line_until_it_is_undone(
    tariff: Tariff, desk_order: Order, customer: User, manager: User, before: Any, after: Any, leaves: bool
) -> None:
    Service.objects.update(capacity=2)
    order = make_order(tariff=tariff, customer=customer, when=at_hours(*before))
    Service.objects.update(capacity=1)
    wish, other = make_waiting(tariff=tariff, customer=customer), make_waiting(tariff=tariff)
    Service.objects.update(capacity=2)
    event = change(order, by=manager, when=when(*after))
    wish.refresh_from_db()
    left = ("withdrawn", manager, NOW) if leaves else ("waiting", None, None)
    assert (wish.status, wish.closed_by, wish.closed_at) == left
    undo_change(order.pk, event.pk, by=manager, at=NOW)
    wish.refresh_from_db()
    assert (line(), wish.closed_by, wish.closed_at) == ([(wish.pk, "waiting"), (other.pk, "waiting")], None, None)


def test_who_is_given_one_more_ticket_leaves_the_line_and_may_join_it_anew_before_that_is_undone(
    tariff: Tariff, desk_order: Order, customer: User, manager: User
) -> None:
    Service.objects.update(capacity=2)
    order = make_order(tariff=tariff, customer=customer)
    wish = make_waiting(tariff=tariff, customer=customer)
    Service.objects.update(capacity=3)
    event = changing.carry_out(plan_adding(order, added(tariff), by=manager))
    assert line() == [(wish.pk, "withdrawn")]
    anew = make_waiting(tariff=tariff, customer=customer)
    undo_change(order.pk, event.pk, by=manager, at=NOW)
    assert line() == [(wish.pk, "withdrawn"), (anew.pk, "waiting")]


def test_whose_account_was_closed_meanwhile_gets_no_order(
    tariff: Tariff, pool: Service, desk_order: Order, manager: User, customer: User
) -> None:
    wish, second = make_waiting(tariff=tariff, customer=customer), make_waiting(tariff=tariff)
    User.objects.filter(pk=customer.pk).update(is_active=False)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    assert waiting.offer_places(pool.pk, at=NOW) == 1
    assert line() == [(wish.pk, "waiting"), (second.pk, "offered")]
    assert not Order.objects.filter(customer=customer).exists()


# What the database refuses


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("waiting_for_a_place", {"places": 0}),
        ("waiting_has_email", {"email": ""}),
        ("waiting_is_left_at_a_moment", {"status": "withdrawn"}),
        ("waiting_is_left_at_a_moment", {"closed_at": NOW}),
    ],
)
def test_the_database_refuses_a_wish_that_cannot_be(
    tariff: Tariff, desk_order: Order, constraint: str, fields: dict[str, Any]
) -> None:
    make_waiting(tariff=tariff)
    before = saved_rows()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        WaitingWish.objects.update(**fields)
    assert saved_rows() == before


def test_whoever_is_erased_after_the_form_was_read_does_not_stand_in_line(
    tariff: Tariff, desk_order: Order, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, gone = waiting._write, {"erased_at": NOW, "phone": None, "email": None, "is_active": False}

    def write_after_the_erasure(offer: Offer, *, by: User) -> WaitingWish:
        User.objects.filter(pk=customer.pk).update(**gone)
        return write(offer, by=by)

    monkeypatch.setattr(waiting, "_write", write_after_the_erasure)
    with pytest.raises(Refused) as error:
        make_waiting(tariff=tariff, customer=customer)
    assert [(one.reason, one.field) for one in error.value.refusals] == [("person_not_chosen", "customer")]
    assert not WaitingWish.objects.exists()
    assert not WaitingLetter.objects.exists()


def test_what_an_order_came_from_is_not_rewritten(tariff: Tariff, desk_order: Order, manager: User) -> None:
    make_waiting(tariff=tariff)
    cancel_order(desk_order.pk, by=manager, reason="Передумал", at=NOW)
    waiting.offer_places(tariff.service_id, at=NOW)
    for attempt in (lambda: WaitedOrder.objects.update(order=desk_order), lambda: WaitedOrder.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()
