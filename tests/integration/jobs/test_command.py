"""`hotline job` as a person uses it after a job was given up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.db.jobs import enqueue
from app.db.pool import Database

Hotline = Callable[..., Awaitable[Result]]


@pytest.fixture
def hotline(dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hotline:
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ["job", *arguments])

    return run


async def failed_job(database: Database) -> int:
    async with database.transaction() as connection:
        job = await enqueue(connection, "build-recording", {"call_id": "node1-1.1"})
        await connection.execute("UPDATE pgqueuer SET status = 'failed' WHERE id = $1", job)
    assert job is not None
    return job


async def test_a_failed_job_is_listed_and_put_back_to_be_tried_again(hotline: Hotline, database: Database) -> None:
    job = await failed_job(database)
    (listed,) = json.loads((await hotline("list", "--json")).stdout)
    assert (listed["id"], listed["entrypoint"], listed["payload"]) == (job, "build-recording", {"call_id": "node1-1.1"})
    assert "call_id=node1-1.1" in (await hotline("list")).stdout
    assert (await hotline("retry", str(job))).exit_code == 0
    assert json.loads((await hotline("list", "--json")).stdout) == []
    async with database.acquire() as connection:
        assert await connection.fetchval("SELECT status::text FROM pgqueuer WHERE id = $1", job) == "queued"


async def test_a_job_that_did_not_fail_is_not_put_back_and_that_is_said(hotline: Hotline, database: Database) -> None:
    job = await failed_job(database)
    result = await hotline("retry", str(job), "999999")
    assert (result.exit_code, result.stderr) == (1, "no failed job 999999; `hotline job list` shows them\n")
    assert (await hotline("retry")).exit_code == 2
