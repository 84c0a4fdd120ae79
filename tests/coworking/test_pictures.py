"""Uploaded pictures become small and upright, without place and time; or they are refused."""

from io import BytesIO
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageCms

from coworking.domain import pictures
from coworking.domain.pictures import PHOTO_WIDTHS, PLAN_WIDTHS, PictureUnreadable, read_picture
from tests.pictures import picture_bytes

TURNED_RIGHT = 6
RED = (255, 0, 0)


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def is_near(colour: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - other) < 40 for one, other in zip(colour, wanted, strict=True))


def shot() -> bytes:
    """Return a JPEG of a phone that was held upright, with the place where it was made."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = TURNED_RIGHT
    exif[ExifTags.Base.Model] = "Phone"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (56.0, 19.0, 37.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return picture_bytes((1000, 500), exif=exif, icc_profile=profile, comment=b"secret")


def test_a_shot_is_upright_and_says_nothing_of_its_place() -> None:
    read = read_picture(shot(), PHOTO_WIDTHS)
    assert (read.width, read.height, sorted(read.files)) == (500, 1000, [360, 500])
    small = opened(read.files[360])
    assert (small.format, small.size) == ("WEBP", (360, 720))
    # The corner that was above on the left is above on the right.
    assert is_near(small.getpixel((350, 10)), RED)
    assert not is_near(small.getpixel((10, 10)), RED)
    for content in read.files.values():
        image = opened(content)
        assert (dict(image.getexif()), "icc_profile" in image.info, "xmp" in image.info) == ({}, False, False)
        assert not any(mark in content for mark in (b"EXIF", b"Phone", b"secret", b"ICCP"))


def test_a_picture_comes_in_the_widths_that_it_has_the_pixels_for() -> None:
    found = {size: sorted(read_picture(picture_bytes((size, 430)), PHOTO_WIDTHS).files) for size in (250, 900, 1700)}
    assert found == {250: [250], 900: [360, 800, 900], 1700: [360, 800, 1600]}
    assert sorted(read_picture(picture_bytes((1700, 430)), PLAN_WIDTHS).files) == [1680]


def test_a_picture_full_of_detail_keeps_to_the_bytes_of_its_width() -> None:
    noise, file = Image.effect_noise((60, 40), 60).convert("RGB").resize((400, 265)), BytesIO()
    noise.save(file, "JPEG", quality=95)
    (best,) = read_picture(file.getvalue(), {400: 10**6}).files.values()
    (fitting,) = read_picture(file.getvalue(), {400: 8 * 1024}).files.values()
    assert len(fitting) <= 8 * 1024 < len(best)


def test_the_same_upload_has_the_same_digest_and_another_has_another() -> None:
    first, second, other = (read_picture(picture_bytes(colour=one), PHOTO_WIDTHS) for one in ("olive", "olive", "navy"))
    assert first.digest == second.digest != other.digest


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (picture_bytes(mode="RGBA", file_format="PNG", colour=(0, 0, 0, 0)), (255, 255, 255)),
        (picture_bytes(mode="P", file_format="PNG", colour=0), (0, 0, 0)),
        (picture_bytes(mode="L", colour=200), (200, 200, 200)),
        (picture_bytes(mode="CMYK", colour=(0, 255, 255, 0)), RED),
        (picture_bytes(colour="blue", progressive=True), (0, 0, 255)),
        (picture_bytes(mode="RGB", file_format="WEBP", colour="blue"), (0, 0, 255)),
        (picture_bytes(colour="blue", icc_profile=b"broken"), (0, 0, 255)),
    ],
    ids=["transparent", "palette", "grey", "print", "progressive", "webp", "broken profile"],
)
def test_whatever_colours_a_picture_has_it_is_read(data: bytes, colour: tuple[int, int, int]) -> None:
    read = read_picture(data, PHOTO_WIDTHS)
    assert is_near(opened(read.files[300]).getpixel((250, 150)), colour)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "picture_unreadable"),
        (b"PK\x03\x04 no picture", "picture_unreadable"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "picture_unreadable"),
        (picture_bytes()[:-300], "picture_unreadable"),
        (picture_bytes(file_format="PNG")[:200], "picture_unreadable"),
        (picture_bytes(file_format="GIF"), "picture_unreadable"),
        (picture_bytes((199, 300)), "picture_out_of_shape"),
        (picture_bytes((1001, 250)), "picture_out_of_shape"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "picture_of_apple"),
    ],
    ids=["empty", "zip", "svg", "cut", "cut png", "gif", "small", "narrow", "heic"],
)
def test_a_malformed_picture_is_refused_by_its_content(data: bytes, reason: str) -> None:
    assert_refused(data, reason)


def assert_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PictureUnreadable) as refused:
        read_picture(data, PHOTO_WIDTHS)
    assert (refused.value.reason, refused.value.field) == (reason, "file")


@pytest.mark.parametrize(
    "how",
    [
        {"mode": "1", "size": (6000, 5000), "file_format": "PNG", "colour": 0},
        {"mode": "1", "size": (30000, 10000), "file_format": "PNG", "colour": 0},
        {"mode": "L", "size": (4100, 3000), "colour": 200, "progressive": True},
    ],
    ids=["large", "bomb", "progressive"],
)
def test_a_picture_of_too_many_pixels_is_refused(how: dict[str, Any]) -> None:
    # Drawn here: every worker imports this module.
    assert_refused(picture_bytes(**how), "picture_too_many_pixels")


def test_a_file_of_too_many_bytes_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_BYTES", 100)
    with pytest.raises(PictureUnreadable, match="picture_too_large most=100"):
        read_picture(picture_bytes(), PHOTO_WIDTHS)
