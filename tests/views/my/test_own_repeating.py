"""«Повторить» on a customer's order leads to booking online."""

import pytest
from django.test import Client

from coworking.models import Service
from orders.models import Order
from tests.factories import make_extra, make_order, make_seats, make_tariff, make_user
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def order(client: Client) -> Order:
    """Two places on Wednesday, 10 to 12, with a locker."""
    tariff = make_tariff(service=make_seats())
    extra = make_extra(service=tariff.service)
    customer = make_user()
    client.force_login(customer)
    return make_order(tariff=tariff, customer=customer, visitor_ids=(None, None), extras={extra.pk: 1})


def test_the_page_of_the_service_is_filled_like_the_order(client: Client, order: Order) -> None:
    assert f"/my/orders/{order.pk}/repeat/" in read(client.get(f"/my/orders/{order.pk}/")).links()
    page = read(client.get(f"/my/orders/{order.pk}/repeat/", follow=True))
    extra = order.lines.get(kind="extra").extra
    names = ("tariff", "day", "start", "end", "places", f"extra-{extra.pk}")  # type: ignore[union-attr]
    [booking] = [form for form in page.forms if form.attrs.get("id") == "buy"]
    values = {name: booking.values[name][-1] for name in names}
    assert values == {
        "tariff": str(order.tariff_id),
        "day": "2026-12-02",
        "start": "10:00",
        "end": "12:00",
        "places": "2",
        f"extra-{extra.pk}": "1",  # type: ignore[union-attr]
    }


def test_a_service_no_longer_on_sale_leads_to_those_on_sale(client: Client, order: Order) -> None:
    Service.objects.update(is_active=False)
    answer = client.get(f"/my/orders/{order.pk}/repeat/", follow=True)
    assert answer.redirect_chain == [("/services/", 302)]
    assert "Этого больше не продаётся." in answer.content.decode()
