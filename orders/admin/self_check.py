"""Whether all is well, on one page for support."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from olvery.backups.folder import archived_until, bases_in, last_drill
from olvery.shared import replica
from olvery.shared.folding import lacking
from olvery.shared.formats import format_money
from olvery.shared.periods import DAY
from orders.admin.jobs import QUEUES
from orders.domain.online.sums import last_sums
from orders.domain.queries.backlog import Backlog, QueueBacklog, backlog
from orders.domain.queries.self_check import Findings, last_findings


class State(StrEnum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the page, and its answer."""

    title: str
    text: str
    state: State


@require_safe
def self_check(request: HttpRequest) -> HttpResponse:
    """Show the last findings, and what is waiting now. It changes nothing and scans no table."""
    if not request.user.has_perm("orders.view_ledgerentry"):
        raise PermissionDenied
    at = timezone.now()
    books = [*_books(last_findings(), at), *_provider(at)]
    lines = [*books, *_waiting(backlog(at=at), at), _migrations(), *_replica(), *_backups(at)]
    context = {**admin.site.each_context(request), "title": _("Self-check"), "lines": lines, "at": at}
    return render(request, "admin/self_check.html", context)


def _line(title: str, text: str, *, is_good: bool) -> Line:
    return Line(title, text, State.GOOD if is_good else State.BAD)


def _books(found: Findings | None, at: datetime) -> Iterator[Line]:
    if found is None:
        yield Line(_("Places and money"), _("Not looked at yet: it is done every night."), State.UNKNOWN)
        return
    places, money = found.places, found.money
    text = _("%(sharing)s of %(seated)s tickets share a seat with another; overfull services: %(overfull)s")
    told = {"sharing": places.sharing, "seated": places.seated, "overfull": places.overfull}
    yield _line(_("Nobody is double-booked"), text % told, is_good=not (places.sharing or places.overfull))
    text = _("Ledger %(ledger)s, on orders %(stored)s; orders that differ: %(differing)s of %(orders)s")
    sums: dict[str, str] = {"ledger": format_money(money.ledger), "stored": format_money(money.stored)}
    sums |= {"differing": str(money.differing), "orders": str(money.orders)}
    is_right = not money.differing and money.ledger == money.stored
    yield _line(_("Every rouble is on an order once"), text % sums, is_good=is_right)
    text = _("Passes whose balance differs from their entries: %(differing)s of %(passes)s")
    passes = {"differing": found.passes.differing, "passes": found.passes.passes}
    yield _line(_("Every unit of a pass is in its books"), text % passes, is_good=not found.passes.differing)
    sales = ", ".join(str(number) for number in found.without_pass)
    text = _("Paid sales of a pass without a pass: %(sales)s") % {"sales": sales} if sales else _("none is missing")
    yield _line(_("Every paid pass is granted"), text, is_good=not sales)
    took = _("in %(seconds)s s") % {"seconds": ceil(found.seconds)}
    yield _line(_("Looked at"), f"{_moment(found.at)}, {took}", is_good=at - found.at < 2 * DAY)


def _provider(at: datetime) -> Iterator[Line]:
    if not settings.YOOKASSA_SHOP_ID:
        return
    title, found = _("The provider has what the ledger has"), last_sums()
    if found is None:
        yield Line(title, _("Not compared yet: it is done every half hour."), State.UNKNOWN)
        return
    text = _("Ledger %(ledger)s, provider %(provider)s; payments since %(since)s: %(payments)s, compared %(at)s")
    told = {"ledger": format_money(found.ledger), "provider": format_money(found.provider)}
    told |= {"since": _moment(found.since), "payments": str(found.payments), "at": _moment(found.at)}
    yield _line(title, text % told, is_good=found.ledger == found.provider and at - found.at < DAY)


def _waiting(found: Backlog, at: datetime) -> Iterator[Line]:
    for queue in found.queues:
        title = _("Jobs: %(queue)s") % {"queue": QUEUES[queue.queue]}
        yield _line(title, _jobs(queue, at), is_good=not queue.is_late(at) and not queue.failed)
    since = found.oldest_request_at
    text = _("Not answered: %(count)s") % {"count": found.requests}
    yield _line(_("Requests to the provider"), f"{text}{_since(since)}", is_good=not since or at - since < DAY)
    yield _line(_("Open cases of the money desk"), str(found.cases), is_good=True)


def _jobs(queue: QueueBacklog, at: datetime) -> str:
    text = _("waiting: %(waiting)s, tried again: %(retrying)s, given up this week: %(failed)s")
    told = {"waiting": queue.waiting, "retrying": queue.retrying, "failed": queue.failed}
    return f"{text % told}{_since(queue.oldest_at)}"


def _since(moment: datetime | None) -> str:
    return "; " + _("the oldest since %(moment)s") % {"moment": _moment(moment)} if moment else ""


def _migrations() -> Line:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes())) + lacking(executor.loader)
    text = ngettext("%(count)s migration is not applied", "%(count)s migrations are not applied", missing)
    return _line(_("Migrations"), text % {"count": missing} if missing else _("all applied"), is_good=not missing)


def _replica() -> Iterator[Line]:
    if not replica.is_configured():
        return
    try:
        found = replica.standing()
    except Error:
        yield _line(_("Replica"), _("away: every page reads from the primary"), is_good=False)
        return
    text = _("Bytes that are missing: %(bytes)s, the last change is %(seconds)s s old")
    told = {"bytes": found.bytes, "seconds": ceil(found.seconds)}
    is_good = found.seconds <= settings.REPLICA_MAX_LAG_SECONDS
    yield _line(_("Replica"), text % told if found.bytes else _("has every change"), is_good=is_good)


def _backups(at: datetime) -> Iterator[Line]:
    folder = Path(settings.BACKUP_DIR)
    elsewhere = _("none in the folder of backups of this machine")
    bases, written, drill = bases_in(folder), archived_until(folder), last_drill(folder)
    for title, moment, often in (
        (_("Last backup"), bases[-1].taken_at if bases else None, 2 * DAY),
        (_("Changes written down until"), written, DAY),
        (_("Last rehearsal of a restore"), drill.at if drill else None, 14 * DAY),
    ):
        if moment is None:
            yield Line(title, elsewhere, State.UNKNOWN)
        else:
            yield _line(title, _moment(moment), is_good=at - moment < often)


def _moment(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M} UTC"
