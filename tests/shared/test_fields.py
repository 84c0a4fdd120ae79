"""Model fields with rich Python values."""

import pytest
from django.utils.translation import override

from orders.models import EventKind, Order, OrderEvent, OrderStatus


def test_the_display_of_an_enumerated_field_is_the_label_in_the_language_of_the_page() -> None:
    order, event = Order(status=OrderStatus.CANCELLED), OrderEvent(kind=EventKind.CREATED)
    for language in ("ru", "en"):
        with override(language):
            assert order.get_status_display() == str(OrderStatus.CANCELLED.label)
            assert event.get_kind_display() == str(EventKind.CREATED.label)


@pytest.mark.parametrize("value", ["", "of_a_later_version"])
def test_the_display_of_a_value_without_a_member_is_the_value(value: str) -> None:
    assert Order(status=value).get_status_display() == value
