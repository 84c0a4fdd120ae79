"""The lists as files: short ones at once, long ones by a job, with a page where they wait for a week."""

import io
import uuid
from typing import cast

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
from accounts.domain import access_log
from accounts.models import ListName, Screen
from coworking.access import StaffRequest, any_staff, managers_only
from olvery.shared.replica_pages import reads_replica
from orders.documents.tables import Sheet, write_xlsx
from orders.domain import exports as domain
from orders.exporting import CHUNK, Exported, People, exported, noting, write
from orders.list_filters import kept_query, meant_by_ticks
from orders.models import Export, ExportFormat, ExportList, ExportStatus
from orders.views.lists.saved_filters import list_named, list_url

AT_ONCE = 5_000
SHOWN = 50
TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


@require_http_methods(["GET", "HEAD", "POST"])
@any_staff
@confirmed_file
@reads_replica
def orders(request: StaffRequest) -> HttpResponse:
    """Give the filtered orders as a file, or have it written."""
    return _export(request, ExportList.ORDERS)


@require_http_methods(["GET", "HEAD", "POST"])
@managers_only
@confirmed_file
@reads_replica
def tickets(request: StaffRequest) -> HttpResponse:
    """Give the filtered tickets as a file, or have it written."""
    return _export(request, ExportList.TICKETS)


@require_safe
@vary_on_headers("HX-Request")
@any_staff
def export_menu(request: StaffRequest, name: str) -> HttpResponse:
    """Show which files there are of a list: in its menu, or as a page of its own. Raises Http404."""
    what, query = list_named(name), kept_query(QueryDict(request.GET.get("of", "")))
    context = {
        "export_url": reverse("orders:export" if what == ListName.ORDERS else "orders:tickets-export"),
        "query": f"{query}&" if query else "",
        "list_url": list_url(what, query),
    }
    part = "#menu" if request.headers.get("HX-Request") else ""
    return render(request, f"orders/lists/export_menu.html{part}", context)


def _export(request: StaffRequest, what: ExportList) -> HttpResponse:
    wanted = request.GET.get("format", "")
    kind = ExportFormat(wanted) if wanted in ExportFormat.values else ExportFormat.XLSX
    if request.method == "POST":
        return _ask(request, what, kind)
    found = exported(what, meant_by_ticks(request.GET), request.location, at=timezone.now())
    if found.rows[AT_ONCE : AT_ONCE + 1].exists():
        return _long(request, what, kind)
    return _at_once(request, what, kind, found)


def _long(request: StaffRequest, what: ExportList, kind: ExportFormat, *, status: int = 200) -> HttpResponse:
    context = {"at_once": AT_ONCE, "token": uuid.uuid4(), "what": what, "kind": kind}
    return render(request, "orders/lists/export_long.html", context, status=status)


def _ask(request: StaffRequest, what: ExportList, kind: ExportFormat) -> HttpResponse:
    query = meant_by_ticks(request.GET).copy()
    query.pop("format", None)
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        return _long(request, what, kind, status=422)
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


def _at_once(request: StaffRequest, what: ExportList, kind: ExportFormat, found: Exported) -> HttpResponse:
    file, seen = io.BytesIO(), People()
    write(file, kind, found.columns, noting(found.rows.iterator(chunk_size=CHUNK), seen, found.person))
    note_export(request, seen, domain.SCREENS[what])
    response = HttpResponse(file.getvalue(), content_type=TYPES[kind])
    name = f"{what}-{timezone.now().astimezone(request.location.zone):%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def note_export(request: StaffRequest, seen: "People | set[int]", screen: Screen) -> None:
    """Write down whom a file that is about to be given shows."""
    access_log.record(seen, by=request.user, location_id=request.location.pk, screen=screen, at=timezone.now())


def spreadsheet(name: str, *sheets: Sheet) -> HttpResponse:
    """Give a workbook of one or more sheets."""
    file = io.BytesIO()
    write_xlsx(file, *sheets)
    response = HttpResponse(file.getvalue(), content_type=TYPES[ExportFormat.XLSX])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@any_staff
def export_list(request: StaffRequest) -> HttpResponse:
    """Show the person's own exports at the location, newest first; while one is under way the page asks again."""
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
    """Give a file to the person who asked for it; whom it shows is in the access log since it was written."""
    own = Export.objects.of(request.user, request.location.pk).filter(pk=pk, status=ExportStatus.READY)
    export = own.first()
    if export is None or (export.what == ExportList.TICKETS and not request.access.is_manager):
        raise Http404
    try:
        file = export.path.open("rb")
    except FileNotFoundError:
        messages.error(request, _("The file is gone: have it written once more."))
        return redirect("orders:exports")
    name = f"{export.what}-{export.asked_at.astimezone(request.location.zone):%Y-%m-%d}.{export.format}"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[export.format])
    return cast(HttpResponse, answer)  # to Django, an answer that is streamed is another class
