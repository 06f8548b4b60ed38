"""Migrations: alembic runs `migrations/NNNN_name.sql` in order, forward only, once, whoever starts at the same time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from pgqueuer.adapters.persistence.queries import Queries

from app.db.pool import PlainConnection, connect

DIRECTORY = Path(__file__).parent / "migrations"
STATEMENT_TIMEOUT_S = 3600.0
LOCK_TIMEOUT_S = 60
# Any number will do, as long as every version of the service asks for the same one.
_ADVISORY_KEY = 12345
_FILE = re.compile(r"(?P<number>[0-9]{4})_[a-z0-9_]+\.sql")
# alembic keeps the revision in a varchar(32).
_LONGEST_NAME = 32


class MigrationError(Exception):
    """The database cannot be brought to the version asked for; the text says why, and the file and line if it is SQL.

    Revisions that ended before the failing one stay; the failing one left nothing behind.
    """


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL, run in one transaction; its name without `.sql` is the revision."""

    number: int
    path: Path

    @property
    def revision(self) -> str:
        return self.path.stem


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands: its revision (None: empty), what is still to run, whether the job tables are current."""

    revision: str | None
    pending: tuple[str, ...]
    jobs_current: bool

    @property
    def current(self) -> bool:
        return not self.pending and self.jobs_current


def find_migrations(directory: Path = DIRECTORY) -> tuple[Migration, ...]:
    """The migrations of a directory in order. Raises MigrationError for a bad name or a number used twice."""
    found: dict[int, Migration] = {}
    for path in sorted(directory.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None or len(path.stem) > _LONGEST_NAME:
            raise MigrationError(
                f"{path.name}: not a migration's name (NNNN_name.sql, at most {_LONGEST_NAME} letters)"
            )
        migration = Migration(int(match["number"]), path)
        if migration.number in found:
            raise MigrationError(f"{path.name}: the number is already taken by {found[migration.number].path.name}")
        found[migration.number] = migration
    return tuple(found.values())


async def migrate(dsn: str, *, to: int | None = None, directory: Path = DIRECTORY) -> tuple[str, ...]:
    """Bring the database to migration number `to` (default: the last). Returns the revisions that were run.

    Raises MigrationError, or DatabaseUnavailable when the server cannot be reached.
    """
    migrations = find_migrations(directory)
    async with _alone(dsn) as connection:
        await _converge_jobs(connection)
        revision = await _revision(connection)
        target = _target(migrations, revision, to)
        if target is None:
            return ()
        # Loading alembic and SQLAlchemy takes longer than everything else here, and a database is mostly current.
        from app.db.upgrade import run_migrations  # noqa: PLC0415

        return await run_migrations(dsn, migrations, target)


async def status(dsn: str, *, directory: Path = DIRECTORY) -> Status:
    """Say where the database stands, changing nothing. Raises MigrationError, DatabaseUnavailable."""
    migrations = find_migrations(directory)
    connection = await connect(dsn)
    try:
        revision = await _revision(connection)
        pending = [migration.revision for migration in migrations[_done(migrations, revision) :]]
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
        return Status(revision, tuple(pending), jobs_current=not plan.statements)
    finally:
        await connection.close()


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[PlainConnection]:
    """Hold the migration lock: of services started at once, one migrates and the others wait for it."""
    connection = await connect(dsn, command_timeout=STATEMENT_TIMEOUT_S)
    try:
        await connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
        await connection.execute("SELECT pg_advisory_lock($1)", _ADVISORY_KEY)
        yield connection
    except asyncpg.LockNotAvailableError as error:
        raise MigrationError(f"waited {LOCK_TIMEOUT_S} s for a lock that others hold; try again") from error
    finally:
        await connection.close()


async def _converge_jobs(connection: PlainConnection) -> None:
    """Make or upgrade pgqueuer's tables, whose schema every version of it declares itself: no file of ours.

    Its steps cannot share a transaction (`ALTER TYPE ... ADD VALUE`), which is why they are not a revision either.
    """
    queries = Queries.from_asyncpg_connection(connection)
    if await queries.schema_is_installed():
        await queries.apply_upgrade()
    else:
        await queries.install()


async def _revision(connection: PlainConnection) -> str | None:
    if not await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


def _done(migrations: Sequence[Migration], revision: str | None) -> int:
    """How many migrations the database already has."""
    revisions = [migration.revision for migration in migrations]
    if revision is not None and revision not in revisions:
        raise MigrationError(
            f"the database is at {revision}, which this version does not know: run the newer version that made it"
        )
    return revisions.index(revision) + 1 if revision is not None else 0


def _target(migrations: Sequence[Migration], revision: str | None, to: int | None) -> str | None:
    """The revision to go to, or None when the database is there already."""
    done = _done(migrations, revision)
    if to is None:
        return migrations[-1].revision if done < len(migrations) else None
    numbers = [migration.number for migration in migrations]
    if to not in numbers:
        raise MigrationError(f"there is no migration {to}; there are {', '.join(map(str, numbers))}")
    wanted = numbers.index(to) + 1
    if wanted < done:
        raise MigrationError(f"the database is at {revision}: migrations go forward only, restore a backup to go back")
    return migrations[wanted - 1].revision if wanted > done else None
