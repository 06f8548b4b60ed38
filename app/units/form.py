"""Read a filled form, a CSV or XLSX file, into numbered rows of named fields."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.units.columns import REGISTRATION, Columns, is_second_heading, joined_headings, plain_heading
from app.units.problem import FormError, Problem
from app.units.registration_sheet import row_of_sheet
from app.units.spreadsheet import Sheet, read_sheets

_TITLE_ROWS = 5
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MOST_SAID = 20


@dataclass(frozen=True, slots=True)
class FormRow:
    """Field (see `columns`) to the text entered; `headings` names the columns as the file does, for messages."""

    number: int
    fields: dict[str, str]
    headings: dict[str, str]


def read_form(path: Path, columns: Columns) -> list[FormRow]:
    """The filled rows of a form in `path`: `.xlsx`, or `.csv` in UTF-8 or GB18030. Raises FormError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormError([Problem(0, "", f"{path} cannot be read: {error.strerror}")]) from error
    return form_in(path.name, data, columns)


def form_in(name: str, data: bytes, columns: Columns) -> list[FormRow]:
    """The same of a file's content; how it is read goes by its name. Raises FormError."""
    if name.lower().endswith(".csv"):
        return form_rows(_csv(data), columns)
    if name.lower().endswith(".xlsx"):
        return _rows_of_the_form(read_sheets(data), columns)
    raise FormError([Problem(0, "", f"{name} is neither .csv nor .xlsx")])


def _rows_of_the_form(sheets: Sequence[Sheet], columns: Columns) -> list[FormRow]:
    """Of the sheet that holds the form, among sheets that hold instructions. Raises FormError, also for two forms."""
    forms = [sheet for sheet in sheets if _holds_form(sheet.rows, columns)] or sheets[:1]
    if len(forms) > 1:
        text = "a form too; give each sheet in a file of its own"
        raise FormError([Problem(0, "", text, sheet.title) for sheet in forms])
    try:
        return form_rows(forms[0].rows if forms else [], columns)
    except FormError as error:
        raise FormError([replace(problem, sheet=forms[0].title) for problem in error.problems]) from error


def form_rows(table: Sequence[Sequence[str]], columns: Columns) -> list[FormRow]:
    """Find the heading (one or two rows, under a title or not) and name every cell below. Raises FormError.

    A registration form that is filled as on paper, one unit a sheet, is one row.
    """
    _refuse_control_characters(table)
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


def _holds_form(table: Sequence[Sequence[str]], columns: Columns) -> bool:
    if columns is REGISTRATION and row_of_sheet(table) is not None:
        return True
    return any(_is_heading(row, columns) for row in table[:_TITLE_ROWS])


def _refuse_control_characters(table: Sequence[Sequence[str]]) -> None:
    """Raises FormError: a NUL and its like cannot be stored, and a file that holds them is of another kind."""
    problems = [
        Problem(number, f"column {column}", f"holds {found[0]!r}, which is no text; enter it again, save as UTF-8")
        for number, row in enumerate(table, start=1)
        for column, cell in enumerate(row, start=1)
        if (found := _CONTROL.search(cell))
    ]
    if problems:
        raise FormError(problems[:_MOST_SAID])


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
