"""Rows as a spreadsheet file, XLSX or CSV, written row by row, so that a million of them take no memory."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

# Title, width in characters, and how a cell is read from a row.
Column = tuple[str, int, Callable[[Any], Any]]
# Title, columns, rows.
Sheet = tuple[str, list[Column], Iterable[Any]]
MOST_LINES = 1_048_576  # of a sheet, by the format
# Characters that a spreadsheet takes for the start of a formula when it opens a text file.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_xlsx(file: IO[bytes], *sheets: Sheet, folder: str | None = None) -> None:
    """Write a workbook; rows that do not fit on a sheet continue on the next. Unfinished sheets are in `folder`."""
    import xlsxwriter  # noqa: PLC0415 - 2 MB that a web process without exports need not hold

    # Texts stay texts: a name that begins with «=» is not a formula, an e-mail not a link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "use_zip64": True}
    book = xlsxwriter.Workbook(file, {**options, "tmpdir": folder, "default_date_format": "dd.mm.yyyy hh:mm"})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    try:
        for title, columns, rows in sheets:
            for number, part in enumerate(_parts(rows, MOST_LINES - 1), start=1):
                sheet = book.add_worksheet(f"{title} {number}" if title and number > 1 else title or None)
                _write_sheet(sheet, columns, part, bold, money)
        book.close()
    except BaseException:
        for sheet in book.worksheets():  # an open file keeps its disk space even if deleted
            if sheet.row_data_fh:
                sheet.row_data_fh.close()
        raise


def _parts(rows: Iterable[Any], size: int) -> Iterator[Iterator[Any]]:
    """Yield the rows in parts, each to be read before the next; one empty part if there are no rows."""
    left = iter(rows)
    yield islice(left, size)
    for first in left:
        yield islice(chain([first], left), size)


def _write_sheet(sheet: Any, columns: list[Column], rows: Iterable[Any], bold: Any, money: Any) -> None:
    sheet.freeze_panes(1, 0)
    for number, (heading, width, _cell) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, heading, bold)
    cells = [cell for _heading, _width, cell in columns]
    for line, row in enumerate(rows, start=1):
        for number, cell in enumerate(cells):
            value = cell(row)
            if isinstance(value, str):
                if value.startswith("<r>"):  # as a single piece the library would take it for markup and not escape it
                    sheet.write_rich_string(line, number, "<", "r", value[2:])
                elif value:  # an empty text cell costs as much as a full one
                    sheet.write_string(line, number, value)
            else:
                sheet.write(line, number, value, money if isinstance(value, Decimal) else None)


def write_csv(file: IO[bytes], columns: list[Column], rows: Iterable[Any]) -> None:
    """Write a text file as Russian Excel reads it: UTF-8 with BOM, semicolons, commas in numbers."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([heading for heading, _width, _cell in columns])
    cells = [cell for _heading, _width, cell in columns]
    writer.writerows([_as_text(cell(row)) for cell in cells] for row in rows)
    text.detach()


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    return f"{value:%d.%m.%Y %H:%M}" if isinstance(value, datetime) else str(value)
