"""Whoever is brought in: from the request over HTTP to the telephone's INVITE, and from its key 1 to being together."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from app.calls.journal import Line, cut, read_line
from app.demo.scenarios import Press, answering
from bench.figures import Figure, Target, p99_ms
from bench.load import Calls, Load, noting_received, noting_sent
from bench.measurement import Conditions, Measurement
from bench.stage import Stage, stage
from tests.support.city import QUICK, WATER, until
from tests.support.phones import free_udp_port, heard_at

INVITE = Target("invite_ms_p99", "ms", 15)
JOIN = Target("join_ms_p99", "ms", 60)
CONSULT = Target("consult_ms_p99", "ms", 60)
HAND_OVER = Target("hand_over_ms_p99", "ms", 60)
_CALLS = 40
_RUNS = 3
_KEY_AFTER_S = 0.3
_ANY_NUMBER = 1_000_000
_JOIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Way:
    """A way to bring a unit in: what is asked for under a call's path, and how many are then in the conference."""

    name: str
    path: str
    body: Mapping[str, object]
    together: int


JOINED = Way("join", "parties", {"unit_id": WATER.id, "mode": "join"}, 3)
CONSULTED = Way("consult", "parties", {"unit_id": WATER.id, "mode": "consult"}, 2)
HANDED_OVER = Way("hand-over", "hand-over", {"to": {"unit_id": WATER.id}}, 2)


@dataclass(frozen=True, slots=True)
class Request:
    """A unit asked for: of which call, and when (seconds since the epoch)."""

    call_id: str
    at: float


def first_after(times: Sequence[float], at: float) -> float:
    """The first of the ordered times that is not before `at`. Raises ValueError when there is none."""
    place = bisect_left(times, at)
    if place == len(times):
        raise ValueError(f"nothing happened after {at:.3f}")
    return times[place]


def all_joined(lines: Iterable[Line], parties: int = 3) -> dict[str, float]:
    """When so many parties were in each call's conference for the first time, by call id; seconds since the epoch."""
    entered: dict[str, list[float]] = {}
    for line in lines:
        if line.type == "BRIDGE_ENTER" and '"softmix"' in line.extra:
            entered.setdefault(line.call_id, []).append(line.at.timestamp())
    return {call: sorted(times)[parties - 1] for call, times in entered.items() if len(times) >= parties}


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """One call after the other, so that what is measured is the way itself and not the load of the machine."""
    found: dict[Target, list[float]] = {target: [] for target in (INVITE, JOIN, CONSULT, HAND_OVER)}
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(stage(conditions))
        await stack.enter_async_context(city.operators(1))
        for run in range(conditions.runs(_RUNS)):
            for way, target in ((JOINED, JOIN), (CONSULTED, CONSULT), (HANDED_OVER, HAND_OVER)):
                conditions.say(f"run {run + 1}: {_CALLS} calls, {way.name}")
                rung, came_in = await _run(city, run, way)
                if way is JOINED:
                    found[INVITE].append(p99_ms(rung))
                    found[JOIN].append(p99_ms(came_in))
                else:
                    # From the request until they are together, without the ringing and without what the officer hears.
                    found[target].append(p99_ms([a + b for a, b in zip(rung, came_in, strict=True)]))
    return [Figure(target, tuple(runs)) for target, runs in found.items()]


async def _run(city: Stage, run: int, way: Way) -> tuple[Sequence[float], Sequence[float]]:
    """Of each call, seconds from the request to the INVITE, and from the key to being together."""
    number, port = WATER.contacts[0].phone, free_udp_port()
    answers = heard_at(answering([Press("1", _KEY_AFTER_S)], rings=0), city.sink)
    scenario = noting_sent(noting_received(answers, "INVITE"), "INFO")
    city.city.exchange.network.connect(number, port)
    async with city.load(f"duty-{way.name}-{run}", Load(scenario, _ANY_NUMBER, port=port)) as duty:
        asked = [await _call(city, f"13{len(way.name)}{run}{call:07}", way) for call in range(_CALLS)]
        arrived, pressed = _times(duty, "INVITE"), _times(duty, "INFO")
    together = await asyncio.to_thread(_journal, city, way.together)
    rung = [first_after(arrived, each.at) - each.at for each in asked]
    return rung, [together[each.call_id] - first_after(pressed, each.at) for each in asked]


def _times(duty: Calls, method: str) -> list[float]:
    times: Mapping[str, float] = duty.logged(method)
    return sorted(times.values())


async def _call(stage_: Stage, number: str, way: Way) -> Request:
    city = stage_.city
    async with city.exchange.citizen(number, dialled=QUICK, hang_up=False):
        call_id = await city.talking(number)
        asked = Request(call_id, time.time())
        await city.post(f"/api/calls/{call_id}/{way.path}", way.body)
        await until(lambda: _all_in(stage_, call_id, way.together), "all are in the conference", _JOIN_S)
        await city.hang_up(call_id)
    return asked


async def _all_in(stage_: Stage, call_id: str, together: int) -> bool:
    parties = (await stage_.city.live(call_id)).get("parties", ())
    return len([party for party in parties if party["in_conference"]]) == together


def _journal(city: Stage, parties: int) -> dict[str, float]:
    return all_joined((read_line(raw) for raw in cut(city.journal.read_bytes())), parties)


MEASUREMENT = Measurement("whoever is brought in", (INVITE, JOIN, CONSULT, HAND_OVER), 900, measure)
