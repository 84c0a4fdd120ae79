"""Refuse a Russian catalogue that is incomplete, stale or not compiled."""

import gettext
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

FOLDER, OF_LIBRARIES = (Path(folder) / "ru" / "LC_MESSAGES" for folder in settings.LOCALE_PATHS)
IGNORED = [".venv*", "var/*", "static-built/*", "tests/*", "bench/*"]
ALONE = re.compile(r'{% translate "(.+?)"')


class Command(BaseCommand):
    """Compares the catalogue with the messages in the code."""

    help = "Exit with 1 when a message has no Russian text, is no longer used, or is not in the compiled file."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not shutil.which("xgettext"):
            raise CommandError("GNU gettext is needed to collect the messages: install the package gettext.")
        committed = _read(FOLDER / "django.po")
        wanted = {_key(message) for message in _collected() if message.id}
        problems = [f"not in the catalogue: {key[1]}" for key in sorted(wanted - committed.keys(), key=str)]
        problems += [f"no longer used: {key[1]}" for key in sorted(committed.keys() - wanted, key=str)]
        problems += [*_unfinished(FOLDER), *_unfinished(OF_LIBRARIES)]
        plurals = {key[1] for key, message in committed.items() if message.pluralizable}
        # Python 3.11.2, in Debian 12, does not find these and shows the English text.
        problems += [f"has a plural, wants blocktranslate count: {text}" for text in sorted(plurals & _alone())]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{len(wanted)} messages, all in Russian.")


def _read(path: Path) -> dict[tuple[str | None, str], Any]:
    with path.open("rb") as file:
        return {_key(message): message for message in read_po(file, locale="ru") if message.id}


def _unfinished(folder: Path) -> Iterator[str]:
    """Yield the errors within a catalogue."""
    compiled = gettext.GNUTranslations((folder / "django.mo").open("rb"))
    for key, message in _read(folder / "django.po").items():
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy or not all(texts):
            yield f"no Russian text: {key[1]}"
        elif len(texts) == 1 and _lookup(compiled, key) != texts[0]:
            yield f"not compiled, run make messages: {key[1]}"


def _key(message: Any) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _lookup(compiled: gettext.GNUTranslations, key: tuple[str | None, str]) -> str:
    context, text = key
    return compiled.pgettext(context, text) if context else compiled.gettext(text)


def _alone() -> set[str]:
    """Return the messages that templates translate without a number."""
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    return {text for path in templates for text in ALONE.findall(path.read_text())}


def _collected() -> Catalog:
    """Return the current messages of the code, without changing the committed file."""
    path = FOLDER / "django.po"
    with tempfile.TemporaryDirectory() as folder:
        kept = shutil.copy2(path, folder)
        try:
            call_command(
                "makemessages", locale=["ru"], no_obsolete=True, no_location=True, ignore_patterns=IGNORED, verbosity=0
            )
            with path.open("rb") as file:
                return read_po(file, locale="ru")
        finally:
            shutil.copy2(kept, path)
