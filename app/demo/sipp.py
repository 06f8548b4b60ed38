"""Runs SIPp phones as child processes: one process is one phone (or many callers of one kind)."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# SIPp's exit status (SIPp documentation, "Exit codes").
_FINISHED = 0
_STOP_DEADLINE_S = 3.0


class PhoneError(Exception):
    """A phone did not go through its scenario; the text ends with SIPp's own words."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a phone sits and whom it talks to. `media_port` is the first of the RTP ports it may use."""

    host: str
    port: int
    server: str
    media_port: int


class Phone:
    """A running SIPp process."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, log: Path) -> None:
        self._process = process
        self._name = name
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.returncode is not None

    async def finished(self, deadline_s: float) -> None:
        """Wait until the scenario has ended. Raises PhoneError when it failed, TimeoutError at the deadline."""
        async with asyncio.timeout(deadline_s):
            status = await self._process.wait()
        if status != _FINISHED:
            raise PhoneError(f"{self._name}: SIPp ended with status {status}: {self._last_words()}")

    async def stop(self) -> None:
        """End the phone at once; a call it is in is dropped."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        async with asyncio.timeout(_STOP_DEADLINE_S):
            await self._process.wait()

    def _last_words(self) -> str:
        errors = sorted(self._log.parent.glob(f"{self._log.stem}*_errors.log"))
        texts = [path.read_text(errors="replace")[-800:] for path in [*errors, self._log] if path.exists()]
        return " ".join(" ".join(texts).split())[-800:]


@contextlib.asynccontextmanager
async def phone(
    name: str, scenario: str, line: Line, directory: Path, *, calls: int = 1, rate: float = 1.0, limit: int = 1000
) -> AsyncIterator[Phone]:
    """Start a phone and stop it on leaving. `calls` calls are made or taken, at `rate` per second."""
    scenario_file, log = _prepare(directory, name, scenario)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_command(name, scenario_file, line, calls, rate, limit),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            cwd=directory,
        )
    running = Phone(process, name, log)
    try:
        yield running
    finally:
        await running.stop()


def _prepare(directory: Path, name: str, scenario: str) -> tuple[Path, Path]:
    directory.mkdir(parents=True, exist_ok=True)
    scenario_file = directory / f"{name}.xml"
    scenario_file.write_text(scenario, encoding="utf-8")
    return scenario_file, directory / f"{name}.log"


def _command(name: str, scenario: Path, line: Line, calls: int, rate: float, limit: int) -> Sequence[str]:
    return [
        "sipp",
        line.server,
        *("-sf", str(scenario)),
        *("-i", line.host, "-mi", line.host, "-p", str(line.port)),
        *("-mp", str(line.media_port)),
        *("-m", str(calls), "-r", str(rate), "-l", str(limit)),
        *("-trace_err", "-error_file", str(scenario.parent / f"{name}_errors.log")),
        *("-nostdin", "-default_behaviors", "all,-bye"),
    ]
