"""Three-party calls: from the request over HTTP to the duty phone's INVITE, and from its key 1 to all in conference."""

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

INVITE = Target("invite_ms_p99", "ms", 20)
JOIN = Target("join_ms_p99", "ms", 60)
_CALLS = 40
_RUNS = 3
_KEY_AFTER_S = 0.3
_ANY_NUMBER = 1_000_000
_JOIN_S = 10.0
_PARTIES = 3


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


def all_joined(lines: Iterable[Line]) -> dict[str, float]:
    """When the third party entered each call's conference, by call id; seconds since the epoch."""
    entered: dict[str, list[float]] = {}
    for line in lines:
        if line.type == "BRIDGE_ENTER" and '"softmix"' in line.extra:
            entered.setdefault(line.call_id, []).append(line.at.timestamp())
    return {call: sorted(times)[_PARTIES - 1] for call, times in entered.items() if len(times) >= _PARTIES}


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """One call after the other, so that what is measured is the way itself and not the load of the machine."""
    invites, joins = [], []
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(stage(conditions))
        await stack.enter_async_context(city.operators(1))
        for run in range(conditions.runs(_RUNS)):
            conditions.say(f"run {run + 1}: {_CALLS} three-party calls")
            asked, arrived, pressed = await _run(city, run)
            joined = await asyncio.to_thread(_journal, city)
            invites.append(p99_ms([first_after(arrived, each.at) - each.at for each in asked]))
            joins.append(p99_ms([joined[each.call_id] - first_after(pressed, each.at) for each in asked]))
    return [Figure(INVITE, tuple(invites)), Figure(JOIN, tuple(joins))]


async def _run(city: Stage, run: int) -> tuple[Sequence[Request], Sequence[float], Sequence[float]]:
    """What was asked for, and when INVITEs arrived at and keys were pressed on the duty phone."""
    number, port = WATER.contacts[0].phone, free_udp_port()
    answers = heard_at(answering([Press("1", _KEY_AFTER_S)], rings=0), city.sink)
    scenario = noting_sent(noting_received(answers, "INVITE"), "INFO")
    city.city.exchange.network.connect(number, port)
    async with city.load(f"duty-{run}", Load(scenario, _ANY_NUMBER, port=port)) as duty:
        asked = [await _three_party_call(city, f"138{run}{call:04}") for call in range(_CALLS)]
        return asked, _times(duty, "INVITE"), _times(duty, "INFO")


def _times(duty: Calls, method: str) -> list[float]:
    times: Mapping[str, float] = duty.logged(method)
    return sorted(times.values())


async def _three_party_call(stage_: Stage, number: str) -> Request:
    city = stage_.city
    async with city.exchange.citizen(number, dialled=QUICK, hang_up=False):
        call_id = await city.talking(number)
        asked = Request(call_id, time.time())
        await city.summon(call_id)
        await until(lambda: _all_in(stage_, call_id), "all three are in the conference", _JOIN_S)
        await city.hang_up(call_id)
    return asked


async def _all_in(stage_: Stage, call_id: str) -> bool:
    parties = (await stage_.city.live(call_id)).get("parties", ())
    return len([party for party in parties if party["in_conference"]]) == _PARTIES


def _journal(city: Stage) -> dict[str, float]:
    return all_joined(read_line(raw) for raw in cut(city.journal.read_bytes()))


MEASUREMENT = Measurement("three-party calls", (INVITE, JOIN), 300, measure)
