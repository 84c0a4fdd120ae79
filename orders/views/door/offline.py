"""The door without network: what a device caches of the day, and what it sends later."""

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from coworking.access import StaffRequest, managers_only
from coworking.domain import door_list, ticket_codes, visits
from coworking.domain.day import today_of
from coworking.models import Location, Ticket
from olvery.shared.errors import button
from olvery.shared.formats import clock, period_words
from olvery.shared.middleware import asks_nobody
from olvery.shared.refusals import Refusal
from orders.domain.desk import offline_scans
from orders.models import OfflineScan
from orders.views.door import scan_words
from orders.views.door.kept import kept_files, version_of
from orders.views.door.pressing import IN, OUT
from orders.wording_refusals import refusal_text

LATE = _("Scanned more than two days ago: write the visit down by hand.")
FUTURE = _("A scan cannot have been made in the future.")


class OfflineScanForm(forms.Form):
    """One scan. The device measures its age, because its clock may be wrong, or corrected in between."""

    location = forms.IntegerField()
    token = forms.UUIDField()
    q = forms.CharField(max_length=200)
    do = forms.ChoiceField(choices=[(IN, IN), (OUT, OUT)])
    chosen = forms.BooleanField(required=False)
    seconds_ago = forms.IntegerField(
        min_value=0,
        max_value=int(offline_scans.LONGEST_WAIT.total_seconds()),
        error_messages={"min_value": FUTURE, "max_value": LATE},
    )

    def to_scan(self, location: Location, *, by: User, at: datetime) -> OfflineScan:
        """Return the scan that was sent at this moment, not yet stored. The form is valid."""
        sent = self.cleaned_data
        return OfflineScan(
            token=sent["token"],
            location=location,
            by=by,
            read_text=sent["q"],
            is_leaving=sent["do"] == OUT,
            scanned_at=at - timedelta(seconds=sent["seconds_ago"]),
            received_at=at,
        )


@asks_nobody
@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker, whose URL is its scope: the door's page and nothing else."""
    script = render_to_string("orders/door/worker.js", {"files": kept_files(), "version": version_of()})
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@require_safe
@managers_only
def saved_list(request: StaffRequest) -> HttpResponse:
    """Return today's tickets as a device may cache them, with the key that verifies signatures."""
    location, now = request.location, timezone.now()
    salt = secrets.token_hex(8)
    tickets = door_list.tickets_of_day(location, at=now)
    return JsonResponse(
        {
            "user": request.user.pk,
            "location": location.pk,
            "made_at": _milliseconds(now),
            "made": clock(now, location.zone),
            "until": _milliseconds(today_of(location, at=now).end),
            "zone": location.time_zone,
            "key": b64encode(ticket_codes.public_key_of(location)).decode(),
            "salt": salt,
            "tickets": [_row(ticket, location, salt=salt, at=now) for ticket in tickets],
        }
    )


@require_POST
@managers_only
def receive(request: StaffRequest) -> HttpResponse:
    """Record one scan that a device made without network; sent again, it gets the same answer."""
    form, now = OfflineScanForm(request.POST), timezone.now()
    if not form.is_valid():
        errors = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"error": " ".join(errors)}, status=422)
    managed = Location.objects.filter(pk__in=request.access.managed_ids)
    location = get_object_or_404(managed, pk=form.cleaned_data["location"])
    try:
        sent = form.to_scan(location, by=request.user, at=now)
        scan = offline_scans.record(sent, is_chosen=form.cleaned_data["chosen"])
    except Refusal as refusal:
        return JsonResponse({"error": refusal_text(refusal)}, status=422)
    return JsonResponse({"reason": scan.reason, "visit": scan.visit_id})


@require_safe
@managers_only
def to_settle(request: StaffRequest) -> HttpResponse:
    """Show the scans that somebody has to check."""
    return render(request, "orders/door/to_settle.html", settle_context(request.location))


@button
@managers_only
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a scan off the list, and show the rest."""
    offline_scans.settle(pk, location=request.location, by=request.user, at=timezone.now())
    if request.headers.get("HX-Request"):
        return render(request, "orders/door/to_settle.html", settle_context(request.location))
    return redirect("orders:check-in")


def settle_context(location: Location) -> dict[str, Any]:
    """Return what the list of scans to look at shows."""
    found = offline_scans.to_settle(location)
    return {"to_settle": [scan_words.to_settle(scan) for scan in found], "zone": location.zone}


def _row(ticket: Ticket, location: Location, *, salt: str, at: datetime) -> dict[str, Any]:
    inside = next((visit for visit in ticket.visits_counted if visit.left_at is None), None)  # type: ignore[attr-defined]
    if inside and visits.ends_at(inside, ticket) <= at:
        inside = None
    return {
        "number": ticket.pk,
        "seat": ticket.seat.label if ticket.seat else "",
        "service": ticket.service.name,
        "time": period_words(ticket.period, location.zone),
        "opens": _milliseconds(visits.opens_at(ticket)),
        "starts": _milliseconds(ticket.period.start),
        "ends": _milliseconds(ticket.period.end),
        "status": ticket.status.value,
        "version": ticket.code_version,
        "code": door_list.digest_of(ticket.code),
        "name": door_list.digest_of(salt + door_list.last_name_of(ticket)),
        "inside": bool(inside),
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
