"""Blocking places and lifting blocks, in dialogs over the calendar."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from coworking.access import StaffRequest, managers_only
from coworking.domain import blocking
from coworking.domain.timetable import seats_of, services_of
from coworking.models import Block
from olvery.shared.days import read_day
from olvery.shared.forms import as_id
from olvery.shared.htmx import dialog, go_to, render_dialog
from olvery.shared.periods import local_day
from olvery.shared.refusals import refusals_to
from orders.forms_blocks import BlockForm, LiftForm
from orders.views.calendar.asked import back_of
from orders.views.order.order_page import is_sent, typed


@dialog
@managers_only
def new_block(request: StaffRequest) -> HttpResponse:
    """Ask what to block, when and why, then block it."""
    now = timezone.now()
    form = _block_form(request, now)
    if is_sent(request) and form.is_valid():
        periods = form.to_periods(request.location.zone)
        with refusals_to(form.take):
            made = blocking.block(
                form.to_targets(),
                periods,
                reason=form.cleaned_data["reason"],
                is_open_to_managers=form.cleaned_data["is_open_to_managers"],
                by=request.user,
                at=now,
            )
            text = ngettext("%(count)s block is made.", "%(count)s blocks are made.", len(made))
            messages.success(request, text % {"count": len(made)})
            return go_to(request, back_of(request.GET))
    return _show(request, "block", form)


@dialog
@managers_only
def lift(request: StaffRequest) -> HttpResponse:
    """Ask which blocks of a day to lift, then lift them."""
    now = timezone.now()
    blocks = _standing_on(request, _day(request, now))
    form = LiftForm(typed(request), blocks=blocks, initial={"blocks": request.GET.getlist("block")})
    if is_sent(request) and form.is_valid():
        keys = [int(key) for key in form.cleaned_data["blocks"]]
        with refusals_to(form.take):
            count = blocking.lift(keys, location_ids=[request.location.pk], by=request.user, at=now)
            text = ngettext("%(count)s block is lifted.", "%(count)s blocks are lifted.", count)
            messages.success(request, text % {"count": count})
            return go_to(request, back_of(request.GET))
    rows = [(block, _order_url(request, block, now)) for block in blocks]
    return _show(request, "lift", form, rows=rows, zone=request.location.zone)


def _order_url(request: StaffRequest, block: Block, at: datetime) -> str:
    """Return the URL of a new order over a block, on the seat it was opened from; empty if none may be made."""
    seat = block.seat_id or as_id(request.GET.get("seat")) or ""
    is_placed = seat or not block.service.has_seats
    if not block.is_open_to_managers or not is_placed or block.period.end <= at:
        return ""
    day, start = _day(request, at), block.period.start.astimezone(request.location.zone)
    asked = {"back": back_of(request.GET), "service": block.service_id, "seats": seat, "over": block.pk, "day": day}
    if block.period.start > at and start.date() == day and not block.period.is_whole_days(request.location.zone):
        asked["start"] = f"{start:%H:%M}"
    return f"{reverse('orders:create')}?{urlencode(asked)}"


def _block_form(request: StaffRequest, at: datetime) -> BlockForm:
    return BlockForm(
        typed(request),
        services=[service for service in services_of(location_id=request.location.pk) if service.is_active],
        seats=[seat for seat in seats_of(location_id=request.location.pk) if seat.is_active],
        today=request.location.day_at(at),
        initial={"day": _day(request, at), "targets": []},
    )


def _standing_on(request: StaffRequest, day: date) -> list[Block]:
    whole = local_day(day, request.location.zone)
    blocks = Block.objects.standing().filter(service__location=request.location, period__overlap=whole)
    return list(blocks.select_related("service", "seat", "created_by").order_by("service", "seat", "period"))


def _show(request: StaffRequest, name: str, form: BlockForm | LiftForm, **context: Any) -> HttpResponse:
    return render_dialog(request, f"orders/calendar/{name}.html", {"form": form, **context}, back=back_of(request.GET))


def _day(request: StaffRequest, at: datetime) -> date:
    today = request.location.day_at(at)
    return read_day(request.GET.get("day", "")[:40], today=today) or today
