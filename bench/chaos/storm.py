"""What customers, managers, banks and networks do to an order, drawn by chance."""

import http.cookiejar
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from django.db import connection
from django.utils import timezone

from accounts.models import User
from olvery.shared.refusals import Refusal
from orders.domain import expiry, payments, returns
from orders.domain.gateway import GatewayError
from orders.gateways import gateway
from orders.gateways.sandbox import Failure, Sandbox
from orders.models import Order, OrderStatus, Payment, PaymentLink

TIMEOUT = 20
PATIENT_FOR = 15
FAULTS = (
    {"action": "http_500_after", "match": {"method": "POST"}},
    {"action": "http_500_before", "match": {"method": "POST"}},
    {"action": "close_after", "match": {"method": "POST"}},
    {"action": "close_before"},
    {"action": "http_502_html"},
    {"action": "503_json", "done": True},
    {"action": "bad_json"},
    {"action": "202_processing", "retry_after": 500, "match": {"method": "POST"}},
    {"action": "429", "retry_after": 300},
    {"action": "401", "match": {"method": "GET"}},
    {"action": "timeout_after", "s": 1.5, "match": {"method": "POST"}},
    {"action": "slow", "s": 1},
    {"scope": "webhook", "action": "drop"},
    {"scope": "webhook", "action": "duplicate", "n": 4},
    {"scope": "webhook", "action": "delay", "s": 2},
    {"scope": "webhook", "action": "reorder", "n": 3},
    {"scope": "webhook", "action": "before_response"},
    {"scope": "refund", "status": "pending"},
    {"scope": "refund", "status": "canceled", "reason": "insufficient_funds"},
)


class Broken(OSError):
    """The site answered with an error of its own."""


class Customer:
    """A browser without JavaScript."""

    def __init__(self, site_url: str) -> None:
        """Open a browser with its own cookies that goes nowhere but to the site."""
        self.site_url = site_url
        jar = http.cookiejar.CookieJar()
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar), _Stay()]
        self.opener = urllib.request.build_opener(*handlers)
        self.jar = jar

    def press_pay(self, token: str, email: str) -> str:
        """Open the payment page and press «Pay»; return where the browser is sent. Raises OSError."""
        address = f"{self.site_url}/pay/{token}/"
        self._open(address)
        csrf = next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")
        fields = urllib.parse.urlencode({"csrfmiddlewaretoken": csrf, "email": email}).encode()
        return self._open(f"{address}start/", fields)

    def come_back(self, token: str) -> None:
        """Come back from the provider. Raises OSError."""
        self._open(f"{self.site_url}/pay/{token}/return/")

    def _open(self, address: str, data: bytes | None = None) -> str:
        """Load a page; while nobody listens, press reload. Raises OSError where the server died in between."""
        deadline = time.monotonic() + PATIENT_FOR
        while True:
            try:
                return self._load(address, data)
            except urllib.error.URLError as error:
                refused = isinstance(error.reason, ConnectionRefusedError)
                if not refused or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _load(self, address: str, data: bytes | None) -> str:
        try:
            with self.opener.open(address, data, timeout=TIMEOUT) as answer:
                return str(answer.headers.get("Location", ""))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code >= 400:
                raise Broken(f"{error.code} at {urllib.parse.urlsplit(address).path.split('/')[-2]}") from error
            return str(error.headers.get("Location", ""))


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *args: object) -> None:
        """Stay."""


class Storm:
    """Threads that do things to orders until each order was visited a few times."""

    def __init__(self, *, site_url: str, till: Sandbox, manager: User, orders: Sequence[int], seed: int) -> None:
        """Take the orders; the seed decides what happens to which."""
        self.site_url, self.till, self.manager, self.seed = site_url, till, manager, seed
        self.visits = list(orders) * 3
        Random(seed).shuffle(self.visits)
        self.lock = threading.Lock()
        self.done: Counter[str] = Counter()

    def rage(self, threads: int) -> None:
        """Visit every order three times, in several threads."""
        working = [threading.Thread(target=self._work, args=(number,)) for number in range(threads)]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()

    def _work(self, number: int) -> None:
        rng = Random(f"{self.seed}-{number}")
        try:
            while True:
                with self.lock:
                    if not self.visits:
                        return
                    order = self.visits.pop()
                if rng.random() < 0.3:
                    self.till.add_fault(dict(rng.choice(FAULTS)))
                deed = rng.choices(DEEDS, weights=[weight for _deed, weight in WEIGHTS])[0]
                try:
                    deed(self, order, rng)
                    result = "done"
                except Broken as error:
                    result = f"BROKEN {error}"
                except (OSError, Failure, Refusal, GatewayError) as error:
                    result = type(error).__name__
                with self.lock:
                    self.done[f"{deed.__name__.strip('_')}: {result}"] += 1
        finally:
            connection.close()

    def _pay(self, number: int, rng: Random) -> None:
        """Press «Pay», pay at the provider, perhaps come back."""
        link = PaymentLink.objects.select_related("order").get(order=number)
        customer = Customer(self.site_url)
        customer.press_pay(link.token, link.order.email)
        for payment_id in self._bound(number):
            self.till.pay(payment_id)
        if rng.random() < 0.6:
            customer.come_back(link.token)

    def _decline(self, number: int, rng: Random) -> None:
        link = PaymentLink.objects.select_related("order").get(order=number)
        customer = Customer(self.site_url)
        customer.press_pay(link.token, link.order.email)
        for payment_id in self._bound(number):
            self.till.decline(payment_id, rng.choice(["insufficient_funds", "3d_secure_failed", "card_expired"]))
        customer.come_back(link.token)

    def _abandon(self, number: int, rng: Random) -> None:
        """Press «Pay» and walk away; the attempt may still be paid later."""
        link = PaymentLink.objects.select_related("order").get(order=number)
        Customer(self.site_url).press_pay(link.token, link.order.email)
        old = Payment.objects.active().filter(order=number)
        old.update(created_at=timezone.now() - payments.PAGE_LIVES)

    def _pay_twice(self, number: int, rng: Random) -> None:
        """Pay in two tabs at once."""
        link = PaymentLink.objects.select_related("order").get(order=number)
        tabs = [threading.Thread(target=self._quietly_press, args=(link.token, link.order.email)) for _tab in range(2)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
        for payment_id in self._bound(number):
            self.till.pay(payment_id)

    def _quietly_press(self, token: str, email: str) -> None:
        try:
            Customer(self.site_url).press_pay(token, email)
        except OSError:
            with self.lock:
                self.done["second tab: OSError"] += 1

    def _run_out(self, number: int, rng: Random) -> None:
        """Let the time to pay run out, while somebody may be paying."""
        Order.objects.filter(pk=number, status=OrderStatus.AWAITING_PAYMENT).update(pay_by=timezone.now())
        expiry.expire_overdue(gateway(), timezone.now())

    def _pay_late(self, number: int, rng: Random) -> None:
        for payment_id in self._bound(number):
            self.till.pay(payment_id)

    def _cancel(self, number: int, rng: Random) -> None:
        returns.cancel_order(number, by=self.manager, reason="Не приедет", at=timezone.now(), gateway=gateway())

    def _refund(self, number: int, rng: Random) -> None:
        free = returns.refundable_online(Order.objects.get(pk=number))
        part = Decimal(rng.randint(1, max(1, int(free)))) if free else Decimal(100)
        returns.refund_online(number, part, reason="Уступка", by=self.manager, gateway=gateway(), at=timezone.now())

    def _return_in_cabinet(self, number: int, rng: Random) -> None:
        paid = Payment.objects.filter(order=number, status=Payment.Status.SUCCEEDED).first()
        if paid and paid.provider_id:
            self.till.external_refund(paid.provider_id, f"{paid.amount / 4:.2f}")

    def _bound(self, number: int) -> list[str]:
        """Return the provider's ids of what the customer could still pay."""
        open_still = Payment.objects.unsettled().filter(order=number, provider_id__isnull=False)
        return [str(payment_id) for payment_id in open_still.values_list("provider_id", flat=True)]


WEIGHTS = (
    (Storm._pay, 40),
    (Storm._decline, 10),
    (Storm._abandon, 10),
    (Storm._pay_twice, 8),
    (Storm._run_out, 10),
    (Storm._pay_late, 8),
    (Storm._cancel, 6),
    (Storm._refund, 6),
    (Storm._return_in_cabinet, 2),
)
DEEDS = [deed for deed, _weight in WEIGHTS]
