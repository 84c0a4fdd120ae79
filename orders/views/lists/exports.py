"""The lists as files: short ones at once, long ones by a job, with a page that keeps them for a week."""

import io
import uuid
from typing import cast

from allauth.core import ratelimit
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.confirming import confirmed_file
from accounts.models import ListName
from coworking.access import StaffRequest, any_staff, managers_only
from olvery.shared.errors import asks_again
from olvery.shared.replica_pages import reads_replica
from orders.documents.tables import Sheet, write_xlsx
from orders.domain import exports as domain
from orders.exporting import CHUNK, Exported, People, exported, noting, write
from orders.list_filters import kept_query, meant_by_ticks
from orders.models import Export, ExportFormat, ExportStatus
from orders.views.files import CSV, attachment
from orders.views.lists.saved_filters import list_named, list_url
from orders.views.seen import note_seen

AT_ONCE = 5_000
SHOWN = 50
TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: CSV,
}


@require_http_methods(["GET", "HEAD", "POST"])
@any_staff
@confirmed_file
@reads_replica
def orders(request: StaffRequest) -> HttpResponse:
    """Return the filtered orders as a file, or queue its export."""
    return _export(request, ListName.ORDERS)


@require_http_methods(["GET", "HEAD", "POST"])
@managers_only
@confirmed_file
@reads_replica
def tickets(request: StaffRequest) -> HttpResponse:
    """Return the filtered tickets as a file, or queue its export."""
    return _export(request, ListName.TICKETS)


@require_safe
@vary_on_headers("HX-Request")
@any_staff
def export_menu(request: StaffRequest, name: str) -> HttpResponse:
    """Show the file formats of a list: in its menu, or as a page of its own. Raises Http404."""
    what, query = list_named(name), kept_query(QueryDict(request.GET.get("of", "")))
    context = {
        "export_url": reverse("orders:export" if what == ListName.ORDERS else "orders:tickets-export"),
        "query": f"{query}&" if query else "",
        "list_url": list_url(what, query),
    }
    part = "#menu" if request.headers.get("HX-Request") else ""
    return render(request, f"orders/lists/export_menu.html{part}", context)


def _export(request: StaffRequest, what: ListName) -> HttpResponse:
    wanted = request.GET.get("format", "")
    kind = ExportFormat(wanted) if wanted in ExportFormat.values else ExportFormat.XLSX
    if request.method == "POST":
        return _long(request, what, kind) if asks_again(request) else _ask(request, what, kind)
    found = exported(what, meant_by_ticks(request.GET), request.location, at=timezone.now())
    if found.rows[AT_ONCE : AT_ONCE + 1].exists():
        return _long(request, what, kind)
    return _at_once(request, what, kind, found)


def _long(request: StaffRequest, what: ListName, kind: ExportFormat, *, status: int = 200) -> HttpResponse:
    context = {"at_once": AT_ONCE, "token": uuid.uuid4(), "what": what, "kind": kind}
    return render(request, "orders/lists/export_long.html", context, status=status)


def _ask(request: StaffRequest, what: ListName, kind: ExportFormat) -> HttpResponse:
    query = meant_by_ticks(request.GET).copy()
    query.pop("format", None)
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return _long(request, what, kind, status=422)
    if not ratelimit.consume(request, action="long_exports"):
        messages.error(request, _("You asked for many files. Try again in an hour; what you have is below."))
        return redirect("orders:exports")
    domain.ask(
        what=what,
        file_format=kind,
        query=query.urlencode(),
        language=get_language() or "ru",
        token=token,
        by=request.user,
        location=request.location,
        at=timezone.now(),
    )
    return redirect("orders:exports")


def _at_once(request: StaffRequest, what: ListName, kind: ExportFormat, found: Exported) -> HttpResponse:
    file, seen = io.BytesIO(), People()
    write(file, kind, found.columns, noting(found.rows.iterator(chunk_size=CHUNK), seen, found.person))
    note_seen(request, seen, domain.SCREENS[what])
    name = f"{what}-{timezone.now().astimezone(request.location.zone):%Y-%m-%d}.{kind}"
    return attachment(file.getvalue(), name=name, content_type=TYPES[kind])


def spreadsheet(name: str, *sheets: Sheet) -> HttpResponse:
    """Return a workbook of one or more sheets."""
    file = io.BytesIO()
    write_xlsx(file, *sheets)
    return attachment(file.getvalue(), name=f"{name}.xlsx", content_type=TYPES[ExportFormat.XLSX])


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@any_staff
def export_list(request: StaffRequest) -> HttpResponse:
    """Show the person's own exports at the location, newest first; while one is in progress the page polls."""
    found = list(Export.objects.of(request.user, request.location.pk).order_by("-pk")[:SHOWN])
    context = {
        "exports": found,
        "is_under_way": any(export.is_under_way for export in found),
        "zone": request.location.zone,
        "kept_days": domain.KEPT.days,
    }
    part = "#exports" if request.headers.get("HX-Target") == "exports" else ""
    return render(request, f"orders/lists/exports.html{part}", context)


@require_safe
@any_staff
@confirmed_file
def export_file(request: StaffRequest, pk: int) -> HttpResponse:
    """Return a file to the person who asked for it; whom it shows was logged when it was written."""
    own = Export.objects.of(request.user, request.location.pk).filter(pk=pk, status=ExportStatus.READY)
    export = own.first()
    if export is None or (export.what == ListName.TICKETS and not request.access.is_manager):
        raise Http404
    try:
        file = export.path.open("rb")
    except FileNotFoundError:
        messages.error(request, _("The file is gone: have it written once more."))
        return redirect("orders:exports")
    name = f"{export.what}-{export.asked_at.astimezone(request.location.zone):%Y-%m-%d}.{export.format}"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[export.format])
    return cast(HttpResponse, answer)  # in Django a streamed response is a different class
