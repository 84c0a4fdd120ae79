"""Background jobs: each takes ids, makes one domain call, and may run twice."""

from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from orders.domain import (
    expiry,
    fulfilment,
    holds,
    inbox,
    letters,
    lifecycle,
    mailing,
    operations,
    outbox,
    payments,
    reconciliation,
    refunds,
)
from orders.gateways import gateway

# 5 seconds, 25, 2 minutes, 10, 52, 4 hours: a mail server that is away for an evening loses nothing.
MAIL_RETRIES = RetryStrategy(max_attempts=6, exponential_wait=5)
# Money waits for nobody: a lock or a database that is away is tried again soon, and for a long time.
MONEY_RETRIES = RetryStrategy(max_attempts=100, wait=5, linear_wait=5)


@app.task(name=mailing.SEND, retry=MAIL_RETRIES)
def send_message(message_id: int) -> None:
    """Send a queued message."""
    letters.send_message(message_id, at=timezone.now())


@app.task(name=outbox.SEND, retry=MONEY_RETRIES)
def send_operation(operation_id: int) -> None:
    """Send a stored request to the payment provider."""
    operations.send_operation(operation_id, gateway(), at=timezone.now())


@app.task(name=inbox.PROCESS, retry=MONEY_RETRIES)
def process_notification(event_id: int) -> None:
    """Look into a notification of the payment provider."""
    inbox.process_notification(event_id, gateway(), at=timezone.now())


@app.task(name=fulfilment.FULFIL, retry=MONEY_RETRIES)
def fulfil_payment(payment_id: int) -> None:
    """Give the customer the places for a payment, or the money back."""
    fulfilment.fulfil_payment(payment_id, gateway(), at=timezone.now())


@app.periodic(cron="*/2 * * * *")
@app.task(name="orders.retry_stalled", queueing_lock="orders.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Run again what a killed worker left behind."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await jobs.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(name="orders.follow_the_clock", queueing_lock="orders.follow_the_clock")
def follow_the_clock(timestamp: int) -> None:
    """Warn, expire and complete what the clock has passed."""
    now, provider = timezone.now(), gateway() if settings.YOOKASSA_SHOP_ID else None
    holds.warn_of_deadlines(now)
    expiry.expire_overdue(provider, now)
    lifecycle.complete_finished(provider, now)


@app.periodic(cron="* * * * *")
@app.task(name="orders.follow_the_money", queueing_lock="orders.follow_the_money")
def follow_the_money(timestamp: int) -> None:
    """Send what was not sent, and ask about payments and refunds that are under way."""
    if settings.YOOKASSA_SHOP_ID:
        now = timezone.now()
        operations.send_due(gateway(), at=now)
        payments.check_payments(gateway(), at=now)
        fulfilment.fulfil_waiting(gateway(), at=now)
        refunds.check_refunds(gateway(), at=now)
        operations.check_receipts(gateway(), at=now)


@app.periodic(cron="7,37 * * * *")
@app.task(name="orders.reconcile", queueing_lock="orders.reconcile")
def reconcile(timestamp: int) -> None:
    """Compare our books with the provider's and with what orders cost."""
    now = timezone.now()
    reconciliation.check_balances(at=now)  # first: it does not need the provider
    if settings.YOOKASSA_SHOP_ID:
        reconciliation.sweep(gateway(), at=now)
