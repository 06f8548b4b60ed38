"""How many calls a second the menu takes without a failed call: driven over AMI, and compiled to dialplan.

The rate rises without a break, the same for both, and they take turns. A call has failed when SIPp says so, or when it
is not in the queue under the category of its key when the caller hangs up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.calls.journal import Line, cut, read_line
from app.demo.scenarios import Action, Press, Wait
from bench.figures import Figure, Target
from bench.load import Load, Rate, caller_scenario
from bench.measurement import Conditions, Measurement
from bench.stage import Stage, stage

TARGET = Target("menu_capacity_ratio", "ratio", 0.95, at_most=False)
_RUNS = 3
# A steeper end drives a machine of two processors, which has the telephones too, into collapse: no call ends there.
_RATE = Rate(first=10, steeper=2, most=60)
_RATE_IN_A_HURRY = Rate(first=10, steeper=2, most=20)
_AT_THE_TOP_S = 5
_NUMBER = "12341"
_CATEGORY = "consult"
# The key interrupts the choices, which are spoken for 17 s; the queue follows at once.
_ACTIONS: Sequence[Action] = (Press("1", 1.5), Wait(1.5))
_DRAIN_S = 60.0
# The menu is measured: the choices of the full one, without the greeting before and the announcements behind them.
_SECTIONS: Mapping[str, Any] = {
    "queue": {"wrapup_seconds": 0, "announce_seconds": 0, "keys_after_seconds": 0, "keys_seconds": 0},
    "numbers": [{"number": "12341", "menu": "keys"}],
}
_MENU = """\
name: keys
language: zh-CN
start: main
operator: operator
nodes:
  main:
    kind: choose
    prompts: [main-menu]
    timeout_s: 5
    attempts: 3
    wrong_prompts: [invalid-key]
    keys: {"1": consult, "2": operator}
    silence: operator
    wrong: operator
  consult: {kind: queue, category: consult}
  operator: {kind: queue}
"""
# The dialplan takes over when the service has been silent for more than five seconds.
_HEARTBEAT_STALE_S = 7.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """What became of one rising load.

    `called`: when each number called, seconds since the epoch; `well`: who came through, was queued and hung up.
    """

    called: Mapping[str, float]
    well: AbstractSet[str]


def calls_of(rate: Rate, top_s: int) -> int:
    """How many calls a load makes that rises to its top and stays there for so many seconds."""
    rising = range(round(rate.first), rate.most, rate.steeper)
    return sum(rising) + rate.most * top_s


def sustained(ramp: Ramp, rate: Rate) -> float:
    """Calls a second when the first call that failed was made; the top when none did.

    Raises ValueError when no call was made.
    """
    begin = min(ramp.called.values())
    failed = [at for number, at in ramp.called.items() if number not in ramp.well]
    if not failed:
        return rate.most
    return min(rate.first + rate.steeper * int(min(failed) - begin), rate.most)


def queued_numbers(lines: Iterable[Line], category: str) -> set[str]:
    """The callers that came into the queue under this category."""
    return {line.caller for line in lines if line.user_event == "HOTLINE_QUEUED" and line.text == category}


def fallbacks(lines: Iterable[Line]) -> set[str]:
    """The callers whom the dialplan's menu answered."""
    return {line.caller for line in lines if line.user_event == "HOTLINE_FALLBACK"}


async def measure(conditions: Conditions) -> Sequence[Figure]:
    rate = _RATE_IN_A_HURRY if conditions.quick else _RATE
    driven, compiled = [], []
    async with stage(conditions, sections=_SECTIONS, menus={"keys": _MENU}) as city:
        for run in range(conditions.runs(_RUNS)):
            conditions.say(f"run {run + 1}: driven over AMI, {rate.first:g} to {rate.most} calls a second")
            driven.append(sustained(await _ramp(city, f"136{run}1", rate, by_dialplan=False), rate))
            conditions.say(f"run {run + 1}: compiled to dialplan, the same; {driven[-1]:g}/s were driven over AMI")
            await city.service.kill()
            await asyncio.sleep(_HEARTBEAT_STALE_S)
            compiled.append(sustained(await _ramp(city, f"136{run}2", rate, by_dialplan=True), rate))
            await city.service.start()
    ratios = tuple(ours / theirs for ours, theirs in zip(driven, compiled, strict=True))
    return [Figure(TARGET, ratios, f"calls/s over AMI {_list(driven)}, in dialplan {_list(compiled)}")]


async def _ramp(city: Stage, prefix: str, rate: Rate, *, by_dialplan: bool) -> Ramp:
    load = Load(caller_scenario(prefix, _NUMBER, _ACTIONS, city.sink), calls_of(rate, _AT_THE_TOP_S), rate)
    longest_s = (rate.most - rate.first) / rate.steeper + _AT_THE_TOP_S + _DRAIN_S
    async with city.load(f"ramp-{prefix}", load) as calls:
        # A call that has not ended by then has failed; what it left behind must not spoil the next load.
        with suppress(TimeoutError):
            await calls.finished(longest_s)
        called, hung_up = calls.logged("INVITE"), calls.logged("BYE").keys()
    await city.clear()
    lines = await asyncio.to_thread(_journal, city)
    in_dialplan = fallbacks(lines)
    right_way = called.keys() & in_dialplan if by_dialplan else called.keys() - in_dialplan
    return Ramp(called, queued_numbers(lines, _CATEGORY) & hung_up & right_way)


def _journal(city: Stage) -> list[Line]:
    return [read_line(raw) for raw in cut(city.journal.read_bytes())]


def _list(rates: Sequence[float]) -> str:
    return "/".join(f"{rate:g}" for rate in rates)


MEASUREMENT = Measurement("capacity of the menu", (TARGET,), 1200, measure)
