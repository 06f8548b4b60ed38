"""How many requests one caller may make: a bucket that fills steadily. Pure; the clock's reading comes in."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class _Level:
    """How much was left at `at`."""

    left: float
    at: float


class Buckets:
    """One bucket per key: `per_minute` requests flow in, and as many wait in a full one. Times are monotonic seconds.

    The keys seen least lately are forgotten beyond 10,000, so that made-up ones take no memory.
    """

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._rate = per_minute / 60
        self._levels: OrderedDict[str, _Level] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds until a request may be made; 0 when one may be made now."""
        return max(0.0, (1 - self._left(key, now)) / self._rate)

    def take(self, key: str, now: float) -> None:
        """Count one request."""
        self._levels[key] = _Level(max(0.0, self._left(key, now) - 1), now)
        self._levels.move_to_end(key)
        if len(self._levels) > _MOST_KEYS:
            self._levels.popitem(last=False)

    def _left(self, key: str, now: float) -> float:
        level = self._levels.get(key)
        return self._size if level is None else min(self._size, level.left + (now - level.at) * self._rate)
