"""Reads Asterisk's own journal all the time and mends what the service did not see: no call is without its record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import structlog

from ami_bridge.model import is_outgoing
from app.calls import journal, lost, store
from app.calls.events import CallEvent
from app.calls.journal import JournalError, Line
from app.calls.tail import Tail
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES

log = structlog.get_logger(__name__)

_EVERY_S = 2.0
_URGENT_S = 0.1
# An urgent call that the journal does not tell within this is as urgent as all others.
_URGENT_FOR_S = 5.0
# A call that Asterisk ended this long ago and that the database does not know as ended was not seen by us.
_OVERDUE = timedelta(seconds=5)
# A call that the journal tells nothing of must have been silent for this long.
_UNTOLD = timedelta(minutes=1)
# A call that never ends in the journal, on an Asterisk that cannot be asked, is given up after this.
_ABANDONED = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the rest of the service knows of a node and its calls.

    `alive`: whether the call is in progress, as far as we know. `unwritten`: whether events of it are still to be
    written. `gone`: whether Asterisk, asked now, does not have it. `answered`: when Asterisk last answered us.
    `recorded`: when audio of the call was last written.
    """

    alive: Callable[[str], bool]
    unwritten: Callable[[str], bool]
    gone: Callable[[str], Awaitable[bool]]
    answered: Callable[[], datetime | None]
    recorded: Callable[[str], datetime | None]


class Reconciler:
    """Follows one node's journal. Calls that were missed are told as events with the source `journal`.

    The position is kept in the database and never passes a call that is not finished, so that nothing is lost by
    dying at any moment; telling an event twice is harmless. A call that neither Asterisk nor its journal can end any
    more (Asterisk was killed, the power was cut) ends with its last sign of life. `refused` is called for every line
    that is none.
    """

    def __init__(
        self,
        node: str,
        path: Path,
        database: Database,
        emit: Callable[[CallEvent], None],
        witnesses: Witnesses,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._node = node
        self._path = path
        self._database = database
        self._emit = emit
        self._witnesses = witnesses
        self._refused = refused
        self._calls: dict[str, list[Line]] = {}
        self._starts: dict[str, int] = {}
        self._urgent: dict[str, float] = {}
        self._last_seen: dict[str, datetime] = {}
        self._hurried = asyncio.Event()
        self._tail: Tail | None = None
        self._told: set[str] = set()
        # When an earlier run of the service last heard Asterisk.
        self._answered_before: datetime | None = None

    def hurry(self, call_id: str, last_seen: datetime | None = None) -> None:
        """This call is over and only the journal knows it whole: do not wait until it is overdue.

        `last_seen` is when we last knew it alive, for a call whose end we did not see.
        """
        self._urgent[call_id] = asyncio.get_running_loop().time() + _URGENT_FOR_S
        if last_seen:
            self._last_seen[call_id] = last_seen
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
        seconds = pause_s(self._urgent.values(), asyncio.get_running_loop().time())
        if seconds == _URGENT_S:
            await asyncio.sleep(seconds)
            return
        self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    async def _look(self) -> None:
        if self._tail is None:
            self._tail = await self._resume()
        lines = await self._read(self._tail)
        now, clock = datetime.now(UTC), asyncio.get_running_loop().time()
        self._urgent = {call: until for call, until in self._urgent.items() if call in self._calls or clock < until}
        for call_id in list(self._calls):
            await self._consider(call_id, now)
        if not lines:
            await self._end_untold(now)
        await self._keep_position(self._tail)

    async def _resume(self) -> Tail:
        async with self._database.acquire() as connection:
            row = await connection.fetchrow(QUERIES["journal_position"], self._node)
        if row is None:
            return Tail(self._path)
        self._answered_before = row["answered_at"]
        return Tail(self._path, row["inode"], row["position"])

    async def _read(self, tail: Tail) -> int:
        """Take in what is new; how many lines that was."""
        inode = tail.inode
        lines = await asyncio.to_thread(tail.read)
        if tail.inode != inode:
            # What began in the file before begins, in this one, with its first byte.
            self._starts = dict.fromkeys(self._starts, 0)
        for position, raw in lines:
            self._take(position, raw)
        return len(lines)

    def _take(self, start: int, raw: bytes) -> None:
        try:
            line = journal.read_line(raw)
        except JournalError as error:
            self._refused()
            log.error("journal line unreadable: stepped over", node=self._node, position=start, why=error.kind)
            return
        if line.call_id in self._calls or line.begins_call:
            self._calls.setdefault(line.call_id, []).append(line)
            self._starts.setdefault(line.call_id, start)

    async def _consider(self, call_id: str, now: datetime) -> None:
        """Mend this call if it is over as far as Asterisk is concerned, and nobody else will tell of it."""
        if self._witnesses.unwritten(call_id):
            return
        if call_id in self._told:
            await self._finished(call_id)
            return
        lines = self._calls[call_id]
        if journal.ended(lines, call_id) and not self._goes_on(call_id):
            if call_id in self._urgent or now - lines[-1].at > _OVERDUE:
                await self._mend(call_id, lines, None)
        elif await self._lost(call_id, lines[-1].at, now):
            await self._mend(call_id, lines, await self._last_sign(call_id, lines))

    def _goes_on(self, call_id: str) -> bool:
        """Whether a call that goes out may have channels yet, although each that it had is gone."""
        return is_outgoing(call_id) and self._witnesses.alive(call_id)

    async def _lost(self, call_id: str, last: datetime, now: datetime) -> bool:
        """Whether a call without an end has none any more."""
        if now - last <= _OVERDUE or self._witnesses.alive(call_id):
            return False
        return now - last > _ABANDONED or await self._witnesses.gone(call_id)

    async def _last_sign(self, call_id: str, lines: Sequence[Line]) -> datetime:
        """When the call was last known alive, from all that can tell: the latest of them is right."""
        async with self._database.acquire() as connection:
            told = lost.last_sign(await store.load_events(connection, call_id))
        answered = self._answered_before
        signs = [lines[-1].at, told, self._witnesses.recorded(call_id), self._last_seen.get(call_id)]
        signs.append(answered if answered and answered > lines[0].at else None)
        return min(max(sign for sign in signs if sign), datetime.now(UTC))

    async def _finished(self, call_id: str) -> bool:
        """Whether the call is complete in the database: then it is forgotten here."""
        async with self._database.acquire() as connection:
            call = await connection.fetchrow(QUERIES["get_call"], call_id)
        if call is None or call["ended_at"] is None:
            return False
        self._forget(call_id)
        return True

    async def _mend(self, call_id: str, lines: Sequence[Line], last_seen: datetime | None) -> None:
        """Tell what the database does not know of an ended call."""
        if await self._finished(call_id):
            return
        self._told.add(call_id)
        events = journal.events_of(call_id, self._node, lines, last_seen=last_seen)
        log.warning("call told by the journal", call=call_id, events=len(events), lost=last_seen is not None)
        for event in events:
            self._emit(event)

    async def _end_untold(self, now: datetime) -> None:
        """End calls that the journal knows nothing of (there is none, it was lost) and that Asterisk does not have."""
        async with self._database.acquire() as connection:
            rows = await connection.fetch(QUERIES["calls_without_end"], self._node)
        for call_id in [row["id"] for row in rows if row["id"] not in self._calls]:
            if not self._witnesses.unwritten(call_id) and not self._witnesses.alive(call_id):
                await self._end_if_lost(call_id, now)

    async def _end_if_lost(self, call_id: str, now: datetime) -> None:
        async with self._database.acquire() as connection:
            events = await store.load_events(connection, call_id)
        last = lost.last_sign(events)
        if last is None or now - last <= _UNTOLD or not await self._lost(call_id, last, now):
            return
        log.warning("call without an end, and without a journal", call=call_id)
        for event in lost.closing(call_id, events, max(last, self._witnesses.recorded(call_id) or last)):
            self._emit(event)

    def _forget(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        self._starts.pop(call_id, None)
        self._urgent.pop(call_id, None)
        self._last_seen.pop(call_id, None)
        self._told.discard(call_id)

    async def _keep_position(self, tail: Tail) -> None:
        answered = self._witnesses.answered()
        position = min(self._starts.values(), default=tail.position)
        async with self._database.acquire() as connection:
            await connection.execute(
                QUERIES["set_journal_position"], self._node, tail.inode, position, answered or self._answered_before
            )


def pause_s(urgent_until: Iterable[float], now: float) -> float:
    """How long to wait for the next look; a call is urgent for a while only. Seconds of one clock. Pure."""
    return _URGENT_S if any(now < until for until in urgent_until) else _EVERY_S


def last_written(directory: Path) -> datetime | None:
    """When a file of this directory was last written to; None when there is none."""
    times = [path.stat().st_mtime for path in directory.glob("*.wav")]
    return datetime.fromtimestamp(max(times), UTC) if times else None
