"""The files that the door's page needs, for a device to cache."""

import hashlib
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from olvery.shared import page_parts
from olvery.shared.icons import sprite_url

ENTRIES = ("js/app.js", "js/check-in.js", "js/door-offline.js", "js/door-answers.js")
OTHERS = ("css/app.css", "js/early.js", "img/icon.svg", "django_htmx/htmx-2.min.js")
READER = ("qr/decode.js", "qr/index.js")
IMPORTED = re.compile(r'(?:from|import) "\./([\w-]+\.js)";')


@cache
def has_reader() -> bool:
    """Whether the package is installed that reads codes in browsers without a reader of their own."""
    return all(map(finders.find, READER))


def reader_address() -> str:
    """Return the URL of the module with a `BarcodeDetector`, empty if there is none."""
    return static(READER[0]) if has_reader() else ""


@cache
def kept_names() -> tuple[str, ...]:
    """Return the names of the static files, including imported modules."""
    names, todo = [*OTHERS, *(READER if has_reader() else ())], list(ENTRIES)
    while todo:
        name = todo.pop()
        if name not in names:
            names.append(name)
            todo += [f"js/{module}" for module in IMPORTED.findall(_source(name).decode())]
    return tuple(names)


def kept_files() -> list[str]:
    return [*map(static, kept_names()), sprite_url(), *page_parts.addresses()]


@cache
def version_of() -> str:
    """Return a digest of the files: a device that has cached other ones fetches them again."""
    digest = hashlib.sha256(" ".join(kept_files()).encode())
    for name in kept_names():
        digest.update(_source(name))
    return digest.hexdigest()[:12]


def _source(name: str) -> bytes:
    path = finders.find(name)
    if not path:
        raise FileNotFoundError(name)
    return Path(path).read_bytes()
