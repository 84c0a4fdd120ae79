"""The only door to row locks, always in one order: service, order, payment, refund.

Every lock waits at most three seconds; then somebody else works on the same thing and the person is told so.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from coworking.models import Service
from olvery.shared.refusals import Busy
from orders.models import Order, PaymentAttempt, Refund

LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"
WAIT = "3s"


@contextmanager
def short_waits() -> Iterator[None]:
    """Open a transaction whose locks give up after three seconds. Raises Busy."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") in (LOCK_NOT_AVAILABLE, DEADLOCK):
            raise Busy(_("Somebody is changing the same bookings. Try again.")) from error
        raise


def lock_service(service_id: int) -> Service:
    """Lock a service: who holds it alone decides about its places until the commit."""
    return Service.objects.select_for_update(no_key=True).get(pk=service_id)


def lock_order(number: int) -> Order:
    """Lock an order and read it anew."""
    return Order.objects.select_for_update(no_key=True).get(pk=number)


def lock_order_and_service(number: int) -> Order:
    """Lock an order's service, then the order: for changes that take its places. The order comes with its service."""
    service = lock_service(Order.objects.values_list("service_id", flat=True).get(pk=number))
    order = lock_order(number)
    order.service = service
    return order


def lock_attempt(attempt_id: int) -> PaymentAttempt:
    """Lock a payment and read it anew; its order is locked before it."""
    return PaymentAttempt.objects.select_for_update(no_key=True).get(pk=attempt_id)


def lock_refund(refund_id: int) -> Refund:
    """Lock a refund and read it anew; its order and payment are locked before it."""
    return Refund.objects.select_for_update(no_key=True).get(pk=refund_id)
