"""From the citizen's hangup to the ticket that others can see, at 20 calls a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from app.db.pool import connect
from app.demo.scenarios import Wait
from app.tickets.store import TICKET_CHANNEL
from bench.figures import Figure, Target, p99_ms
from bench.load import Load, Rate, caller_scenario
from bench.measurement import Conditions, Measurement
from bench.stage import Stage, stage

TARGET = Target("hangup_to_ticket_ms_p99", "ms", 300)
_RATE = 20
_SECONDS = 20
_RUNS = 3
_OPERATORS = 100
_DIRECT = "12346"
# Greeting and transfer prompt are 7.7 s, on a busy machine one more; the rest is spent with an operator.
_STAYS_S = 11.0
_DRAIN_S = 60.0
# A ticket that has not come by then counts as if it had come then.
_LOST_S = 10.0


def delays(hung_up: Mapping[str, float], committed: Mapping[str, float]) -> list[float]:
    """Seconds from each number's hangup to its ticket; a ticket that did not come counts as ten seconds."""
    return [committed.get(number, at + _LOST_S) - at for number, at in hung_up.items()]


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Direct menu, one operator per call, every caller hangs up; the reader of the tickets LISTENs."""
    runs, lost = [], 0
    async with stage(conditions, operators=_OPERATORS) as city, city.operators(_OPERATORS):
        for run in range(conditions.runs(_RUNS)):
            conditions.say(f"run {run + 1}: {_RATE * _SECONDS} calls, {_RATE} a second")
            hung_up, committed = await _run(city, f"139{run}")
            lost += len(hung_up.keys() - committed.keys())
            runs.append(p99_ms(delays(hung_up, committed)))
    return [Figure(TARGET, tuple(runs), f"{lost} calls without a ticket" if lost else "")]


async def _run(city: Stage, prefix: str) -> tuple[Mapping[str, float], Mapping[str, float]]:
    scenario = caller_scenario(prefix, _DIRECT, [Wait(_STAYS_S)], city.sink)
    load = Load(scenario, _RATE * _SECONDS, Rate(_RATE))
    async with _tickets_seen(city.city.dsn) as seen, city.load(f"tickets-{prefix}", load) as calls:
        await calls.finished(_SECONDS + _STAYS_S + _DRAIN_S)
        hung_up = calls.logged("BYE")
        await _all_seen(seen, len(hung_up))
    callers = await city.city.rows("SELECT t.number, c.caller FROM tickets t JOIN calls c ON c.id = t.call_id")
    return hung_up, {row["caller"]: seen[row["number"]] for row in callers if row["number"] in seen}


@asynccontextmanager
async def _tickets_seen(dsn: str) -> AsyncIterator[dict[str, float]]:
    """When another session first heard of each ticket, by its number; seconds since the epoch."""
    seen: dict[str, float] = {}

    def heard(_connection: object, _pid: int, _channel: str, number: object) -> None:
        seen.setdefault(str(number), time.time())

    connection = await connect(dsn)
    try:
        await connection.add_listener(TICKET_CHANNEL, heard)
        yield seen
    finally:
        await connection.close()


async def _all_seen(seen: Mapping[str, float], wanted: int) -> None:
    deadline = time.monotonic() + _LOST_S
    while len(seen) < wanted and time.monotonic() < deadline:  # noqa: ASYNC110 - it may be that some never come
        await asyncio.sleep(0.05)


MEASUREMENT = Measurement("tickets opened", (TARGET,), 240, measure)
