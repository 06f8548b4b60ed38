"""The cells of an XLSX file as its user sees them; a cell that cannot be read for certain is refused by name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from app.units.problem import FormError, Problem

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell

# IEEE 754 doubles, and so every spreadsheet, keep 15 digits: the last ones of a longer number are not what was typed.
_MOST_DIGITS = 15
_PADDED = re.compile(r"[0\-() ]*0[0\-() ]*")
# Formats that add no digit of their own: `General` (`G/通用格式` in WPS), `0`, `0.00`, `#,##0`, `0_ `, text.
_PLAIN = re.compile(r"(?:\[[^\]]*\])*(?:General|G/\S*|@|[#,]*0?(?:\.0+)?|\?+)(?:\s|_.)*")
_MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name and its rows; rows may differ in length."""

    title: str
    rows: Sequence[Sequence[str]]


def read_sheets(data: bytes) -> list[Sheet]:
    """Every sheet of an XLSX file. Raises FormError, which names each cell that cannot be read."""
    # Slow to load, and the service itself hardly ever reads a spreadsheet.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with (
            closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as values,
            closing(load_workbook(io.BytesIO(data), read_only=True)) as formulas,
        ):
            return list(_sheets(values, formulas))
    except (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError) as error:
        raise FormError([Problem(0, "", f"not an XLSX file: {error}")]) from error


def _sheets(values: Workbook, formulas: Workbook) -> Iterator[Sheet]:
    problems: list[Problem] = []
    for shown, entered in zip(values.worksheets, formulas.worksheets, strict=True):
        rows: list[list[str]] = []
        for sheet in (shown, entered):
            sheet.reset_dimensions()  # WPS and others declare a size that is not the sheet's
        for number, (row, source) in enumerate(zip(shown.iter_rows(), entered.iter_rows(), strict=True), start=1):
            if number > _MOST_ROWS:
                raise FormError([Problem(0, "", f"more than {_MOST_ROWS} rows; remove the empty ones", shown.title)])
            texts, found = _row(shown.title, number, row, source)
            rows.append(texts)
            problems += found
        yield Sheet(shown.title, rows)
    if problems:
        raise FormError(problems)


def _row(
    sheet: str, number: int, row: Sequence[Cell | MergedCell], source: Sequence[Cell | MergedCell]
) -> tuple[list[str], list[Problem]]:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    texts: list[str] = []
    problems: list[Problem] = []
    for column, (cell, entered) in enumerate(zip(row, source, strict=True), start=1):
        try:
            texts.append(_text(cell, is_formula=entered.data_type == "f"))
        except ValueError as error:
            problems.append(Problem(number, f"column {get_column_letter(column)}", str(error), sheet))
    return texts, problems


def _text(cell: Cell | MergedCell, *, is_formula: bool) -> str:
    """A cell as its user sees it. Raises ValueError, which says how to mend it."""
    if cell.value is None:
        # A formula whose result is an empty text keeps its type.
        if is_formula and cell.data_type != "str":
            raise ValueError("a formula without its result; open the file, save it again, or enter the value itself")
        return ""
    if cell.data_type == "e":
        raise ValueError(f"the cell shows the fault {cell.value}; enter the value itself")
    return _shown(cell.value, cell.number_format)


def _shown(value: object, number_format: str) -> str:
    match value:
        case bool() | str():
            return str(value)
        case int() | float():
            return _number(value, number_format)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case timedelta():
            minutes = value // timedelta(minutes=1)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    """A number with the leading zeros, hyphens and brackets that its format shows."""
    whole = int(value)
    if whole != value:
        return str(value)
    digits = str(whole)
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of more than {_MOST_DIGITS} digits; format the cell as text and enter it again")
    pattern = number_format.replace('"', "").replace("\\", "")
    if whole >= 0 and _PADDED.fullmatch(pattern):
        return _padded(digits, pattern)
    if _PLAIN.fullmatch(number_format.split(";", maxsplit=1)[0]):
        return digits
    raise ValueError(f"a number shown by the format {number_format}; format the cell as text and enter it again")


def _padded(digits: str, pattern: str) -> str:
    """`87654321` under `0000-00000000` is `0000-87654321`; digits that find no 0 go in front of the first."""
    rest = list(digits)
    shown: list[str] = []
    for place in reversed(pattern):
        shown.append((rest.pop() if rest else "0") if place == "0" else place)
    return "".join([*rest, *reversed(shown)])
