"""Photos and a floor plan of the demo: drawings of imaginary rooms, in the colours of the product."""

from pathlib import Path

from coworking.domain.pictures import PHOTO_WIDTHS, PLAN_WIDTHS, read_picture, store
from coworking.models import Location, Photo, Picture, PlanItem, Service
from coworking.models.seat import HEIGHT, WIDTH

DRAWINGS = Path(__file__).parent / "drawings"


def add_photos(location: Location, *, open_space: Service, quiet_zone: Service, rooms: Service) -> None:
    """Save photos of the location and its services, and a picture under the plan of the quiet zone."""
    shown: list[tuple[dict[str, Location | Service], str, str]] = [
        ({"service": open_space}, "long-table", "Общий стол у окон в парк"),
        ({"service": open_space}, "kitchen", "Кухня рядом с залом"),
        ({"service": quiet_zone}, "shelves", "Полки с книгами и два места в нишах"),
        ({"service": rooms}, "meeting", "Стол на шесть человек и экран на стене"),
        ({"location": location}, "entrance", "Вход в технопарк со двора"),
    ]
    for position, (owner, name, alt) in enumerate(shown, start=1):
        Photo.objects.create(picture=_stored(name, PHOTO_WIDTHS), alt=alt, position=position, **owner)
    plan = _stored("floor-plan", PLAN_WIDTHS)
    spot = {"x": WIDTH // 2, "y": HEIGHT // 2, "width": WIDTH, "height": HEIGHT, "turn": 0}
    PlanItem.objects.create(service=quiet_zone, kind=PlanItem.Kind.PICTURE, picture=plan, **spot)


def _stored(name: str, widths: dict[int, int]) -> Picture:
    return store(read_picture((DRAWINGS / f"{name}.png").read_bytes(), widths))
