"""The plan of a service: seats with a position, tables, walls, doors and labels, saved together.

A picture may lie under them, which is uploaded on its own and then moved, resized and removed with the rest.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from coworking.domain import pictures, setup
from coworking.domain.pictures import ReadPicture
from coworking.domain.settings_history import Change, Row, changing_service, record
from coworking.models import Picture, PlanItem, Seat, Service, SettingsEvent, Ticket
from coworking.models.seat import HEIGHT, SEAT_SIZE, WIDTH
from olvery.shared.rows import refused_as

# Layout offered to seats without a position: rows of three on both sides of a table.
ROW, PITCH = 3, SEAT_SIZE + 1
BLOCK_WIDTH, BLOCK_HEIGHT = ROW * PITCH + 3, 2 * SEAT_SIZE + 6
ON_THE_PLAN = "plan"

Spot = tuple[int, int, int]


def save_plan(service_id: int, change: Change, *, seats: Sequence[Row], items: Sequence[Row]) -> int:
    """Store the seats and the items drawn around them, and return how many settings have changed.

    Pure moves make a single event. Raises ChangedMeanwhile, NameTaken, TicketsInTheWay, Busy.
    """
    with refused_as(setup.NAMED_ONCE), changing_service(service_id, change) as service:
        events = setup.save_rows(Seat, service, seats, change)
        drawn = _save_items(service, items, change)
        moved = [event for event in events if event.field in ("x", "y", "turn")]
        moved += [event for event in drawn if event.field]
        kept = [event for event in (*events, *drawn) if event not in moved]
        return record([*kept, *_as_one(moved, change)], service.location, service)


def save_picture(service_id: int, change: Change, read: ReadPicture) -> int:
    """Put a picture under the seats, as large as fits, replacing the present one; return how many changes.

    Raises ChangedMeanwhile, Busy.
    """
    with changing_service(service_id, change) as service:
        item = PlanItem.objects.filter(service=service, kind=PlanItem.Kind.PICTURE).select_related("picture").first()
        before = item.picture if item else None
        if before and before.digest == read.digest:
            return 0
        item = item or PlanItem(service=service, kind=PlanItem.Kind.PICTURE)
        item.picture = pictures.store(read)
        item.x, item.y, item.turn = WIDTH // 2, HEIGHT // 2, 0
        item.width, item.height = _fitted(read)
        item.save()
        if before is None:
            return record([change.event(subject=str(item), new=str(item))], service.location, service)
        pictures.remove([before])
        event = change.event(subject=str(item), field=ON_THE_PLAN, old=before.digest, new=read.digest)
        return record([event], service.location, service)


def _fitted(read: ReadPicture) -> tuple[int, int]:
    scale = min(WIDTH / read.width, HEIGHT / read.height)
    return max(int(read.width * scale), 1), max(int(read.height * scale), 1)


def _save_items(service: Service, rows: Sequence[Row], change: Change) -> list[SettingsEvent]:
    """Store the drawn items, and delete a removed picture."""
    removed = [row.key for row in rows if row.is_removed]
    gone = list(Picture.objects.filter(plan_items__service=service, plan_items__in=removed)) if removed else []
    events = setup.save_rows(PlanItem, service, rows, change)
    pictures.remove(gone)
    return events


def sold_ahead(service: Service, at: datetime) -> set[int]:
    """Return the seats that are booked now or later."""
    booked = Ticket.objects.blocking().filter(service=service, seat__isnull=False, occupied__endswith__gt=at)
    return set(booked.values_list("seat_id", flat=True))


def offered_spots(seats: Iterable[Seat]) -> dict[int, Spot]:
    """Return a position for each seat without one, table by table as listed; fewer if the plan is full. Pure."""
    waiting = [seat for seat in seats if seat.x is None]
    tables = [list(seated) for _table, seated in groupby(waiting, key=lambda seat: seat.table)]
    blocks = [table[start : start + 2 * ROW] for table in tables for start in range(0, len(table), 2 * ROW)]
    across, down = WIDTH // BLOCK_WIDTH, HEIGHT // BLOCK_HEIGHT
    return {
        seat.pk: _spot(number % across, number // across, place)
        for number, block in enumerate(blocks[: across * down])
        for place, seat in enumerate(block)
    }


def _spot(column: int, row: int, place: int) -> Spot:
    """Return the position of a seat in a layout block: the second row faces the first."""
    x = column * BLOCK_WIDTH + PITCH + place % ROW * PITCH
    y = row * BLOCK_HEIGHT + PITCH + place // ROW * (SEAT_SIZE + 3)
    return x, y, 180 * (place // ROW)


def _as_one(moved: Sequence[SettingsEvent], change: Change) -> list[SettingsEvent]:
    if not moved:
        return []
    names = ", ".join(dict.fromkeys(event.subject for event in moved))
    old, new = (
        "; ".join(f"{event.subject} {event.field} {getattr(event, side)}" for event in moved) for side in ("old", "new")
    )
    return [change.event(subject=names, field=ON_THE_PLAN, old=old, new=new)]
