"""Jobs belong to the transaction that asks for them, and are asked for once by their key."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.db.jobs import enqueue, failed_jobs, prune, requeue
from app.db.pool import Connection, Database


async def jobs(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT payload FROM pgqueuer ORDER BY priority DESC, id")
    return [row["payload"].decode() for row in rows]


async def test_a_job_of_a_transaction_that_is_rolled_back_does_not_exist(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            assert await enqueue(connection, "work", {"n": 1}, dedupe_key="one")
            raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await fail()
    async with database.transaction() as connection:
        assert await jobs(connection) == []
        assert await enqueue(connection, "work", {"n": 2}, dedupe_key="one")
        assert await jobs(connection) == ['{"n": 2}']


async def test_a_key_makes_one_job_for_ever_and_no_key_makes_one_each_time(database: Database) -> None:
    async with database.acquire() as connection:
        first = await enqueue(connection, "work", {"n": 1}, dedupe_key="call-1")
        await connection.execute("DELETE FROM pgqueuer WHERE id = $1", first)
        assert await enqueue(connection, "work", {"n": 1}, dedupe_key="call-1") is None
        assert await enqueue(connection, "work", {"n": 2})
        assert await enqueue(connection, "work", {"n": 2})
        assert await jobs(connection) == ['{"n": 2}', '{"n": 2}']


async def test_transactions_at_once_with_the_same_key_make_one_job(database: Database) -> None:
    async def ask() -> int | None:
        async with database.transaction() as connection:
            return await enqueue(connection, "work", {"n": 1}, dedupe_key="same")

    asked = await asyncio.gather(*(ask() for _ in range(6)))
    assert len([job for job in asked if job is not None]) == 1


async def test_priority_time_and_delay_are_kept(database: Database) -> None:
    at = datetime(2099, 10, 1, 8, tzinfo=UTC)
    async with database.transaction() as connection:
        await enqueue(connection, "work", {"n": "at"}, execute_after=at)
        await enqueue(connection, "work", {"n": "first"}, priority=5)
        await enqueue(connection, "work", {"n": "in"}, execute_after=timedelta(hours=1))
        await enqueue(connection, "work", {"n": "past"}, execute_after=datetime(2020, 1, 1, tzinfo=UTC))
        rows = await connection.fetch("SELECT execute_after, execute_after - now() AS delay FROM pgqueuer ORDER BY id")
        assert rows[0]["execute_after"] == at
        assert [row["delay"] for row in rows[1:]] == [timedelta(0), timedelta(hours=1), timedelta(0)]
        assert (await jobs(connection))[0] == '{"n": "first"}'


async def test_a_payload_that_is_not_json_is_refused(database: Database) -> None:
    async with database.acquire() as connection:
        with pytest.raises(TypeError):
            await enqueue(connection, "work", {"n": object()}, dedupe_key="bad")
        assert await enqueue(connection, "work", {"n": 1}, dedupe_key="bad")


async def test_only_a_failed_job_can_be_put_back(database: Database) -> None:
    async with database.acquire() as connection:
        job = await enqueue(connection, "work", {"n": 1})
        assert job is not None
        assert not await requeue(connection, job)
        assert await failed_jobs(connection) == ()


async def test_what_is_old_is_forgotten_and_what_is_not_is_kept(database: Database) -> None:
    async with database.acquire() as connection:
        waiting = await enqueue(connection, "work", {"n": 1}, dedupe_key="old")
        ended = await enqueue(connection, "work", {"n": 2}, dedupe_key="new")
        await connection.execute("DELETE FROM pgqueuer WHERE id = $1", ended)
        await connection.execute("UPDATE pgqueuer_log SET created = now() - interval '40 days'")
        await connection.execute("UPDATE job_keys SET enqueued_at = now() - interval '40 days' WHERE key = 'old'")
        await prune(connection, keep=timedelta(days=30))
        assert await connection.fetchval("SELECT array_agg(job_id) FROM pgqueuer_log") == [waiting]
        assert await enqueue(connection, "work", {"n": 2}, dedupe_key="new") is None
        assert await enqueue(connection, "work", {"n": 1}, dedupe_key="old")
