"""Workers lose no job: not killed, not stopped, not without Postgres; and give up only after the last attempt."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from app.db.jobs import RetryPolicy, enqueue, failed_jobs, requeue
from app.db.pool import Database
from app.jobs.worker import Handler, Worker
from tests.support.postgres import PostgresProxy, eventually

SOON = timedelta(seconds=1)
AT_ONCE = RetryPolicy(attempts=3, first=timedelta(0))


class Done:
    """A handler that notes what it has done, once it is let to."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.ended: list[Any] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, payload: Mapping[str, Any]) -> None:
        self.started.append(payload["n"])
        await self.go.wait()
        self.ended.append(payload["n"])

    async def has_started(self, *numbers: int) -> None:
        await eventually(lambda: _true(sorted(self.started) == sorted(numbers)))

    async def has_ended(self, *numbers: int) -> None:
        await eventually(lambda: _true(sorted(self.ended) == sorted(numbers)))


async def _true(value: bool) -> bool:
    return value


@asynccontextmanager
async def working(dsn: str, handlers: Mapping[str, Handler], **options: Any) -> AsyncIterator[Worker]:
    worker = Worker(dsn, handlers, heartbeat=SOON, **options)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        async with asyncio.timeout(20):
            await running


async def ask(database: Database, *numbers: int, entrypoint: str = "work") -> None:
    async with database.transaction() as connection:
        for number in numbers:
            await enqueue(connection, entrypoint, {"n": number})


async def queue_is_empty(database: Database) -> bool:
    async with database.acquire() as connection:
        return not await connection.fetchval("SELECT count(*) FROM pgqueuer")


async def test_jobs_are_done_and_leave_the_queue(database: Database, dsn: str) -> None:
    done = Done()
    await ask(database, 1, 2)
    async with working(dsn, {"work": done}):
        await ask(database, 3)
        await done.has_ended(1, 2, 3)
        await eventually(lambda: queue_is_empty(database))


async def test_a_job_of_a_killed_worker_is_taken_up_by_another(database: Database, dsn: str) -> None:
    await ask(database, 1)
    await _start_and_kill(dsn)
    done = Done()
    async with working(dsn, {"work": done}):
        await done.has_ended(1)
        await eventually(lambda: queue_is_empty(database))
    assert done.ended == [1]


async def test_a_job_that_kills_every_worker_is_given_up(database: Database, dsn: str) -> None:
    await ask(database, 1)
    for _ in range(2):
        await _start_and_kill(dsn)
    done = Done()
    async with working(dsn, {"work": done}, policy=RetryPolicy(attempts=2)):
        failed = await _first_failure(database)
    assert failed.error_type == "JobAbandoned"
    assert done.started == []


async def test_a_running_job_is_not_taken_up_by_another_worker(database: Database, dsn: str) -> None:
    slow, idle = Done(), Done()
    slow.go.clear()
    await ask(database, 1)
    async with working(dsn, {"work": slow}):
        await slow.has_started(1)
        async with working(dsn, {"work": idle}):
            await asyncio.sleep(3 * SOON.total_seconds())  # long enough for the heartbeat to look dead if it were
            slow.go.set()
            await slow.has_ended(1)
    assert idle.started == []


async def test_a_worker_that_stops_ends_its_job_and_takes_no_other(database: Database, dsn: str) -> None:
    done = Done()
    done.go.clear()
    await ask(database, 1, 2)
    async with working(dsn, {"work": done}) as worker:
        await done.has_started(1)
        worker.stop()
        done.go.set()
    assert done.ended == [1]
    assert not await queue_is_empty(database)


async def test_a_job_too_long_for_the_grace_goes_back_and_the_attempt_does_not_count(
    database: Database, dsn: str
) -> None:
    await ask(database, 1)
    for _ in range(2):
        stuck = Done()
        stuck.go.clear()
        async with working(dsn, {"work": stuck}, grace=0.1):
            await stuck.has_started(1)
        assert stuck.ended == []
    done = Done()
    async with working(dsn, {"work": done}, policy=RetryPolicy(attempts=1)):
        await done.has_ended(1)


async def test_a_cancelled_worker_gives_its_job_back_at_once(database: Database, dsn: str) -> None:
    stuck, done = Done(), Done()
    stuck.go.clear()
    await ask(database, 1)
    running = asyncio.create_task(Worker(dsn, {"work": stuck}).run())
    await stuck.has_started(1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    async with working(dsn, {"work": done}):
        await done.has_ended(1)


async def test_a_job_that_fails_is_tried_again_and_kept_with_its_error_after_the_last_time(
    database: Database, dsn: str
) -> None:
    runs: list[int] = []

    async def fail(payload: Mapping[str, Any]) -> None:
        runs.append(payload["n"])
        raise LookupError("no model")

    await ask(database, 7)
    async with working(dsn, {"work": fail}, policy=AT_ONCE):
        failed = await _first_failure(database)
    assert runs == [7, 7, 7]
    assert (failed.entrypoint, failed.payload, failed.error_type) == ("work", {"n": 7}, "LookupError")
    assert failed.error == "no model"


async def test_a_failed_job_put_back_is_tried_from_the_first_attempt(database: Database, dsn: str) -> None:
    runs: list[int] = []

    async def fail_four_times(payload: Mapping[str, Any]) -> None:
        runs.append(payload["n"])
        if len(runs) <= 4:
            raise LookupError

    await ask(database, 7)
    async with working(dsn, {"work": fail_four_times}, policy=AT_ONCE):
        failed = await _first_failure(database)
        async with database.acquire() as connection:
            assert await requeue(connection, failed.id)
        await eventually(lambda: queue_is_empty(database))
    assert len(runs) == 5


async def test_a_worker_does_no_more_of_a_kind_at_once_than_it_may(database: Database, dsn: str) -> None:
    few, many = Done(), Done()
    few.go.clear()
    many.go.clear()
    async with working(dsn, {"few": few, "many": many}, concurrency={"many": 3}):
        await ask(database, 1, 2, 3, entrypoint="few")
        await ask(database, 1, 2, 3, 4, 5, entrypoint="many")
        await many.has_started(1, 2, 3)
        await few.has_started(1)
        async with working(dsn, {"few": (other := Done())}):
            await other.has_ended(2, 3)
        many.go.set()
        await many.has_ended(1, 2, 3, 4, 5)
        few.go.set()
    assert few.ended == [1]


async def test_jobs_go_on_after_postgres_was_away(database: Database, database_name: str, proxy: PostgresProxy) -> None:
    done = Done()
    async with working(proxy.dsn(database_name), {"work": done}):
        await ask(database, 1)
        await done.has_ended(1)
        await proxy.cut()
        await ask(database, 2)
        await proxy.restore()
        await eventually(lambda: _true(2 in done.ended))


async def test_a_job_caught_by_the_absence_of_postgres_is_done_in_the_end_and_has_not_failed(
    database: Database, database_name: str, proxy: PostgresProxy
) -> None:
    runs: list[int] = []

    async def cut_and_fail(payload: Mapping[str, Any]) -> None:
        runs.append(payload["n"])
        if len(runs) == 1:
            await proxy.cut()
            raise ConnectionError("postgres is away")

    await ask(database, 1)
    async with working(proxy.dsn(database_name), {"work": cut_and_fail}, policy=AT_ONCE):
        await eventually(lambda: _true(len(runs) == 1))
        await proxy.restore()
        await eventually(lambda: queue_is_empty(database))
    assert runs == [1, 1]
    async with database.acquire() as connection:
        assert await failed_jobs(connection) == ()


def test_concurrency_for_an_unknown_job_is_refused() -> None:
    with pytest.raises(ValueError, match="without a handler: other"):
        Worker("postgresql://", {}, concurrency={"other": 2})


@pytest.mark.parametrize(("run", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 600), (9, None), (10, None)])
def test_the_wait_doubles_up_to_a_limit_until_the_last_attempt(run: int, seconds: int | None) -> None:
    delay = RetryPolicy(attempts=9).delay_after(run)
    assert delay == (None if seconds is None else timedelta(seconds=seconds))


async def _first_failure(database: Database) -> Any:
    async def there_is_one() -> bool:
        async with database.acquire() as connection:
            return bool(await failed_jobs(connection))

    await eventually(there_is_one)
    async with database.acquire() as connection:
        (failed,) = await failed_jobs(connection)
    return failed


async def _start_and_kill(dsn: str) -> None:
    """Let a worker process take the job up, and end it without warning."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.job_worker", dsn, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while not (await process.stdout.readline()).startswith(b"started 1"):
                pass
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
