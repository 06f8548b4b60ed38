"""The one writer of call events: in order, in batches, to Postgres or, while that is away, to the spool."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from app.calls import store
from app.calls.events import CallEvent, Kind
from app.calls.history import Unfinished, merged
from app.calls.refused import keep_refused
from app.calls.store import Finished, StoredEvent
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.spool import Spool, SpoolError
from app.tickets.intake import Intake

log = structlog.get_logger(__name__)

# With these one event is to blame (PostgreSQL manual, appendix A: classes 22, 23 and P0; or it cannot be encoded).
_EVENT_REFUSED = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.PLPGSQLError,
    LookupError,
    TypeError,
    ValueError,
)
# With any other error the database as a whole cannot be written to now, and everything waits.
_AWAY = (DatabaseUnavailable, asyncpg.PostgresError)
_BATCH = 200
# Steps come in bursts; one transaction for a burst costs little more than one for a step.
_GATHER_S = 0.05
_RETRY_S = 1.0
_HISTORY_S = 1.0

OnStored = Callable[[Sequence[StoredEvent]], None]
OnFinished = Callable[[Finished], None]


class EventWriter:
    """Takes call events from anywhere without waiting; `run` writes them.

    An ENDED event finishes its call: record, parties, ticket and jobs in one transaction. What Postgres has not taken
    lies in the spool (fsync), and is replayed in order before anything newer is written. An event that Postgres will
    never take is set aside in the file `refused`, and the others go on. Where the disk is full as well, events wait in
    memory: only if the service ends like that are they left to Asterisk's journal.
    """

    def __init__(
        self,
        database: Database,
        spool: Spool,
        unfinished: Unfinished,
        refused: Path,
        intake: Intake,
        *,
        on_stored: OnStored = lambda _: None,
        on_finished: OnFinished = lambda _: None,
    ) -> None:
        self._database = database
        self._spool = spool
        self._unfinished = unfinished
        self._refused = refused
        self._intake = intake
        self._on_stored = on_stored
        self._on_finished = on_finished
        self._queue: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._in_hand: Sequence[CallEvent] = ()
        self._unwritten: Counter[str] = Counter()
        self._call_ended = asyncio.Event()
        # The last events of an earlier run may be in this machine's file only: all are told again.
        for call_id in unfinished.calls():
            self.put(*unfinished.events(call_id))

    def put(self, *events: CallEvent) -> None:
        """Queue events for writing; never blocks, never fails."""
        for event in events:
            self._unfinished.note(event)
            self._queue.put_nowait(event)
            self._unwritten[event.call_id] += 1
            if event.kind is Kind.ENDED:
                self._call_ended.set()

    async def announce(self, event: CallEvent) -> None:
        """Keep an event that announces an action; it outlives this machine's power when this returns. Never fails.

        Where the disk takes nothing, the event waits in memory as all others do, and the action may be sent all the
        same: a citizen waits for it.
        """
        self._unfinished.note(event)
        try:
            await asyncio.to_thread(self._unfinished.write, [event], durable=True)
        except SpoolError as error:
            log.error("an announced step is in memory only", call=event.call_id, why=str(error))
        self.put(event)

    async def history(self, call_id: str) -> list[CallEvent]:
        """Everything known so far of one call, in order of time: from Postgres, this machine's file and memory.

        Answers within a second and without Postgres: what this service told of a call in progress is all here.
        """
        stored: list[CallEvent] = []
        try:
            async with asyncio.timeout(_HISTORY_S), self._database.acquire() as connection:
                stored = await store.load_events(connection, call_id)
        except (TimeoutError, *_AWAY) as error:
            log.info("history of a call without postgres", call=call_id, error=type(error).__name__)
        return merged(stored, self._unfinished.events(call_id))

    def holds(self, call_id: str) -> bool:
        """Whether events of this call are still to be written."""
        return call_id in self._unwritten

    @property
    def waiting(self) -> int:
        """Events not yet in Postgres."""
        return self._queue.qsize() + len(self._in_hand) + self._spool.pending()

    async def run(self) -> None:
        """Write until cancelled; what is in hand or queued then goes to Postgres or to the spool."""
        try:
            await self._resume()
            while True:
                self._in_hand = await self._next_batch()
                while not await self._write(self._in_hand):  # noqa: ASYNC110 - a disk and a database change it
                    await asyncio.sleep(_RETRY_S)
                self._written(self._in_hand)
                self._in_hand = ()
        finally:
            await asyncio.shield(self._write([*self._in_hand, *self._drain()]))

    async def _resume(self) -> None:
        """Do what an earlier run left undone: the spool, and calls whose end is stored but not their ticket."""
        await self._replay()
        known = self._unfinished.calls()
        try:
            async with self._database.acquire() as connection:
                unfinished = await connection.fetch(QUERIES["unfinished_calls"])
                over = [row["id"] for row in await connection.fetch(QUERIES["finished_calls"], known)]
            await asyncio.to_thread(self._unfinished.forget, over)
            if unfinished:
                await self._finish([row["id"] for row in unfinished])
        except _AWAY as error:
            log.warning("postgres away at start", error=type(error).__name__)

    async def _next_batch(self) -> list[CallEvent]:
        """Wait for the next events; with a spool to empty, look at Postgres again meanwhile."""
        try:
            async with asyncio.timeout(_RETRY_S if self._spool.pending() else None):
                first = await self._queue.get()
        except TimeoutError:
            await self._replay()
            return []
        self._in_hand = (first,)
        await self._gather()
        return [first, *self._drain(_BATCH - 1)]

    async def _gather(self) -> None:
        """Let the rest of a burst come in, unless a call has ended: its ticket is waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_S):
                await self._call_ended.wait()
        self._call_ended.clear()

    def _written(self, events: Sequence[CallEvent]) -> None:
        self._unwritten.subtract(event.call_id for event in events)
        for call_id in {event.call_id for event in events}:
            if not self._unwritten[call_id]:
                del self._unwritten[call_id]

    def _drain(self, most: int | None = None) -> list[CallEvent]:
        count = self._queue.qsize() if most is None else min(most, self._queue.qsize())
        return [self._queue.get_nowait() for _ in range(count)]

    async def _write(self, events: Sequence[CallEvent]) -> bool:
        """Give events to Postgres or to the spool; False when neither takes them now."""
        if not events:
            return True
        await self._note(events)
        if self._spool.pending():
            await self._replay()
        if not self._spool.pending():
            try:
                await self._store(events)
            except _AWAY as error:
                log.warning("postgres away: spooling", events=len(events), error=type(error).__name__)
            else:
                return True
        return await self._to_spool(events)

    async def _note(self, events: Sequence[CallEvent]) -> None:
        try:
            await asyncio.to_thread(self._unfinished.write, events, durable=False)
        except SpoolError as error:
            log.warning("the history of calls in progress is in memory only", why=str(error))

    async def _to_spool(self, events: Sequence[CallEvent]) -> bool:
        try:
            await asyncio.to_thread(self._spool.append, [event.as_dict() for event in events])
        except SpoolError as error:
            log.error("neither postgres nor the spool takes call events", events=len(events), why=str(error))
            return False
        return True

    async def _replay(self) -> None:
        if not self._spool.pending():
            return
        try:
            await self._spool.replay(self._store_spooled)
        except _AWAY as error:
            log.debug("spool waits", error=type(error).__name__)
            return
        log.info("spool replayed")

    async def _store_spooled(self, records: Sequence[Mapping[str, Any]]) -> None:
        await self._store([CallEvent.from_dict(record) for record in records])

    async def _store(self, events: Sequence[CallEvent]) -> None:
        """Store events together; where one is refused, one by one, so that only that one is set aside."""
        try:
            async with self._database.transaction() as connection:
                stored = await store.append(connection, events)
        except _EVENT_REFUSED as error:
            await self._store_singly(events, error)
            return
        self._on_stored(stored)
        ended = [event.call_id for event in events if event.kind is Kind.ENDED]
        if ended:
            await self._finish(ended)
            await asyncio.to_thread(self._unfinished.forget, ended)

    async def _store_singly(self, events: Sequence[CallEvent], error: Exception) -> None:
        if len(events) > 1:
            for event in events:
                await self._store([event])
            return
        [refused] = events
        log.error("call event refused by postgres, set aside", call=refused.call_id, kind=refused.kind.value)
        try:
            await asyncio.to_thread(keep_refused, self._refused, refused, error)
        except OSError as full:
            log.error("refused call event lost", call=refused.call_id, kind=refused.kind.value, why=full.strerror)

    async def _finish(self, call_ids: Sequence[str]) -> None:
        """Finish calls together; where one cannot be finished, one by one.

        That one is tried again at the next start; its events are all kept.
        """
        try:
            async with self._database.transaction() as connection:
                finished = [await store.finish(connection, call_id, self._intake) for call_id in call_ids]
        except _EVENT_REFUSED as error:
            await self._finish_singly(call_ids, error)
            return
        for each in finished:
            log.info("call finished", call=each.record.call_id, ticket=each.ticket, new=each.new)
            self._on_finished(each)

    async def _finish_singly(self, call_ids: Sequence[str], error: Exception) -> None:
        if len(call_ids) > 1:
            for call_id in call_ids:
                await self._finish([call_id])
            return
        log.error(
            "call not finished: no ticket was opened", call=call_ids[0], error=type(error).__name__, exc_info=error
        )
