"""The embedded Postgres: started by the first process, shared, stopped by the last, and found again after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.db.cluster import Cluster, ClusterError
from app.db.embedded import database_dsn, embedded_postgres
from app.db.pool import connect
from app.db.sockets import SOCKET_PATH_BYTES
from tests.support.postgres import FAST, eventually, scratch_directory


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Where one server's files are, kept from test to test; no test leaves it running."""
    with scratch_directory() as directory:
        Cluster(directory / "postgres").create()
        yield directory / "postgres"


@pytest.fixture
def new() -> Iterator[Path]:
    """An empty directory."""
    with scratch_directory() as directory:
        yield directory


async def answers(dsn: str) -> bool:
    connection = await connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()


def postmaster(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().split()[0])


async def is_gone(pid: int) -> bool:
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()  # noqa: ASYNC240 - a process that ended and is not yet buried
    except (FileNotFoundError, ProcessLookupError):
        return True


@asynccontextmanager
async def another_process(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.postgres_user",
        str(home),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert int(await process.stdout.readline()) == postmaster(home)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_is_made_started_and_stopped_without_a_trace(new: Path) -> None:
    async with database_dsn(None, new / "data") as dsn:
        assert await answers(dsn)
        pid = postmaster(new / "data" / "postgres")
    assert await is_gone(pid)
    async with database_dsn(None, new / "data") as dsn:
        assert await answers(dsn)


async def test_a_database_of_the_citys_own_is_used_as_it_is(new: Path) -> None:
    async with database_dsn("postgresql://city/own", new) as dsn:
        assert dsn == "postgresql://city/own"
    assert list(new.iterdir()) == []  # noqa: ASYNC240


async def test_the_last_process_to_leave_stops_it(home: Path) -> None:
    async with another_process(home) as other:
        async with embedded_postgres(home) as dsn:
            assert await answers(dsn)
        assert not await is_gone(postmaster(home))
        assert other.stdin is not None
        pid = postmaster(home)
        other.stdin.close()
        assert await other.wait() == 0
    assert await is_gone(pid)


async def test_the_first_process_may_leave_before_the_second(home: Path) -> None:
    async with another_process(home) as other:
        async with embedded_postgres(home) as dsn:
            assert other.stdin is not None
            other.stdin.close()
            assert await other.wait() == 0
            assert await answers(dsn)
            pid = postmaster(home)
        assert await is_gone(pid)


async def test_a_server_left_by_a_killed_process_is_used_and_then_stopped(home: Path) -> None:
    async with another_process(home) as other:
        other.send_signal(signal.SIGKILL)
        await other.wait()
        pid = postmaster(home)
    async with embedded_postgres(home) as dsn:
        assert await answers(dsn)
        assert postmaster(home) == pid
    assert await is_gone(pid)


async def test_a_server_that_was_killed_recovers_at_the_next_start(home: Path) -> None:
    async with embedded_postgres(home) as dsn:
        connection = await connect(dsn)
        await connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n")
        await connection.close()
        pid = postmaster(home)
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: is_gone(pid))
        async with embedded_postgres(home) as again:
            connection = await connect(again)
            assert await connection.fetchval("SELECT n FROM kept") == 1
            await connection.close()
    assert not Cluster(home).running()


async def test_a_number_taken_by_a_stranger_after_a_reboot_is_not_the_server(home: Path) -> None:
    async with embedded_postgres(home):
        pid_file = home / "data" / "postmaster.pid"
        left = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]))
    assert not Cluster(home).running()
    async with embedded_postgres(home) as dsn:
        assert await answers(dsn)


async def test_a_path_too_long_for_a_socket_gets_a_short_private_one(new: Path) -> None:
    home = new / ("deep" * 30) / "postgres"
    cluster = Cluster(home)
    assert len(bytes(home)) > SOCKET_PATH_BYTES
    async with embedded_postgres(home) as dsn:
        assert await answers(dsn)
        assert cluster.socket_directory.stat().st_mode & 0o077 == 0
    assert not cluster.socket_directory.exists()


async def test_making_it_goes_on_after_an_interruption(new: Path) -> None:
    half = new / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    async with embedded_postgres(new / "postgres", options=FAST) as dsn:
        assert await answers(dsn)


async def test_cancelled_while_starting_it_leaves_no_server(home: Path) -> None:
    async def use() -> None:
        async with embedded_postgres(home):
            await asyncio.Event().wait()

    using = asyncio.create_task(use())
    await eventually(lambda: _exists(home / "data" / "postmaster.pid"))
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert not Cluster(home).running()


async def test_the_event_loop_goes_on_while_it_starts(home: Path) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with embedded_postgres(home):
        assert ticks >= 10
    ticking.cancel()


async def test_data_of_another_version_is_refused_with_advice(new: Path) -> None:
    (new / "data").mkdir()
    (new / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 9, this is .* set database\.dsn"):
        async with embedded_postgres(new):
            pass


async def test_a_path_that_a_shell_would_misread_is_refused(new: Path) -> None:
    with pytest.raises(ClusterError, match="move data_dir"):
        async with embedded_postgres(new / "$(id)"):
            pass


async def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(ClusterError, match="no_such_setting"):
        async with embedded_postgres(home, options={"no_such_setting": "1"}):
            pass


async def _exists(path: Path) -> bool:
    return path.exists()  # noqa: ASYNC240
