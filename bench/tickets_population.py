"""A database as full as a city's after three years: a million calls and tickets, made up by Postgres itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from app.db.embedded import embedded_postgres
from app.db.migrate import migrate
from app.db.pool import PlainConnection, connect
from app.db.queries import parse
from bench.measurement import Say

BIG = ("calls", "unit_attempts", "tickets", "ticket_units", "ticket_figures", "ticket_assignments", "ticket_lists")
_LONGEST_S = 3600.0
_FILE = Path(__file__).with_name("tickets_population.sql")
# Only what speeds up filling; what is measured runs on the settings that are shipped.
_OPTIONS: Mapping[str, str] = {"max_wal_size": "8GB", "checkpoint_timeout": "1h", "fsync": "off"}
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made_by
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::text[]::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""


@asynccontextmanager
async def population(directory: Path, tickets: int, until: datetime, say: Say) -> AsyncIterator[str]:
    """The DSN of a database with so many tickets, received in the three years before `until`."""
    async with embedded_postgres(directory, options=_OPTIONS) as dsn:
        await migrate(dsn)
        await fill(dsn, tickets, until, say)
        yield dsn


async def fill(dsn: str, tickets: int, until: datetime, say: Say) -> None:
    """Put so many tickets into a migrated, empty database; the indexes are made anew behind them."""
    queries = parse(_FILE.read_text(encoding="utf-8"), source=_FILE.name)
    async with AsyncExitStack() as stack:
        first, second = [await _session(dsn, queries["prepare"], stack) for _ in range(2)]
        indexes = await first.fetch(_INDEXES, list(BIG))
        for index in indexes:
            await first.execute(f"DROP INDEX {index['name']}")
        for name, sql in queries.items():
            say(f"{tickets} tickets: {name}")
            filled = sql.replace("$COUNT", str(tickets)).replace("$1", f"'{until.isoformat()}'")
            if "$HALF" in filled:
                halves = [filled.replace("$HALF", half) for half in "01"]
                await asyncio.gather(first.execute(halves[0]), second.execute(halves[1]))
            else:
                await first.execute(filled)
        for index in indexes:
            say(f"index {index['name']}")
            await first.execute(index["made_by"])
        await first.execute("VACUUM (ANALYZE)")


async def _session(dsn: str, prepare: str, stack: AsyncExitStack) -> PlainConnection:
    connection = await connect(dsn, command_timeout=_LONGEST_S)
    stack.push_async_callback(connection.close)
    await connection.execute(prepare)
    return connection
