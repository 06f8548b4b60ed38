"""A TCP connection between two parts that can be cut and restored, as a network does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HOST = "127.0.0.1"


class Cable:
    """Passes bytes between its own port and `target` while it is plugged in."""

    def __init__(self, port: int, target: int) -> None:
        self._port, self._target = port, target
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def plug(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._connected, HOST, self._port)

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._pass_on(reader, writer)
        finally:
            writer.close()
            self._passing.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, self._target)
        try:
            there, back = _copy(reader, far_writer), _copy(far_reader, writer)
            await asyncio.wait(
                {asyncio.ensure_future(there), asyncio.ensure_future(back)}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            far_writer.close()


@asynccontextmanager
async def cable(port: int, target: int) -> AsyncIterator[Cable]:
    """A cable, plugged in."""
    between = Cable(port, target)
    await between.plug()
    try:
        yield between
    finally:
        await between.cut()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()
