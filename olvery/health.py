"""Health checks for a load balancer."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from olvery.shared import replica
from olvery.shared.folding import lacking
from olvery.shared.middleware import asks_nobody


@asks_nobody
@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive, and what it knows about the replica, without asking anybody."""
    text = "ok, without the replica" if replica.circuit.is_open else "ok"
    return HttpResponse(text, content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database answers and every migration is applied, else 503."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
    if pending or lacking(executor.loader):
        return HttpResponse("migrations are not applied", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
