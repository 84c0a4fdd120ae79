"""Which payment methods an order may use, and until when it waits for the money."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from coworking.models import PaymentMethod, Service
from olvery.shared.periods import Period

# A guest who already sits there gets time to pay, too.
SHORTEST_HOLD = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """A payment method as the form shows it; `reason` tells why it cannot be chosen."""

    method: PaymentMethod
    reason: str = ""

    @property
    def is_available(self) -> bool:
        """Whether an order may use it now."""
        return not self.reason


def methods_of(service: Service) -> list[MethodOffer]:
    """Return the payment methods of a service in their usual order."""
    offers = []
    for method in (PaymentMethod.ONLINE, PaymentMethod.ON_SITE, PaymentMethod.INVOICE):
        if method in service.payment_methods:
            missing = method == PaymentMethod.ONLINE and not settings.YOOKASSA_SHOP_ID
            offers.append(MethodOffer(method, _("The YooKassa shop is not connected yet.") if missing else ""))
    return offers


def deadline_for(service: Service, period: Period, at: datetime) -> datetime:
    """Return until when an unpaid order of a manager keeps its places.

    The service's hold time or the start of the period, whichever is earlier, but not less than 20 minutes.
    """
    return max(min(at + timedelta(hours=service.deadline_hours), period.start), at + SHORTEST_HOLD)
