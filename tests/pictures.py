"""Pictures as people upload them, made up."""

from io import BytesIO
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from coworking.domain.pictures import PHOTO_WIDTHS, read_picture, store
from coworking.models import Location, Photo, Picture, Service


def picture_bytes(
    size: tuple[int, int] = (300, 200),
    *,
    mode: str = "RGB",
    file_format: str = "JPEG",
    colour: Any = "olive",
    **how: Any,
) -> bytes:
    """Return a picture of one colour, with the top left corner in another."""
    image = Image.new(mode, size, colour)
    if mode == "RGB":
        image.paste("red", (0, 0, size[0] // 4, size[1] // 4))
    file = BytesIO()
    image.save(file, file_format, **how)
    return file.getvalue()


def detailed(size: tuple[int, int]) -> bytes:
    """Return a JPEG with as much detail as a photograph has."""
    grain = (size[0] // 8, size[1] // 8)
    noise = Image.frombytes("RGB", grain, Random(1).randbytes(3 * grain[0] * grain[1]))
    file = BytesIO()
    Image.blend(noise, Image.new("RGB", grain, "olive"), 0.85).resize(size).save(file, "JPEG", quality=90)
    return file.getvalue()


def upload(data: bytes | None = None, name: str = "зал.jpg") -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, picture_bytes() if data is None else data, "image/jpeg")


def make_detailed_pictures(count: int) -> list[Picture]:
    """Save pictures like a photographer's, each with a URL of its own."""
    read = read_picture(detailed((800, 600)), PHOTO_WIDTHS)
    pictures = [store(read) for _ in range(count)]
    for picture in pictures:
        picture.digest = f"{picture.pk:032x}"
        picture.save()
    return pictures


def make_picture(colour: str = "olive") -> Picture:
    """Save a picture; each colour is another one."""
    return store(read_picture(picture_bytes(colour=colour), PHOTO_WIDTHS))


def make_photo(
    *,
    service: Service | None = None,
    location: Location | None = None,
    alt: str = "Зал",
    colour: str = "olive",
    position: int = 1,
) -> Photo:
    """Save a photo of a service or of a location itself."""
    return Photo.objects.create(
        service=service, location=location, picture=make_picture(colour), alt=alt, position=position
    )
