"""Reminders of passes that end soon with hours left."""

from datetime import timedelta

import pytest

from accounts.domain.reminders import token_of
from accounts.models import User
from coworking.models import Location, Service
from orders.domain.booking.pass_reminders import remind_of_passes
from orders.domain.desk import cancelling
from orders.letters.compose import compose
from orders.letters.send import send_message
from orders.models import Message, Order, Pass
from tests.factories import make_order, make_pass, make_tariff, make_user
from tests.moments import moment
from tests.orders.booking.changes import when
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
# The pass is good until 23 December; the quiet hours end at eight.
DUE = moment("2026-12-16 08:00")


@pytest.fixture
def bought(pool: Service, manager: User) -> Pass:
    customer = make_user(first_name="Пётр", email="petr@example.com")
    return make_pass(service=pool, customer=customer, by=manager, name="Десятка")


def test_the_customer_is_told_once_a_week_before_the_last_day(bought: Pass) -> None:
    before = saved_rows()
    for early in (moment("2026-12-15 20:59"), moment("2026-12-16 00:00"), DUE - timedelta(minutes=1)):
        assert (remind_of_passes(early), saved_rows()) == (0, before)
    assert remind_of_passes(DUE) == 1
    letter = compose(Message.objects.select_related("order__location", "order__customer").get(kind="pass_ends"))
    assert letter.subject == "Абонемент скоро закончится: осталось 10 часов, действует по 23.12.2026"
    assert "Пётр, на абонементе «Десятка» (Опен-спейс) осталось 10 часов." in letter.body
    assert f"/services/{bought.service_id}/?pass_id={bought.pk}" in letter.body
    assert letter.to == ["petr@example.com"]
    assert letter.extra_headers["List-Unsubscribe"].endswith(f"/reminders/{token_of(bought.owner_id)}/>")
    assert "осталось 10 часов" in str(letter.alternatives[0][0])
    before = saved_rows()
    assert (remind_of_passes(DUE + timedelta(days=1)), saved_rows()) == (0, before)


def test_in_the_evening_before_its_day_the_quiet_hours_are_reckoned_with(bought: Pass) -> None:
    assert remind_of_passes(moment("2026-12-15 21:30")) == 1


@pytest.mark.parametrize("change", ["used up", "cancelled", "no e-mail", "wants none", "place reminds nobody", "over"])
def test_only_who_wants_it_and_has_something_left_is_told(
    change: str, bought: Pass, pool: Service, manager: User
) -> None:
    at = DUE
    if change == "used up":
        tariff = make_tariff(service=pool)
        make_order(tariff=tariff, customer=bought.owner, pass_id=bought.pk, by=manager, when=when("9", "19"))
    elif change == "cancelled":
        cancelling.cancel_order(bought.pk, by=manager, reason="Планы", at=DUE)
    elif change == "no e-mail":
        Order.objects.update(email="")
    elif change == "wants none":
        User.objects.filter(pk=bought.owner_id).update(wants_reminders=False)
    elif change == "place reminds nobody":
        Location.objects.update(reminder_hours=0)
    else:
        at = bought.period.end + timedelta(hours=12)
    before = saved_rows()
    assert (remind_of_passes(at), saved_rows()) == (0, before)


def test_a_new_short_pass_gets_no_reminder_at_once(pool: Service, manager: User) -> None:
    make_pass(service=pool, by=manager, days=6, customer=make_user(email="petr@example.com"))
    assert remind_of_passes(moment("2026-11-25 12:00")) == 0
    assert remind_of_passes(moment("2026-11-28 12:00")) == 1


def test_a_letter_about_a_pass_that_was_used_up_meanwhile_is_not_sent(
    bought: Pass, pool: Service, manager: User
) -> None:
    remind_of_passes(DUE)
    message = Message.objects.get(kind="pass_ends")
    tariff = make_tariff(service=pool)
    make_order(tariff=tariff, customer=bought.owner, pass_id=bought.pk, by=manager, when=when("9", "19"))
    assert send_message(message.pk, at=DUE) is False
    assert not Message.objects.filter(kind="pass_ends").exists()
