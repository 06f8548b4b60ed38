"""What a measurement says: percentiles, medians over several runs, and whether a target was reached. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is to reach. `at_most`: smaller is better; else larger is."""

    name: str
    unit: str
    bound: float
    at_most: bool = True

    def reached_by(self, value: float | None) -> bool:
        """A figure that could not be measured has not reached its target."""
        if value is None:
            return False
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: the median over `runs`. `note` says what the number alone does not."""

    target: Target
    runs: tuple[float, ...]
    note: str = ""

    @property
    def value(self) -> float | None:
        """None when no run came to an end."""
        return median(self.runs) if self.runs else None

    @property
    def reached(self) -> bool:
        return self.target.reached_by(self.value)

    def as_dict(self) -> dict[str, Any]:
        """The form of `--json`."""
        return {
            "name": self.target.name,
            "value": None if self.value is None else significant(self.value),
            "unit": self.target.unit,
            "target": self.target.bound,
            "reached": self.reached,
            "runs": [significant(run) for run in self.runs],
        }


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed (nearest rank).

    Raises ValueError without values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values to take a percentile of")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def p99_ms(seconds: Sequence[float]) -> float:
    """The 99th percentile of times in seconds, in milliseconds. Raises ValueError without values."""
    return percentile(seconds, 0.99) * 1000


def significant(value: float, digits: int = 4) -> float:
    """The value with so many significant digits: more would claim a precision that a load figure does not have."""
    return float(f"{value:.{digits}g}")
