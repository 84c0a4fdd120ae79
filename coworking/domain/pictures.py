"""Reading an uploaded picture, whatever is in it, and making small WebP files of it."""

import hashlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from coworking.models import Picture, PictureFile
from olvery.shared.refusals import Refusal

MOST_BYTES = 10 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG is unpacked at a fraction of its size, but a progressive one is kept whole; anything else takes four bytes
# a pixel.
MOST_PIXELS_OF_JPEG = 50_000_000
MOST_PIXELS_OF_PROGRESSIVE = 12_000_000
MOST_PIXELS = 25_000_000
LEAST_SIDE = 200  # pixels
MOST_STRETCHED = 4  # the longer side by the shorter
# What browsers choose from, each with the bytes that it may have: the first stands on cards, which are 352 wide.
PHOTO_WIDTHS = {360: 6 * 1024, 800: 32 * 1024, 1600: 128 * 1024}
PLAN_WIDTHS = {1680: 192 * 1024}  # twice the plan, as phones have two pixels and more for one
QUALITIES = (55, 42, 30, 18)
OF_APPLE = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1")

log = logging.getLogger(__name__)
# Unpacked a picture takes up to a hundred megabytes: one at a time in a process.
_one_at_a_time = threading.Lock()


class PictureUnreadable(Refusal):
    """The file is no picture, too large, or broken."""

    reason = "picture_unreadable"
    field = "file"


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """What was made of an upload: its files by width. Nothing of the upload itself is left, EXIF neither."""

    width: int
    height: int
    files: dict[int, bytes]

    @property
    def digest(self) -> str:
        """A name of the content."""
        return hashlib.sha256(b"".join(self.files.values())).hexdigest()[:32]


def read_picture(data: bytes, widths: dict[int, int]) -> ReadPicture:
    """Return an upload re-encoded, in the widths that it has the pixels for. Raises PictureUnreadable."""
    if len(data) > MOST_BYTES:
        raise PictureUnreadable("picture_too_large", most=MOST_BYTES)
    if data[4:8] == b"ftyp" and data[8:12] in OF_APPLE:
        raise PictureUnreadable("picture_of_apple")
    with _one_at_a_time:
        try:
            image = _decode(data, largest=max(widths))
            return _encode(image, widths)
        except PictureUnreadable:
            raise
        except Exception as error:  # a broken picture ends in whatever its parts make of it
            log.info("A picture cannot be read", exc_info=True)
            raise PictureUnreadable from error


def store(read: ReadPicture) -> Picture:
    """Store what was read and return the picture; call it in the transaction of the change."""
    size = {"width": read.width, "height": read.height, "widths": list(read.files)}
    picture = Picture.objects.create(digest=read.digest, **size)
    PictureFile.objects.bulk_create(
        PictureFile(picture=picture, width=width, content=content) for width, content in read.files.items()
    )
    return picture


def remove(pictures: Sequence[Picture]) -> None:
    """Delete pictures that nothing shows any more, with their files."""
    Picture.objects.filter(pk__in=[picture.pk for picture in pictures]).delete()


def _decode(data: bytes, *, largest: int) -> Image.Image:
    """Return the picture upright, as sRGB without transparency, and no wider than `largest`."""
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureUnreadable("picture_too_many_pixels", most=MOST_PIXELS) from error
    most = _most_pixels(image)
    if image.width * image.height > most:
        raise PictureUnreadable("picture_too_many_pixels", most=most)
    shorter, longer = sorted(image.size)
    if shorter < LEAST_SIDE or longer > MOST_STRETCHED * shorter:
        raise PictureUnreadable("picture_out_of_shape", least=LEAST_SIDE)
    profile = image.info.get("icc_profile")
    image.draft("RGB", (largest, largest))
    image.load()
    image = _without_transparency(ImageOps.exif_transpose(image))
    if image.width > largest:
        image = image.resize(_size_at(largest, image), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _in_srgb(image, profile).convert("RGB")


def _most_pixels(image: Image.Image) -> int:
    if image.format not in ("JPEG", "MPO"):  # the latter is a JPEG with others behind it
        return MOST_PIXELS
    return MOST_PIXELS_OF_PROGRESSIVE if image.info.get("progressive") else MOST_PIXELS_OF_JPEG


def _without_transparency(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        seen_through = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(seen_through, mask=seen_through.getchannel("A"))
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours as browsers take those of a file without a profile."""
    if not profile:
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # of another mode, or broken: the colours are as they are
        return image
    return converted or image


def _size_at(width: int, image: Image.Image) -> tuple[int, int]:
    return width, max(round(image.height * width / image.width), 1)


def _encode(image: Image.Image, widths: dict[int, int]) -> ReadPicture:
    """Return the picture in each width that is less than its own, and in its own."""
    files = {}
    for width, most in widths.items():
        at = min(width, image.width)
        if at not in files:
            files[at] = _webp(image.resize(_size_at(at, image), Image.Resampling.LANCZOS), most)
    return ReadPicture(image.width, image.height, files)


def _webp(image: Image.Image, most: int) -> bytes:
    """Return a WebP of the best quality that fits."""
    image.info.clear()
    for quality in QUALITIES:
        file = BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= most:
            break
    return file.getvalue()
