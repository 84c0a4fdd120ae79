"""What waits to be done, and since when: jobs by queue, requests to the provider, open cases."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from olvery.shared.jobs import Queue
from orders.models import MoneyCase, ProviderRequest

LATE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class QueueBacklog:
    """Jobs of a queue: those whose time has come, those that failed and are tried again later, those given up."""

    queue: Queue
    waiting: int = 0
    retrying: int = 0
    failed: int = 0
    oldest_at: datetime | None = None  # since when the oldest that waits or is tried again was asked for

    def is_late(self, at: datetime) -> bool:
        """Whether something waits for longer than it should."""
        return self.oldest_at is not None and self.oldest_at <= at - LATE


@dataclass(frozen=True, slots=True)
class Backlog:
    """Everything that waits."""

    queues: tuple[QueueBacklog, ...]
    requests: int
    oldest_request_at: datetime | None
    cases: int


def backlog(*, at: datetime) -> Backlog:
    """Return what waits. Four queries, by indexes or over the jobs of the last days."""
    asked = ProviderRequest.objects.filter(state__in=[ProviderRequest.State.QUEUED, ProviderRequest.State.SENDING])
    requests = asked.aggregate(count=Count("pk"), oldest=Min("created_at"))
    return Backlog(_queues(at), requests["count"], requests["oldest"], MoneyCase.objects.open().count())


def _queues(at: datetime) -> tuple[QueueBacklog, ...]:
    todo = Q(status="todo")
    due, again = todo & (Q(scheduled_at=None) | Q(scheduled_at__lte=at)), todo & Q(scheduled_at__gt=at, attempts__gt=0)
    rows = list(
        ProcrastinateJob.objects.filter(Q(status="todo") | Q(status="failed"))
        .values("queue_name")
        .annotate(
            waiting=Count("pk", filter=due),
            retrying=Count("pk", filter=again),
            failed=Count("pk", filter=Q(status="failed")),
            oldest=Min("pk", filter=due | again),
        )
    )
    asked = ProcrastinateEvent.objects.filter(job__in=[row["oldest"] for row in rows if row["oldest"]])
    since = dict(asked.values_list("job").annotate(Min("at")))
    found = {row["queue_name"]: row for row in rows}
    return tuple(
        QueueBacklog(queue, row["waiting"], row["retrying"], row["failed"], since.get(row["oldest"]))
        if (row := found.get(queue))
        else QueueBacklog(queue)
        for queue in Queue
    )
