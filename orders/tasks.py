"""Background jobs: each takes ids, makes one domain call, and may run twice."""

from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from orders.domain import lifecycle, mailing

# 5 seconds, 25, 2 minutes, 10, 52, 4 hours: a mail server that is away for an evening loses nothing.
MAIL_RETRIES = RetryStrategy(max_attempts=6, exponential_wait=5)


@app.task(name=mailing.SEND, retry=MAIL_RETRIES)
def send_message(message_id: int) -> None:
    """Send a queued message."""
    mailing.send_message(message_id, at=timezone.now())


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
    """Expire and complete what the clock has passed."""
    now = timezone.now()
    lifecycle.expire_overdue(now)
    lifecycle.complete_finished(now)
