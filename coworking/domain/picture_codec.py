"""Decoding and encoding of pictures. A module of its own, so that Pillow is loaded only when needed."""

from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from coworking.domain.pictures import PictureUnreadable

FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG can be decoded at a fraction of its size, but a progressive one is decoded whole; anything else takes four
# bytes per pixel.
MOST_PIXELS_OF_JPEG = 50_000_000
MOST_PIXELS_OF_PROGRESSIVE = 12_000_000
MOST_PIXELS = 25_000_000
LEAST_SIDE = 200  # pixels
MOST_STRETCHED = 4  # the longer side divided by the shorter
QUALITIES = (55, 42, 30, 24, 18, 12)


def decode(data: bytes, *, largest: int) -> Image.Image:
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
    if image.format not in ("JPEG", "MPO"):  # the latter is a JPEG followed by others
        return MOST_PIXELS
    return MOST_PIXELS_OF_PROGRESSIVE if image.info.get("progressive") else MOST_PIXELS_OF_JPEG


def _without_transparency(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        seen_through = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(seen_through, mask=seen_through.getchannel("A"))
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB, which browsers assume for a file without a profile."""
    if not profile:
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # a profile for another mode, or a broken one: the colours stay as they are
        return image
    return converted or image


def _size_at(width: int, image: Image.Image) -> tuple[int, int]:
    return width, max(round(image.height * width / image.width), 1)


def encode(image: Image.Image, widths: dict[int, int]) -> dict[int, bytes]:
    """Return the files by width: every smaller width, and the picture's own."""
    files = {}
    for width, most in widths.items():
        at = min(width, image.width)
        if at not in files:
            files[at] = _webp(image.resize(_size_at(at, image), Image.Resampling.LANCZOS), most)
    return files


def _webp(image: Image.Image, most: int) -> bytes:
    """Return a WebP of the best quality within the size limit."""
    image.info.clear()
    for quality in QUALITIES:
        file = BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= most:
            break
    return file.getvalue()
