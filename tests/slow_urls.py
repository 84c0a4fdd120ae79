"""The URLs of the site, and pages during which the database is slow or goes away."""

from contextlib import suppress

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from coworking.models import Location
from olvery import urls
from olvery.shared.replica_pages import reads_replica
from tests.factories import make_location

handler400, handler500 = urls.handler400, urls.handler500

CANCEL = "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)"
TERMINATE = "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(10)"


def ask(sql: str) -> str:
    """Return the first value that the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


@login_not_required
def sleep(request: HttpRequest) -> HttpResponse:
    """Keep the database busy for longer than anybody waits."""
    return HttpResponse(ask("SELECT pg_sleep(60)"))


@login_not_required
def limits(request: HttpRequest) -> HttpResponse:
    """Return the limit of a single statement, in a transaction, after a rolled back savepoint, and of the session."""
    said = [ask("SHOW statement_timeout")]
    with transaction.atomic():
        said.append(ask("SHOW statement_timeout"))
        with suppress(Error), transaction.atomic():
            ask("SELECT 1/0")
        said.append(ask("SHOW statement_timeout"))
    with connection.connection.cursor() as bare:  # without the limit of this request
        said.append(bare.execute("SHOW statement_timeout").fetchone()[0])
    return HttpResponse(" ".join(said))


@login_not_required
@csrf_exempt
def save_and_cancel(request: HttpRequest) -> HttpResponse:
    """Commit, then take too long."""
    make_location(name="Сохранено")
    return HttpResponse(ask(CANCEL))


@login_not_required
@csrf_exempt
def cancel_and_save(request: HttpRequest) -> HttpResponse:
    """Take too long before anything is committed."""
    with transaction.atomic():
        make_location(name="Не сохранено")
        return HttpResponse(ask(CANCEL))


@login_not_required
@csrf_exempt
def save_and_break(request: HttpRequest) -> HttpResponse:
    """Lose the connection in the middle of a transaction."""
    with transaction.atomic():
        make_location(name="Не сохранено")
        return HttpResponse(ask(TERMINATE))


@login_not_required
@csrf_exempt
def save_and_warn(request: HttpRequest) -> HttpResponse:
    """Commit, and be warned while it is committed."""
    make_location(name="Сохранено")
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE WARNING 'canceling wait'; END $$")
    return HttpResponse("ok")


@login_not_required
@csrf_exempt
def save_on_standby(request: HttpRequest) -> HttpResponse:
    """Save on a read-only server."""
    with transaction.atomic():
        ask("SELECT set_config('transaction_read_only', 'on', true)")
        make_location(name="Не сохранено")
    return HttpResponse("ok")


@login_not_required
def leave_to_middleware(request: HttpRequest) -> HttpResponse:
    """Lose the connection unnoticed, so that saving the session fails."""
    request.session["seen"] = Location.objects.count()
    with suppress(Error):
        ask(TERMINATE)
    return HttpResponse("ok")


def _limits() -> list[str]:
    return [ask("SHOW statement_timeout"), ask("SHOW transaction_read_only")]


@login_not_required
@reads_replica
def read_replica(request: HttpRequest) -> HttpResponse:
    """Return the limits of a single statement, in a transaction, and of the session, on the replica's connection."""
    said = _limits()
    with transaction.atomic():
        said += _limits()
    with connection.connection.cursor() as bare:  # without the limits of this request
        said += [bare.execute(f"SHOW {name}").fetchone()[0] for name in ("statement_timeout", "transaction_read_only")]
    return HttpResponse(" ".join(said))


@login_not_required
@reads_replica
def write_replica(request: HttpRequest) -> HttpResponse:
    """Save something, which a page that reads from the replica may not; return where it was possible."""
    make_location(name="Записано")
    return HttpResponse("replica" if connections["default"] is connections["replica"] else "primary")


@login_not_required
def fail(request: HttpRequest) -> HttpResponse:
    """Fail with a programming error."""
    raise ValueError


urlpatterns = [
    *urls.urlpatterns,
    path("slow/sleep/", sleep),
    path("slow/limits/", limits),
    path("slow/save-and-cancel/", save_and_cancel),
    path("slow/cancel-and-save/", cancel_and_save),
    path("slow/save-and-break/", save_and_break),
    path("slow/save-and-warn/", save_and_warn),
    path("slow/save-on-standby/", save_on_standby),
    path("slow/leave-to-middleware/", leave_to_middleware),
    path("slow/replica/", read_replica),
    path("slow/replica-write/", write_replica),
    path("slow/fail/", fail),
]
