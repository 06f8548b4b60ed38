"""What time does happens once: with several workers, after weeks off, with a worker killed, with the job lost."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.db.pool import Database
from app.jobs.tickets import TicketJobs
from app.jobs.worker import Worker
from app.tickets import store
from app.tickets.engine import tick
from app.tickets.store import DEADLINE_JOB
from tests.integration.tickets.desk import ZONE, Desk, fill_directory
from tests.support.postgres import eventually

ROOT = Path(__file__).resolve().parents[3]
SOON = timedelta(seconds=1)


@pytest.fixture
async def left_alone(database: Database) -> tuple[Desk, str]:
    """A ticket dispatched six weeks before today; nothing has run since. The desk's clock stands at today."""
    await fill_directory(database)
    now = datetime.now(ZONE)
    desk = Desk(database, now - timedelta(weeks=6))
    number = await desk.dispatched(category="complaint")
    desk.at = now
    return desk, number


@asynccontextmanager
async def working(desk: Desk, dsn: str, *, workers: int = 1) -> AsyncIterator[None]:
    jobs = TicketJobs(desk.tickets)
    async with AsyncExitStack() as stack:
        for _ in range(workers):
            worker = Worker(dsn, {DEADLINE_JOB: jobs.deadline}, heartbeat=SOON)
            await stack.enter_async_context(_running(worker))
        yield


@asynccontextmanager
async def _running(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        async with asyncio.timeout(20):
            await task


async def expected(desk: Desk, number: str) -> Counter[tuple[str, str]]:
    """What the engine alone says that time has done by now, as notices by recipient and kind."""
    async with desk.database.transaction() as connection:
        ticket = await store.lock(connection, number)
    outcome = tick(ticket, desk.at, await desk.tickets.place())
    assert outcome.applied
    return Counter((notice.to, notice.kind) for notice in outcome.notices)


async def told(desk: Desk, number: str) -> Counter[tuple[str, str]]:
    rows = await desk.rows("SELECT recipient, kind FROM ticket_notices WHERE number = $1", number)
    return Counter((row["recipient"], row["kind"]) for row in rows)


async def caught_up(desk: Desk, number: str) -> bool:
    deadline = (await desk.row(number))["next_deadline"]
    return deadline is None or deadline > desk.at


async def idle(desk: Desk) -> bool:
    waiting = await desk.rows("SELECT FROM pgqueuer WHERE execute_after <= now()")
    return not waiting


async def test_after_weeks_off_two_workers_do_everything_once(left_alone: tuple[Desk, str], dsn: str) -> None:
    desk, number = left_alone
    before, due = await told(desk, number), await expected(desk, number)
    for again in ("x", "y", "z"):
        async with desk.database.transaction() as connection:
            await store.ask_for_deadline(connection, number, (await desk.row(number))["next_deadline"], again=again)

    async with working(desk, dsn, workers=2):
        await eventually(lambda: caught_up(desk, number))
        await eventually(lambda: idle(desk))

    assert await told(desk, number) - before == due
    urged = await desk.rows("SELECT FROM ticket_history WHERE number = $1 AND action = 'urge'", number)
    assert len(urged) == sum(kind == "urge" for _, kind in due.elements())


async def test_a_worker_killed_in_the_middle_leaves_the_effect_to_the_next(
    left_alone: tuple[Desk, str], dsn: str
) -> None:
    desk, number = left_alone
    before, due = await told(desk, number), await expected(desk, number)
    module = "tests.integration.tickets.ticket_worker"
    async with desk.database.transaction() as connection:
        await store.lock(connection, number)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, dsn, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                assert await process.stdout.readline() == b"started\n"
            await eventually(lambda: waits_for_the_ticket(desk))
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    assert await told(desk, number) == before

    async with working(desk, dsn):
        await eventually(lambda: caught_up(desk, number))

    assert await told(desk, number) - before == due


async def waits_for_the_ticket(desk: Desk) -> bool:
    return bool(await desk.rows("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


async def test_a_deadline_whose_job_was_lost_is_asked_for_again_once_an_hour(
    left_alone: tuple[Desk, str], dsn: str
) -> None:
    desk, number = left_alone
    before, due = await told(desk, number), await expected(desk, number)
    await desk.rows("DELETE FROM pgqueuer")

    assert await desk.tickets.ask_again() == 1
    assert await desk.tickets.ask_again() == 1
    assert len(await desk.rows("SELECT FROM pgqueuer")) == 1

    async with working(desk, dsn):
        await eventually(lambda: caught_up(desk, number))
    assert await told(desk, number) - before == due
    assert await desk.tickets.ask_again() == 0


async def test_the_sweep_goes_on_by_itself(left_alone: tuple[Desk, str]) -> None:
    desk, _ = left_alone
    await desk.rows("DELETE FROM pgqueuer")

    async def asked() -> bool:
        return bool(await desk.rows("SELECT FROM pgqueuer"))

    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(TicketJobs(desk.tickets).sweep())
        await eventually(asked)
        sweeping.cancel()


async def test_a_clock_behind_the_databases_loses_no_deadline(desk: Desk) -> None:
    number = await desk.dispatched()
    deadline = (await desk.row(number))["next_deadline"]
    desk.at = deadline - timedelta(milliseconds=300)
    payload: Mapping[str, Any] = {"number": number, "at": deadline.isoformat()}

    await TicketJobs(desk.tickets).deadline(payload)

    assert (await desk.row(number))["next_deadline"] != deadline


async def test_a_deadline_of_no_ticket_is_no_failure(desk: Desk) -> None:
    await TicketJobs(desk.tickets).deadline({"number": "20200101-000001", "at": desk.at.isoformat()})
