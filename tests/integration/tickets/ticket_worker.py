"""A worker process to be killed: it does what time does to tickets, and says when it is ready."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.db.pool import open_database
from app.jobs.tickets import TicketJobs
from app.jobs.worker import Worker
from app.tickets.store import DEADLINE_JOB
from tests.integration.tickets.desk import ZONE, Desk


async def _main(dsn: str) -> None:
    async with open_database(dsn) as database:
        desk = Desk(database, datetime.now(ZONE))
        jobs = TicketJobs(desk.tickets)

        async def deadline(payload: Mapping[str, Any]) -> None:
            print("started", flush=True)  # noqa: T201 - read by the test
            await jobs.deadline(payload)

        await Worker(dsn, {DEADLINE_JOB: deadline}, heartbeat=timedelta(seconds=1)).run()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
