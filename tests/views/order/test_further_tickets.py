"""The dialog for adding tickets to an order: the preview, and refusals."""

from typing import Any

import pytest
from django.test import Client

from coworking.models import Ticket
from olvery.shared.periods import DAY
from orders.letters.compose import compose
from orders.letters.mail import Text
from orders.models import Message, Order
from tests.factories import make_order, make_pass_order, make_pass_tariff
from tests.moments import SUNDAY, hours
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def order(world: World) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid on site."""
    return make_order(tariff=world.tariff, by=world.manager)


@pytest.fixture
def staff(client: Client, world: World) -> Client:
    """The browser in which the manager is signed in."""
    return client


def adding(order: Order, end: str = "") -> str:
    return f"/manage/orders/{order.pk}/tickets/new/{end}"


def values_to_add(page: Any) -> Any:
    """Return the values of the form of further tickets on its page."""
    return next(form.values for form in read(page).forms if form.attrs.get("action", "").endswith("/new/"))


def test_the_form_of_further_tickets_opens_with_one_as_the_first_and_adds_it(staff: Client, order: Order) -> None:
    page = staff.get(adding(order))
    assert "25\u00a0ноября" in page.content.decode()
    answer = staff.post(adding(order), values_to_add(page), **HTMX)
    assert answer.headers["HX-Redirect"] == f"/manage/orders/{order.pk}/"
    assert [ticket.period for ticket in Ticket.objects.all()] == [hours("10", "12")] * 2
    there = Order.objects.get(pk=order.pk)
    assert (there.ticket_count, there.total) == (2, 1200)


def test_the_sale_of_a_pass_takes_no_tickets(staff: Client, world: World) -> None:
    sale = make_pass_order(tariff=make_pass_tariff(service=world.service), by=world.manager)
    before = saved_rows()
    answers = [staff.get(adding(sale)), staff.post(adding(sale)), staff.post(adding(sale, "plan/"))]
    assert ([answer.status_code for answer in answers], saved_rows()) == ([404] * 3, before)


def test_further_tickets_are_shown_with_their_letter_before_they_are_saved(staff: Client, order: Order) -> None:
    values = values_to_add(staff.get(adding(order)))
    before = saved_rows()
    shown = staff.post(adding(order, "plan/"), {**values, "places": "2"}, **HTMX)
    assert saved_rows() == before
    page = staff.post(adding(order), {**values, "places": "2", "version": read(shown).values["version"]})
    letter = compose(Message.objects.get(order=order, kind="changed"))
    assert page.status_code == 302
    assert shown.context["text"] == Text(letter.subject, str(letter.body).rstrip("\n"))


def test_a_day_off_offers_the_nearest_days_for_further_tickets(staff: Client, order: Order) -> None:
    values = {**values_to_add(staff.get(adding(order))), "day": str(SUNDAY), "last_day": str(SUNDAY)}
    plan = staff.post(adding(order, "plan/"), values, **HTMX)
    nearest = read(plan).attrs_of("button", name="alternative")[0]["value"]
    page = staff.post(adding(order), {**values, "alternative": nearest})
    assert page.status_code == 200
    assert staff.post(adding(order), values_to_add(page)).status_code == 302
    periods = {ticket.period for ticket in Ticket.objects.all()}
    assert periods == {hours("10", "12"), hours("10", "12", SUNDAY + DAY)}


def test_further_tickets_of_another_number_than_shown_are_not_saved(staff: Client, order: Order) -> None:
    values = {**values_to_add(staff.get(adding(order))), "places": "2"}
    before = saved_rows()
    page = staff.post(adding(order), values)
    assert (page.status_code, saved_rows()) == (422, before)


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"places": "99"}, "places"), ({"day": "вчерась"}, "day")],
)
def test_a_mistake_in_further_tickets_is_said_at_its_field(
    typed: dict[str, str], field: str, staff: Client, order: Order
) -> None:
    before = saved_rows()
    page = staff.post(adding(order), {**values_to_add(staff.get(adding(order))), "version": "", **typed})
    assert (page.status_code, saved_rows()) == (422, before)
    assert f"change-{field}_error" in read(page).ids


def test_a_cancelled_order_gets_no_further_tickets(staff: Client, order: Order) -> None:
    values = values_to_add(staff.get(adding(order)))
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    before = saved_rows()
    assert staff.post(adding(order), {**values, "version": ""}).status_code == 422
    assert saved_rows() == before
    assert adding(order) not in staff.get(f"/manage/orders/{order.pk}/").content.decode()
