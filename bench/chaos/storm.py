"""What customers, managers, banks and the clock do to an order, drawn by chance.

Whatever changes the site's own books goes through its web server or its worker, so that it may be killed in it.
"""

import http.client
import threading
import time
import traceback
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from procrastinate.exceptions import ConnectorException

from accounts.models import User
from bench.chaos import jobs
from bench.chaos.browser import Broken, Customer, Manager, Person, TurnedAway, Unavailable, sign_in
from bench.chaos.faults import FAULTS
from bench.chaos.stage import LENGTH, Stage, any_time, take_place_of
from bench.chaos.told import Told, insist
from bench.chaos.trade import Trade
from coworking.models import Ticket, Visit
from olvery.shared.refusals import Refusal, Refused
from olvery.yookassa_sandbox import Failure, Sandbox
from orders.domain.desk import cancelling, door
from orders.domain.money.balance import balance_of
from orders.domain.online import payments
from orders.models import BulkItem, BulkKind, Order, OrderStatus, PaymentAttempt, PaymentLink

VISITS = 3
EXTRA_EVERY = 0.3  # seconds: processes that are starting again need the processor, too
AWAY_FOR = 1.0  # seconds until whoever found the database away tries something again
SPOILED = 0.3  # so many of the visits add a fault
BROKEN = "BROKEN"
DECLINES = ("insufficient_funds", "3d_secure_failed", "card_expired")
# A killed server ends a connection in many ways; a person in a hurry is turned away.
ORDINARY = (OSError, http.client.HTTPException, Failure, Refusal, Refused)

# What a database that is away looks like, from the site and to this process.
AWAY = (Unavailable, OperationalError, InterfaceError, ConnectorException)


class Storm:
    """Threads that act on orders until each was visited a few times."""

    def __init__(
        self,
        *,
        site_url: str,
        sandbox: Sandbox,
        stage: Stage,
        orders: Sequence[int],
        seed: int,
        trade: Trade | None = None,
        deeds: "Sequence[tuple[Deed, int]]" = (),
        loses_database: bool = False,
    ) -> None:
        """Take the orders; the seed decides what happens to which. `deeds` are those of the trade, with weights."""
        self.loses_database, self.trade = loses_database, trade
        self.deeds, self.weights = zip(*WEIGHTS, *deeds, strict=True)
        self.site_url, self.sandbox, self.stage, self.seed = site_url, sandbox, stage, seed
        self.session_key = sign_in(stage.manager)
        self.orders = list(orders)
        self.visits = self.orders * VISITS
        self.expected = len(self.visits)
        Random(seed).shuffle(self.visits)
        self.lock = threading.Lock()
        self.scans, self.payments, self.told_orders, self.wishes, self.bulk = (Told() for _kind in range(5))
        self.api_keys: dict[str, set[int]] = defaultdict(set)
        self.lists: dict[int, set[str]] = {}
        self.paid_bills: dict[uuid.UUID, Decimal] = {}
        self.done: Counter[str] = Counter()
        self.made = 0

    def rage(self, threads: int, *, is_enough: Callable[[], bool]) -> None:
        """Visit every order three times, in several threads, and continue until told to stop."""
        working = [threading.Thread(target=self._work, args=(number, is_enough)) for number in range(threads)]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()

    def differences(self) -> list[str]:
        """Return what broke, and what was not done."""
        broken = [f"{deed}, {times} times" for deed, times in self.done.items() if BROKEN in deed]
        missing = self.expected - self.made
        many = BulkItem.objects.filter(action__kind=BulkKind.COME).values_list("token", "tickets")
        also = {door.scan_of(token, ticket) for token, tickets in many for ticket in tickets}
        visits = set(Visit.objects.values_list("scan_id", flat=True))
        scans = self.scans.differences("scan", visits, also=also)
        return broken + scans + [f"storm: {missing} visits were not made"] * (missing > 0)

    def _work(self, number: int, is_enough: Callable[[], bool]) -> None:
        rng = Random(f"{self.seed}-{number}")
        try:
            while (order := self._next(rng, is_enough)) is not None:
                if rng.random() < SPOILED:
                    self.sandbox.add_fault(dict(rng.choice(FAULTS)))
                deed = rng.choices(self.deeds, weights=self.weights)[0]
                close_old_connections()  # one that broke
                if not self._do(deed, order, rng) and self.loses_database:
                    self._come_again(order)
        finally:
            connection.close()

    def _next(self, rng: Random, is_enough: Callable[[], bool]) -> int | None:
        """Return which order to visit next: the next in turn, and then any until told to stop."""
        with self.lock:
            if self.visits:
                return self.visits.pop()
        if is_enough():
            return None
        time.sleep(EXTRA_EVERY)
        return rng.choice(self.orders)

    def _come_again(self, order: int) -> None:
        """Queue another visit of an order, after the others, because the database was away."""
        with self.lock:
            self.visits.insert(0, order)
            self.made -= 1
        time.sleep(AWAY_FOR)

    def _do(self, deed: "Deed", order: int, rng: Random) -> bool:
        """Do it and count how it went; return whether the database was there."""
        is_there = True
        try:
            deed(self, order, rng)
            result = "done"
        except AWAY as error:
            is_there = False
            result = f"{'' if self.loses_database else BROKEN} {type(error).__name__}".strip()
        except Broken as error:
            result = f"{BROKEN} {error}"
        except ORDINARY as error:
            result = type(error).__name__
        except Exception as error:  # nobody expected it: that is what is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            result = f"{BROKEN} {type(error).__name__} at {frame.filename}:{frame.lineno}: {error}"
        with self.lock:
            self.done[f"{deed.__name__.strip('_')}: {result}"] += 1
            self.made += 1
        return is_there

    def _pay(self, number: int, rng: Random) -> None:
        """Press «Pay», pay at the provider, perhaps come back."""
        customer, link = self._press_pay(number)
        self._pay_late(number, rng)
        if rng.random() < 0.6:
            customer.come_back(link.token)

    def _decline(self, number: int, rng: Random) -> None:
        customer, link = self._press_pay(number)
        for attempt_id in self._bound(number):
            self.sandbox.decline(attempt_id, rng.choice(DECLINES))
        customer.come_back(link.token)

    def _abandon(self, number: int, rng: Random) -> None:
        """Press «Pay» and walk away; the attempt may still be paid later."""
        self._press_pay(number)
        old = PaymentAttempt.objects.active().filter(order=number)
        old.update(created_at=timezone.now() - payments.PAGE_LIVES)

    def _pay_twice(self, number: int, rng: Random) -> None:
        """Pay in two tabs at once."""
        tabs = [threading.Thread(target=self._second_tab, args=(number,)) for _tab in range(2)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
        self._pay_late(number, rng)

    def _second_tab(self, number: int) -> None:
        self._do(Storm._only_press, number, Random(0))
        with self.lock:
            self.made -= 1  # a part of a visit
        connection.close()

    def _only_press(self, number: int, rng: Random) -> None:
        self._press_pay(number)

    def _run_out(self, number: int, rng: Random) -> None:
        """Let the time to pay run out, while somebody may be paying."""
        Order.objects.filter(pk=number, status=OrderStatus.AWAITING_PAYMENT).update(deadline_at=timezone.now())
        jobs.run_now(jobs.CLOCK)

    def _pay_late(self, number: int, rng: Random) -> None:
        """Pay everything that the provider still takes money for."""
        for attempt_id in self._bound(number):
            self.sandbox.pay(attempt_id)

    def _take_place(self, number: int, rng: Random) -> None:
        """Give the place of an order that was called off to somebody else; then its customer pays after all."""
        called_off = Order.objects.filter(status__in=[OrderStatus.EXPIRED, OrderStatus.CANCELLED])
        payable = PaymentAttempt.objects.unsettled().filter(provider_id__isnull=False).values("order")
        called_off = called_off.filter(pass_units=None)
        numbers = list((called_off.filter(pk__in=payable) or called_off).order_by("pk").values_list("pk", flat=True))
        if not numbers:
            raise TurnedAway("no place was let go")
        old = Order.objects.select_related("location", "tariff").get(pk=rng.choice(numbers))
        try:
            self.visit(take_place_of(self.stage, old, rng).pk, rng)
        finally:
            self._pay_late(old.pk, rng)

    def visit(self, number: int, rng: Random, *, times: int = VISITS) -> None:
        """Add another order to visit, as often as the others or less."""
        with self.lock:
            if number in self.orders:
                return
            self.orders.append(number)
            self.expected += times
            for _visit in range(times):
                self.visits.insert(rng.randint(0, len(self.visits)), number)

    def _cancel(self, number: int, rng: Random) -> None:
        terms = cancelling.terms_of(Order.objects.get(pk=number), at=timezone.now())
        returned = rng.choice([terms.by_policy, terms.by_policy, terms.balance.at_hand // 2, Decimal(0)])
        self.manager().cancel(number, reason="Не приедет", returned=returned)

    def _refund(self, number: int, rng: Random) -> None:
        """Return a part; where the answer was lost, or by a double click, the same form is sent again."""
        free = balance_of(Order.objects.get(pk=number)).online
        part = Decimal(rng.randint(1, max(1, int(free)))) if free else Decimal(100)
        manager, token = self.manager(), uuid.UUID(int=rng.getrandbits(128), version=4)
        insist(lambda: manager.refund(number, part, reason="Уступка", token=token))
        if rng.random() < 0.3:
            manager.refund(number, part, reason="Уступка", token=token)

    def _move(self, number: int, rng: Random) -> None:
        """Move a ticket to any other time of the coworking."""
        ticket = self._ticket(number, rng)
        day, start = any_time(len(self.orders), rng)
        wish = {"tariff": str(ticket.tariff_id), "day": day.isoformat(), "units": "1", "seat": "any"}
        self.manager().move(ticket.pk, {**wish, "start": f"{start:02}:00", "end": f"{start + LENGTH:02}:00"})

    def _check_in(self, number: int, rng: Random) -> None:
        """Let a visitor in, and perhaps out again; where the answer was lost, the same scan is sent again."""
        ticket, manager = self._ticket(number, rng), self.manager()
        token = uuid.UUID(int=rng.getrandbits(128), version=4)
        self.scans.send(door.scan_of(token, ticket.pk), lambda: manager.let_in(ticket.pk, token=token))
        if rng.random() < 0.5:
            manager.let_out(ticket.pk)

    def _return_in_cabinet(self, number: int, rng: Random) -> None:
        paid = PaymentAttempt.objects.filter(order=number, status=PaymentAttempt.Status.SUCCEEDED).first()
        if paid and paid.provider_id:
            self.sandbox.external_refund(paid.provider_id, f"{paid.amount / 4:.2f}")

    def _bank_decides(self, number: int, rng: Random) -> None:
        """Let the bank decide on a pending refund: mostly it returns the money."""
        for told in self.sandbox.refunds():
            if told["status"] == "pending" and rng.random() < 0.5:
                self.sandbox.settle_refund(told["id"], "canceled" if rng.random() < 0.15 else "succeeded")

    def _go_round(self, number: int, rng: Random) -> None:
        """Let the worker run the jobs of every minute, or of twice an hour."""
        jobs.run_now(rng.choice([jobs.MONEY, jobs.MONEY, jobs.RECONCILE]))

    def _press_pay(self, number: int) -> tuple[Customer, PaymentLink]:
        link = PaymentLink.objects.select_related("order").filter(order=number).first()
        if link is None:
            raise TurnedAway("it is not paid online")
        customer = Customer(self.site_url)
        customer.press_pay(link.token, link.order.email)
        return customer, link

    def _ticket(self, number: int, rng: Random) -> Ticket:
        tickets = list(Ticket.objects.filter(lines__order=number).distinct().order_by("pk"))
        if not tickets:
            raise TurnedAway("it sells a pass")
        return rng.choice(tickets)

    def person(self, who: User) -> Person:
        """Open the browser of a signed-in person."""
        return Person(self.site_url, sign_in(User.objects.get(pk=who.pk)))

    def manager(self) -> Manager:
        """Open the manager's browser."""
        return Manager(self.site_url, self.session_key)

    def _bound(self, number: int) -> list[str]:
        """Return the provider's ids of what the customer could still pay."""
        open_still = PaymentAttempt.objects.unsettled().filter(order=number, provider_id__isnull=False)
        return [str(attempt_id) for attempt_id in open_still.values_list("provider_id", flat=True)]


Deed = Callable[[Storm, int, Random], None]
WEIGHTS = (
    (Storm._pay, 36),
    (Storm._decline, 10),
    (Storm._abandon, 10),
    (Storm._pay_twice, 8),
    (Storm._run_out, 10),
    (Storm._pay_late, 6),
    (Storm._take_place, 8),
    (Storm._cancel, 6),
    (Storm._refund, 7),
    (Storm._move, 8),
    (Storm._check_in, 8),
    (Storm._return_in_cabinet, 2),
    (Storm._bank_decides, 3),
    (Storm._go_round, 3),
)
