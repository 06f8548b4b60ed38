"""Every figure of the reports, defined: what is counted, and which counts make a rate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.reports.figures_text import COUNTED, RATED


@dataclass(frozen=True, slots=True)
class Count:
    """A number that is counted; `means` says which things, and when they count."""

    name: str
    title: str
    means: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of one count in another, both in the same row. `source` is the standard that asks for it."""

    name: str
    title: str
    of: str
    out_of: str
    source: str = ""

    def value(self, row: Mapping[str, object]) -> float | None:
        """The share in a row of counts, between four decimal places; None where there is nothing to take it of."""
        return share(_number(row[self.of]), _number(row[self.out_of]))


Figure = Count | Rate

FIGURES: Mapping[str, Figure] = {
    **{name: Count(name, title, means) for name, (title, means) in COUNTED.items()},
    **{name: Rate(name, *parts) for name, parts in RATED.items()},
}


def share(of: float, out_of: float) -> float | None:
    """`of / out_of` rounded to four decimal places; None when there is nothing to take a share of."""
    return round(of / out_of, 4) if out_of else None


def growth(now: float, before: float) -> float | None:
    """By what share `now` is more (or, negative, less) than `before`; None when there was nothing before."""
    return share(now - before, before)


def _number(value: object) -> float:
    if value is None:
        return 0
    if isinstance(value, int | float):
        return value
    raise TypeError(f"not a count: {type(value).__name__}")
