"""pgqueuer fitted to this service: fewer looks at the queue, limits per worker, no failure by an absent Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Context, Job, TracebackRecord
from pgqueuer.domain.types import JobId, QueueEntrypoint
from pgqueuer.ports.driver import NotifyCallback

from app.db.pool import GONE

# How long a change of the queue waits for others to be reported with it.
_GATHER_S = 0.05


class GatheringDriver(AsyncpgPoolDriver):
    """pgqueuer's driver, but changes of the queue are reported together, not one by one.

    Every job makes three (enqueued, picked, ended), and for each pgqueuer looks at the queue with four queries.
    """

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await super().add_listener(channel, _Gathered(callback))


@dataclass(eq=False)
class _Gathered:
    """Passes on one change for all that come within a moment; anything else at once."""

    callback: NotifyCallback
    due: asyncio.TimerHandle | None = None

    def __call__(self, payload: str | bytes | bytearray) -> None:
        if "table_changed_event" not in str(payload):
            self.callback(payload)
        elif self.due is None:
            self.due = asyncio.get_running_loop().call_later(_GATHER_S, self._pass_on, payload)

    def _pass_on(self, payload: str | bytes | bytearray) -> None:
        self.due = None
        self.callback(payload)


@dataclass
class PatientQueries(Queries):
    """pgqueuer's queries, but a retry that cannot be recorded is not a failure.

    The job then stays with this worker on paper, and is taken up again when its heartbeat has grown old.
    """

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        with suppress(*GONE):
            await super().retry_job(job, delay, traceback_record)


@dataclass
class LimitedManager(QueueManager):
    """pgqueuer's loop with a limit per entrypoint for this worker; its own limits are for all workers together."""

    limits: Mapping[str, int] = field(default_factory=dict)
    held: dict[JobId, QueueEntrypoint] = field(default_factory=dict)

    def entrypoints_below_capacity_limits(self) -> set[QueueEntrypoint]:
        held = list(self.held.values())
        return {name for name in self.entrypoint_registry if held.count(name) < self.limits[name]}

    async def fetch_jobs(
        self, batch_size: int, global_concurrency_limit: int | None, heartbeat_timeout: timedelta
    ) -> AsyncGenerator[Job, None]:
        async for job in super().fetch_jobs(batch_size, global_concurrency_limit, heartbeat_timeout):
            self.held[job.id] = job.entrypoint
            yield job

    def forget_job(self, job_id: JobId, context: Context, task: asyncio.Task[None]) -> None:
        super().forget_job(job_id, context, task)
        # A retried job may be back in hand already.
        if job_id not in self.job_context:
            self.held.pop(job_id, None)
