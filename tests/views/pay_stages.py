"""An order at every stage of being paid, as its payment page shows it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from orders.domain.desk.cancelling import cancel_order
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.gateway import NotSent, OutcomeUnknown, Rejected
from orders.domain.online.links import ensure_link
from orders.models import Order
from tests.factories import make_location, make_order, make_seats, make_tariff, make_user
from tests.gateways.fake import FakeGateway
from tests.orders.steps import look, pay, press_pay, review, send_all
from tests.views.pages import Page, read

BACK = "?back=1"
PROVIDER = "https://yoomoney.ru/"
EMAIL = "buh@example.com"


def make_unpaid_order() -> Order:
    """Place an order of 600 ₽ for seat A1 on Wednesday, 10 to 12, to be paid online by Wednesday, 9:00."""
    location = make_location(name="Технопарк «Сигнал»", phone="+7 831 200-40-50")
    tariff = make_tariff(service=make_seats(location=location), name="Час", price="300")
    return make_order(tariff=tariff, customer=make_user(phone="+79161234567"), payment_method="online")


def run_out(order: Order) -> None:
    """Let the deadline have passed a minute ago."""
    Order.objects.filter(pk=order.pk).update(deadline_at=timezone.now() - timedelta(minutes=1))


def payable(order: Order, gateway: FakeGateway) -> str:
    return ""


def declined(order: Order, gateway: FakeGateway) -> str:
    attempt = press_pay(order, gateway)
    gateway.decline(attempt.provider_id or "", "insufficient_funds")
    look(attempt, gateway)
    return ""


def starting(order: Order, gateway: FakeGateway) -> str:
    gateway.fail_next(NotSent("refused"))
    press_pay(order, gateway)
    return ""


def stuck(order: Order, gateway: FakeGateway) -> str:
    gateway.fail_next(Rejected("401: invalid_credentials", status=401))
    press_pay(order, gateway)
    return ""


def checking(order: Order, gateway: FakeGateway) -> str:
    press_pay(order, gateway)
    return BACK


def in_review(order: Order, gateway: FakeGateway) -> str:
    review(order, gateway)
    return BACK


def paid(order: Order, gateway: FakeGateway) -> str:
    pay(order, gateway)
    return BACK


def returning(order: Order, gateway: FakeGateway) -> str:
    pay(order, gateway)
    _cancel(order, gateway)
    return ""


def returned(order: Order, gateway: FakeGateway) -> str:
    returning(order, gateway)
    send_all(gateway)
    return ""


def expired(order: Order, gateway: FakeGateway) -> str:
    run_out(order)
    expire_overdue(gateway, timezone.now())
    return ""


def expired_at_the_provider(order: Order, gateway: FakeGateway) -> str:
    """The customer may be paying at this very moment."""
    press_pay(order, gateway)
    run_out(order)
    gateway.fail_next(OutcomeUnknown("silence"))
    return ""


def back_too_late(order: Order, gateway: FakeGateway) -> str:
    """The customer comes back from the provider's page, where the time to pay ended."""
    press_pay(order, gateway)
    run_out(order)
    assert expire_overdue(gateway, timezone.now()) == 1
    return BACK


def cancelled_at_the_provider(order: Order, gateway: FakeGateway) -> str:
    press_pay(order, gateway)
    _cancel(order, gateway)
    return BACK


def cancelled(order: Order, gateway: FakeGateway) -> str:
    _cancel(order, gateway)
    return ""


def _cancel(order: Order, gateway: FakeGateway) -> None:
    cancel_order(order.pk, by=order.created_by, reason="Передумал", at=timezone.now(), gateway=gateway)


# What produces the stage, and a part of its heading.
STAGES: dict[Callable[[Order, FakeGateway], str], str] = {
    payable: "К оплате",
    declined: "К оплате",
    starting: "Подключаемся",
    stuck: "временно недоступна",
    checking: "Проверяем",
    in_review: "Проверяем",
    paid: "Оплачено",
    returning: "Возвращаем",
    returned: "Вернули",
    expired: "Время на оплату вышло",
    back_too_late: "Проверяем",
    cancelled: "Заказ отменён",
    cancelled_at_the_provider: "Заказ отменён",
    expired_at_the_provider: "Время на оплату вышло",  # the last one: its failure may hit the next request instead
}


def address_of(order: Order, part: str = "") -> str:
    """Return the URL of an order's payment page, or of a part of it."""
    return f"/pay/{ensure_link(order, at=timezone.now()).token}/{part}"


def press(client: Client, order: Order, email: str = EMAIL) -> Any:
    """Press «Оплатить» on the payment page."""
    return client.post(address_of(order, "start/"), {"email": email})


def provider_id(response: Any) -> str:
    """Return the id of the payment whose page an answer leads to."""
    assert (response.status_code, response.headers["Location"].startswith(PROVIDER)) == (303, True)
    return str(response.headers["Location"].rpartition("=")[2])


def open_page(client: Client, order: Order, query: str = "") -> Page:
    """Open the payment page."""
    response = client.get(address_of(order) + query)
    assert response.status_code == 200
    return read(response)


def ask(client: Client, order: Order, stage: str, **query: Any) -> Any:
    """Poll the way a waiting page does."""
    return client.get(address_of(order, "state/"), {"stage": stage, **query}, headers={"HX-Request": "true"})
