"""The service as a process of its own, `hotline serve --no-worker`, so that only what it does itself is measured."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

HOTLINE = Path(sys.executable).with_name("hotline")
READY_S = 120.0
_END_S = 45.0
_LOOK_S = 0.1


class ServiceFailed(Exception):  # noqa: N818 - named for what happened
    """The service did not get ready; the text ends with its last words."""


class ServiceProcess:
    """Starts, stops and kills the service; `sections` are its settings by their names in hotline.toml."""

    def __init__(self, sections: Mapping[str, Any], http: aiohttp.ClientSession, log: Path) -> None:
        self._sections = sections
        self._http = http
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the service was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the service and wait until it takes calls. Raises ServiceFailed."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(HOTLINE), "serve", "--no-worker"),
                env=_environment(self._sections),
                cwd=self._log.parent,
                stdout=log,
                stderr=log,
            )
        try:
            async with asyncio.timeout(READY_S):
                while not await self._ready():  # noqa: ASYNC110 - another process gets ready
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise ServiceFailed(f"not ready within {READY_S:g} s: {self._last_words()}") from None

    async def kill(self) -> None:
        """End the process at once; its Asterisk and the calls there go on."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End the process in good order, with its Asterisk."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(how)
        try:
            async with asyncio.timeout(_END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ready(self) -> bool:
        if not self.running:
            raise ServiceFailed(f"hotline serve has ended: {self._last_words()}")
        try:
            async with self._http.get("/readyz") as response:
                return response.status == 200
        except aiohttp.ClientConnectionError:
            return False

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _environment(sections: Mapping[str, Any]) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return environment | {
        f"HOTLINE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in sections.items()
    }
