"""Reading an uploaded picture safely, and making small WebP files from it."""

import hashlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from coworking.models import Picture, PictureFile
from olvery.shared.refusals import Refusal

MOST_BYTES = 10 * 1024 * 1024
# Widths that browsers choose from, each with its size limit in bytes: the first is for cards, which are 352 wide.
# A phone loads six of those with «Услуги», a page limited to 60 KB in total.
PHOTO_WIDTHS = {360: 3584, 800: 32 * 1024, 1600: 128 * 1024}
PLAN_WIDTHS = {1680: 192 * 1024}  # twice the plan, because phones have two or more pixels per CSS pixel
OF_APPLE = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1")

log = logging.getLogger(__name__)
# Decoded, a picture takes up to a hundred megabytes: only one at a time in a process.
_one_at_a_time = threading.Lock()


class PictureUnreadable(Refusal):
    """The file is not a picture, too large, or broken."""

    reason = "picture_unreadable"
    field = "file"


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """The result of an upload: its files by width. Nothing of the upload itself is kept, not even EXIF."""

    width: int
    height: int
    files: dict[int, bytes]

    @property
    def digest(self) -> str:
        """A hash of the content."""
        return hashlib.sha256(b"".join(self.files.values())).hexdigest()[:32]


def read_picture(data: bytes, widths: dict[int, int]) -> ReadPicture:
    """Return an upload re-encoded, in the widths that it has the pixels for. Raises PictureUnreadable."""
    if len(data) > MOST_BYTES:
        raise PictureUnreadable("picture_too_large", most=MOST_BYTES)
    if data[4:8] == b"ftyp" and data[8:12] in OF_APPLE:
        raise PictureUnreadable("picture_of_apple")
    from coworking.domain import picture_codec  # noqa: PLC0415 - 6 MB that a web process without uploads need not hold

    with _one_at_a_time:
        try:
            image = picture_codec.decode(data, largest=max(widths))
            return ReadPicture(image.width, image.height, picture_codec.encode(image, widths))
        except PictureUnreadable:
            raise
        except Exception as error:  # a broken picture may raise anything
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
    """Delete pictures that are no longer shown anywhere, with their files."""
    Picture.objects.filter(pk__in=[picture.pk for picture in pictures]).delete()
