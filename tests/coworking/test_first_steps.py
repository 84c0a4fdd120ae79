"""The steps left before a location's first order are derived from its data."""

import pytest
from django.test import Client

from accounts.models import Role
from coworking.domain.first_steps import first_steps
from coworking.models import Seat
from tests.factories import (
    make_location,
    make_manager,
    make_member,
    make_seats,
    make_seller,
    make_tariff,
    make_ticket,
)
from tests.moments import hours
from tests.views.pages import read

pytestmark = pytest.mark.django_db

SERVICES = "/manage/coworking/services/"


def test_each_step_is_done_by_what_it_asks_for() -> None:
    location = make_location(weekly={})
    make_tariff()  # of another location
    assert (first_steps(location).done, first_steps(location).service) == ((), None)
    make_seller(location=location)
    service = make_seats(location=location, labels=())
    tariff = make_tariff(service=service)  # nobody can book without places
    assert first_steps(location).done == ("seller", "service")
    assert first_steps(location).service == service
    seat = Seat.objects.create(service=service, label="A1")
    assert first_steps(location).done == ("seller", "service", "places", "tariff")
    make_ticket(service=service, seat=seat, tariff=tariff, period=hours("10", "12"))
    assert first_steps(location).done == ("seller", "service", "places", "tariff", "order")
    make_manager(location=location)
    assert first_steps(location).done == ("seller", "service", "places", "tariff", "people", "order")
    assert not first_steps(location).are_done
    location.opening_hours.create(weekday=0, opens_at="09:00", closes_at="18:00")
    assert first_steps(location).are_done


def test_the_administrator_is_led_to_what_is_left(client: Client) -> None:
    location = make_location(weekly={})
    client.force_login(make_member(location=location, role=Role.LOCATION_ADMINISTRATOR))
    page = read(client.get(SERVICES))
    assert "До первого заказа" in page.html
    steps = ("hours/", "seller/", "services/new/", "people/new/")
    assert {f"/manage/coworking/{step}" for step in steps} <= set(page.links())
    service = make_seats(location=location, labels=())
    page = f"{SERVICES}{service.pk}/"
    for shown in (SERVICES, page, "/manage/coworking/hours/", "/manage/coworking/seller/", "/manage/coworking/people/"):
        assert {f"{page}#seats", f"{page}#tariffs"} <= set(read(client.get(shown)).links())
