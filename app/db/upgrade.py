"""Alembic at work on files of SQL: each is a revision that follows the one before it, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

import asyncpg
import sqlalchemy
import structlog
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from app.db.migrate import DIRECTORY, LOCK_TIMEOUT_S, STATEMENT_TIMEOUT_S, Migration, MigrationError

log = structlog.get_logger(__name__)


async def run_migrations(dsn: str, migrations: Sequence[Migration], target: str) -> tuple[str, ...]:
    """Run what is missing up to the revision `target`; returns the revisions run. Raises MigrationError."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(asyncpg.connect, dsn, command_timeout=STATEMENT_TIMEOUT_S),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_upgrade, _scripts(migrations), target)
    finally:
        await engine.dispose()


def _upgrade(connection: sqlalchemy.Connection, scripts: ScriptDirectory, target: str) -> tuple[str, ...]:
    applied: list[str] = []

    def steps(revision: object, _context: MigrationContext) -> object:
        return scripts._upgrade_revs(target, revision)  # type: ignore[arg-type]  # alembic's own recipe for use without env.py

    context = MigrationContext.configure(
        connection,
        opts={
            "fn": steps,
            "transaction_per_migration": True,
            "on_version_apply": [lambda **applied_step: applied.append(applied_step["step"].up_revision_id)],
        },
    )
    context.run_migrations(connection=connection)
    return tuple(applied)


def _scripts(migrations: Sequence[Migration]) -> ScriptDirectory:
    """Alembic's view of the files: each follows the one before it."""
    directory = ScriptDirectory(DIRECTORY)
    before = [None, *(migration.revision for migration in migrations)]
    scripts = [_script(migration, down) for migration, down in zip(migrations, before, strict=False)]
    directory.revision_map = RevisionMap(lambda: scripts)
    return directory


def _script(migration: Migration, down_revision: str | None) -> Script:
    module = ModuleType(migration.revision)
    module.__dict__.update(
        revision=migration.revision,
        down_revision=down_revision,
        upgrade=partial(_execute, migration.path),
        downgrade=_refuse_downgrade,
    )
    return Script(module, migration.revision, migration.path)


def _execute(path: Path, *, connection: sqlalchemy.Connection) -> None:
    """Run a file of many statements: only asyncpg's own `execute` takes them in one go."""
    sql = path.read_text(encoding="utf-8")
    # SQLAlchemy begins the transaction at its first statement: without one the file would not be part of it.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
    driver = connection.connection.driver_connection
    try:
        await_only(driver.execute(sql))  # type: ignore[union-attr]
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{path.name}{_line(sql, error)}: {error}") from error
    log.info("migrated", revision=path.stem)


def _line(sql: str, error: asyncpg.PostgresError) -> str:
    position = getattr(error, "position", None)
    return f":{sql.count(chr(10), 0, int(position) - 1) + 1}" if position else ""


def _refuse_downgrade(**_: object) -> None:
    raise MigrationError("migrations go forward only: restore a backup to go back")
