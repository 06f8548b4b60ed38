"""The database taken out and put back online, with PostgreSQL's own programs: rows, and who may read them.

What a dump does not carry (roles belong to the server, not to a database) is noted beside it and made anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict

from app.db.cluster import programs
from app.db.migrate import migrate, status
from app.db.pool import PlainConnection, connect
from app.db.queries import QUERIES
from app.setup.process import run

_LONGEST_S = 6 * 3600.0
_GROUP = re.compile(r"hotline_[a-z_]+")


class DumpError(Exception):
    """A database that cannot be taken out or put back as it was; the text says why."""


class Contents(BaseModel):
    """What a dumped database held, to be compared with what was put back: lines of each table, and all rights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: str
    tables: Mapping[str, int]
    rights: tuple[str, ...]
    groups: tuple[str, ...]


async def dump(dsn: str, path: Path) -> Contents:
    """Write the database to `path` (pg_dump's own format) as it is at one moment, while others go on writing.

    Raises DumpError, DatabaseUnavailable, ProcessFailed.
    """
    revision = (await status(dsn)).revision
    if revision is None:
        raise DumpError("the database is empty: there is nothing to back up")
    connection = await connect(dsn, command_timeout=_LONGEST_S)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval(QUERIES["backup_snapshot"])
            found = await _contents(connection, revision)
            await _run(dsn, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
    finally:
        await connection.close()
    return found


async def restore(dsn: str, path: Path, expected: Contents) -> None:
    """Put a dump into an empty database and bring it to this version.

    Raises DumpError where the database is not empty, or holds afterwards what the dump does not say;
    DatabaseUnavailable, MigrationError, ProcessFailed.
    """
    connection = await connect(dsn, command_timeout=_LONGEST_S)
    try:
        if tables := await connection.fetch(QUERIES["backup_tables"]):
            raise DumpError(f"the database holds {len(tables)} tables already: restore into an empty one")
        for group in expected.groups:
            await _make_group(connection, group)
        await _run(dsn, "pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", str(path))
        await connection.execute(QUERIES["restore_roles"], list(expected.groups))
        await connection.execute(QUERIES["restore_unit_roles"])
        if differing := differences(expected, await _contents(connection, expected.revision)):
            raise DumpError("what was restored is not what was backed up: " + "; ".join(differing))
        if without := await connection.fetch(QUERIES["restore_units_without_role"]):
            raise DumpError("units without their role: " + ", ".join(row["id"] for row in without))
    finally:
        await connection.close()
    await migrate(dsn)


def differences(expected: Contents, found: Contents) -> tuple[str, ...]:
    """What is not the same, in words."""
    tables = [
        f"{name} has {found.tables.get(name, 'no table, not')} of {expected.tables.get(name, 'no')} lines"
        for name in sorted(expected.tables.keys() | found.tables.keys())
        if expected.tables.get(name) != found.tables.get(name)
    ]
    rights = set(expected.rights) ^ set(found.rights)
    return (*tables, *(f"right: {words}" for words in sorted(rights)))


async def _contents(connection: PlainConnection, revision: str) -> Contents:
    names: Sequence[str] = [row["relname"] for row in await connection.fetch(QUERIES["backup_tables"])]
    counts = {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}  # noqa: S608
    return Contents(
        revision=revision,
        tables=counts,
        rights=tuple(row["words"] for row in await connection.fetch(QUERIES["backup_rights"])),
        groups=tuple(row["rolname"] for row in await connection.fetch(QUERIES["backup_groups"])),
    )


async def _make_group(connection: PlainConnection, name: str) -> None:
    if not _GROUP.fullmatch(name):
        raise DumpError(f"{name!r} is no role of the hotline's")
    if not await connection.fetchval(QUERIES["restore_has_role"], name):
        await connection.execute(f'CREATE ROLE "{name}" NOLOGIN')


async def _run(dsn: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on the database; the password is not among its arguments, which others can read."""
    parts = urlsplit(dsn)
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    open_dsn = urlunsplit(parts._replace(netloc=parts.netloc.replace(f"{user}{colon}{password}@", f"{user}@", 1)))
    environment = {"PGPASSWORD": unquote(password)} if password else {}
    command = [str(programs() / program), f"--dbname={open_dsn}", *arguments]
    await run(command, timeout=_LONGEST_S, environment=environment)
