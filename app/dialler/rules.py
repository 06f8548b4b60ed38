"""What a city permits of calling out: when, how often, how many at a time, whom never. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from app.matters.clock import Calendar

Reason = Literal["call-back", "inform", "follow-up", "urge", "contact", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)

Outcome = Literal[
    "person", "machine", "no-key", "busy", "no-answer", "switched-off", "wrong-number", "refused", "not-dialled"
]
"""What became of an attempt. `no-key`: somebody answered and nobody pressed; `refused`: by the carrier."""

FINAL: frozenset[Outcome] = frozenset({"person", "wrong-number"})
"""After these nothing more is tried."""

# Spring Festival with its week-ends is nine days; no city closes for longer than the search looks ahead.
_LOOKED_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Window:
    """From `first` up to, but not including, `last`, by the clock on the wall."""

    first: time
    last: time

    def __post_init__(self) -> None:
        if self.first >= self.last:
            raise ValueError(f"{self.first:%H:%M} to {self.last:%H:%M} is no time of a day")


@dataclass(frozen=True, slots=True)
class ReasonRules:
    """Of calls for one reason: when on `working` and on `rest` days, and how often a number is tried.

    `gaps` say how long to wait after which outcome; an outcome without one waits for `gap`. `at_a_time` is a ceiling
    on calls of the reason. `operator`: one must be free for it.
    """

    working: tuple[Window, ...]
    rest: tuple[Window, ...] = ()
    attempts: int = 3
    gap: timedelta = timedelta(hours=2)
    gaps: Mapping[Outcome, timedelta] = field(default_factory=dict)
    at_a_time: int | None = None
    operator: bool = False

    def after(self, outcome: Outcome) -> timedelta:
        """How long to wait after an attempt that ended so."""
        return self.gaps.get(outcome, self.gap)


@dataclass(frozen=True, slots=True)
class Rules:
    """Of all calls: at most `a_day` to one number, and so many lines `kept_free` for citizens."""

    of: Mapping[Reason, ReasonRules]
    a_day: int = 3
    kept_free: int = 2
    never: frozenset[str] = frozenset()


class Hours:
    """When calls are permitted, by the city's clock and calendar of working days; each day is looked up once."""

    def __init__(self, rules: Rules, calendar: Calendar, zone: ZoneInfo) -> None:
        self._rules = rules
        self._calendar = calendar
        self._zone = zone
        self._days: dict[tuple[Reason, date], tuple[tuple[datetime, datetime], ...]] = {}

    def day_of(self, at: datetime) -> date:
        """The day on the wall's calendar."""
        return at.astimezone(self._zone).date()

    def begin_of(self, day: date) -> datetime:
        """The first moment of a day."""
        return datetime.combine(day, time(), self._zone)

    def permitted(self, reason: Reason, at: datetime) -> bool:
        """Whether a call for that reason may be made at that moment (aware)."""
        return any(first <= at < last for first, last in self._of(reason, self.day_of(at)))

    def next(self, reason: Reason, at: datetime) -> datetime | None:
        """The first permitted moment that is not before `at`; None where there is none for a month."""
        day = self.day_of(at)
        for _ in range(_LOOKED_AHEAD):
            for first, last in self._of(reason, day):
                if at < last:
                    return max(first, at)
            day += timedelta(days=1)
        return None

    def _of(self, reason: Reason, day: date) -> tuple[tuple[datetime, datetime], ...]:
        key = reason, day
        if key not in self._days:
            rules = self._rules.of[reason]
            windows = rules.working if self._calendar.is_working(day) else rules.rest
            ends = ((self._at(day, one.first), self._at(day, one.last)) for one in windows)
            self._days[key] = tuple(sorted(ends))
        return self._days[key]

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self._zone)
