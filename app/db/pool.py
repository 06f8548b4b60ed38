"""The connection pool: every query has a deadline, and a database that is away is one clear exception."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

if TYPE_CHECKING:
    PlainConnection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Connection: TypeAlias = PlainConnection | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:  # generic for the type checker only
    PlainConnection = asyncpg.Connection
    Connection = PlainConnection | asyncpg.pool.PoolConnectionProxy

COMMAND_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5.0
HEALTH_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 5.0
_AGAIN_S = 3.0
_IDLE_IN_TRANSACTION = "60s"

# Errors with which a server, or the way to it, goes away or cannot go on; the same command may succeed later
# (PostgreSQL manual, appendix A: classes 08, 53, 57, 58, and 25006 of a standby).
AWAY: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
# What asyncpg says of a connection that it has closed by itself. The second one is its word for a command that meets
# the server's farewell (57P01 between two commands of a transaction), and for giving a connection back in the moment
# in which it is lost.
_CLOSED: tuple[type[Exception], ...] = (asyncpg.InterfaceError, asyncpg.InternalClientError)
GONE: tuple[type[Exception], ...] = (*AWAY, *_CLOSED)
# Without a connection, whatever the server says against one (password, database's name) means unavailable.
REFUSED: tuple[type[Exception], ...] = (*GONE, asyncpg.PostgresError)


class DatabaseUnavailable(Exception):  # noqa: N818 - named for what happened
    """Postgres cannot be reached or did not answer in time. Whether the last command took effect is unknown."""


async def once_there(work: Callable[[], Awaitable[object]]) -> None:
    """Do the work, and again every few seconds as long as Postgres is away. Raises what else it raises."""
    while True:
        try:
            await work()
        except DatabaseUnavailable:
            await asyncio.sleep(_AGAIN_S)
        else:
            return


@contextmanager
def _away(connection: PlainConnection) -> Iterator[None]:
    """Turn what asyncpg raises when the server is gone into DatabaseUnavailable; all else passes."""
    try:
        yield
    except AWAY as error:
        raise DatabaseUnavailable(_describe(error)) from error
    except _CLOSED as error:
        if not connection.is_closed():
            raise
        raise DatabaseUnavailable(_describe(error)) from error


@contextmanager
def _connecting() -> Iterator[None]:
    try:
        yield
    except REFUSED as error:
        raise DatabaseUnavailable(_describe(error)) from error


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has already taken a broken connection back
        return True


class _GuardedConnection(PlainConnection):
    """A connection whose commands raise DatabaseUnavailable when the server goes away under them.

    Guarding each command, not the block round it, keeps an OSError or TimeoutError of the caller's own from being
    taken for the database's.
    """

    async def execute(self, *args: Any, **options: Any) -> str:
        with _away(self):
            return await super().execute(*args, **options)

    async def executemany(self, *args: Any, **options: Any) -> None:
        with _away(self):
            await super().executemany(*args, **options)

    async def fetch(self, *args: Any, **options: Any) -> Any:
        with _away(self):
            return await super().fetch(*args, **options)

    async def fetchrow(self, *args: Any, **options: Any) -> Any:
        with _away(self):
            return await super().fetchrow(*args, **options)

    async def fetchval(self, *args: Any, **options: Any) -> Any:
        with _away(self):
            return await super().fetchval(*args, **options)


class Database:
    """The service's Postgres. Made by `open_database`; safe to share between tasks."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Borrow a connection. Raises DatabaseUnavailable when none can be had in time."""
        with _connecting():
            connection = await self._pool.acquire(timeout=CONNECT_TIMEOUT_S)
        try:
            yield connection
        except _CLOSED as error:
            if not _lost(connection):
                raise
            raise DatabaseUnavailable(_describe(error)) from error
        finally:
            # asyncpg has thrown the connection away when this fails; what was done on it is done.
            with suppress(*GONE):
                await self._pool.release(connection, timeout=CONNECT_TIMEOUT_S)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Borrow a connection inside a transaction: committed at the end, rolled back by any exception.

        When DatabaseUnavailable is raised at the commit, the transaction may have been committed: repeat it only if
        doing it twice is harmless.
        """
        async with self.acquire() as connection, connection.transaction():
            yield connection

    async def healthy(self) -> bool:
        """Whether Postgres answers a query within two seconds."""
        try:
            async with self.acquire() as connection:
                return bool(await connection.fetchval("SELECT true", timeout=HEALTH_TIMEOUT_S))
        except DatabaseUnavailable:
            return False


@asynccontextmanager
async def open_database(
    dsn: str,
    *,
    application_name: str = "hotline",
    size: int = 8,
    command_timeout: float = COMMAND_TIMEOUT_S,
) -> AsyncIterator[Database]:
    """Open a pool of at most `size` connections; `command_timeout` is in seconds.

    Nothing connects before the first query, so a service can start while Postgres is away. `jsonb` values are
    Python objects both ways, the session's time zone is UTC.
    """
    pool = asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=command_timeout,
        init=_prepare,
        reset=_keep_as_it_is,
        connection_class=_GuardedConnection,
        server_settings={
            "application_name": application_name,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION,
        },
    )
    await pool
    try:
        yield Database(pool)
    finally:
        await close_pool(pool)


async def connect(dsn: str, *, command_timeout: float = COMMAND_TIMEOUT_S) -> PlainConnection:
    """Open one connection outside any pool. Raises DatabaseUnavailable."""
    with _connecting():
        connection: PlainConnection = await asyncpg.connect(
            dsn, timeout=CONNECT_TIMEOUT_S, command_timeout=command_timeout, connection_class=_GuardedConnection
        )
    return connection


async def close_pool(pool: asyncpg.Pool[asyncpg.Record]) -> None:
    """Close a pool in good order, or at once where the server no longer answers."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await pool.close()
    except GONE:
        pool.terminate()


async def _prepare(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_to_json, decoder=json.loads)


async def _keep_as_it_is(_: Connection) -> None:
    """asyncpg would reset the session each time a connection goes back, which costs as much as a query.

    Nothing here outlives its transaction (`SET LOCAL`, `pg_advisory_xact_lock`), and who listens stops listening.
    """


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
