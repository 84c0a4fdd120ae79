"""The desk of a location, ready for a call."""

from dataclasses import dataclass

from playwright.sync_api import Page

from accounts.models import User
from coworking.models import Service, Unit
from tests.factories import make_extra, make_location, make_manager, make_pool, make_seats, make_tariff, make_user


@dataclass(frozen=True)
class Desk:
    """Who works, who calls, and what is on sale."""

    manager: User
    caller: User
    quiet_zone: Service
    open_space: Service


def set_up_desk() -> Desk:
    """Save a location with two services, its manager and a customer."""
    location = make_location(name="Технопарк «Сигнал»", city="Нижний Новгород")
    quiet_zone = make_seats(
        location=location, name="Тихая зона", labels=["T1", "T2", "T3", "T4"], tables=[1, 1, 2, 2], position=2
    )
    open_space = make_pool(location=location, name="Опенспейс", capacity=8, position=1)
    for service in (quiet_zone, open_space):
        make_tariff(service=service, unit=Unit.HOUR, name="Час", price="300", max_units=12, position=1)
        make_tariff(service=service, unit=Unit.DAY, name="День", price="1200", position=2)
    make_extra(service=open_space, name="Монитор", price="150")
    return Desk(
        manager=make_manager(location=location),
        caller=make_user(last_name="Петров", first_name="Иван", middle_name="Андреевич", phone="+79162044821"),
        quiet_zone=quiet_zone,
        open_space=open_space,
    )


# The scripts that load once the board is drawn: waiting for an idle network takes half a second more.
COMPLETE = """() => {
  const { pointerUrl, stripUrl } = document.querySelector("#strip").dataset;
  return Promise.all([pointerUrl, stripUrl].map((url) => import(url))).then(() => null);
}"""


def open_board(page: Page, address: str) -> None:
    """Open the calendar, with its scripts loaded."""
    page.goto(address)
    page.evaluate(COMPLETE)
