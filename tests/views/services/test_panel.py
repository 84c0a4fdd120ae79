"""The screen in the lobby."""

import pytest
from django.test import Client

from coworking.models import Location
from tests.factories import make_location, make_order, make_pool, make_tariff, make_user
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def location() -> Location:
    return make_location(name="Парк Тест", panel_token="a-token-nobody-guesses")


def test_anybody_with_the_address_sees_what_is_free_and_nobodys_name(location: Location) -> None:
    tariff = make_tariff(service=make_pool(location=location, name="Опен-спейс"))
    order = make_order(tariff=tariff, customer=make_user(last_name="Константинопольский"))
    answer = Client().get(f"/panel/{location.panel_token}/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert "Опен-спейс" in html
    assert "Свободно" in html
    assert order.customer.last_name not in html
    assert str(order.number) not in html


def test_it_asks_for_itself_anew(location: Location) -> None:
    page = read(Client().get(f"/panel/{location.panel_token}/", headers={"HX-Request": "true"}))
    assert not page.attrs_of("html")
    assert page.attrs_of("main", id="lobby")[0]["hx-trigger"] == "every 30s"


@pytest.mark.parametrize("token", ["x", "%00", "a-token-nobody-guesse"])
def test_another_address_leads_nowhere(location: Location, token: str) -> None:
    assert Client().get(f"/panel/{token}/").status_code in (400, 404)
    make_location()  # has no screen, and no empty address
    assert Client().get("/panel//").status_code == 404


def test_a_location_that_is_switched_off_has_no_screen(location: Location) -> None:
    Location.objects.update(is_active=False)
    assert Client().get(f"/panel/{location.panel_token}/").status_code == 404
