"""What a call costs the service itself: CPU time for each, and memory after very many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.demo.scenarios import Action, Press, Wait
from bench.figures import Figure, Target
from bench.load import Load, Rate, caller_scenario
from bench.measurement import Conditions, Measurement
from bench.process import cpu_of, memory_of
from bench.stage import Stage, stage

CPU = Target("service_cpu_ms_per_call", "ms", 5)
MEMORY = Target("memory_ratio", "ratio", 1.05)
_RATE = 20
_BLOCK = 500
_BLOCKS = 10
_BLOCKS_IN_A_HURRY = 3
_OPERATORS = 100
_FULL = "12345"
# The greeting is 4.7 s; the key interrupts the menu; after the transfer prompt (3 s) comes an operator.
_ACTIONS: Sequence[Action] = (Press("1", 5.3), Wait(5.7))
_BLOCK_S = _BLOCK / _RATE + 60.0
_CALLS_OFF_S = 60.0


@dataclass(frozen=True, slots=True)
class Used:
    """What the service has used after so many calls: CPU seconds since its start, bytes of memory now."""

    calls: int
    cpu_s: float
    memory: int


def cpu_ms_per_call(used: Sequence[Used]) -> list[float]:
    """Between each two looks, milliseconds of CPU for each call."""
    return [(b.cpu_s - a.cpu_s) * 1000 / (b.calls - a.calls) for a, b in pairwise(used)]


def memory_ratio(used: Sequence[Used]) -> float:
    """Memory at the last look over memory at the first."""
    return used[-1].memory / used[0].memory


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Whole calls: greeting, menu over AsyncAGI, key, queue, operator, hangup, ticket; everything the service does."""
    blocks = _BLOCKS_IN_A_HURRY if conditions.quick else _BLOCKS
    used, lost = [], 0
    async with stage(conditions, operators=_OPERATORS) as city, city.operators(_OPERATORS):
        for block in range(blocks):
            conditions.say(f"calls {block * _BLOCK} to {(block + 1) * _BLOCK} of {blocks * _BLOCK}, {_RATE} a second")
            lost += not await _block(city, block)
            used.append(Used((block + 1) * _BLOCK, cpu_of(city.service.pid), memory_of(city.service.pid)))
        tickets = (await city.city.rows("SELECT count(*) AS opened FROM tickets"))[0]["opened"]
    note = f"{tickets} tickets of {blocks * _BLOCK} calls" + (
        f"; SIPp counts failures in {lost} blocks" if lost else ""
    )
    sizes = (
        f"{used[0].memory / 2**20:.0f} MiB after {used[0].calls} calls, {used[-1].memory / 2**20:.0f} MiB at the end"
    )
    return [Figure(CPU, tuple(cpu_ms_per_call(used)), note), Figure(MEMORY, (memory_ratio(used),), sizes)]


async def _block(city: Stage, block: int) -> bool:
    """So many calls; whether all went well for SIPp. Waits until the service has done with them."""
    scenario = caller_scenario(f"137{block}", _FULL, _ACTIONS, city.sink)
    async with city.load(f"cost-{block}", Load(scenario, _BLOCK, Rate(_RATE))) as calls:
        well = await calls.finished(_BLOCK_S)
    await city.all_finished(_CALLS_OFF_S)
    return well


MEASUREMENT = Measurement("cost of a call", (CPU, MEMORY), 480, measure)
