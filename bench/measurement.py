"""What a measurement is: the figures it gives, how long it may take, and the work itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, Target

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How to measure: a directory of its own, whether a quick look is enough, and where to tell how far it is."""

    directory: Path
    quick: bool
    say: Say

    def runs(self, usual: int) -> int:
        return 1 if self.quick else usual


@dataclass(frozen=True, slots=True)
class Measurement:
    """Measures the figures of `targets`. It is ended after `longest_s` seconds."""

    name: str
    targets: tuple[Target, ...]
    longest_s: float
    measure: Callable[[Conditions], Awaitable[Sequence[Figure]]]
