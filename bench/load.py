"""Many calls by one SIPp process: so many a second, or more and more a second; what became of them, and when."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.demo.scenarios import Action, Caller, citizen
from tests.support.phones import HOST, free_udp_port, heard_at

_STOP_S = 5.0
_MOST_AT_ONCE = 5000
_STAMP = re.compile(r"(\d{10,}\.\d{6})$")


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a second; `steeper` more each second up to `most`."""

    first: float
    steeper: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls of one kind, made or taken. `scenario` is SIPp's; `port` is where it sits (0: anywhere).

    `lines`, one for each call, give the scenario its `[field0]`, `[field1]`, ...: values between semicolons.
    """

    scenario: str
    calls: int
    rate: Rate = Rate(1)
    port: int = 0
    lines: Sequence[str] = ()


def caller_scenario(prefix: str, dialled: str, actions: Sequence[Action], sink: int) -> str:
    """A citizen of a load: dials, acts, hangs up. The audio goes to the port `sink`, where nobody listens.

    Every call has its own number: `prefix` and the number of the call, counted from 1. SIPp logs when each call's
    INVITE and BYE are sent (`Calls.logged`).
    """
    scenario = heard_at(citizen(Caller(f"{prefix}[call_number]"), dialled, actions, hang_up=True), sink)
    return noting_sent(noting_sent(scenario, "INVITE", prefix), "BYE", prefix)


def noting_sent(scenario: str, method: str, prefix: str = "") -> str:
    """The scenario with a line in SIPp's log just before each request of this method is sent."""
    note = f"<nop><action>{_log(method, prefix)}</action></nop>\n"
    return re.sub(rf"(<send[^>]*><!\[CDATA\[\n{method} )", lambda found: note + found[1], scenario)


def noting_received(scenario: str, method: str, prefix: str = "") -> str:
    """The scenario with a line in SIPp's log for each request of this method that arrives, where it acts on it."""
    begin = rf'(<recv request="{method}"[^>]*><action>)'
    return re.sub(begin, lambda found: found[1] + _log(method, prefix), scenario)


def _log(method: str, prefix: str) -> str:
    return f'<log message="{method} {prefix}[call_number] [timestamp]"/>'


def logged(log: str, method: str) -> dict[str, float]:
    """When each number's first request was sent or arrived, in seconds since the epoch, from SIPp's log."""
    times: dict[str, float] = {}
    for line in log.splitlines():
        noted_method, _, rest = line.partition(" ")
        stamp = _STAMP.search(rest)
        if noted_method == method and stamp:
            times.setdefault(rest.partition(" ")[0], float(stamp[1]))
    return times


class Calls:
    """A load under way."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def finished(self, deadline_s: float) -> bool:
        """Wait until all calls have ended; whether SIPp counted none as failed. Raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            return await self._process.wait() == 0

    def logged(self, method: str) -> dict[str, float]:
        """When each number's request of this method was sent or arrived, as far as it was to be noted."""
        return logged(self._log.read_text(errors="replace"), method)

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()


@asynccontextmanager
async def calls(name: str, load: Load, server: str, directory: Path) -> AsyncIterator[Calls]:
    """Make the calls; on leaving, those still under way are dropped."""
    output = await asyncio.to_thread(_prepare, directory, name, load)
    with output:
        process = await asyncio.create_subprocess_exec(
            *_command(name, load, server),
            cwd=directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    running = Calls(process, directory / f"{name}.log")
    try:
        yield running
    finally:
        await running.stop()


def _prepare(directory: Path, name: str, load: Load) -> IO[bytes]:
    """Write what SIPp reads; the file that takes its screen."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.xml").write_text(load.scenario, encoding="utf-8")
    (directory / f"{name}.csv").write_text("\n".join(["SEQUENTIAL", *load.lines]) + "\n", encoding="utf-8")
    return (directory / f"{name}.out").open("wb")


def _command(name: str, load: Load, server: str) -> list[str]:
    rate = load.rate
    steeper = ["-rate_increase", rate.steeper, "-rate_interval", 1, "-rate_max", rate.most, "-no_rate_quit"]
    options = [
        *("-sf", f"{name}.xml", "-i", HOST, "-mi", HOST, "-p", load.port or free_udp_port()),
        *("-m", load.calls, "-r", rate.first, "-l", _MOST_AT_ONCE),
        *(steeper if rate.steeper else []),
        *(["-inf", f"{name}.csv"] if load.lines else []),
        *("-trace_logs", "-log_file", f"{name}.log", "-trace_err", "-error_file", f"{name}_errors.log"),
        *("-nostdin", "-default_behaviors", "all,-bye"),
    ]
    return ["sipp", server, *(str(option) for option in options)]
