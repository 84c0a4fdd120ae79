"""Orders paid online: made through the product itself, against the sandbox that runs with the demo.

Notifications of the sandbox arrive while this runs, and the worker also sends and applies: each finds the other's
work done, or has to try again.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from accounts.models import Membership, Role, User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.opening import calendar_of
from coworking.domain.rules import When, period_of
from coworking.domain.tickets import SeatsTaken
from coworking.models import Location, PaymentMethod, Ticket, Unit
from olvery.demo.sandbox_control import SandboxControl
from olvery.shared.periods import DAY
from olvery.shared.refusals import Busy, Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.desk import cancelling, refunding
from orders.domain.online import links, notifications, payments, sending
from orders.domain.online.gateway import Gateway
from orders.domain.online.refunds import apply_refund
from orders.models import Message, Order, PaymentAttempt, PaymentLink, ProviderRequest, ReceiptState, Refund

T = TypeVar("T")
ONLINE = PaymentMethod.ONLINE

# Services with a price of the day, in their order.
OPEN_SPACE, QUIET_ZONE = 0, 1
CUSTOMER = "customer@olvery.test"
# Longer than we use a page of the provider, so that the next press of «Pay» starts another attempt.
LONG_AGO = timedelta(minutes=57)
PATIENCE = timedelta(seconds=10)
DAYS_TRIED = 14
AGAIN_AFTER = (0.1, 0.3, 1.0)
SETTLED_WITHIN, LOOK_EVERY = 3.0, 0.1


class NoRoom(Exception):
    """No day of the next weeks has a free place."""


class Scenes:
    """What happens to orders that are paid online, one of each kind.

    `now` tells the time: it advances between two steps, and the sandbox's clock with it.
    """

    def __init__(
        self, *, location: Location, sandbox: SandboxControl, gateway: Gateway, now: Callable[[], datetime]
    ) -> None:
        """Take the location with its manager, who pays, and the clock."""
        self.location = location
        self.sandbox = sandbox
        self.gateway = gateway
        self.now = now
        self.calendar = calendar_of(location)
        self.manager = Membership.objects.get(location=location, role=Role.RENTAL_MANAGER).user
        self.customer = User.objects.get(email=CUSTOMER)
        self.strangers = self._strangers()

    def play(self) -> int:
        """Place the orders, pay them, decline, cancel and return; give back how many orders there are."""
        before = Order.objects.count()
        self._pay(self._order(self.customer, ahead=9))
        for ahead, service, method in ((1, QUIET_ZONE, "sbp"), (2, OPEN_SPACE, "sberbank"), (4, QUIET_ZONE, "sbp")):
            self._pay(self._order(next(self.strangers), ahead=ahead, service=service), method=method)
        self._partly_refunded()
        self._cancelled()
        self._paid_twice()
        self._refunded_in_the_cabinet()
        self._declined()
        self._open_link(self._order(next(self.strangers), ahead=3))
        self._open_link(self._order(self.customer, ahead=11, service=QUIET_ZONE, by=self.customer))
        self._settle()
        return Order.objects.count() - before

    def _partly_refunded(self) -> None:
        order = self._order(self.customer, ahead=6, places=2)
        self._pay(order)
        facts = {"reason": "Второй гость уйдёт в обед", "by": self.manager, "gateway": self.gateway, "at": self.now()}
        _patiently(refunding.refund_online, order.pk, Decimal(600), **facts)

    def _cancelled(self) -> None:
        order = self._order(next(self.strangers), ahead=1)
        self._pay(order)
        facts = {"reason": "Клиент заболел.", "by": self.manager, "gateway": self.gateway, "at": self.now()}
        _patiently(cancelling.cancel_order, order.pk, **facts)

    def _paid_twice(self) -> None:
        """Let the customer press «Pay» again after an hour, and pay on both pages."""
        order = self._order(next(self.strangers), ahead=5, at=self.now() - LONG_AGO)
        first = self._start(order, at=self.now() - LONG_AGO)
        second = self._start(order)
        for attempt in (second, first):
            self.sandbox.pay(attempt.provider_id or "", "bank_card")
            self._look(attempt)

    def _refunded_in_the_cabinet(self) -> None:
        attempt = self._pay(self._order(next(self.strangers), ahead=7, places=2))
        refund_id = self.sandbox.refund(attempt.provider_id or "", "400.00")
        told = self.gateway.refund(refund_id, patience=PATIENCE)
        _patiently(notifications.take_refund, told, at=self.now())

    def _declined(self) -> None:
        attempt = self._start(self._order(next(self.strangers), ahead=2))
        self.sandbox.decline(attempt.provider_id or "", "insufficient_funds")
        self._look(attempt)

    def _strangers(self) -> Iterator[User]:
        """Yield customers with an e-mail who do not come in the next weeks."""
        coming = Ticket.objects.blocking().filter(period__endswith__gt=self.now()).values("visitor")
        people = User.objects.filter(email__isnull=False, company="", memberships=None, is_staff=False)
        yield from people.exclude(pk__in=coming).exclude(pk=self.customer.pk).order_by("pk")

    def _order(
        self,
        customer: User,
        *,
        ahead: int,
        service: int = OPEN_SPACE,
        places: int = 1,
        by: User | None = None,
        at: datetime | None = None,
    ) -> Order:
        """Place an order for a day this far ahead, or for the next one with room. Raises NoRoom."""
        on_sale = tariffs_on_sale(self.location, at=self.now())
        tariff = [tariff for tariff in on_sale if tariff.unit == Unit.DAY][service]
        day = self.calendar.today(self.now()) + DAY * ahead
        for _try in range(DAYS_TRIED):
            period = period_of(tariff, When(day=day), self.calendar.zone)
            comes = Ticket.objects.blocking().filter(visitor=customer, period__overlap=period)
            if self.calendar.hours_on(day) and not comes.exists():
                booking = BookingWish(tariff_id=tariff.pk, when=When(day=day), visitor_ids=(None,) * places)
                wish = Wish.with_own_contacts(customer, booking, payment_method=ONLINE)
                booker = Booker.manager(by or self.manager, self.location)
                try:
                    return _patiently(place_order, wish, booker=booker, at=at or self.now())
                except Refused as refused:
                    if not all(isinstance(refusal, SeatsTaken) for refusal in refused.refusals):
                        raise
            day += DAY
        raise NoRoom

    def _open_link(self, order: Order, *, at: datetime | None = None) -> None:
        links.note_opening(PaymentLink.objects.get(order=order), at=at or self.now())

    def _start(self, order: Order, *, at: datetime | None = None) -> PaymentAttempt:
        """Press «Pay» on the page of the link, and wait for the page of the provider."""
        self._open_link(order, at=at)
        attempt = _patiently(payments.start_payment, order.pk, self.gateway, email=order.email, at=at or self.now())
        self._send(ProviderRequest.objects.get(attempt=attempt))
        _wait_until(lambda: PaymentAttempt.objects.filter(pk=attempt.pk, provider_id__isnull=False).exists())
        return PaymentAttempt.objects.get(pk=attempt.pk)

    def _pay(self, order: Order, *, method: str = "bank_card") -> PaymentAttempt:
        attempt = self._start(order)
        self.sandbox.pay(attempt.provider_id or "", method)
        return self._look(attempt)

    def _look(self, attempt: PaymentAttempt) -> PaymentAttempt:
        return _patiently(payments.look_at, attempt, self.gateway, at=self.now())

    def _send(self, request: ProviderRequest) -> None:
        _patiently(sending.send_request, request.pk, self.gateway, at=self.now(), patience=PATIENCE)

    def _settle(self) -> None:
        """Send the refunds and letters, and check again what the sandbox has registered since."""
        for request in ProviderRequest.objects.filter(refund__in=Refund.objects.under_way()):
            self._send(request)
        _wait_until(lambda: not Message.objects.filter(order__payment_method=ONLINE, sent_at=None).exists())
        for attempt in PaymentAttempt.objects.filter(receipt=ReceiptState.PENDING):
            self._look(attempt)
        for refund in Refund.objects.filter(receipt=ReceiptState.PENDING):
            told = self.gateway.refund(refund.provider_id or "", patience=PATIENCE)
            _patiently(apply_refund, refund.pk, told, at=self.now())


def _patiently(call: Callable[..., T], *args: object, **named: object) -> T:
    """Retry while somebody else holds what the call needs. Raises Busy in the end."""
    for wait in AGAIN_AFTER:
        try:
            return call(*args, **named)
        except Busy:
            time.sleep(wait)
    return call(*args, **named)


def _wait_until(is_done: Callable[[], bool]) -> None:
    """Wait until the worker has done it, or some seconds: it will do it later."""
    deadline = time.monotonic() + SETTLED_WITHIN
    while not is_done() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
