"""Background jobs: each takes ids, makes one domain call, and may run twice."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from coworking.domain import waiting as line
from olvery.shared.batches import one_by_one
from olvery.shared.giving_way import give_way
from olvery.shared.jobs import Queue, rerun_stalled
from orders import clock, gateways
from orders.documents.act import act_contents
from orders.documents.month_bill import bill_contents
from orders.domain import exports, messages
from orders.domain.booking import waiting
from orders.domain.desk import bulk, change_undoing, changing, month_bills, retention
from orders.domain.money import acts, audit
from orders.domain.online import fulfilment, notifications, offset_receipts, outbox, payments, refunds, sending, sweep
from orders.domain.programs import repeats, webhooks
from orders.domain.queries import self_check
from orders.exporting import write_export as write_export_file
from orders.letters import send
from orders.wording_refusals import refusal_text

KEPT_HOURS = 72
# 5 seconds, 25, 2 minutes, 10, 52, 4 hours: a mail server that is away for an evening loses nothing.
MAIL_RETRIES = RetryStrategy(max_attempts=6, exponential_wait=5)
# Money is urgent: after a lock or a database outage it is retried soon, and for a long time.
MONEY_RETRIES = RetryStrategy(max_attempts=100, wait=5, linear_wait=5)


def by_the_clock(
    cron: str, name: str, *, queue: Queue = Queue.CLOCK, alone: bool = False, **options: Any
) -> Callable[[Callable[..., Any]], Any]:
    """Run a job at these times; only one instance waits in the queue, and with `alone` no two run at once."""
    lock = name if alone else None
    task = app.task(name=name, queue=queue, queueing_lock=name, lock=lock, **options)
    return lambda job: app.periodic(cron=cron)(task(job))


@app.task(name=messages.SEND, queue=Queue.LETTERS, retry=MAIL_RETRIES)
def send_message(message_id: int, also: Sequence[int] = ()) -> None:
    """Send a queued message and those written with it; pages in progress come first."""
    give_way()
    one_by_one([message_id, *also], lambda pk, moment: send.send_message(pk, at=moment), at=timezone.now())


@app.task(name=waiting.SEND, queue=Queue.LETTERS, retry=MAIL_RETRIES)
def send_waiting_letter(letter_id: int) -> None:
    send.send_waiting_letter(letter_id, at=timezone.now())


@app.task(name=line.OFFER, queue=Queue.CLOCK, retry=MONEY_RETRIES)
def offer_places(service_id: int) -> None:
    """Offer places that became free to those who wait for them."""
    waiting.offer_places(service_id, at=timezone.now())


@app.task(name=outbox.SEND, queue=Queue.PROVIDER, retry=MONEY_RETRIES)
def send_request(request_id: int) -> None:
    """Send a stored request to the payment provider."""
    sending.send_request(request_id, gateways.gateway(), at=timezone.now())


@app.task(name=notifications.PROCESS, queue=Queue.PROVIDER, retry=MONEY_RETRIES)
def process_notification(notification_id: int) -> None:
    """Look into a notification of the payment provider."""
    notifications.process_notification(notification_id, gateways.gateway(), at=timezone.now())


@app.task(name=fulfilment.FULFIL, queue=Queue.PROVIDER, retry=MONEY_RETRIES)
def fulfil_payment(attempt_id: int) -> None:
    """Give the customer the places for a payment, or the money back."""
    fulfilment.fulfil_payment(attempt_id, gateways.gateway(), at=timezone.now())


@app.task(name=acts.ISSUE, queue=Queue.LETTERS, retry=MONEY_RETRIES)
def issue_act(order_number: int) -> None:
    acts.issue_act(order_number, write=act_contents, by=None, at=timezone.now())


@app.task(name=month_bills.SEND, queue=Queue.LETTERS, retry=MAIL_RETRIES)
def send_bill(letter_id: int) -> None:
    """Send the invoice and the act of a month to the company."""
    send.send_bill_letter(letter_id, at=timezone.now())


@by_the_clock("10 6 * * *", "orders.issue_bills", alone=True)
def issue_bills(timestamp: int) -> None:
    """Issue the bills of the past month: on the first day of the next one, or as soon as possible."""
    month_bills.issue_due(timezone.now(), write=bill_contents)


@app.task(name=changing.SETTLE, queue=Queue.PROVIDER, retry=MONEY_RETRIES)
def settle_change(event_id: int) -> None:
    """Ask for the refund of a change that was not undone."""
    provider = gateways.connected_gateway()
    change_undoing.settle_change(event_id, provider, at=timezone.now())


@app.task(name=bulk.CARRY_OUT, queue=Queue.LETTERS, retry=MONEY_RETRIES)
def carry_out_bulk(action_id: int) -> None:
    """Do with many orders what was asked for."""
    bulk.carry_out(action_id, word=refusal_text, gateway=gateways.connected_gateway(), at=timezone.now())


@app.task(name=exports.WRITE, queue=Queue.EXPORTS)
def write_export(export_id: int) -> None:
    """Write the file of a long export."""
    write_export_file(export_id, at=timezone.now())


@by_the_clock("*/2 * * * *", "orders.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Restart jobs that a killed worker left behind."""
    await rerun_stalled(context.app.job_manager, at=timezone.now())


@by_the_clock("23 3 * * *", "orders.forget_finished_jobs", pass_context=True)
async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that succeeded days ago: the periodic ones alone are thousands a day."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)


@by_the_clock("* * * * *", webhooks.DELIVER, queue=Queue.WEBHOOKS, alone=True)
def deliver(timestamp: int) -> None:
    """Deliver webhooks: new events at once, woken by their commits, and retries every minute."""
    from orders.gateways import receivers  # noqa: PLC0415 - loads 6 MB of HTTP that web processes need not hold

    webhooks.deliver_due(receivers.post, now=timezone.now)


@by_the_clock("29 3 * * *", "orders.forget_programs")
def forget_programs(timestamp: int) -> None:
    """Delete requests of programs after a month, and deliveries to them after three months."""
    at = timezone.now()
    repeats.forget_old(at)
    webhooks.forget_old(at)


@by_the_clock("13 3 * * *", "orders.review_people")
def review_people(timestamp: int) -> None:
    """Store when seemingly inactive people were last active."""
    retention.review(timezone.now())


@by_the_clock("41 4 * * *", "orders.check_itself")
def check_itself(timestamp: int) -> None:
    """Check all tickets and orders, for the page of support."""
    self_check.check_itself(at=timezone.now())


@by_the_clock("* * * * *", "orders.follow_the_clock", alone=True)
def follow_the_clock(timestamp: int) -> None:
    """Warn, remind, expire, complete, end, release, offer and delete what the clock has passed."""
    steps = clock.steps_with_files(gateways.connected_gateway()).values()
    one_by_one(steps, lambda step, moment: bool(step(moment)), at=timezone.now())


@by_the_clock("* * * * *", "orders.follow_the_money", queue=Queue.PROVIDER, alone=True)
def follow_the_money(timestamp: int) -> None:
    """Send pending requests, and ask about payments and refunds in progress."""
    if settings.YOOKASSA_SHOP_ID:
        steps = [  # steps that need no answer from the provider come first
            fulfilment.fulfil_waiting,
            sending.send_due,
            payments.check_payments,
            refunds.check_refunds,
            offset_receipts.check_receipts,
        ]
        one_by_one(steps, lambda step, moment: bool(step(gateways.gateway(), at=moment)), at=timezone.now())


@by_the_clock("7,37 * * * *", "orders.reconcile", queue=Queue.PROVIDER, alone=True)
def reconcile(timestamp: int) -> None:
    """Compare our books with the provider's and with what orders cost."""
    # First the steps that do not need the provider.
    steps: list[Callable[..., object]] = [audit.check_balances, audit.check_summaries]
    if settings.YOOKASSA_SHOP_ID:
        steps += [partial(notifications.look_again, gateways.gateway()), partial(sweep.sweep, gateways.gateway())]
    one_by_one(steps, lambda step, moment: bool(step(at=moment)), at=timezone.now())
