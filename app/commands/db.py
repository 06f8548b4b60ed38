"""`hotline db`: bring the database to this version, or say where it stands."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

from app.db.cluster import ClusterError
from app.db.embedded import database_dsn
from app.db.migrate import MigrationError, Status, migrate, status
from app.db.pool import DatabaseUnavailable
from app.settings import Settings, SettingsError, load_settings

_T = TypeVar("_T")


@click.group()
def command() -> None:
    """Prepare and inspect the database."""


@command.command("migrate")
@click.option("--to", "number", type=click.IntRange(min=1), help="Go up to this migration only (default: the last).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def migrate_command(number: int | None, as_json: bool) -> None:
    """Bring the database to this version, forward only. Safe to repeat, and from several machines at once."""
    applied = _run(_migrate(_settings(), number))
    if as_json:
        click.echo(json.dumps({"applied": applied}))
    else:
        click.echo("\n".join(f"applied {revision}" for revision in applied) or "nothing to do")


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def status_command(as_json: bool) -> None:
    """Say which migrations the database has; exit status 1 when some are still to run."""
    found = _run(_status(_settings()))
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(found), "current": found.current}))
    else:
        click.echo(_describe(found))
    sys.exit(0 if found.current else 1)


async def _migrate(settings: Settings, number: int | None) -> tuple[str, ...]:
    async with database_dsn(settings.database.dsn, settings.data_dir) as dsn:
        return await migrate(dsn, to=number)


async def _status(settings: Settings) -> Status:
    async with database_dsn(settings.database.dsn, settings.data_dir) as dsn:
        return await status(dsn)


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    try:
        return asyncio.run(work)
    except (MigrationError, ClusterError, DatabaseUnavailable) as error:
        raise click.ClickException(str(error)) from error


def _describe(found: Status) -> str:
    lines = [f"at {found.revision or 'nothing: the database is empty'}"]
    lines += [f"to run: {revision}" for revision in found.pending]
    if not found.jobs_current:
        lines.append("to upgrade: the job tables")
    return "\n".join(lines)
