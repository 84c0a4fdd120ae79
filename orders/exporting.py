"""The lists as files: exactly the rows that the filters show, in the order of the list."""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet, TextChoices
from django.db.models.query import NamedValuesListIterable
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import ListName
from coworking.models import Location, PaymentMethod, TicketStatus
from olvery.shared.formats import period
from olvery.shared.phones import format_stored_phone
from olvery.shared.replica import on_primary, read_newest
from orders.documents.tables import Column, write_csv, write_xlsx
from orders.domain import exports
from orders.list_filters import Listed
from orders.models import Export, ExportFormat, OrderStatus, PaymentStatus, shown_methods
from orders.wording_bookings import period_text, services_text

log = logging.getLogger(__name__)

CHUNK = 500
NOTED_EVERY = 4  # chunks
# The time that a row of a long list may take, pauses included: four minutes for a million are 240 µs.
ROW_SECONDS = 150e-6
# The columns read for a row: creating a model for each would take as long as everything else.
OF_ORDERS = (
    "number",
    "created_at",
    "service_ids",
    "service_name",
    "tariff_name",
    "customer_id",
    "customer_name",
    "stored_phone",
    "email",
    "period",
    "ticket_count",
    "booking_count",
    "pass_units",
    "total",
    "promo_code__code",
    "payment_method",
    "paid_by",
    "payment_status",
    "status",
    "created_by__last_name",
    "created_by__first_name",
    "company__name",
    "company__inn",
)
OF_TICKETS = (
    "number",
    "period",
    "visitor_id",
    "visitor_name",
    "service__name",
    "seat__label",
    "order_number",
    "status",
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A list to be written: its rows, its columns, and the field with the person that a row is about."""

    rows: "QuerySet[Any]"
    columns: list[Column]
    person: str


class People:
    """A set of people's keys, one bit each, since a file may show a million of them."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, key: int) -> None:
        byte = key >> 3
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte + 1 - len(self._bits)))
        self._bits[byte] |= 1 << (key & 7)

    def __iter__(self) -> Iterator[int]:
        for place, byte in enumerate(self._bits):
            yield from (place * 8 + bit for bit in range(8) if byte >> bit & 1)


def exported(what: ListName, query: QueryDict, location: Location, *, at: datetime) -> Exported:
    """Return the list at this URL; `at` determines which day «today» is."""
    listed = Listed(what, query, location, at=at)
    rows = listed.rows.ordered(listed.sort)
    if what == ListName.ORDERS:
        return Exported(rows.values_list(*OF_ORDERS, named=True), _columns_of_orders(location.zone), "customer_id")
    return Exported(rows.values_list(*OF_TICKETS, named=True), _columns_of_tickets(location.zone), "visitor_id")


def write(file: IO[bytes], kind: ExportFormat, columns: list[Column], rows: Iterable[Any], **how: Any) -> None:
    """Write rows in one of the file formats."""
    if kind == ExportFormat.CSV:
        write_csv(file, columns, rows)
    else:
        write_xlsx(file, ("", columns, rows), **how)


def noting(rows: Iterable[Any], seen: People, person: str) -> Iterator[Any]:
    """Yield the rows while collecting the people they are about."""
    for row in rows:
        seen.add(getattr(row, person))
        yield row


def write_export(export_id: int, *, at: datetime) -> None:
    """Write the file of an export. Each run starts over: the file is complete or does not exist.

    If the export was finished or given up in the meantime, this run leaves nothing behind.
    """
    if not exports.begin(export_id, at=at):
        return  # ready, given up or deleted: a job may run twice
    export = Export.objects.select_related("by", "location").get(pk=export_id)
    try:
        with _own_folder() as folder:
            part = folder / "file"
            count, seen = read_newest(partial(_write_part, export, part))
            exports.finish(export, part, rows=count, seen=seen, at=timezone.now())
    except exports.Superseded:
        log.info("export %s was finished or given up meanwhile", export_id)
    except Exception:
        exports.fail(export_id, at=timezone.now())
        raise


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Create a folder only for this run: a worker believed dead may still be writing in its own.

    Unfinished sheets are also kept there, and are deleted with it, above all on a full disk.
    """
    folder = Path(settings.EXPORT_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, suffix=exports.PART) as own:
        yield Path(own)


def _write_part(export: Export, part: Path) -> tuple[int, People]:
    seen, count = People(), 0

    def counted(rows: Iterable[Any]) -> Iterator[Any]:
        nonlocal count
        began = time.monotonic()
        for row in rows:
            count += 1
            yield row
            if count % CHUNK == 0:
                if count % (CHUNK * NOTED_EVERY) == 0:
                    with on_primary():
                        exports.note_progress(export.pk, rows=count, at=timezone.now())
                time.sleep(rest_after(time.monotonic() - began))
                began = time.monotonic()

    with translation.override(export.language), part.open("wb") as file:
        found = exported(export.what, QueryDict(export.query), export.location, at=export.asked_at)
        # A server-side cursor, which the settings disable for web servers behind PgBouncer. Outside of a
        # transaction the server materialises the result: one snapshot, and no transaction open for minutes.
        every: Iterable[Any] = NamedValuesListIterable(found.rows, chunked_fetch=True, chunk_size=CHUNK)
        rows = noting(counted(every), seen, found.person)
        write(file, export.format, found.columns, rows, folder=str(part.parent))
        file.flush()
        os.fsync(file.fileno())
    return count, seen


def rest_after(seconds: float) -> float:
    """Return how many seconds to rest after a chunk that took this long: twice as long, as long as rows are quick.

    Pages get the core in the meantime that worker and PostgreSQL would otherwise occupy in turn; the worker is nice,
    its PostgreSQL process cannot be.
    """
    return min(2 * seconds, max(0.0, CHUNK * ROW_SECONDS - seconds))


def _columns_of_orders(zone: ZoneInfo) -> list[Column]:
    methods, payments, states = _labels(PaymentMethod), _labels(PaymentStatus), _labels(OrderStatus)
    return [
        (_("No."), 9, lambda order: order.number),
        (_("Created"), 16, lambda order: order.created_at.astimezone(zone).replace(tzinfo=None)),
        (_("Service"), 20, services_text),
        (_("Tariff"), 12, lambda order: order.tariff_name),
        (_("Customer"), 32, lambda order: order.customer_name),
        (_("Phone"), 18, lambda order: format_stored_phone(order.stored_phone).replace("\u00a0", " ")),
        (_("E-mail"), 28, lambda order: order.email),
        (_("Period"), 26, lambda order: period_text(order, zone)),
        (_("Tickets"), 9, lambda order: order.ticket_count),
        (_("Cost"), 12, lambda order: order.total),
        (_("Promo code"), 16, lambda order: order.promo_code__code or ""),
        (_("Payment method"), 26, lambda order: ", ".join(methods[one] for one in shown_methods(order))),
        (_("Payment"), 14, lambda order: payments[order.payment_status]),
        (_("Status"), 18, lambda order: states[order.status]),
        (_("Created by"), 24, lambda order: f"{order.created_by__last_name} {order.created_by__first_name}"),
        (_("Company"), 28, lambda order: order.company__name or ""),
        (_("INN"), 14, lambda order: order.company__inn or ""),
    ]


def _columns_of_tickets(zone: ZoneInfo) -> list[Column]:
    states = _labels(TicketStatus)
    return [
        (_("Number"), 9, lambda ticket: ticket.number),
        (_("Rental period"), 26, lambda ticket: period(ticket.period, zone)),
        (_("Visitor"), 32, lambda ticket: ticket.visitor_name),
        (_("Service"), 20, lambda ticket: ticket.service__name),
        (_("Seat"), 10, lambda ticket: ticket.seat__label or ""),
        (_("Order"), 9, lambda ticket: ticket.order_number),
        (_("Status"), 18, lambda ticket: states[ticket.status]),
    ]


def _labels(kind: type[TextChoices]) -> dict[Any, str]:
    """Return the label of each choice, translated once instead of in every row."""
    return {choice: str(choice.label) for choice in kind}
