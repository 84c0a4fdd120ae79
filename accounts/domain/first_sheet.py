"""The cells of a workbook's first sheet. A module of its own, so that openpyxl is loaded only when needed."""

import io
from collections.abc import Iterator
from typing import IO, Any
from zipfile import ZipFile

from openpyxl.reader.excel import ExcelReader

from accounts.domain.tables import UNCOUNTED

PIECE = 1024 * 1024


def rows_of(data: bytes, *, lines: int, columns: int) -> Iterator[list[Any]]:
    """Yield the rows of an XLSX file, up to a limit. A broken file may raise anything.

    UNCOUNTED replaces a formula that no program has calculated.
    """
    part: dict[str, int] = {"max_row": lines, "max_col": columns}
    results = _sheet(data, data_only=True)
    if not _has_formulas(data):
        yield from map(list, results.iter_rows(**part, values_only=True))
        return
    for cells, formulas in zip(results.iter_rows(**part), _sheet(data, data_only=False).iter_rows(**part), strict=True):
        yield [
            UNCOUNTED if _is_uncounted(cell, formula) else cell.value
            for cell, formula in zip(cells, formulas, strict=True)
        ]


def _sheet(data: bytes, *, data_only: bool) -> Any:
    reader = _FirstSheet(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    return reader.wb.worksheets[0]


def _has_formulas(data: bytes) -> bool:
    """Whether any sheet may have a formula: only then is a second reading worth it."""
    with ZipFile(io.BytesIO(data)) as packed:
        return any(b"<f" in packed.read(name) for name in packed.namelist() if name.startswith("xl/worksheets/sheet"))


def _is_uncounted(cell: Any, formula: Any) -> bool:
    """Whether a formula has no result; the result of a text formula may be empty."""
    return formula.data_type == "f" and cell.value is None and cell.data_type != "str"


class _FirstSheet(ExcelReader):
    """Reads only the first sheet with cells: each sheet is parsed when it is opened, and may be listed many times."""

    def __init__(self, file: io.BytesIO, **options: Any) -> None:
        super().__init__(file, **options)
        self.archive = _InLargePieces(file)

    def read_worksheets(self) -> None:
        """Drop all sheets except one, then read it."""
        sheets = ((sheet, of) for sheet, of in self.parser.find_sheets() if of.target in self.valid_files)
        self.parser.sheets = [sheet for sheet, of in sheets if "chartsheet" not in of.Type][:1]
        super().read_worksheets()


class _InLargePieces(ZipFile):
    """Returns at least a megabyte of each part, however little is requested.

    Expat before 2.6 rereads an unfinished comment or tag from its beginning with each piece: in the pieces of 16 KB
    that ElementTree reads, one of 20 MB took 40 seconds.
    """

    def open(self, *args: Any, **options: Any) -> IO[bytes]:
        """Return a part, unpacked."""
        with super().open(*args, **options) as part:
            return _Part(part.read())


class _Part(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        """Return as much as was requested, or a piece if that is more."""
        return super().read(max(size, PIECE) if size and size > 0 else size)
