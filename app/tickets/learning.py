"""Learning from closed tickets: a new version takes over only where it is right as often as the one before. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.tickets import suggest
from app.tickets.categories import category
from app.tickets.learnt import Classifier, learn
from app.units.model import Unit

Kind = Literal["unit", "category"]
KINDS: tuple[Kind, ...] = ("unit", "category")
FEWEST = 200
"""Closed tickets below which there is nothing to learn."""
_SEEN = 3
_HELD_OUT_OF = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A closed ticket: its number, what the citizen said, and the label that people gave it in the end."""

    number: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A new version, and how often it and the one in force were right on tickets that neither has seen."""

    kind: Kind
    examples: int
    held_out: int
    right_before: int
    right_now: int
    classifier: Classifier

    @property
    def takes_over(self) -> bool:
        return self.right_now >= self.right_before


def lesson(
    kind: Kind, examples: Sequence[Example], directory: Sequence[Unit], before: Classifier | None
) -> Lesson | None:
    """Learn from four fifths of the examples and judge by the rest, always the same; None where there are too few."""
    seen = [one for one in examples if not held_out(one)]
    unseen = [one for one in examples if held_out(one)]
    if len(examples) < FEWEST or not unseen:
        return None
    new = learn(((one.text, one.label) for one in seen), seen=_SEEN)
    guess = _guess(kind, directory)
    right_before, right_now = (sum(guess(one.text, way) == one.label for one in unseen) for way in (before, new))
    return Lesson(kind, len(seen), len(unseen), right_before, right_now, new)


def held_out(example: Example) -> bool:
    """By its number, so that no later version is judged by what an earlier one learnt from."""
    return zlib.crc32(example.number.encode()) % _HELD_OUT_OF == 0


def _guess(kind: Kind, directory: Sequence[Unit]) -> Callable[[str, Classifier | None], str]:
    if kind == "unit":
        return lambda text, by: next((one.unit for one in suggest.units(text, directory, learnt=by)), "")
    return lambda text, by: one.category if (one := category(text, by)) else ""
