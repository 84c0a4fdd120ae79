"""Controls for tests: payer, bank, cash desk and clock act on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from olvery.yookassa_sandbox import journal, options, outbox, paying, receipts, refunds
from olvery.yookassa_sandbox.checks import money
from olvery.yookassa_sandbox.clockwork import follow_the_clock
from olvery.yookassa_sandbox.courier import Courier
from olvery.yookassa_sandbox.failures import not_found
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing
from olvery.yookassa_sandbox.wire import Json, to_wire

CABINET = "Возврат из личного кабинета"


class Controls:
    """Everything a test can do to the till; the control API offers the same. Refusals raise Failure."""

    def __init__(self, provider: Provider, courier: Courier) -> None:
        self._provider = provider
        self._courier = courier

    def pay(self, payment_id: str, method: str | None = None) -> Json:
        """Pay like a customer, by the first method on offer unless one is named; return the payment."""
        with self._payment(payment_id) as thing:
            paying.pay(self._provider, thing, method)
        return thing.public

    def decline(self, payment_id: str, reason: str = "insufficient_funds", party: str | None = None) -> Json:
        """Cancel the payment as a bank does; return the payment."""
        with self._payment(payment_id) as thing:
            paying.cancel(self._provider, thing, reason, party)
        return thing.public

    def expire(self, payment_id: str) -> Json:
        """Expire the payment as if its time were up; return the payment."""
        with self._payment(payment_id) as thing:
            paying.expire(self._provider, thing)
        return thing.public

    def external_refund(self, payment_id: str, value: str | Decimal | None = None) -> Json:
        """Refund in the shop's cabinet, bypassing the shop's own code: all that is left unless a value is given."""
        with self._payment(payment_id) as payment:
            left = Decimal(payment.public["amount"]["value"]) - sum(
                Decimal(one["amount"]["value"])
                for one in self.refunds()
                if one["payment_id"] == payment_id and one["status"] != "canceled"
            )
            amount = money(left if value is None else Decimal(value))
            body = {"payment_id": payment_id, "amount": amount, "description": CABINET}
            thing = refunds.create_refund(self._provider, body)
        return thing.public

    def settle_refund(self, refund_id: str, status: str = "succeeded", reason: str | None = None) -> Json:
        """Decide a pending refund as `succeeded` or `canceled`; return the refund."""
        with self._provider.change():
            thing = self._provider.read("refund", refund_id)
            refunds.settle(self._provider, thing, status, reason=reason)
        return thing.public

    def settle_receipt(self, receipt_id: str, status: str = "succeeded") -> Json:
        """Decide a pending receipt as `succeeded` or `canceled`; return the receipt."""
        with self._provider.change():
            thing = self._provider.read("receipt", receipt_id)
            receipts.settle(self._provider, thing, status)
        return thing.public

    def payments(self) -> list[Json]:
        """Return all payments as the API shows them, the oldest first."""
        return self._all("payment")

    def refunds(self) -> list[Json]:
        """Return all refunds as the API shows them, the oldest first."""
        return self._all("refund")

    def receipts(self) -> list[Json]:
        """Return all receipts as the API shows them, the oldest first."""
        return self._all("receipt")

    def payment(self, payment_id: str) -> Json:
        """Return a payment as the API shows it."""
        with self._payment(payment_id) as thing:
            return thing.public

    def journal(self) -> list[Json]:
        """Return the requests to the API, the oldest first; `status` is None where no answer was sent."""
        return journal.entries(self._provider)

    def webhooks(self) -> list[Json]:
        """Return the notifications with their state and attempts, the oldest first."""
        return outbox.shown(self._provider)

    def resend(self, number: int) -> Json:
        """Send a notification again, now and in this thread, whatever its state; return the attempt."""
        try:
            return self._courier.send(number, by_hand=True)
        except KeyError:
            raise not_found(f"Webhook {number}") from None

    def forge(self, event: str, content: Json) -> int:
        """Queue a false notification; an object with the id of a payment is merged over that payment."""
        with self._provider.change():
            thing = self._provider.store.find("payment", str(content.get("id")))
            return outbox.queue(self._provider, event, {**(thing.public if thing else {}), **content}, note="forge")

    def flush_webhooks(self) -> int:
        """Send everything due now, in this thread, and return the number of attempts."""
        follow_the_clock(self._provider)
        return self._courier.flush()

    def set_webhook_url(self, url: str | None) -> None:
        """Send notifications elsewhere from now on. Raises BadOption."""
        options.check_url(url, "webhook")
        with self._provider.change():
            self._provider.webhook_url = url
            self._provider.announce()

    def add_fault(self, rule: Json) -> str:
        """Activate a fault rule and return its id. Raises BadRule."""
        with self._provider.change():
            return self._provider.faults.add(rule)

    def faults(self) -> list[Json]:
        """Return the active fault rules."""
        with self._provider.change():
            return self._provider.faults.shown()

    def remove_fault(self, rule_id: str | None = None) -> None:
        """Remove one fault rule, or all; notifications held back by a reorder are sent. Raises Failure."""
        with self._provider.change():
            try:
                lifted = self._provider.faults.remove(rule_id)
            except KeyError:
                raise not_found(f"Fault {rule_id}") from None
            for rule in lifted:
                outbox.release(self._provider, rule)

    def advance(self, seconds: float) -> str:
        """Advance the clock, apply everything then due, and return the till's time. Raises ValueError."""
        self._provider.advance(seconds)
        follow_the_clock(self._provider)
        return to_wire(self._provider.now())

    def reset(self) -> None:
        """Delete all payments, keys, webhooks, requests and faults, and reset the clock."""
        self._courier.wait_idle()
        self._provider.reset()

    @contextmanager
    def _payment(self, payment_id: str) -> Iterator[Thing]:
        follow_the_clock(self._provider)
        with self._provider.change():
            yield self._provider.read("payment", payment_id)

    def _all(self, kind: str) -> list[Json]:
        follow_the_clock(self._provider)
        with self._provider.change():
            return [thing.public for thing in reversed(self._provider.store.newest(kind))]
