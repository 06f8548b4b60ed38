"""A private Postgres for tests: one server, a migrated template, a fresh copy of it per test, ways to cut it off."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from app.db.cluster import Cluster
from app.db.migrate import migrate
from app.db.pool import Connection, PlainConnection, connect
from app.db.sockets import SOCKET_NAME

TEMPLATE = "hotline_template"
_ROOM_BYTES = 2 << 30
# A test's database need not survive a power cut.
FAST: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A private directory for a server's files, removed at the end.

    Not pytest's: that closes its directories again, also to the account that a running server is under.
    """
    directory = Path(tempfile.mkdtemp(prefix="hotline-pg-", dir=_memory()))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@contextmanager
def scratch_cluster(options: Mapping[str, str] = FAST) -> Iterator[Cluster]:
    """A new running server, stopped and removed at the end. Blocks: for session fixtures."""
    with scratch_directory() as home:
        cluster = Cluster(home, options)
        try:
            cluster.create()
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


async def make_template(cluster: Cluster) -> None:
    """Make the migrated database that `fresh_database` copies."""
    async with administrator(cluster) as connection:
        await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await migrate(cluster.dsn(TEMPLATE))


@asynccontextmanager
async def fresh_database(cluster: Cluster, *, template: str = TEMPLATE) -> AsyncIterator[str]:
    """The name of a new copy of `template`, dropped at the end whoever is still connected."""
    name = f"test_{uuid.uuid4().hex}"
    async with administrator(cluster) as connection:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield name
    finally:
        async with administrator(cluster) as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def administrator(cluster: Cluster) -> AsyncIterator[PlainConnection]:
    """A connection that may make and drop databases."""
    connection = await connect(cluster.dsn("postgres"))
    try:
        yield connection
    finally:
        await connection.close()


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = 20.0) -> None:
    """Wait until `condition` holds; TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def plan(connection: Connection, sql: str, *arguments: object) -> dict[str, Any]:
    """How Postgres would run a query, were a sequential scan its last resort: so a scan that is left has no index."""
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
    decoded = json.loads(found) if isinstance(found, str) else found
    root: dict[str, Any] = decoded[0]["Plan"]
    return root


def sequential_scans(node: Mapping[str, Any]) -> set[str]:
    """The tables a plan reads from end to end."""
    below = [sequential_scans(child) for child in node.get("Plans", [])]
    own = {str(node["Relation Name"])} if node["Node Type"] == "Seq Scan" else set()
    return own.union(*below)


class PostgresProxy:
    """Stands between a client and the server on 127.0.0.1, and can be cut or frozen.

    Cut, connections break and new ones are refused (the server died); frozen, nothing passes (the network went away).
    """

    def __init__(self, cluster: Cluster) -> None:
        self._socket = cluster.socket_directory / SOCKET_NAME
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self.port = _free_port()

    def dsn(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable"

    async def __aenter__(self) -> Self:
        await self.restore()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def restore(self) -> None:
        """Take connections again, on the same port."""
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    def freeze(self) -> None:
        """Keep connections open and pass nothing on."""
        self._flowing.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._relay(reader, writer)
        finally:
            self._clients.discard(task)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(str(self._socket))
        pumps = [
            asyncio.create_task(self._pump(reader, server_writer)),
            asyncio.create_task(self._pump(server_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in (writer, server_writer):
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()


def _memory() -> Path | None:
    """A file system in memory with room for the server: a database is copied there in 30 ms, on disk in 300."""
    shared = Path("/dev/shm")  # noqa: S108 - a private directory is made in it
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > _ROOM_BYTES else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
