"""Does the jobs: takes them from pgqueuer, runs their handlers, tries again or gives up, and loses none by stopping."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Context, Job

from app.db.jobs import RetryPolicy, decode
from app.db.pool import COMMAND_TIMEOUT_S, CONNECT_TIMEOUT_S, GONE, close_pool
from app.db.queries import QUERIES
from app.jobs.pgqueuer_parts import GatheringDriver, LimitedManager, PatientQueries

log = structlog.get_logger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]

HEARTBEAT = timedelta(seconds=30)
POLL = timedelta(seconds=10)
GRACE_S = 30.0
# pgqueuer looks this often for work that waits although none was free to take it; an ended job wakes it anyway.
_BUSY_POLL = timedelta(seconds=0.25)
_BETWEEN_CANCELS_S = 0.5
_RECONNECT_S = (0.5, 1.0, 2.0, 5.0)
# One connection listens; the others dequeue, record and beat.
_CONNECTIONS = 4
# A service that starts on a new database makes the tables within a second or two.
_TABLES_S = 0.5
_STOPPED = "the worker stopped"
_AWAY: tuple[type[Exception], ...] = (*GONE, FailingListenerError)


class JobAbandoned(Exception):  # noqa: N818 - named for what happened
    """A job that was taken up as often as allowed and never ended: its worker died every time."""


class TablesMissing(Exception):  # noqa: N818 - named for what is the matter
    """The database is new and has no queue of jobs yet."""


class Worker:
    """Runs the handlers of a process. Any number of workers, on any number of machines, share the queue.

    `concurrency` limits how many jobs of an entrypoint this worker does at once (1 if not named). A job whose worker
    has not been heard of for `heartbeat` is taken up by another. `grace` is in seconds.
    """

    def __init__(
        self,
        dsn: str,
        handlers: Mapping[str, Handler],
        *,
        concurrency: Mapping[str, int] | None = None,
        policy: RetryPolicy | None = None,
        heartbeat: timedelta = HEARTBEAT,
        grace: float = GRACE_S,
    ) -> None:
        unknown = set(concurrency or {}) - set(handlers)
        if unknown:
            raise ValueError(f"concurrency for jobs without a handler: {', '.join(sorted(unknown))}")
        self._dsn = dsn
        self._handlers = handlers
        self._limits = {name: (concurrency or {}).get(name, 1) for name in handlers}
        self._policy = policy or RetryPolicy()
        self._heartbeat = heartbeat
        self._grace = grace
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take no new jobs. `run` ends when those in hand are done; after `grace` they go back to the queue."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`, over any absence of Postgres. Cancelled, it puts the jobs in hand back at once."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._serve()
                failures = 0
            except TablesMissing:
                log.info("no jobs are done before the database has its tables; `hotline db migrate` makes them")
                await self._pause(_TABLES_S)
            except _AWAY as error:
                log.warning("postgres away: no jobs are done", error=type(error).__name__)
                await self._pause(_RECONNECT_S[min(failures, len(_RECONNECT_S) - 1)])
                failures += 1

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _serve(self) -> None:
        pool = asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings={"application_name": "hotline-jobs", "timezone": "UTC"},
        )
        try:
            await pool
            if not await pool.fetchval(QUERIES["jobs_have_tables"]):
                raise TablesMissing
            await self._manage(_manager(pool, self._handlers, self._limits, self._policy))
        finally:
            await close_pool(pool)

    async def _manage(self, manager: LimitedManager) -> None:
        serving = asyncio.create_task(
            manager.run(
                dequeue_timeout=min(POLL, self._heartbeat),
                batch_size=1,
                heartbeat_timeout=self._heartbeat,
                shutdown_on_listener_failure=True,
            )
        )
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            manager.shutdown.set()
            await asyncio.wait({serving}, timeout=self._grace)
        finally:
            manager.shutdown.set()
            stopping.cancel()
            await _cancel(serving)
        if not serving.cancelled():
            serving.result()


async def _cancel(serving: asyncio.Task[None]) -> None:
    """End pgqueuer's loop. The first cancellation ends its waiting, the next the jobs, which go back to the queue."""
    while not serving.done():
        await asyncio.wait({serving}, timeout=_BETWEEN_CANCELS_S)
        serving.cancel()
    if not serving.cancelled():
        serving.exception()


def _manager(
    pool: asyncpg.Pool[asyncpg.Record],
    handlers: Mapping[str, Handler],
    limits: Mapping[str, int],
    policy: RetryPolicy,
) -> LimitedManager:
    _silence_tracebacks()
    queries = PatientQueries(GatheringDriver(pool))
    manager = LimitedManager(queries, limits=limits)
    manager.min_dequeue_poll_interval = _BUSY_POLL
    for name, handler in handlers.items():
        manager.register_executor(name, _Executor(_PARAMETERS, handler=handler, policy=policy, pool=pool))
    return manager


async def _never(_: Job) -> None:
    """Stands in where pgqueuer asks for a function: `_Executor` calls the handler itself."""


_PARAMETERS = EntrypointExecutorParameters(concurrency_limit=0, func=_never, on_failure="hold")


@dataclass
class _Executor(AbstractEntrypointExecutor):
    """One attempt at a job, and what becomes of the job when it fails."""

    handler: Handler
    policy: RetryPolicy
    pool: asyncpg.Pool[asyncpg.Record]

    async def execute(self, job: Job, context: Context) -> None:
        run = job.attempts + 1
        try:
            run = await self.pool.fetchval(QUERIES["job_runs"], job.id, _STOPPED)
            if run > self.policy.attempts:
                raise JobAbandoned(f"taken up {run - 1} times, never ended: its worker died every time")
            await self.handler(decode(job.payload))
        except asyncio.CancelledError:
            # pgqueuer would delete a cancelled job: a worker that stops hands it back instead.
            raise RetryRequested(timedelta(0), _STOPPED) from None
        except Exception as error:  # the edge: whatever a handler raises, the job is kept
            delay = self.policy.delay_after(run)
            log.warning("job failed", entrypoint=job.entrypoint, job=job.id, run=run, error=type(error).__name__)
            if delay is None:
                raise
            raise RetryRequested(delay, type(error).__name__) from error


class _NoTracebacks(logging.Filter):
    """Keeps exceptions' texts out of pgqueuer's log records: they may quote people. The database keeps them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


_NO_TRACEBACKS = _NoTracebacks()


def _silence_tracebacks() -> None:
    logging.getLogger("pgqueuer").addFilter(_NO_TRACEBACKS)
