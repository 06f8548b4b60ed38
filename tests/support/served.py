"""The service as a process of its own (`hotline serve`), to be interrupted, killed, stopped and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from app.setup.containers import find_engine
from app.setup.telephony import container_name
from tests.support.city import READY_S, City, Plan, log_in, staged_city, until

HOTLINE = Path(sys.executable).with_name("hotline")
_END_S = 45.0
# A call whose end nobody saw is told by Asterisk's journal, a few seconds after the restart.
_JOURNAL_S = 30.0


class Served:
    """A city and the process that serves it."""

    def __init__(self, city: City, directory: Path) -> None:
        self.city = city
        self.log = directory / "serve.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        assert self._process is not None
        return self._process.returncode

    async def start(self) -> None:
        """Start the service and wait until it takes calls and keeps them."""
        environment = _environment(self.city.sections)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(HOTLINE), "serve", env=environment, cwd=self.log.parent, stdout=log, stderr=log
            )
        try:
            await until(self._ready, "the service is ready", READY_S)
        except TimeoutError:
            raise TimeoutError(f"hotline serve did not get ready: {self.log.read_text()[-2000:]}") from None

    async def serve_beside(self, **changes: object) -> tuple[int, str]:
        """Start a second service with these settings changed and wait for its end: its status and what it said."""
        sections = {**self.city.sections, **changes}
        with (self.log.parent / "beside.log").open("wb+") as log:
            process = await asyncio.create_subprocess_exec(
                str(HOTLINE), "serve", env=_environment(sections), cwd=self.log.parent, stdout=log, stderr=log
            )
            try:
                async with asyncio.timeout(_END_S):
                    await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            log.seek(0)
            return process.returncode or 0, log.read().decode()

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        os.kill(self.pid, number)

    async def kill(self) -> None:
        """SIGKILL, as the kernel does when memory runs out."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def power_cut(self) -> None:
        """SIGKILL for the service and for Asterisk, in one moment."""
        engine = await find_engine()
        self.send(signal.SIGKILL)
        await engine.container(container_name(self.city.settings)).kill()
        await self.ended()

    async def ended(self, within: float = _END_S) -> int:
        """Wait until the process has ended; its exit status."""
        assert self._process is not None
        async with asyncio.timeout(within):
            return await self._process.wait()

    async def restart(self) -> None:
        """SIGKILL, and the service is started again."""
        await self.kill()
        await self.start()

    async def cli(self, command: str) -> str:
        """Run a command of the own Asterisk's console."""
        return await self.city.console(command)

    async def quiet(self) -> None:
        """Wait until Asterisk has no channel."""

        async def no_channel() -> bool:
            return not (await self.cli("core show channels concise")).strip()

        await until(no_channel, "no channel is left")

    async def close(self) -> None:
        """End the process, whatever it does, and remove its Asterisk."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()
        engine = await find_engine()
        await engine.container(container_name(self.city.settings)).remove()

    async def _ready(self) -> bool:
        if self.status is not None:
            raise RuntimeError(f"hotline serve ended with {self.status}: {self.log.read_text()[-2000:]}")
        try:
            status, _ = await self.city.request("GET", "/readyz")
        except aiohttp.ClientConnectionError:
            return False
        return status == 200


@asynccontextmanager
async def served_city(plan: Plan) -> AsyncIterator[Served]:
    """A city served by a process; the first operators are logged in and ready."""
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(staged_city(plan))
        served = Served(city, plan.directory)
        stack.push_async_callback(served.close)
        await served.start()
        await log_in(city, plan)
        yield served


async def one_whole_ticket(served: Served, call_id: str) -> dict[str, Any]:
    """The call's outcome, which must be one ticket with the operator, a recording and no event twice."""
    city = served.city
    call = await city.outcome(call_id, within=_JOURNAL_S)
    assert call["outcome"] == "conversation"
    [ticket] = call["tickets"]
    assert (ticket["operator_id"], ticket["caller_phone"]) == ("op1001", call["caller"])
    told = [(event["kind"], event["data"].get("key")) for event in await city.events(call_id)]
    for kind in ("started", "key", "queued", "operator-joined", "legs", "ended"):
        assert len([each for each in told if each[0] == kind]) <= 1, told

    async def recorded() -> list[dict[str, Any]]:
        return await city.rows("SELECT role, seconds FROM recordings WHERE call_id = $1 AND kind = 'track'", call_id)

    call["tracks"] = await until(recorded, "the recording is there", _JOURNAL_S)
    assert {"citizen", "operator"} <= {track["role"] for track in call["tracks"]}
    assert all(track["seconds"] > 1 for track in call["tracks"])
    return call


def _environment(sections: Mapping[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return kept | {f"HOTLINE_{name.upper()}": _setting(value) for name, value in sections.items()}


def _setting(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
