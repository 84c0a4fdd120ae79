"""The cells of a workbook's first sheet. A module of its own, for openpyxl is loaded when a workbook comes."""

import io
from collections.abc import Iterator
from typing import Any

from openpyxl.reader.excel import ExcelReader


def rows_of(data: bytes, *, lines: int, columns: int) -> Iterator[list[Any]]:
    """Yield the rows of an XLSX file, at most so many. Raises whatever a broken file makes of it."""
    reader = _FirstSheet(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.read()
    yield from map(list, reader.wb.worksheets[0].iter_rows(max_row=lines, max_col=columns, values_only=True))


class _FirstSheet(ExcelReader):
    """Reads the first sheet with cells alone: each is parsed once when it is opened, and may be listed many times."""

    def read_worksheets(self) -> None:
        """Forget all sheets but one, then read it."""
        sheets = ((sheet, of) for sheet, of in self.parser.find_sheets() if of.target in self.valid_files)
        self.parser.sheets = [sheet for sheet, of in sheets if "chartsheet" not in of.Type][:1]
        super().read_worksheets()
