"""Read a filled form, a CSV or XLSX file, into numbered rows of named fields."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from app.units.columns import REGISTRATION, Columns, is_second_heading, joined_headings, plain_heading
from app.units.paper import row_of_sheet

if TYPE_CHECKING:
    from openpyxl import Workbook

_TITLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which row (as the spreadsheet numbers it) and column; row 0 is the file itself."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "file"
        return f"{where}, {self.column}: {self.text}" if self.column else f"{where}: {self.text}"


class FormError(Exception):
    """A form that cannot be taken over; `problems` holds every one that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class FormRow:
    """Field (see `columns`) to the text entered; `headings` names the columns as the file does, for messages."""

    number: int
    fields: dict[str, str]
    headings: dict[str, str]


def read_form(path: Path, columns: Columns) -> list[FormRow]:
    """The filled rows of a form in `path`: `.xlsx`, or `.csv` in UTF-8 or GB18030. Raises FormError."""
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise FormError([Problem(0, "", f"{path.name} is neither .csv nor .xlsx")])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormError([Problem(0, "", f"{path} cannot be read: {error.strerror}")]) from error
    return form_rows(_xlsx(data) if path.suffix.lower() == ".xlsx" else _csv(data), columns)


def form_rows(table: Sequence[Sequence[str]], columns: Columns) -> list[FormRow]:
    """Find the heading (one or two rows, under a title or not) and name every cell below. Raises FormError.

    A registration form that is filled as on paper, one unit a sheet, is one row.
    """
    if columns is REGISTRATION and (sheet := row_of_sheet(table)) is not None:
        return [FormRow(*sheet)]
    top = next((i for i, row in enumerate(table[:_TITLE_ROWS]) if _is_heading(row, columns)), None)
    if top is None:
        raise FormError([Problem(0, "", f"no heading with {columns.key_heading} in the first rows")])
    headings, first = list(table[top]), top + 1
    if first < len(table) and is_second_heading(table[first]):
        headings, first = joined_headings(table[top], table[first]), first + 1
    names = _field_names(headings, columns, row=first)
    shown = {names[index]: headings[index] for index in names}
    rows = [
        FormRow(number, {field: _cell(row, index) for index, field in names.items()}, shown)
        for number, row in enumerate(table[first:], start=first + 1)
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise FormError([Problem(0, "", "nothing below the heading")])
    return rows


def _is_heading(row: Sequence[str], columns: Columns) -> bool:
    return any(columns.fields.get(plain_heading(cell)) == columns.key for cell in row)


def _field_names(headings: Sequence[str], columns: Columns, row: int) -> dict[int, str]:
    """Column index to field. Raises FormError for headings that are unknown or given twice."""
    names: dict[int, str] = {}
    problems: list[Problem] = []
    for index, heading in enumerate(headings):
        if not heading.strip():
            continue
        field = columns.fields.get(plain_heading(heading))
        if field is None:
            problems.append(Problem(row, heading, "unknown column; remove it or name it as in the form"))
        elif field in names.values():
            problems.append(Problem(row, heading, "this column is there twice"))
        else:
            names[index] = field
    if problems:
        raise FormError(problems)
    return names


def _cell(row: Sequence[str], index: int) -> str:
    return row[index].strip() if index < len(row) else ""


def _csv(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise FormError([Problem(0, "", "neither UTF-8 nor GB18030 text; save it as one of them")]) from error
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise FormError([Problem(0, "", f"not a CSV file: {error}")]) from error


def _xlsx(data: bytes) -> list[list[str]]:
    # Slow to load, and the service itself hardly ever reads a spreadsheet.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            return [[_text(cell) for cell in row] for row in _cells(book)]
        finally:
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise FormError([Problem(0, "", f"not an XLSX file: {error}")]) from error


def _cells(book: Workbook) -> Iterable[Sequence[object]]:
    return book.worksheets[0].iter_rows(values_only=True)


def _text(value: object) -> str:
    """A cell as its user sees it: a telephone number that the spreadsheet took for a number has no `.0`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
