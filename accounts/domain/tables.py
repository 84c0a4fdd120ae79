"""Reading the rows of an uploaded spreadsheet, XLSX or CSV, safely whatever it contains."""

import csv
import io
import logging
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from datetime import date
from typing import Any
from zipfile import ZipFile

from olvery.shared.refusals import Refusal

MOST_BYTES = 512 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
MOST_OF_PART = 256 * 1024  # of a part without cells or texts: it is read as a whole
MOST_MARKS = 700_000  # tags and attributes, each of which takes 300 bytes or more once parsed
OF_CELLS = ("xl/worksheets/sheet", "xl/sharedStrings.xml")
OF_PICTURES, DTD = "xl/media/", b"<!DOCTYPE"
MOST_ROWS = 2_000
MOST_LINES = 10_000  # including empty ones
MOST_COLUMNS = 50
MOST_LETTERS = 32_767  # per cell, Excel's own limit; one text may be in thousands of cells
CHUNK = 64 * 1024
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
DELIMITERS = (";", ",", "\t")
# A first line that tells spreadsheets the separator; they do not show it.
NAMES_DELIMITER = re.compile(r"sep=(?P<delimiter>[;,\t])\r?\n", re.IGNORECASE)
# Characters that our own exports prefix with an apostrophe, see `orders/documents/tables.py`.
GUARDED = ("'=", "'+", "'-", "'@")
UNCOUNTED = "\0"  # the result of a formula that no program has calculated; neither format can contain this text
log = logging.getLogger(__name__)

Row = tuple[int, list[str]]


class TableUnreadable(Refusal):
    """The file is not a spreadsheet, too large, or broken."""

    reason = "table_unreadable"
    field = "file"


def read_table(data: bytes) -> list[Row]:
    """Return the non-empty rows with their numbers as a spreadsheet shows them. Raises TableUnreadable.

    For a formula, its saved result is read, or UNCOUNTED if there is none; macros and links are
    ignored.
    """
    if len(data) > MOST_BYTES:
        raise TableUnreadable("table_too_large", most=MOST_BYTES)
    if data.startswith(OLD_EXCEL):
        raise TableUnreadable("table_old_excel")
    lines = _of_xlsx(data) if data.startswith(ZIP) else _of_csv(data)
    found: list[Row] = []
    for number, cells in enumerate(lines, start=1):
        texts = [_text(cell) for cell in cells[:MOST_COLUMNS]]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            found.append((number, texts))
        if number > MOST_LINES or len(found) > MOST_ROWS + 1:  # the first has the headings
            raise TableUnreadable("table_too_long", most=MOST_ROWS)
    return found


def _text(cell: Any) -> str:
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = "" if cell is None else str(cell).strip()
    if len(text) > MOST_LETTERS:
        raise TableUnreadable
    return text[1:] if text.startswith(GUARDED) else text


def _of_csv(data: bytes) -> Iterator[list[Any]]:
    text = _decoded(data)
    if "\0" in text:
        raise TableUnreadable
    if named := NAMES_DELIMITER.match(text):
        text, delimiter = text[named.end() :], named["delimiter"]
    else:
        headings = next(filter(str.strip, io.StringIO(text)), "")
        delimiter = max(DELIMITERS, key=headings.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise TableUnreadable from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def _of_xlsx(data: bytes) -> Iterator[list[Any]]:
    from accounts.domain import first_sheet  # noqa: PLC0415 - 5 MB that a web process without imports need not hold

    try:
        _check_unpacked(data)
        yield from first_sheet.rows_of(data, lines=MOST_LINES + 1, columns=MOST_COLUMNS)
    except TableUnreadable:
        raise
    except Exception as error:  # a broken workbook may raise anything
        log.info("A workbook cannot be read", exc_info=True)
        raise TableUnreadable from error


def _check_unpacked(data: bytes) -> None:
    """Unpack everything once, in small pieces, since the sizes declared in a file may be false."""
    size = marks = 0
    with ZipFile(io.BytesIO(data)) as packed:
        for part in packed.infolist():
            most_of_part = MOST_UNPACKED if part.filename.startswith(OF_CELLS) else MOST_OF_PART
            tail = b""
            with packed.open(part) as unpacked:
                while chunk := unpacked.read(CHUNK):
                    size += len(chunk)
                    marks += chunk.count(b"<") + chunk.count(b"=")
                    if size > MOST_UNPACKED or unpacked.tell() > most_of_part or marks > MOST_MARKS:
                        raise TableUnreadable("table_too_large", most=MOST_BYTES)
                    tail = _refuse_declarations(part.filename, tail + chunk)


def _refuse_declarations(name: str, content: bytes) -> bytes:
    """Refuse a DTD, which no program writes; return the end of the content, in which one may begin.

    A few kilobytes of entities expand to gigabytes: Expat's own limit is a hundred times the input, which may be
    padded. UTF-16 is also checked, without its zeros. Pictures may have a DTD, and are skipped.
    """
    letters = content.replace(b"\0", b"")
    if DTD in letters and not name.startswith(OF_PICTURES):
        raise TableUnreadable
    return letters[1 - len(DTD) :]
