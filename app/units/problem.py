"""What is wrong in a filled form, and where: sheet, row and column as its user sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which row (as the spreadsheet numbers it) and column; row 0 is the file itself."""

    row: int
    column: str
    text: str
    sheet: str = ""

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else "" if self.sheet else "file"
        where = ", ".join(part for part in (self.sheet and f"sheet {self.sheet}", row, self.column) if part)
        return f"{where}: {self.text}"


class FormError(Exception):
    """A form that cannot be taken over; `problems` holds every one that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
