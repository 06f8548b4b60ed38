"""The pool: deadlines on every query, one clear exception when Postgres goes away, and back without a restart."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
import pytest

from app.db.cluster import Cluster
from app.db.pool import Database, DatabaseUnavailable, open_database
from tests.support.postgres import PostgresProxy, administrator, eventually, plan, sequential_scans


async def test_json_is_a_python_object_both_ways_and_times_are_utc(database: Database) -> None:
    async with database.acquire() as connection:
        assert await connection.fetchval("SELECT $1::jsonb", {"姓名": ["张三", None]}) == {"姓名": ["张三", None]}
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert await connection.fetchval("SELECT timestamptz '2026-01-01 08:00+08'") == datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:

    async def fail() -> None:
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE half (n int)")
            raise ValueError("own")

    with pytest.raises(ValueError, match="own"):
        await fail()
    async with database.acquire() as connection:
        assert await connection.fetchval("SELECT to_regclass('half')") is None


async def test_errors_of_the_caller_are_not_taken_for_the_database(database: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with database.transaction():
            raise FileNotFoundError("the caller's own file")
    with pytest.raises(TimeoutError):
        async with database.acquire():
            raise TimeoutError("the caller's own deadline")


async def test_errors_of_the_query_stay_what_they_are(database: Database) -> None:
    async with database.acquire() as connection:
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.execute("SELECT * FROM nowhere")
        with pytest.raises(asyncpg.InterfaceError):
            await connection.fetch("SELECT 1", "one argument too many")


async def test_a_query_that_takes_too_long_is_ended(dsn: str) -> None:
    async with open_database(dsn, command_timeout=0.2) as database:
        with pytest.raises(DatabaseUnavailable):
            async with database.acquire() as connection:
                await connection.execute("SELECT pg_sleep(30)")
        assert await database.healthy()


async def test_no_free_connection_in_time_is_unavailable(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.pool.CONNECT_TIMEOUT_S", 0.2)
    async with open_database(dsn, size=1) as database, database.acquire():
        with pytest.raises(DatabaseUnavailable):
            async with database.acquire():
                pass


async def test_a_server_that_is_not_there_is_unavailable_and_opening_does_not_need_it(proxy: PostgresProxy) -> None:
    await proxy.cut()
    async with open_database(proxy.dsn("postgres")) as database:
        assert not await database.healthy()
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction():
                pass
        await proxy.restore()
        assert await database.healthy()


async def test_a_connection_cut_in_the_middle_is_unavailable_and_the_next_one_works(
    proxy: PostgresProxy, database_name: str
) -> None:
    async def cut_midway(database: Database) -> None:
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE half (n int)")
            await proxy.cut()
            await connection.execute("INSERT INTO half VALUES (1)")

    async with open_database(proxy.dsn(database_name)) as database:
        with pytest.raises(DatabaseUnavailable):
            await cut_midway(database)
        await proxy.restore()
        async with database.acquire() as connection:
            assert await connection.fetchval("SELECT to_regclass('half')") is None


async def test_a_connection_cut_during_a_query_is_unavailable(proxy: PostgresProxy, cluster: Cluster) -> None:
    async with open_database(proxy.dsn("postgres")) as database:

        async def sleep() -> None:
            async with database.acquire() as connection:
                await connection.execute("SELECT pg_sleep(30)")

        sleeping = asyncio.create_task(sleep())
        await eventually(lambda: _is_running(cluster, "SELECT pg_sleep(30)"))
        await proxy.cut()
        with pytest.raises(DatabaseUnavailable):
            await sleeping


async def test_a_network_that_swallows_everything_is_unavailable_in_time(proxy: PostgresProxy) -> None:
    async with open_database(proxy.dsn("postgres"), command_timeout=0.3) as database:
        assert await database.healthy()
        proxy.freeze()
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            async with database.acquire() as connection:
                await connection.fetchval("SELECT 1")
        assert time.monotonic() - started < 8
        await proxy.cut()


async def test_a_session_ended_by_the_server_is_unavailable(database: Database) -> None:
    async def be_ended() -> None:
        async with database.acquire() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            async with database.acquire() as other:
                await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
            await connection.fetchval("SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        await be_ended()
    assert await database.healthy()


async def test_a_connection_lost_in_the_moment_it_is_given_back_is_no_error_at_all(database: Database) -> None:
    async with database.acquire() as connection:
        await connection.execute("SELECT 1")
        asyncio.get_running_loop().call_soon(connection.terminate)
    assert await database.healthy()


async def test_sessions_that_the_server_ends_at_any_moment_are_unavailable_and_never_another_error(
    database: Database, cluster: Cluster
) -> None:
    ended = asyncio.Event()

    async def work() -> None:
        while not ended.is_set():
            with suppress(DatabaseUnavailable):
                async with database.transaction() as connection:
                    await connection.fetchval("SELECT 1")
                    await connection.execute("SELECT pg_sleep(0.001)")

    async def end_sessions() -> None:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        async with database.acquire() as connection, administrator(cluster) as outside:
            name = await connection.fetchval("SELECT current_database()")
            for _ in range(60):
                await outside.execute(mine, name)
                await asyncio.sleep(0.01)
        ended.set()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(7):
            group.create_task(work())
        group.create_task(end_sessions())
    assert await database.healthy()


@pytest.mark.parametrize("address", ["postgresql://postgres@/no_such_database", "postgresql://nobody@/postgres"])
async def test_a_server_that_refuses_the_connection_is_unavailable(cluster: Cluster, address: str) -> None:
    async with open_database(f"{address}?host={cluster.socket_directory}&port=5432") as database:
        assert not await database.healthy()


async def test_a_database_that_may_only_be_read_for_now_is_unavailable(database: Database) -> None:
    async with database.acquire() as connection:
        await connection.execute("SET default_transaction_read_only = on")
        with pytest.raises(DatabaseUnavailable):
            await connection.execute("CREATE TABLE late (n int)")


async def test_a_plan_names_the_tables_without_a_usable_index(database: Database) -> None:
    async with database.acquire() as connection:
        await connection.execute("CREATE TABLE sought (id int PRIMARY KEY, name text)")
        assert sequential_scans(await plan(connection, "SELECT * FROM sought WHERE id = $1", 1)) == set()
        assert sequential_scans(await plan(connection, "SELECT * FROM sought WHERE name = $1", "x")) == {"sought"}


async def _is_running(cluster: Cluster, sql: str) -> bool:
    async with administrator(cluster) as connection:
        return bool(await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query = $1", sql))


def test_the_cluster_is_private(cluster: Cluster) -> None:
    assert cluster.home.stat().st_mode & 0o077 == 0
