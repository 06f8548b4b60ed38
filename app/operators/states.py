"""What operators did when, kept in Postgres for the figures; in the spool while Postgres is away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.spool import Spool, SpoolError

log = structlog.get_logger(__name__)

_RETRY_S = 1.0
_MOST = 200
_AWAY = (DatabaseUnavailable, asyncpg.PostgresError)


@dataclass(frozen=True, slots=True)
class StateChange:
    """From `at` on an operator does this, until the next change."""

    operator: str
    at: datetime
    state: str
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"operator": self.operator, "at": self.at.isoformat(), "state": self.state, "reason": self.reason}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> StateChange:
        """Raises KeyError, ValueError."""
        return cls(value["operator"], datetime.fromisoformat(value["at"]), value["state"], value["reason"])


class StateLog:
    """Takes changes without waiting; `run` writes them, in order, and keeps them on disk while Postgres is away."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool
        self._queue: asyncio.Queue[StateChange] = asyncio.Queue()

    def put(self, change: StateChange) -> None:
        self._queue.put_nowait(change)

    async def run(self) -> None:
        """Write until cancelled; what is queued then goes to Postgres or to the spool."""
        try:
            while True:
                await self._write(await self._next())
        finally:
            await asyncio.shield(self._write(self._drain()))

    async def _next(self) -> list[StateChange]:
        try:
            async with asyncio.timeout(_RETRY_S if self._spool.pending() else None):
                first = await self._queue.get()
        except TimeoutError:
            return []
        return [first, *self._drain()]

    def _drain(self) -> list[StateChange]:
        return [self._queue.get_nowait() for _ in range(min(self._queue.qsize(), _MOST))]

    async def _write(self, changes: Sequence[StateChange]) -> None:
        try:
            if self._spool.pending():
                await self._spool.replay(self._store_spooled)
            await self._store(changes)
        except _AWAY as error:
            log.debug("operators' states are spooled", error=type(error).__name__)
            await self._keep(changes)

    async def _keep(self, changes: Sequence[StateChange]) -> None:
        try:
            await asyncio.to_thread(self._spool.append, [change.as_dict() for change in changes])
        except SpoolError as error:
            log.error("operators' states are lost to the figures", changes=len(changes), why=str(error))

    async def _store_spooled(self, records: Sequence[Mapping[str, Any]]) -> None:
        await self._store([StateChange.from_dict(record) for record in records])

    async def _store(self, changes: Sequence[StateChange]) -> None:
        if not changes:
            return
        columns = zip(*((each.operator, each.at, each.state, each.reason) for each in changes), strict=True)
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["operator_states_add"], *map(list, columns))
