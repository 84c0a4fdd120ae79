"""The catalogue: what anybody sees of the services on a day."""

import re

import pytest
from django.test import Client

from coworking.models import Location, OpeningHours, Service, Tariff
from tests.factories import (
    make_exception,
    make_pool,
    make_tariff,
    make_ticket,
    seat_of,
)
from tests.html import text_of
from tests.moments import WEDNESDAY, hours
from tests.views.pages import read
from tests.views.services.test_services import DAY, TEN_TO_TWELVE, address
from tests.views.services.test_services import _shop as _shop  # noqa: PLC0414 - fixtures
from tests.views.services.test_services import browser as browser  # noqa: PLC0414 - fixtures
from tests.views.services.test_services import customer as customer  # noqa: PLC0414 - fixtures
from tests.views.services.test_services import location as location  # noqa: PLC0414 - fixtures
from tests.views.services.test_services import service as service  # noqa: PLC0414 - fixtures
from tests.views.services.test_services import tariff as tariff  # noqa: PLC0414 - fixtures
from tests.views.validity import faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_anybody_sees_what_is_free_on_a_day(tariff: Tariff, service: Service) -> None:
    make_ticket(service=service, period=hours("8", "12"), seat=seat_of(service, "A1"))
    make_ticket(service=service, period=hours("8", "9"), seat=seat_of(service, "A2"))
    full = make_pool(location=service.location, name="Опен-спейс", capacity=1)
    make_tariff(service=full, name="День", unit="day", price="1200")
    make_ticket(service=full, period=hours("0", "23"))
    text = " ".join(text_of(Client().get(f"/services/?day={DAY}").content.decode()).split())
    assert "Тихая зона" in text
    assert "Свободно с 09:00" in text
    assert "300 ₽ час" in text.replace("\u00a0", " ")
    assert "В этот день всё занято" in text
    now = " ".join(text_of(Client().get("/services/").content.decode()).split())
    assert "Сейчас свободно 2 места" in now


def test_a_day_off_is_named(tariff: Tariff, location: Location) -> None:
    OpeningHours.objects.create(location=location, on=WEDNESDAY)
    assert "В этот день закрыто" in Client().get(f"/services/?day={DAY}").content.decode()


def test_a_day_off_says_to_customers_why_and_what_is_near(tariff: Tariff, service: Service) -> None:
    make_exception(location=service.location, on=WEDNESDAY, reason="Санитарный день")
    page = Client().get(address(service, **TEN_TO_TWELVE))
    told = page.content.decode()
    assert told.count("25\u00a0ноября закрыто: Санитарный день.") == 2  # at the day, and where it would be paid
    assert not re.search(r"свободно\s+[0-9]", told)
    assert "Выберите время, чтобы увидеть цену" not in told  # it is chosen, and its price is shown
    near = [link for link in read(page).links() if "start=10" in link and "end=12" in link]
    days = [re.search(r"day=([0-9-]+)", link) for link in near]
    assert [day and day[1] for day in days] == ["2026-11-26", "2026-11-27", "2026-11-28"]


def test_what_is_not_on_sale_is_not_shown(tariff: Tariff, service: Service, location: Location) -> None:
    hidden = make_pool(location=location, name="Склад")
    make_tariff(service=hidden, is_active=False)
    assert "Склад" not in Client().get("/services/").content.decode()
    assert Client().get(f"/services/{hidden.pk}/").status_code == 404
    service.is_active = False
    service.save()
    assert Client().get(f"/services/{service.pk}/").status_code == 404
    location.is_active = False
    location.save()
    assert Client().get("/services/").status_code == 404


def test_the_page_of_a_service_is_valid(browser: Client, tariff: Tariff, service: Service) -> None:
    answer = browser.get(address(service, **TEN_TO_TWELVE))
    assert read(answer).attrs_of("input", name="start")
    assert faults(answer) == []


@pytest.mark.parametrize("query", ["location=999", "location=x", "day=вчера+", "day=99.99"])
def test_junk_in_the_address_shows_the_catalogue(tariff: Tariff, query: str) -> None:
    assert Client().get(f"/services/?{query}").status_code == 200


def test_a_null_byte_in_the_address_is_refused() -> None:
    assert Client().get("/services/?day=%00").status_code == 400
