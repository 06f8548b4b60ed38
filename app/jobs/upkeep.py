"""What a hotline must do by itself now and then: delete recordings whose time is over, build those that were
forgotten, say where disk and database disagree, and prune its own traces. Every step may be repeated, by any worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from app.calls.store import RECORDING_JOB
from app.db.jobs import enqueue, prune
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.people import login, tokens
from app.push import subscriptions
from recordings import naming, store
from recordings.messages import raw_messages
from recordings.retention import KeptRecording, RetentionRule, deletable

log = structlog.get_logger(__name__)

_EVERY_S = 3600.0
# Logs of the network are kept for at least six months (网络安全法, article 21).
_KEEP_TRACES = timedelta(days=190)
# A browser in which nobody has worked for so long is told nothing more.
_PUSHED = timedelta(days=60)
# A recording still missing so long after its call is not just waiting its turn.
_FORGOTTEN = timedelta(hours=1)
# Disk and database are compared for calls of the last days; older ones have been compared before.
_COMPARED_DAYS = 3
_MOST = 500


@dataclass(frozen=True, slots=True)
class Upkeep:
    """`raw_dirs` maps a node's name to where its raw legs lie; `rule` says how long recordings are kept."""

    database: Database
    raw_dirs: Mapping[str, Path]
    store_dir: Path
    rule: RetentionRule
    zone: ZoneInfo
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Every hour, until cancelled."""
        while True:
            try:
                await self.once()
            except (DatabaseUnavailable, asyncpg.PostgresError, OSError) as error:
                log.warning("upkeep waits for its next turn", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def once(self) -> None:
        """Do everything that is due. Raises DatabaseUnavailable, asyncpg.PostgresError, OSError."""
        await self._delete_old()
        await self._build_forgotten()
        await self._clear_raw()
        await self._compare()
        await self._prune()

    async def _delete_old(self) -> None:
        """Delete audio whose time is over: the files first, so that none is ever left without its row."""
        now = self.now()
        async with self.database.acquire() as connection:
            rows = await connection.fetch(QUERIES["oldest_recorded_calls"], _MOST)
        kept = [KeptRecording(row["id"], row["category"], row["ended_at"]) for row in rows]
        for recording in deletable(kept, self.rule, now):
            async with self.database.transaction() as connection:
                paths = await connection.fetch(QUERIES["lock_recordings"], recording.call_id)
                await asyncio.to_thread(store.discard_stored, self.store_dir, [row["path"] for row in paths])
                await connection.execute(QUERIES["mark_recordings_deleted"], recording.call_id, now)
            log.info("recording deleted: its time is over", call=recording.call_id)

    async def _build_forgotten(self) -> None:
        """Ask again for recordings of which raw legs lie there, but neither a recording nor a job."""
        async with self.database.acquire() as connection:
            rows = await connection.fetch(QUERIES["forgotten_recordings"], self.now() - _FORGOTTEN, _MOST)
        with_raw = await asyncio.to_thread(self._with_raw_legs, [(row["id"], row["node"]) for row in rows])
        await self._ask_to_build(with_raw, "raw legs without a recording: to be built")

    def _with_raw_legs(self, calls: Sequence[tuple[str, str]]) -> list[str]:
        return [call for call, node in calls if node in self.raw_dirs and _raw_audio(self.raw_dirs[node], call)]

    async def _clear_raw(self) -> None:
        """Delete the empty files of recorders that were armed for calls which nobody answered.

        A file with audio in it is left: somebody was spoken to, whatever the database says.
        """
        for raw_dir in self.raw_dirs.values():
            lying = await asyncio.to_thread(store.raw_calls_without_audio, raw_dir)
            async with self.database.acquire() as connection:
                rows = await connection.fetch(QUERIES["missed_without_message"], lying, self.now() - _FORGOTTEN)
            for row in rows:
                await asyncio.to_thread(store.discard_raw, raw_dir, row["id"])

    async def _compare(self) -> None:
        """Files that no row knows are registered by building again, which changes no file; lost files are said."""
        today = self.now().astimezone(self.zone).date()
        days = [naming.day_directory(today - timedelta(days=back)) for back in range(1, _COMPARED_DAYS + 1)]
        # A call's day is that of its first bridging: it may have begun the day before.
        since = self.now() - timedelta(days=_COMPARED_DAYS + 2)
        async with self.database.acquire() as connection:
            rows = await connection.fetch(QUERIES["recordings_of_calls_since"], since)
        known = [row["path"] for row in rows if row["path"].startswith(tuple(f"{day}/" for day in days))]
        found = store.compare(await asyncio.to_thread(self._files_of, days), known)
        await self._ask_to_build(_calls_of(found.files_without_rows), "files without rows: to be registered")
        if lost := _calls_of(found.rows_without_files):
            log.error("recordings lost: the database knows files that are not there", calls=lost)

    def _files_of(self, days: Iterable[str]) -> list[str]:
        return [f"{day}/{name}" for day in days for name in store.stored_files(self.store_dir / day)]

    async def _ask_to_build(self, calls: Sequence[str], why: str) -> None:
        if not calls:
            return
        log.warning(why, calls=calls)
        async with self.database.transaction() as connection:
            for call_id in calls:
                await enqueue(connection, RECORDING_JOB, {"call_id": call_id})

    async def _prune(self) -> None:
        before = self.now() - _KEEP_TRACES
        async with self.database.transaction() as connection:
            await prune(connection, keep=_KEEP_TRACES)
            await tokens.forget_expired(connection, before)
            await subscriptions.forget(connection, self.now() - _PUSHED)
            await login.forget_attempts(connection, before, self.now())


def _raw_audio(raw_dir: Path, call_id: str) -> bool:
    return bool(store.raw_legs(raw_dir, call_id) or raw_messages(raw_dir, call_id))


def _calls_of(paths: Iterable[str]) -> list[str]:
    """The calls whose directories hold these stored paths."""
    return sorted({PurePosixPath(path).parent.name for path in paths})
