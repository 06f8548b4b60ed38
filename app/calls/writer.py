"""The one writer of call events: in order, in batches, to Postgres or, while that is away, to the spool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from app.calls import store
from app.calls.events import CallEvent, Kind
from app.calls.store import Finished, StoredEvent
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.spool import Spool
from app.tickets.intake import Intake

log = structlog.get_logger(__name__)

_BATCH = 200
_RETRY_S = 1.0

OnStored = Callable[[Sequence[StoredEvent]], None]
OnFinished = Callable[[Finished], None]


class EventWriter:
    """Takes call events from anywhere without waiting; `run` writes them.

    An ENDED event finishes its call: record, parties, ticket and jobs in one transaction. What Postgres has not taken
    lies in the spool (fsync), and is replayed in order before anything newer is written.
    """

    def __init__(
        self,
        database: Database,
        spool: Spool,
        intake: Intake,
        *,
        on_stored: OnStored = lambda _: None,
        on_finished: OnFinished = lambda _: None,
    ) -> None:
        self._database = database
        self._spool = spool
        self._intake = intake
        self._on_stored = on_stored
        self._on_finished = on_finished
        self._queue: asyncio.Queue[CallEvent] = asyncio.Queue()

    def put(self, *events: CallEvent) -> None:
        """Queue events for writing; never blocks, never fails."""
        for event in events:
            self._queue.put_nowait(event)

    @property
    def waiting(self) -> int:
        """Events not yet in Postgres."""
        return self._queue.qsize() + self._spool.pending()

    async def run(self) -> None:
        """Write until cancelled; what is still queued then goes to Postgres or to the spool."""
        await self._resume()
        try:
            while True:
                await self._write(await self._next_batch())
        finally:
            await asyncio.shield(self._write(self._drain()))

    async def _resume(self) -> None:
        """Do what an earlier run left undone: the spool, and calls whose end is stored but not their ticket."""
        await self._replay()
        try:
            async with self._database.acquire() as connection:
                unfinished = await connection.fetch(QUERIES["unfinished_calls"])
            for row in unfinished:
                await self._finish(row["id"])
        except DatabaseUnavailable:
            log.warning("postgres away at start")

    async def _next_batch(self) -> list[CallEvent]:
        """Wait for the next events; with a spool to empty, look at Postgres again meanwhile."""
        try:
            async with asyncio.timeout(_RETRY_S if self._spool.pending() else None):
                first = await self._queue.get()
        except TimeoutError:
            await self._replay()
            return []
        return [first, *self._drain(_BATCH - 1)]

    def _drain(self, most: int | None = None) -> list[CallEvent]:
        count = self._queue.qsize() if most is None else min(most, self._queue.qsize())
        return [self._queue.get_nowait() for _ in range(count)]

    async def _write(self, events: Sequence[CallEvent]) -> None:
        if not events:
            return
        if self._spool.pending():
            await self._to_spool(events)
            await self._replay()
            return
        try:
            await self._store(events)
        except DatabaseUnavailable:
            log.warning("postgres away: spooling", events=len(events))
            await self._to_spool(events)

    async def _to_spool(self, events: Sequence[CallEvent]) -> None:
        await asyncio.to_thread(self._spool.append, [event.as_dict() for event in events])

    async def _replay(self) -> None:
        if not self._spool.pending():
            return
        try:
            await self._spool.replay(self._store_spooled)
        except DatabaseUnavailable:
            return
        log.info("spool replayed")

    async def _store_spooled(self, records: Sequence[Mapping[str, Any]]) -> None:
        await self._store([CallEvent.from_dict(record) for record in records])

    async def _store(self, events: Sequence[CallEvent]) -> None:
        async with self._database.transaction() as connection:
            stored = await store.append(connection, events)
        self._on_stored(stored)
        for event in events:
            if event.kind is Kind.ENDED:
                await self._finish(event.call_id)

    async def _finish(self, call_id: str) -> None:
        async with self._database.transaction() as connection:
            finished = await store.finish(connection, call_id, self._intake)
        log.info("call finished", call=call_id, ticket=finished.ticket, new=finished.new)
        self._on_finished(finished)
