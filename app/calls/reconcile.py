"""Reads Asterisk's own journal all the time and mends what the service did not see: no call is without its record."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import structlog

from ami_bridge.framing import text_of
from app.calls import journal
from app.calls.events import CallEvent
from app.calls.journal import JournalError, Line
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES

log = structlog.get_logger(__name__)

_EVERY_S = 2.0
_URGENT_S = 0.1
# A call that Asterisk ended this long ago and that the database does not know as ended was not seen by us.
_OVERDUE = timedelta(seconds=5)
# A call that never ends in the journal (Asterisk was killed) is given up after this.
_ABANDONED = timedelta(hours=6)
_MOST_BYTES = 4 << 20


class Tail:
    """The lines added to a file since the last look; notices when the file was replaced. Positions in bytes."""

    def __init__(self, path: Path, inode: int = 0, position: int = 0) -> None:
        self._path = path
        self.inode = inode
        self.position = position

    def read(self) -> list[tuple[int, str]]:
        """New whole lines, each with the position after it; an unfinished last line waits for the next look."""
        try:
            with self._path.open("rb") as file:
                self._follow(file.fileno())
                file.seek(self.position)
                data = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return []
        lines = []
        for raw in data.splitlines(keepends=True):
            if not raw.endswith(b"\n"):
                break
            self.position += len(raw)
            lines.append((self.position, text_of(raw.rstrip(b"\r\n"))))
        return lines

    def _follow(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if status.st_ino != self.inode or status.st_size < self.position:
            self.inode, self.position = status.st_ino, 0


class Reconciler:
    """Follows one node's journal. Calls that were missed are told as events with the source `journal`.

    The position is kept in the database and never passes a call that is not finished, so that nothing is lost by
    dying at any moment; telling an event twice is harmless.
    """

    def __init__(
        self,
        node: str,
        path: Path,
        database: Database,
        emit: Callable[[CallEvent], None],
        alive: Callable[[str], bool],
        unwritten: Callable[[str], bool],
    ) -> None:
        self._node = node
        self._path = path
        self._database = database
        self._emit = emit
        self._alive = alive
        self._unwritten = unwritten
        self._calls: dict[str, list[Line]] = {}
        self._starts: dict[str, int] = {}
        self._urgent: set[str] = set()
        self._hurried = asyncio.Event()
        self._tail: Tail | None = None
        self._told: set[str] = set()

    def hurry(self, call_id: str) -> None:
        """This call has just ended and only the journal knows it whole: do not wait until it is overdue."""
        self._urgent.add(call_id)
        self._hurried.set()

    async def run(self) -> None:
        """Follow the journal until cancelled."""
        while True:
            try:
                await self._look()
            except (DatabaseUnavailable, asyncpg.PostgresError) as error:
                log.info("journal waits for postgres", node=self._node, error=type(error).__name__)
            await self._pause()

    async def _pause(self) -> None:
        """Wait for the next look: a short while when a call is urgent, else until one becomes so."""
        if self._urgent:
            await asyncio.sleep(_URGENT_S)
            return
        self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_EVERY_S):
                await self._hurried.wait()

    async def _look(self) -> None:
        if self._tail is None:
            self._tail = await self._resume()
        before = self._tail.position
        for position, text in await asyncio.to_thread(self._tail.read):
            self._take(before, text)
            before = position
        now = datetime.now(UTC)
        for call_id in [call_id for call_id, lines in self._calls.items() if self._due(call_id, lines, now)]:
            await self._mend(call_id)
        await self._keep_position()

    async def _resume(self) -> Tail:
        async with self._database.acquire() as connection:
            row = await connection.fetchrow(QUERIES["journal_position"], self._node)
        return Tail(self._path, row["inode"], row["position"]) if row else Tail(self._path)

    def _take(self, start: int, text: str) -> None:
        try:
            line = journal.parse(text)
        except JournalError as error:
            log.warning("journal line unreadable", node=self._node, why=str(error)[:80])
            return
        if line.call_id in self._calls or line.begins_call:
            self._calls.setdefault(line.call_id, []).append(line)
            self._starts.setdefault(line.call_id, start)

    def _due(self, call_id: str, lines: Sequence[Line], now: datetime) -> bool:
        """Whether this call is over as far as Asterisk is concerned, and nobody else will tell of it."""
        if self._unwritten(call_id):
            return False
        if journal.ended(lines, call_id):
            return call_id in self._urgent or now - lines[-1].at > _OVERDUE
        return now - lines[-1].at > _ABANDONED and not self._alive(call_id)

    async def _mend(self, call_id: str) -> None:
        """Tell what the database does not know of an ended call; forget it when it is complete there."""
        async with self._database.acquire() as connection:
            call = await connection.fetchrow(QUERIES["get_call"], call_id)
        if call is not None and call["ended_at"] is not None:
            self._forget(call_id)
            return
        if call_id in self._told:
            return
        self._told.add(call_id)
        try:
            events = journal.events_of(call_id, self._node, self._calls[call_id])
        except JournalError as error:
            log.error("journal of a call unreadable", call=call_id, why=str(error))
            return
        log.warning("call told by the journal", call=call_id, events=len(events))
        for event in events:
            self._emit(event)

    def _forget(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        self._starts.pop(call_id, None)
        self._urgent.discard(call_id)
        self._told.discard(call_id)

    async def _keep_position(self) -> None:
        if self._tail is None or not self._tail.inode:
            return
        position = min(self._starts.values(), default=self._tail.position)
        async with self._database.acquire() as connection:
            await connection.execute(QUERIES["set_journal_position"], self._node, self._tail.inode, position)
