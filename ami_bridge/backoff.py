"""How long to wait before the next attempt to connect: a plain generator of delays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

FIRST_S = 0.25
FACTOR = 1.6
LONGEST_S = 5.0


def backoff(
    first_s: float = FIRST_S, longest_s: float = LONGEST_S, between: Callable[[float, float], float] = random.uniform
) -> Iterator[float]:
    """Delays in seconds, growing to `longest_s`, each shortened by up to half at random.

    The spread keeps several services from knocking at a restarted Asterisk in the same instant; the ceiling is low
    because callers hear the fallback menu meanwhile.
    """
    delay = first_s
    while True:
        yield delay * between(0.5, 1.0)
        delay = min(delay * FACTOR, longest_s)
