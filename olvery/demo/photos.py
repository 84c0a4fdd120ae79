"""Photos and a floor plan of the demo, drawn by code: rooms of nobody in the colours of the product."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from coworking.domain.pictures import PHOTO_WIDTHS, PLAN_WIDTHS, ReadPicture, read_picture, store
from coworking.models import Location, Photo, PlanItem, Service
from coworking.models.seat import HEIGHT, WIDTH

SIZE = (1200, 800)
FLOOR = 640  # where the wall ends, from above
WALL, GROUND, WOOD, DARK, LEAF, OLIVE, SKY, LAMP, PAPER = (
    "#f1f4e6",
    "#e1e9cc",
    "#e9c183",
    "#4a4b40",
    "#a9bd7f",
    "#48591f",
    "#dcedfb",
    "#eebd77",
    "#ffffff",
)
Drawing = Callable[[ImageDraw.ImageDraw], None]


def add_photos(location: Location, *, open_space: Service, quiet_zone: Service, rooms: Service) -> None:
    """Save photos of the location and its services, and a picture under the plan of the quiet zone."""
    shown: list[tuple[Location | Service, Drawing, str]] = [
        (open_space, _long_table, "Общий стол у окон в парк"),
        (open_space, _kitchen, "Кухня рядом с залом"),
        (quiet_zone, _shelves, "Полки с книгами и два места в нишах"),
        (rooms, _meeting, "Стол на шесть человек и экран на стене"),
        (location, _entrance, "Вход в технопарк со двора"),
    ]
    for position, (owner, draw, alt) in enumerate(shown, start=1):
        picture = store(_drawn(draw, PHOTO_WIDTHS))
        of: dict[str, Any] = {"location" if isinstance(owner, Location) else "service": owner}
        Photo.objects.create(picture=picture, alt=alt, position=position, **of)
    plan = store(_drawn(_floor_plan, PLAN_WIDTHS, size=(WIDTH * 20, HEIGHT * 20)))
    spot = {"x": WIDTH // 2, "y": HEIGHT // 2, "width": WIDTH, "height": HEIGHT, "turn": 0}
    PlanItem.objects.create(service=quiet_zone, kind=PlanItem.Kind.PICTURE, picture=plan, **spot)


def _drawn(draw: Drawing, widths: dict[int, int], size: tuple[int, int] = SIZE) -> ReadPicture:
    image = Image.new("RGB", size, WALL)
    draw(ImageDraw.Draw(image))
    file = BytesIO()
    image.save(file, "PNG")
    return read_picture(file.getvalue(), widths)


def _ground(to: ImageDraw.ImageDraw) -> None:
    to.rectangle((0, FLOOR, *SIZE), GROUND)


def _window(to: ImageDraw.ImageDraw, left: int, width: int) -> None:
    to.rectangle((left, 60, left + width, 400), SKY, outline=PAPER, width=14)
    for at, size in ((0.25, 90), (0.7, 70)):
        middle = left + int(width * at)
        to.ellipse((middle - size, 393 - size, middle + size, 393 + size), LEAF)
    to.rectangle((left - 10, 393, left + width + 10, 412), WALL)


def _lamp(to: ImageDraw.ImageDraw, x: int, length: int = 110) -> None:
    to.line((x, 0, x, length), DARK, 6)
    to.pieslice((x - 55, length - 40, x + 55, length + 70), 180, 360, DARK)


def _table(to: ImageDraw.ImageDraw, left: int, right: int, top: int) -> None:
    for leg in (left + 40, right - 40):
        to.line((leg, top, leg, top + 190), DARK, 10)
    to.rounded_rectangle((left, top, right, top + 26), 12, WOOD)


def _laptop(to: ImageDraw.ImageDraw, x: int, table: int) -> None:
    to.rounded_rectangle((x - 55, table - 75, x + 55, table - 5), 8, DARK)


def _chair(to: ImageDraw.ImageDraw, x: int, top: int) -> None:
    to.rounded_rectangle((x - 50, top, x + 50, top + 60), 12, OLIVE)
    to.line((x, top + 60, x, top + 130), DARK, 10)


def _plant(to: ImageDraw.ImageDraw, x: int) -> None:
    for dx, dy in ((-45, 0), (45, -10), (0, -60)):
        to.ellipse((x + dx - 50, 470 + dy, x + dx + 50, 570 + dy), LEAF)
    to.polygon(((x - 45, 580), (x + 45, 580), (x + 32, 680), (x - 32, 680)), OLIVE)


def _long_table(to: ImageDraw.ImageDraw) -> None:
    _ground(to)
    for left in (60, 440, 820):
        _window(to, left, 320)
    _lamp(to, 380)
    _lamp(to, 800)
    _table(to, 120, 1080, 500)
    for x in (280, 600, 920):
        _laptop(to, x, 500)
        _chair(to, x + 60, 560)


def _kitchen(to: ImageDraw.ImageDraw) -> None:
    _ground(to)
    to.rectangle((90, 90, 700, 250), PAPER)
    for x in range(150, 680, 90):
        to.rounded_rectangle((x, 150, x + 46, 236), 8, LEAF if x % 180 else OLIVE)
    to.rectangle((90, 470, 700, 690), PAPER)
    to.rectangle((70, 450, 720, 478), WOOD)
    to.rounded_rectangle((160, 330, 290, 450), 14, DARK)
    to.ellipse((400, 410, 450, 450), LAMP)
    _window(to, 820, 300)
    _plant(to, 930)


def _shelves(to: ImageDraw.ImageDraw) -> None:
    _ground(to)
    to.rectangle((80, 80, 480, 640), PAPER)
    for shelf in (220, 370, 520):
        to.line((80, shelf, 480, shelf), DARK, 8)
        for number, x in enumerate(range(110, 420, 38)):
            to.rectangle((x, shelf - 104 + number % 3 * 14, x + 24, shelf - 4), (OLIVE, DARK, LEAF)[number % 3])
    for left in (590, 880):
        to.rounded_rectangle((left, 110, left + 240, 700), 110, PAPER, outline=LEAF, width=10)
        to.rectangle((left, 640, left + 240, 710), GROUND)
        _lamp(to, left + 120, 200)
        _table(to, left + 30, left + 210, 470)
        _laptop(to, left + 120, 470)
        _chair(to, left + 120, 530)


def _meeting(to: ImageDraw.ImageDraw) -> None:
    _ground(to)
    to.rounded_rectangle((370, 70, 830, 330), 20, DARK)
    to.polygon(((440, 280), (560, 150), (640, 240), (700, 190), (770, 280)), LAMP)
    for x in (300, 500, 700, 900):
        _chair(to, x, 400)
    to.polygon(((200, 470), (1000, 470), (1080, 610), (120, 610)), WOOD)
    for x in (360, 600, 840):
        _chair(to, x, 580)
    _plant(to, 110)


def _entrance(to: ImageDraw.ImageDraw) -> None:
    to.rectangle((0, 0, *SIZE), SKY)
    to.rectangle((120, 120, 1080, 700), WALL)
    for row in (180, 360):
        for left in range(180, 1000, 140):
            to.rectangle((left, row, left + 90, row + 110), PAPER, outline=LEAF, width=8)
    to.rectangle((520, 520, 680, 700), OLIVE)
    to.line((600, 520, 600, 700), WALL, 6)
    to.rectangle((480, 496, 720, 520), WOOD)
    to.rectangle((0, 700, *SIZE), LEAF)
    to.polygon(((540, 700), (660, 700), (760, 800), (440, 800)), GROUND)


def _floor_plan(to: ImageDraw.ImageDraw) -> None:
    """Walls as a scan has them: black on white, two rooms beside the hall, windows on top."""
    right, bottom = WIDTH * 20 - 40, HEIGHT * 20 - 40
    to.rectangle((0, 0, WIDTH * 20, HEIGHT * 20), PAPER)
    to.rectangle((40, 40, right, bottom), None, outline="black", width=16)
    for left in range(200, right - 200, 320):
        to.rectangle((left, 40, left + 180, 56), PAPER, outline="black", width=4)
    to.line((1160, 40, 1160, bottom), "black", 10)
    to.line((1160, 620, right, 620), "black", 10)
    for top in (260, 860):
        to.rectangle((1154, top, 1166, top + 140), PAPER)
        to.arc((1020, top, 1300, top + 280), 180, 270, "black", 4)
    for top in range(700, bottom - 80, 60):
        to.line((1460, top, right - 40, top), "black", 3)
