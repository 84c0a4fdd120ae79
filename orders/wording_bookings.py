"""Texts for an order of several bookings on one line."""

from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from olvery.shared.formats import days_short, period
from olvery.shared.money import NBSP
from olvery.shared.periods import Period
from orders.models import Order


def services_text(order: Order) -> str:
    """Return the services of an order, or of a row with its fields: «Опенспейс», «Опенспейс и ещё 2»."""
    others = len(order.service_ids) - 1
    if not others:
        return order.service_name
    text = ngettext("%(service)s and %(count)s more", "%(service)s and %(count)s more", others)
    return text % {"service": order.service_name, "count": others}


def period_text(order: Order, zone: ZoneInfo, write: Callable[[Period, ZoneInfo], str] = period) -> str:
    """Return the time of an order as `write` does; for several bookings, their days and their number.

    For a pass, its terms and its validity. A row with the fields of an order will do.
    """
    if order.pass_units is not None:
        until = order.period.days(zone)[1]
        return _("%(units)s until %(day)s") % {"units": order.tariff_name, "day": f"{until:%d.%m.%Y}"}
    if order.booking_count == 1:
        return write(order.period, zone)
    first, last = order.period.days(zone)
    days = f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m.%Y} – {last:%d.%m.%Y}"
    return f"{days}, {_bookings(order)}"


def period_in_row(order: Order, zone: ZoneInfo) -> str:
    """Return the time of an order for one line of a list: for several bookings «8 дек – 23 фев, 12 раз»."""
    first, last = order.period.days(zone)
    if order.booking_count == 1 or order.pass_units is not None or first == last:
        return period_text(order, zone)
    count = _bookings(order)
    if len(order.service_ids) == 1:
        count = ngettext("%(count)s time", "%(count)s times", order.booking_count) % {"count": order.booking_count}
    return f"{days_short(first, last, zone)}, {count}"


def _bookings(order: Order) -> str:
    """Return the number of bookings of an order, with a non-breaking space."""
    text = ngettext("%(count)s booking", "%(count)s bookings", order.booking_count) % {"count": order.booking_count}
    return text.replace(" ", NBSP)


def seats_text(labels: Iterable[str]) -> str:
    """Return the names of seats, some of which may have been deleted."""
    return ", ".join(label or _("a deleted seat") for label in labels)
