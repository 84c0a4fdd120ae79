"""Jobs of letters, of the clock and of the payment provider do not wait for each other."""

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from olvery.management.commands.work import SLOTS
from olvery.shared.jobs import Queue, later
from orders.domain import messages
from orders.domain.online import notifications

QUEUES = {
    "orders.send_message": Queue.LETTERS,
    "orders.send_waiting_letter": Queue.LETTERS,
    "orders.offer_places": Queue.CLOCK,
    "orders.issue_act": Queue.LETTERS,
    "orders.issue_bills": Queue.CLOCK,
    "orders.send_bill": Queue.LETTERS,
    "orders.carry_out_bulk": Queue.LETTERS,
    "orders.follow_the_clock": Queue.CLOCK,
    "orders.check_itself": Queue.CLOCK,
    "orders.retry_stalled": Queue.CLOCK,
    "orders.forget_finished_jobs": Queue.CLOCK,
    "orders.send_request": Queue.PROVIDER,
    "orders.process_notification": Queue.PROVIDER,
    "orders.fulfil_payment": Queue.PROVIDER,
    "orders.settle_change": Queue.PROVIDER,
    "orders.follow_the_money": Queue.PROVIDER,
    "orders.reconcile": Queue.PROVIDER,
    "orders.write_export": Queue.EXPORTS,
    "orders.deliver": Queue.WEBHOOKS,
    "orders.forget_programs": Queue.CLOCK,
    "orders.review_people": Queue.CLOCK,
}


def test_every_job_has_a_queue_that_somebody_works_on() -> None:
    ours = {name: task.queue for name, task in app.tasks.items() if name.startswith("orders.")}
    assert ours == QUEUES
    assert set(SLOTS) == set(Queue)


@pytest.mark.django_db
def test_a_job_that_is_queued_by_its_name_waits_in_its_queue() -> None:
    later(messages.SEND, message_id=1)
    later(notifications.PROCESS, notification_id=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, queue_name FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [(messages.SEND, "letters"), (notifications.PROCESS, "provider")]
