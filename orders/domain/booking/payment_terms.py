"""Payment methods of an order, and its deadline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from coworking.models import PAYING_METHODS, PaymentMethod, Service

# A guest who has already sat down also needs time to pay.
SHORTEST_WAIT = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """A payment method on the form; `reason` is the key of why it cannot be chosen."""

    method: PaymentMethod
    reason: str = ""

    @property
    def is_available(self) -> bool:
        """Whether an order may use it now."""
        return not self.reason


def methods_of(services: Sequence[Service]) -> list[MethodOffer]:
    """Return the payment methods that all these services accept, in their usual order."""
    offers = []
    for method in PAYING_METHODS:
        if services and all(method in service.payment_methods for service in services):
            missing = method == PaymentMethod.ONLINE and not settings.YOOKASSA_SHOP_ID
            offers.append(MethodOffer(method, "shop_not_connected" if missing else ""))
    return offers


def method_shown(asked: object, offers: Iterable[MethodOffer]) -> str:
    """Return the payment method that a page shows as chosen: the one asked for, else the first that can be used."""
    usable = [str(offer.method) for offer in offers if offer.is_available]
    return str(asked) if asked in usable else next(iter(usable), "")


def deadline_for(
    services: Iterable[Service],
    start: datetime,
    at: datetime,
    *,
    is_own: bool = False,
    longest_wait: timedelta | None = None,
) -> datetime:
    """Return the deadline of an unpaid order.

    The shortest wait of its services from `at`, or the start of its first period, whichever is earlier, but
    at least 20 minutes from `at`. `longest_wait` replaces the waits of the services.
    """
    wait = longest_wait or min(_wait(service, is_own=is_own) for service in services)
    return max(min(at + wait, start), at + SHORTEST_WAIT)


def deadline_within(deadline: datetime, start: datetime, at: datetime) -> datetime:
    """Return a deadline unchanged, but not after the start, and at least 20 minutes from `at`."""
    return min(deadline, max(start, at + SHORTEST_WAIT))


def _wait(service: Service, *, is_own: bool) -> timedelta:
    """Return how long an unpaid order is held, made by a customer or by a manager."""
    return timedelta(minutes=service.own_order_minutes) if is_own else timedelta(hours=service.deadline_hours)
