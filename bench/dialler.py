"""How many plans of a whole city's wishes a second the dialler makes: one process, no database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from app.dialler.plan import Standing, Wish, plan
from app.dialler.rules import REASONS, Hours, Outcome, ReasonRules, Rules, Window
from app.matters.clock import Calendar
from bench.figures import Figure, Target
from bench.measurement import Conditions, Measurement

TARGET = Target("dialler_plan_per_second", "1/s", 20, at_most=False)
_WISHES = 10_000
_RUNS, _SECONDS = 3, 3.0
_ZONE = ZoneInfo("Asia/Shanghai")
_NOW = datetime(2026, 9, 30, 10, tzinfo=_ZONE)
_DAY = (Window(clock(9), clock(12)), Window(clock(14), clock(20)))
_RULES = Rules({reason: ReasonRules(_DAY, _DAY, at_a_time=5) for reason in REASONS})
_ENDED: Sequence[Outcome | None] = (None, "busy", "no-answer")


def wishes(number: int = _WISHES) -> list[Wish]:
    """Of every reason, a third of them new, the others tried once or twice; some numbers have several."""
    return [
        Wish(
            each,
            f"138{each % 8000:08}",
            REASONS[each % len(REASONS)],
            _NOW - timedelta(minutes=each % 900),
            priority=each % 4,
            tried=each % 3,
            last_at=_NOW - timedelta(minutes=each % 300) if each % 3 else None,
            last=_ENDED[each % 3],
        )
        for each in range(number)
    ]


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """The whole list again and again, with all rules on."""
    wanted, hours = wishes(), Hours(_RULES, Calendar(), _ZONE)
    standing = Standing(lines=30, operators=20)
    runs = []
    for _ in range(conditions.runs(_RUNS)):
        made, began = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - began) < _SECONDS:
            plan(_NOW, wanted, standing, _RULES, hours)
            made += 1
        runs.append(made / elapsed)
    return [Figure(TARGET, tuple(runs), f"{_WISHES} wishes each")]


MEASUREMENT = Measurement("the dialler's plan", (TARGET,), 60, measure)
