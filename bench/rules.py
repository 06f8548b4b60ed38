"""How many rule evaluations a second the regulation engine does: one process, no database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.matters.model import Action, Actor, Role, Ticket, Unit
from app.regulations.loader import load_profile
from app.tickets.actions import parse_args
from app.tickets.engine import Outcome, apply, tick
from app.tickets.jurisdiction import Jurisdiction
from bench.figures import Figure, Target
from bench.measurement import Conditions, Measurement

TARGET = Target("rule_evaluations_per_second", "1/s", 500, at_most=False)
_RUNS = 3
_SECONDS = 3.0
_START = datetime(2026, 6, 8, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
_FRONT, _UNIT = Actor(role=Role.FRONT_DESK, person="op"), Actor(role=Role.UNIT, unit="water", person="duty")
_REPLY = {
    "text": "管道已经修复。",
    "signer": "王局",
    "unit": "水务局",
    "handler": "李工",
    "replied_at": "2026-06-12T09:00",
}
# A ticket's whole life: (hours after the one before, who, action, arguments).
_LIFE: Sequence[tuple[int, Actor, str, dict[str, Any]]] = (
    (0, _FRONT, "receive", {"channel": "phone", "category": "consult", "content": "小区停水"}),
    (1, _FRONT, "dispatch", {"units": [{"unit": "water", "role": "lead"}]}),
    (1, _UNIT, "accept", {"unit": "water"}),
    (20, _UNIT, "inform", {"unit": "water"}),
    (30, _FRONT, "urge", {"how": "phone"}),
    (40, _UNIT, "report", {"unit": "water", "reply": _REPLY}),
    (24, _FRONT, "follow-up", {"result": "satisfied"}),
    (1, _FRONT, "close", {}),
    (1, _FRONT, "archive", {}),
)


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Whole lives of tickets under yixing-2011, with time let pass after every action."""
    place = Jurisdiction(
        load_profile("yixing-2011", {}), units={"water": Unit(id="water", name="水务局", phone="87654321")}
    )
    runs = []
    for _ in range(conditions.runs(_RUNS)):
        evaluated, began = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - began) < _SECONDS:
            evaluated += live(place)
        runs.append(evaluated / elapsed)
    return [Figure(TARGET, tuple(runs), "actions and passings of time, on one CPU")]


def live(place: Jurisdiction) -> int:
    """One ticket from its receipt to the archive; how many evaluations that was. Raises ValueError for a refusal."""
    ticket: Ticket | None = None
    now = _START
    for hours, actor, action, arguments in _LIFE:
        now += timedelta(hours=hours)
        outcome = apply(ticket, parse_args(Action(action), arguments), actor, now, place)
        if not isinstance(outcome, Outcome):
            raise ValueError(f"{action} was refused: {outcome}")
        ticket = tick(outcome.ticket, now + timedelta(minutes=30), place).ticket
    return 2 * len(_LIFE)


MEASUREMENT = Measurement("rules", (TARGET,), 60, measure)
