"""The summary of a form agrees with the result of saving it."""

import random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from coworking.models import Unit
from orders.models import Order
from orders.views.form.order_screen import OrderScreen
from tests.depth import rounds
from tests.factories import make_extra, make_pool, make_tariff, make_ticket
from tests.moments import FRIDAY, SUNDAY, THURSDAY, WEDNESDAY, hours
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
ROUNDS = rounds(30)
READY, LEFT, BLOCKED = "Всё заполнено", "Осталось указать", "Мешает"


@pytest.fixture(autouse=True)
def _more_to_choose_from(world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "123456"
    make_tariff(service=world.service, unit=Unit.DAY, name="День", price="1500")
    room = make_pool(location=world.location, name="Переговорная", capacity=1, payment_methods=["on_site", "online"])
    make_tariff(service=room, name="Час", price="900", max_units=3)
    make_extra(service=room, max_quantity=2)
    make_ticket(service=room, period=hours("11", "13", day=THURSDAY))


class Chance:
    """Makes up forms: mostly right, otherwise wrong in all possible ways."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.services = list(world.location.services.order_by("pk"))

    def mostly(self, right: str, *wrong: str) -> str:
        return right if self.random.random() < 0.8 else self.random.choice(wrong)

    def form(self) -> dict[str, Any]:
        world = self.world
        parts = self.random.choice((1, 1, 2))
        typed = {
            **world.filled(),
            "parts": str(parts),
            "customer": self.mostly(world.key(world.customer), "", world.key(999999), "1"),
            "customer_q": "",
            "phone": self.mostly("8 916 204-48-21", "", "8 916", "+7 000 000-00-00"),
            "email": self.mostly("petrov@example.com", "", "petrov@"),
            "discount": self.mostly("", "10%", "99%", "много"),
            "discount_reason": self.mostly("", "Друг"),
            "payment_method": self.mostly("on_site", "online", "invoice"),
            "override_reason": self.mostly("", "Просьба директора"),
        }
        for number in range(parts):
            typed |= self.booking(f"b{number}-" if number else "")
        return typed

    def booking(self, prefix: str) -> dict[str, Any]:
        service = self.random.choice(self.services)
        tariff = self.random.choice(list(service.tariffs.order_by("pk")))
        days = [day.isoformat() for day in (THURSDAY, FRIDAY, SUNDAY)]
        seats = [str(pk) for pk in service.seats.values_list("pk", flat=True)]
        fields = {
            "service": self.mostly(str(service.pk), ""),
            "tariff": str(tariff.pk),
            "day": self.mostly(WEDNESDAY.isoformat(), *days, "", "2026-02-31"),
            "start": self.mostly("10", "11", "", "ночью"),
            "end": self.mostly("12", "13", "22", "9", ""),
            "places": self.mostly("1", "2", "5", "", "x"),
            "seats": self.random.sample(seats, 1) if seats and self.random.random() < 0.5 else [],
            "visitor-0": "",
            "visitor-0-q": self.mostly("", "Кто-то"),
            "weekdays": ["2"] if self.random.random() < 0.2 else [],
            "until": self.mostly("", "2026-12-09"),
            "only_free": self.random.choice(("", "on")),
        }
        return {prefix + name: value for name, value in fields.items()}


def shown(client: Client, typed: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the summary of a form, and the form as the page would send it."""
    answer = client.post(FORM, {**typed, "action": "refresh"})
    page = read(answer)
    text = answer.content.decode()
    says = next(word for word in (READY, LEFT, BLOCKED) if word in text)
    return says, dict(page.values)


@pytest.mark.parametrize("seed", range(2))
def test_the_summary_says_ready_exactly_where_saving_saves(client: Client, world: World, seed: int) -> None:
    chance, said = Chance(world, seed), set()
    for _round in range(ROUNDS):
        says, sent = shown(client, chance.form())
        with transaction.atomic():
            answer = client.post(FORM, sent)
            saved = Order.objects.count()
            transaction.set_rollback(True)
        assert (says == READY, saved) == (answer.status_code == 302, int(answer.status_code == 302)), sent
        said.add(says)
    assert READY in said
    assert len(said) > 1


def test_control_a_summary_that_does_not_look_at_places_is_found_out(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OrderScreen, "refusals", property(lambda screen: []))
    with pytest.raises(AssertionError):
        test_the_summary_says_ready_exactly_where_saving_saves(client, world, 0)


def test_nothing_is_announced_to_the_customer_while_places_are_missing(client: Client, world: World) -> None:
    make_ticket(service=world.service, seat=world.seat("A1"), period=hours("10", "12"))
    text = client.post(FORM, {**world.filled(), "action": "refresh"}).content.decode()
    assert (READY in text, "для вас забронировано" in text) == (False, False)
    free = client.post(FORM, {**world.filled(seats=[]), "action": "refresh"}).content.decode()
    assert (READY in free, "для вас забронировано" in free) == (True, True)
