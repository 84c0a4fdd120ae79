"""The smallest file of photos that were stored before, made anew in fewer bytes: `/services/` shows six of them.

One at a time and committed by itself, a tenth of a second each; addresses stay, so what a browser has kept goes on being right.
"""

from io import BytesIO
from typing import Any

from django.db import migrations
from django.db.models.functions import Length

WIDTH, MOST = 360, 3584
QUALITIES = (42, 30, 24, 18, 12)


def shrunk(content: bytes) -> bytes:
    """Return a picture in the small width, of the best quality that fits."""
    from PIL import Image  # noqa: PLC0415 - only where there are pictures

    image = Image.open(BytesIO(content)).convert("RGB")
    size = (WIDTH, max(round(image.height * WIDTH / image.width), 1))
    image = image.resize(size, Image.Resampling.LANCZOS)
    for quality in QUALITIES:
        file = BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST:
            break
    return file.getvalue()


def shrink(apps: Any, schema_editor: Any) -> None:
    """Write the small files that are too large anew, each from the largest of its picture."""
    files = apps.get_model("coworking", "PictureFile").objects
    large = files.annotate(size=Length("content")).filter(width=WIDTH, size__gt=MOST, picture__photo__isnull=False)
    for small in large.defer("content"):
        largest = files.filter(picture=small.picture_id).order_by("-width").first()
        files.filter(pk=small.pk).update(content=shrunk(bytes(largest.content)))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("coworking", "0058_sections_of_a_location")]

    operations = [migrations.RunPython(shrink, migrations.RunPython.noop)]
