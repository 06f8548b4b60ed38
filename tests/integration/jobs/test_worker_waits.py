"""A worker that is started before the database has its tables waits for them and then works."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from app.db.cluster import Cluster
from app.db.jobs import enqueue
from app.db.migrate import migrate
from app.db.pool import open_database
from app.jobs.worker import Worker
from tests.support.postgres import fresh_database

DONE_S = 30.0


async def test_a_worker_on_a_new_database_waits_for_its_tables_and_then_does_the_jobs(cluster: Cluster) -> None:
    done: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()

    async def do(payload: Mapping[str, Any]) -> None:
        done.set_result(payload)

    async with fresh_database(cluster, template="template1") as name:
        dsn = cluster.dsn(name)
        async with asyncio.timeout(DONE_S), asyncio.TaskGroup() as group, open_database(dsn) as database:
            worker = Worker(dsn, {"count": do})
            working = group.create_task(worker.run())
            await migrate(dsn)
            async with database.transaction() as connection:
                await enqueue(connection, "count", {"call_id": "node1-1.1"})
            assert await done == {"call_id": "node1-1.1"}
            assert not working.done()
            worker.stop()
