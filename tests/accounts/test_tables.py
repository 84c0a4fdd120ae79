"""Uploaded spreadsheets: every usual way to save one is read, everything else is refused."""

import codecs
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import XMLPullParser

import pytest
import xlsxwriter
from openpyxl.reader import excel

from accounts.domain.tables import (
    MOST_BYTES,
    MOST_LETTERS,
    MOST_ROWS,
    MOST_UNPACKED,
    UNCOUNTED,
    TableUnreadable,
    read_table,
)

SHEET, STYLES, TEXTS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"


def workbook(*rows: Sequence[Any]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return the workbook with one of its parts replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_text_file_is_read_in_each_usual_encoding(encoding: str, delimiter: str) -> None:
    text = f"Фамилия{delimiter}Имя\r\nЁжик{delimiter} Олег \r\n{delimiter}\r\nКим{delimiter}'+79160000000\r\n"
    assert read_table(text.encode(encoding)) == [
        (1, ["Фамилия", "Имя"]),
        (2, ["Ёжик", "Олег"]),
        (4, ["Ким", "+79160000000"]),
    ]


@pytest.mark.parametrize("order", [("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)])
def test_the_unicode_text_of_excel_is_read(order: tuple[str, bytes]) -> None:
    encoding, mark = order
    text = "Фамилия\tИмя\r\nЁжик\t'+79160000000\r\n"
    assert read_table(mark + text.encode(encoding)) == [(1, ["Фамилия", "Имя"]), (2, ["Ёжик", "+79160000000"])]


@pytest.mark.parametrize("line", ["sep={0}\r\n", "SEP={0}\n"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_first_line_that_names_the_delimiter_is_no_headings(line: str, delimiter: str, encoding: str) -> None:
    text = f"{line.format(delimiter)}Фамилия{delimiter}Имя, отчество; телефон\r\nКим{delimiter}Олег\r\n"
    if delimiter != "\t":
        text = text.replace("Имя, отчество; телефон", '"Имя, отчество; телефон"')
    assert read_table(text.encode(encoding)) == [(1, ["Фамилия", "Имя, отчество; телефон"]), (2, ["Ким", "Олег"])]


@pytest.mark.parametrize("blank", ["\r\n", "   \n\n", "\t\r\n"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_blank_lines_before_the_headings_hide_no_delimiter(delimiter: str, blank: str) -> None:
    text = f"{blank}Фамилия{delimiter}Имя\r\nКим{delimiter}Олег\r\n"
    assert [cells for _line, cells in read_table(text.encode())] == [["Фамилия", "Имя"], ["Ким", "Олег"]]


def test_a_workbook_gives_texts_and_of_a_formula_its_result() -> None:
    data = workbook(["Имя", "Телефон"], ["Олег", 79160000000], [datetime(2026, 11, 25), 1.5], ["=1+1", None])  # noqa: DTZ001
    assert read_table(data) == [
        (1, ["Имя", "Телефон"]),
        (2, ["Олег", "79160000000"]),
        (3, ["25.11.2026", "1.5"]),
        (4, ["0"]),
    ]


def uncounted(*rows: Sequence[Any]) -> bytes:
    """Return a workbook whose formulas were never calculated, as programs write them."""
    data = workbook(*rows)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheet = packed.read(SHEET)
    return with_part(data, SHEET, sheet.replace(b"</f><v>0</v>", b"</f><v></v>"))


def test_a_formula_without_a_result_is_no_empty_cell() -> None:
    data = uncounted(["Имя", "Телефон"], ["Олег", "=A1"], [None, 5])
    assert read_table(data) == [(1, ["Имя", "Телефон"]), (2, ["Олег", UNCOUNTED]), (3, ["", "5"])]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        empty_text = packed.read(SHEET).replace(b'<c r="B2">', b'<c r="B2" t="str">')
    assert read_table(with_part(data, SHEET, empty_text))[1] == (2, ["Олег"])


def with_far_cell() -> bytes:
    """Return a workbook whose last cell is the last of the largest sheet there may be."""
    data = workbook(["a"])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheet = packed.read(SHEET)
    far = b'<row r="99999999"><c r="XFD99999999"><v>1</v></c></row></sheetData>'
    return with_part(data, SHEET, sheet.replace(b"</sheetData>", far))


def lying(data: bytes) -> bytes:
    """Return a ZIP whose sheet says that it is ten bytes long."""
    changed = bytearray(with_part(data, SHEET, b"0" * 1_000_000))
    for signature, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = changed.find(signature)
        while at >= 0:
            if int.from_bytes(changed[at + place : at + place + 4], "little") == 1_000_000:
                changed[at + place : at + place + 4] = (10).to_bytes(4, "little")
            at = changed.find(signature, at + 4)
    return bytes(changed)


def damaged(data: bytes) -> bytes:
    """Return a ZIP whose first part cannot be unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        begins = 30 + len(packed.namelist()[0])
    return data[:begins] + b"\xff" * 10 + data[begins + 10 :]


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 50}">' for n in range(9))
LAUGHS = f'<!DOCTYPE x [{ENTITIES}]><worksheet><sheetData><row><c t="str"><v>&e8;</v></c></row></sheetData></worksheet>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LONG = f'<sst xmlns="{MAIN}"><si><t>{"a" * (MOST_LETTERS + 1)}</t></si></sst>'
# Padded, so that it expands no more than a hundredfold, which Expat allows.
PADDED = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 5000}">]><!--{"pad" * 40_000}--><worksheet>'
PADDED += f'<sheetData><row><c t="str"><v>{"&a;" * 50}</v></c></row></sheetData></worksheet>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"0" * (MOST_BYTES + 1), "table_too_large"),
        (with_part(workbook(["a"]), SHEET, b"0" * (MOST_UNPACKED + 1)), "table_too_large"),
        (with_part(workbook(["a"]), STYLES, b"<styleSheet>" + b"<xf/>" * 60_000), "table_too_large"),
        (with_part(workbook(["a"]), SHEET, b"<sheetData><row>" + b"<c/>" * 700_000), "table_too_large"),
        (lying(workbook(["a"])), "table_unreadable"),
        (with_part(workbook(["a"]), SHEET, LAUGHS.encode()), "table_unreadable"),
        (with_part(workbook(["a"]), SHEET, PADDED.encode()), "table_unreadable"),
        (with_part(workbook(["a"]), SHEET, PADDED.encode("utf-16")), "table_unreadable"),
        (with_part(workbook(["a"]), TEXTS, LONG.encode()), "table_unreadable"),
        (with_part(workbook(["a"]), "xl/workbook.xml", b"<broken"), "table_unreadable"),
        (workbook(["a"])[:-100], "table_unreadable"),
        (damaged(workbook(["a"])), "table_unreadable"),
        (b"\xd0\xcf\x11\xe0 an old one", "table_old_excel"),
        (b"\x89PNG\0\0", "table_unreadable"),
        (codecs.BOM_UTF16_LE + "Имя\0".encode("utf-16-le"), "table_unreadable"),
        (codecs.BOM_UTF16_LE + b"\0\xd8a", "table_unreadable"),
        (b'a;"' + b"x" * 200_000, "table_unreadable"),
        (b"a\n" * (MOST_ROWS + 2), "table_too_long"),
        (workbook(*[["a"]] * (MOST_ROWS + 2)), "table_too_long"),
        (with_far_cell(), "table_too_long"),
    ],
    ids=[
        "large",
        "bomb",
        "styles",
        "cells",
        "lying",
        "laughs",
        "padded",
        "padded in UTF-16",
        "long text",
        "broken",
        "cut",
        "damaged",
        "old",
        "picture",
        "zero in UTF-16",
        "half a letter in UTF-16",
        "huge cell",
        "long",
        "long workbook",
        "far",
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(TableUnreadable) as refused:
        read_table(data)
    assert refused.value.reason == reason


def test_a_sheet_that_is_listed_a_thousand_times_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Counted(excel.ReadOnlyWorksheet):
        def __init__(self, *args: Any) -> None:
            opened.append(args[1])
            super().__init__(*args)

    monkeypatch.setattr(excel, "ReadOnlyWorksheet", Counted)
    data = workbook(["Имя"], ["Олег"])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        book = packed.read("xl/workbook.xml").decode()
    [listed] = re.findall(r"<sheet [^>]*/>", book)
    often = "".join(listed.replace("Sheet1", f"Sheet{n}") for n in range(1, 1001))
    assert read_table(with_part(data, "xl/workbook.xml", book.replace(listed, often).encode())) == read_table(data)
    assert opened == ["Sheet1"] * 2


@pytest.mark.parametrize("part", [SHEET, TEXTS])
def test_a_long_comment_comes_to_the_parser_in_few_pieces(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(["a"])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        content = packed.read(part)
    end = content.index(b">", content.index(b"<", 60)) + 1
    data = with_part(data, part, content[:end] + b"<!--" + b"x" * 4_000_000 + b"-->" + content[end:])
    pieces, feed = list[int](), XMLPullParser.feed

    def count(parser: XMLPullParser, piece: bytes) -> None:
        pieces.append(len(piece))
        feed(parser, piece)

    monkeypatch.setattr(XMLPullParser, "feed", count)
    assert read_table(data) == [(1, ["a"])]
    # Expat parses an unfinished comment from its beginning with each of them.
    assert sum(pieces) > 4_000_000
    assert len(pieces) < 20
