"""Sheets as files: CSV that Excel opens as Chinese, and XLSX; text that a spreadsheet could run is made harmless."""

from __future__ import annotations

import csv
import io

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from app.reports.figures import FIGURES, Rate
from app.reports.sheet import Sheet

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM = "\ufeff"
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SHARES = frozenset({"worst_24h_required", "term_growth"})
_WIDTH = 16

Plain = str | int | float | bool | None


def to_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows it for UTF-8; shares are between 0 and 1."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = sheet.question.report.columns
    writer.writerow(columns.values())
    for row in sheet.rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return (_BOM + out.getvalue()).encode()


def to_xlsx(sheet: Sheet) -> bytes:
    """One worksheet: titles in bold, shares as percentages."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.question.report.title)
    columns = sheet.question.report.columns
    page.freeze_panes = "A2"
    for number in range(1, len(columns) + 1):
        page.column_dimensions[get_column_letter(number)].width = _WIDTH
    page.append([_title(page, title) for title in columns.values()])
    for row in sheet.rows:
        page.append([_value(page, name, row[name]) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _title(page: WriteOnlyWorksheet, title: str) -> Cell:
    cell = WriteOnlyCell(page, title)
    cell.font = Font(bold=True)
    return cell


def _value(page: WriteOnlyWorksheet, name: str, value: object) -> Cell:
    cell = WriteOnlyCell(page, _cell(value))
    if is_share(name):
        cell.number_format = "0.00%"
    return cell


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula.

    Control characters, which no worksheet may hold, are left out.
    """
    printable = ILLEGAL_CHARACTERS_RE.sub("", text)
    return f"'{printable}" if printable.lstrip(" ").startswith(_FORMULA) else printable


def _cell(value: object) -> Plain:
    return value if value is None or isinstance(value, bool | int | float) else harmless(str(value))


def is_share(name: str) -> bool:
    """Whether the figure of this name is a share between 0 and 1, which people read per cent."""
    return name in _SHARES or isinstance(FIGURES.get(name), Rate)
