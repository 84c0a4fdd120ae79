"""Outstanding work and its age: jobs by queue, requests to the provider, open cases."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from olvery.shared.jobs import Queue
from orders.models import MoneyCase, ProviderRequest

LATE = timedelta(minutes=15)
REMEMBERED = timedelta(days=7)  # failed jobs; after that a person will have looked at them


@dataclass(frozen=True, slots=True)
class QueueBacklog:
    """Jobs of a queue: those due, those to be retried later, those that failed recently."""

    queue: Queue
    waiting: int
    retrying: int
    failed: int
    oldest_at: datetime | None  # when the oldest waiting or retried job was queued

    def is_late(self, at: datetime) -> bool:
        """Whether something has waited longer than it should."""
        return self.oldest_at is not None and self.oldest_at <= at - LATE


@dataclass(frozen=True, slots=True)
class Backlog:
    """All outstanding work."""

    queues: tuple[QueueBacklog, ...]
    requests: int
    oldest_request_at: datetime | None
    cases: int


def backlog(*, at: datetime) -> Backlog:
    """Return the outstanding work. Five queries, by indexes or over the jobs of the last days."""
    asked = ProviderRequest.objects.filter(state__in=[ProviderRequest.State.QUEUED, ProviderRequest.State.SENDING])
    requests = asked.aggregate(count=Count("pk"), oldest=Min("created_at"))
    return Backlog(_queues(at), requests["count"], requests["oldest"], MoneyCase.objects.open().count())


def _queues(at: datetime) -> tuple[QueueBacklog, ...]:
    todo = Q(status="todo")
    due, again = todo & (Q(scheduled_at=None) | Q(scheduled_at__lte=at)), todo & Q(scheduled_at__gt=at, attempts__gt=0)
    rows = list(
        ProcrastinateJob.objects.filter(todo)
        .values("queue_name")
        .annotate(
            waiting=Count("pk", filter=due),
            retrying=Count("pk", filter=again),
            oldest=Min("pk", filter=due | again),
        )
    )
    asked = ProcrastinateEvent.objects.filter(job__in=[row["oldest"] for row in rows if row["oldest"]])
    since = dict(asked.values_list("job").annotate(Min("at")))
    given_up = ProcrastinateEvent.objects.filter(type="failed", at__gte=at - REMEMBERED, job__status="failed")
    failed = dict(given_up.values_list("job__queue_name").annotate(Count("job", distinct=True)))
    found = {row["queue_name"]: row for row in rows}
    nothing = {"waiting": 0, "retrying": 0, "oldest": None}
    return tuple(
        QueueBacklog(queue, row["waiting"], row["retrying"], failed.get(queue, 0), since.get(row["oldest"]))
        for queue in Queue
        for row in [found.get(queue, nothing)]
    )
