"""Metrics for Prometheus: requests and their duration, and outstanding work."""

import os
import time
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from olvery.shared import replica
from olvery.shared.middleware import Handler
from orders.domain.queries.backlog import Backlog, backlog

# Only a few, since each is a row for every view.
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter("olvery_requests", "Requests answered.", ["view", "method", "status"])
LATENCY = Histogram("olvery_request_seconds", "Time to an answer.", ["view"], buckets=SECONDS)
METHODS = frozenset({"GET", "HEAD", "POST"})  # clients may send any method


def measure_requests(get_response: Handler) -> Handler:
    """Count and time each request by view, never by URL."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        LATENCY.labels(view).observe(time.perf_counter() - began)
        return response

    return middleware


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus if it has the token of the settings; without such a setting the page does not exist."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse("a token is needed", status=401, headers={"WWW-Authenticate": "Bearer"})
    waiting = CollectorRegistry()
    waiting.register(Waiting())
    return HttpResponse(generate_latest(_counted()) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST)


def _counted() -> CollectorRegistry:
    """Return the counts of all gunicorn processes, or of this one if it is the only one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


class Waiting:
    """Reads the outstanding work on request; an unavailable database is a metric as well."""

    def describe(self) -> Iterable[Metric]:
        """Describe nothing in advance: that would query the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        at = timezone.now()
        try:
            found = backlog(at=at)
        except Error:
            yield GaugeMetricFamily("olvery_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("olvery_database_up", "Whether the database answers.", value=1)
        yield from _of_replica()
        yield from _of_jobs(found, at.timestamp())
        yield GaugeMetricFamily("olvery_provider_requests", "Requests the provider has not answered.", found.requests)
        since = found.oldest_request_at
        age = at.timestamp() - since.timestamp() if since else 0
        yield GaugeMetricFamily("olvery_provider_request_oldest_seconds", "Age of the oldest of them.", age)
        yield GaugeMetricFamily("olvery_cases", "Open cases of the money desk.", found.cases)


def _of_replica() -> Iterable[Metric]:
    if not replica.is_configured():
        return
    try:
        found = replica.standing()
    except Error:
        yield GaugeMetricFamily("olvery_replica_up", "Whether the replica answers.", value=0)
        return
    yield GaugeMetricFamily("olvery_replica_up", "Whether the replica answers.", value=1)
    yield GaugeMetricFamily("olvery_replica_behind_bytes", "What it has not replayed yet.", value=found.bytes)
    yield GaugeMetricFamily("olvery_replica_behind_seconds", "Age of its last commit, if behind.", value=found.seconds)


def _of_jobs(found: Backlog, now: float) -> Iterable[Metric]:
    count = GaugeMetricFamily("olvery_jobs", "Jobs that are not done.", labels=["queue", "state"])
    age = GaugeMetricFamily("olvery_job_oldest_seconds", "Age of the oldest that is not done.", labels=["queue"])
    late = GaugeMetricFamily("olvery_letters_late", "Letters that are being tried again, or were given up.")
    for queue in found.queues:
        for state in ("waiting", "retrying", "failed"):
            count.add_metric([queue.queue, state], getattr(queue, state))
        age.add_metric([queue.queue], now - queue.oldest_at.timestamp() if queue.oldest_at else 0)
        if queue.queue == "letters":
            late.add_metric([], queue.retrying + queue.failed)
    return count, age, late
