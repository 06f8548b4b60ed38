"""Which of the calls that are wanted is made now, and of each other why not yet and when at the earliest. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from app.dialler.rules import FINAL, Hours, Outcome, Reason, Rules

Why = Literal[
    "now",
    "done",
    "exhausted",
    "never",
    "stopped",
    "paused",
    "not-before",
    "gap",
    "day",
    "hours",
    "in-call",
    "lines",
    "ceiling",
    "operators",
]


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that somebody, or the regulation, wants made. Times are aware; smaller `priority` goes first.

    `tried` attempts were made so far; `last_at` and `last` are when the latest ended and how.
    """

    id: int
    number: str
    reason: Reason
    wanted_at: datetime
    not_before: datetime | None = None
    priority: int = 100
    tried: int = 0
    last_at: datetime | None = None
    last: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands at this moment. `in_call` has the numbers that are being called, and for what.

    `today` counts the attempts of the day by number, for whatever reason and wish.
    """

    lines: int
    operators: int = 0
    in_call: Mapping[str, Reason] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)
    paused: frozenset[Reason] = frozenset()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`why` is `now` for a call that is to be made. `earliest`: when it may be looked at again, as far as time says."""

    wish: Wish
    why: Why
    earliest: datetime | None = None


def plan(now: datetime, wishes: Iterable[Wish], standing: Standing, rules: Rules, hours: Hours) -> Sequence[Decision]:
    """A decision for each wish, in the order in which calls are made: by priority, then who has waited longest.

    What is decided `now` keeps to every rule together: two wishes for one number, or for the last line, are not both
    dialled.
    """
    made = _Room(standing, rules)
    decided = []
    for wish in sorted(wishes, key=lambda one: (one.priority, one.wanted_at, one.id)):
        why, earliest = _for_itself(now, wish, standing, rules, hours)
        if why == "now":
            why = made.room_for(wish)
        decided.append(Decision(wish, why, earliest))
    return decided


class _Room:
    """What is left of lines, operators and ceilings while the plan is being made."""

    def __init__(self, standing: Standing, rules: Rules) -> None:
        self._rules = rules
        self._lines = standing.lines - rules.kept_free
        self._operators = standing.operators
        self._called = set(standing.in_call)
        self._of_reason = Counter(standing.in_call.values())

    def room_for(self, wish: Wish) -> Why:
        """`now`, and it is taken; or what there is none of."""
        rules = self._rules.of[wish.reason]
        if wish.number in self._called:
            return "in-call"
        if self._lines <= 0:
            return "lines"
        if rules.at_a_time is not None and self._of_reason[wish.reason] >= rules.at_a_time:
            return "ceiling"
        if rules.operator and self._operators <= 0:
            return "operators"
        self._lines -= 1
        self._operators -= rules.operator
        self._called.add(wish.number)
        self._of_reason[wish.reason] += 1
        return "now"


def _for_itself(
    now: datetime, wish: Wish, standing: Standing, rules: Rules, hours: Hours
) -> tuple[Why, datetime | None]:
    """Whether the wish may be dialled now for all that concerns it alone, and if not, when at the earliest."""
    if (barred := _barred(wish, standing, rules)) is not None:
        return barred, None
    why, at = _in_time(now, wish, standing, rules, hours)
    if why == "now" and hours.permitted(wish.reason, now):
        return "now", None
    return ("hours" if why == "now" else why), hours.next(wish.reason, at)


def _barred(wish: Wish, standing: Standing, rules: Rules) -> Why | None:
    """What no waiting mends, and what a person has stopped."""
    stops: tuple[tuple[bool, Why], ...] = (
        (wish.last in FINAL, "done"),
        (wish.tried >= rules.of[wish.reason].attempts, "exhausted"),
        (wish.number in rules.never, "never"),
        (standing.stopped, "stopped"),
        (wish.reason in standing.paused, "paused"),
    )
    return next((why for holds, why in stops if holds), None)


def _in_time(now: datetime, wish: Wish, standing: Standing, rules: Rules, hours: Hours) -> tuple[Why, datetime]:
    """The rule that holds the wish back for longest, and until when; `now` where none does."""
    waits: list[tuple[datetime, Why]] = [(now, "now")]
    if wish.not_before is not None and wish.not_before > now:
        waits.append((wish.not_before, "not-before"))
    if wish.last_at is not None and wish.last is not None:
        over = wish.last_at + rules.of[wish.reason].after(wish.last)
        if over > now:
            waits.append((over, "gap"))
    if standing.today.get(wish.number, 0) >= rules.a_day:
        waits.append((hours.begin_of(hours.day_of(now) + timedelta(days=1)), "day"))
    at, why = max(waits)
    return why, at
