"""Template filters that put facts into words."""

from zoneinfo import ZoneInfo

from django import template

from olvery.shared.formats import period_dated, period_words
from orders import wording
from orders.models import Order
from orders.wording_bookings import period_text, services_text

register = template.Library()

for words in (
    wording.decline_text,
    wording.entry_reason,
    wording.event_text,
    wording.line_title,
    wording.refund_decline_text,
    wording.refund_reason,
    wording.resolution_text,
):
    register.filter(words.__name__, words)


@register.filter
def services(order: Order) -> str:
    """Name the services of an order."""
    return services_text(order)


@register.filter
def booked_period(order: Order, zone: ZoneInfo) -> str:
    """Name the time of an order for lists."""
    return period_text(order, zone)


@register.filter
def booked_words(order: Order, zone: ZoneInfo) -> str:
    """Name the time of an order for people."""
    return period_text(order, zone, period_words)


@register.filter
def booked_dated(order: Order, zone: ZoneInfo) -> str:
    """Name the time of an order for letters, which are read on another day."""
    return period_text(order, zone, period_dated)
