"""The plan of seats behind a booking: a part of the room, with positions as classes because of the strict CSP."""

from collections.abc import Sequence
from dataclasses import dataclass

from coworking.models import PlanItem
from coworking.models.seat import HEIGHT, SEAT_SIZE, WIDTH
from orders.views.form.seats import SeatView

UNIT = 10  # pixels, as in seat-plan.css
EDGE = 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """An item with its numbers in pixels, relative to its centre."""

    item: PlanItem

    @property
    def place(self) -> str:
        return f"translate({self.item.x * UNIT} {self.item.y * UNIT}) rotate({self.item.turn})"

    @property
    def width(self) -> int:
        return self.item.width * UNIT

    @property
    def height(self) -> int:
        return self.item.height * UNIT

    @property
    def left(self) -> int:
        return -self.width // 2

    @property
    def top(self) -> int:
        return -self.height // 2

    @property
    def opacity(self) -> str:
        """The opacity of a picture."""
        return f"{self.item.opacity / 100:.2f}"

    @property
    def arc(self) -> str:
        """The swing of a door."""
        return f"M{self.left} {-self.top}V{self.top}A{self.width} {self.height} 0 0 1 {-self.left} {-self.top}"


class Floor:
    """The part of the room that has items."""

    def __init__(self, seats: Sequence[SeatView], items: Sequence[PlanItem]) -> None:
        pictures = [item for item in items if item.kind == PlanItem.Kind.PICTURE]
        self.pictures = [Drawn(item) for item in pictures if item.is_in_forms]
        items = [item for item in items if item not in pictures]
        self.items = [Drawn(item) for item in items]
        spots = [(view.seat.x or 0, view.seat.y or 0, SEAT_SIZE, SEAT_SIZE) for view in seats]
        # A turned item fits into the square of its longer side.
        sizes = [(item.x, item.y, *_extent(item)) for item in items]
        boxes = [
            (x - width // 2, y - height // 2, x + width // 2, y + height // 2) for x, y, width, height in spots + sizes
        ]
        self.left = max(min(box[0] for box in boxes) - EDGE, 0)
        self.top = max(min(box[1] for box in boxes) - EDGE, 0)
        self.width = min(max(box[2] for box in boxes) + EDGE, WIDTH) - self.left
        self.height = min(max(box[3] for box in boxes) + EDGE, HEIGHT) - self.top
        self.seats = [(view, self._at(view)) for view in seats]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width * UNIT, self.height * UNIT

    @property
    def view_box(self) -> str:
        """The visible part of the room."""
        width, height = self.size
        return f"{self.left * UNIT} {self.top * UNIT} {width} {height}"

    def _at(self, view: SeatView) -> str:
        """Return the classes that position a seat in the grid."""
        half = SEAT_SIZE // 2
        return f"x{(view.seat.x or 0) - half - self.left} y{(view.seat.y or 0) - half - self.top}"


def _extent(item: PlanItem) -> tuple[int, int]:
    if item.turn % 180 == 0:
        return item.width, item.height
    return (item.height, item.width) if item.turn % 90 == 0 else (max(item.width, item.height),) * 2
