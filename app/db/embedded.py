"""The embedded Postgres, shared by all processes of ours on this machine: the first starts it, the last stops it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg

from app.db.cluster import INITDB_TIMEOUT_S, START_TIMEOUT_S, Cluster, ClusterError
from app.db.pool import connect

DATABASE = "hotline"
_DIRECTORY = "postgres"
_LOCK_TIMEOUT_S = INITDB_TIMEOUT_S + START_TIMEOUT_S
_T = TypeVar("_T")


@asynccontextmanager
async def database_dsn(dsn: str | None, data_dir: Path) -> AsyncIterator[str]:
    """Give the address of the service's database: `dsn` where the city set one, else the embedded server's."""
    if dsn is not None:
        yield dsn
        return
    async with embedded_postgres(data_dir / _DIRECTORY) as own:
        yield own


@asynccontextmanager
async def embedded_postgres(
    home: Path, *, database: str = DATABASE, options: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """Use the server whose files lie in `home`, made and started when need be; gives the DSN of `database`.

    Processes share it: it is stopped when the last of them leaves. One that is killed does not count any more, and
    the server it leaves behind is found and used by the next. `options` are server settings, applied when it starts.
    Raises ClusterError when it cannot be made or started.
    """
    cluster = Cluster(home, options or {})
    share = await _to_end(lambda: _join(cluster), undo=lambda share: _leave(cluster, share))
    try:
        await _ensure_database(cluster, database)
        yield cluster.dsn(database)
    finally:
        await _to_end(lambda: _leave(cluster, share))


async def _to_end(work: Callable[[], _T], *, undo: Callable[[_T], None] | None = None) -> _T:
    """Run blocking work in a thread; when cancelled meanwhile, let it end and undo it before going."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if undo is not None and task.exception() is None:
            await asyncio.to_thread(undo, task.result())
        raise


def _join(cluster: Cluster) -> int:
    """Count this process among the users and see that the server runs. Returns the open file that counts it.

    The users are those who hold a shared lock on `users`: the kernel lets go of it for a process that is killed.
    """
    try:
        cluster.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(f"{cluster.home}: cannot be made: {error.strerror}; set another data_dir") from error
    with _alone(cluster.home):
        share = _open(cluster.home / "users")
        try:
            fcntl.flock(share, fcntl.LOCK_SH)
            cluster.create()
            if not cluster.running():
                cluster.start()
        except BaseException:
            os.close(share)
            raise
    return share


def _leave(cluster: Cluster, share: int) -> None:
    with _alone(cluster.home):
        try:
            fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            cluster.stop()
        finally:
            os.close(share)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep other processes from starting and stopping the server meanwhile."""
    file = _open(home / "lock")
    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    try:
        while not _try_lock(file):
            if time.monotonic() > deadline:
                raise ClusterError(f"{home}: another process has been starting or stopping Postgres for too long")
            time.sleep(0.05)
        yield
    finally:
        os.close(file)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise ClusterError(f"{path}: made by another user; run as that user, or set another data_dir") from error
    if os.geteuid() == 0:
        # Root may look in on another user's database: that user must be able to open the file afterwards.
        os.fchown(file, path.parent.stat().st_uid, path.parent.stat().st_gid)
    return file


async def _ensure_database(cluster: Cluster, database: str) -> None:
    connection = await connect(cluster.dsn("postgres"))
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another process of ours made it at the same moment
    finally:
        await connection.close()
