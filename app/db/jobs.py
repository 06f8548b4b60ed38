"""Jobs over pgqueuer: enqueued in the caller's transaction, done at least once, kept when they fail for good.

A job is done at least once, not exactly once: a worker that dies between the effect and its record does it again.
Handlers must therefore be safe to repeat.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

from app.db.pool import Connection
from app.db.queries import QUERIES

_ENQUEUE = QueryQueueBuilder().build_enqueue_query("raise")
_REQUEUE = QueryQueueBuilder().build_requeue_jobs_query()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a job is tried, and how long to wait in between: `first`, then doubling up to `longest`."""

    attempts: int = 5
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=10)

    def delay_after(self, run: int) -> timedelta | None:
        """The wait after the `run`-th attempt (from 1) failed; None when it was the last."""
        if run >= self.attempts:
            return None
        return min(self.first * (1 << (run - 1)), self.longest)


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job given up after its last attempt; it waits for a person to look and to `requeue` it."""

    id: int
    entrypoint: str
    payload: Mapping[str, Any]
    created: datetime
    failed_at: datetime
    error_type: str
    error: str


async def enqueue(
    connection: Connection,
    entrypoint: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    execute_after: datetime | timedelta | None = None,
    priority: int = 0,
) -> int | None:
    """Put a job into the queue, inside the caller's transaction if there is one: rolled back, there is no job.

    `payload` must be JSON. A job with a `dedupe_key` that was ever used makes no second one: None is returned, else
    the job's id. `execute_after` is a time (with zone) or a delay. Higher `priority` goes first.
    """
    at = execute_after if isinstance(execute_after, datetime) else None
    delay = execute_after if isinstance(execute_after, timedelta) else timedelta(0)
    async with nullcontext() if connection.is_in_transaction() else connection.transaction():
        if dedupe_key is not None:
            until = await connection.fetchval(QUERIES["claim_job_key"], dedupe_key, at)
            if until is None:
                return None
            delay = delay or until
        elif at is not None:
            delay = await connection.fetchval(QUERIES["job_delay"], at)
        row = await connection.fetchrow(
            _ENQUEUE,
            [priority],
            [entrypoint],
            [encode(payload)],
            [delay],
            [None],
            [None],
        )
    if row is None:
        raise RuntimeError(f"job {entrypoint} was not stored")
    job_id: int = row["id"]
    return job_id


async def failed_jobs(connection: Connection, *, limit: int = 100) -> tuple[FailedJob, ...]:
    """The jobs given up, latest first, each with the error of its last attempt."""
    rows = await connection.fetch(QUERIES["failed_jobs"], limit)
    return tuple(
        FailedJob(
            row["id"],
            row["entrypoint"],
            decode(row["payload"]),
            row["created"],
            row["failed_at"],
            row["error_type"] or "",
            row["error"] or "",
        )
        for row in rows
    )


async def requeue(connection: Connection, job_id: int) -> bool:
    """Try a failed job again from its first attempt. False when it is not a failed job."""
    status: str = await connection.execute(_REQUEUE, [job_id])
    return status.endswith(" 1")


async def prune(connection: Connection, *, keep: timedelta) -> None:
    """Forget what is older than `keep` of ended jobs: their log, their figures, and the keys they were asked for by."""
    for name in ("prune_job_log", "prune_job_statistics", "prune_job_keys"):
        await connection.execute(QUERIES[name], keep)


def encode(payload: Mapping[str, Any]) -> bytes:
    """A payload as it is stored. Raises TypeError or ValueError for what is not JSON."""
    return json.dumps(dict(payload), ensure_ascii=False, allow_nan=False).encode()


def decode(stored: bytes | None) -> Mapping[str, Any]:
    """The payload of a stored job."""
    payload: Mapping[str, Any] = json.loads(stored or b"{}")
    return payload
