"""`hotline db`: bring the database to this version, or say where it stands."""

from __future__ import annotations

import dataclasses
import json
import sys

import click

from app.commands.with_database import run_on_database, settings_or_exit
from app.db.embedded import database_dsn
from app.db.migrate import Status, migrate, status
from app.settings import Settings


@click.group()
def command() -> None:
    """Prepare and inspect the database."""


@command.command("migrate")
@click.option("--to", "number", type=click.IntRange(min=1), help="Go up to this migration only (default: the last).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def migrate_command(number: int | None, as_json: bool) -> None:
    """Bring the database to this version, forward only. Safe to repeat, and from several machines at once."""
    settings = settings_or_exit()
    applied = run_on_database(settings, _migrate(settings, number))
    if as_json:
        click.echo(json.dumps({"applied": applied}))
    else:
        click.echo("\n".join(f"applied {revision}" for revision in applied) or "nothing to do")


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def status_command(as_json: bool) -> None:
    """Say which migrations the database has; exit status 1 when some are still to run."""
    settings = settings_or_exit()
    found = run_on_database(settings, _status(settings))
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


def _describe(found: Status) -> str:
    lines = [f"at {found.revision or 'nothing: the database is empty'}"]
    lines += [f"to run: {revision}" for revision in found.pending]
    if not found.jobs_current:
        lines.append("to upgrade: the job tables")
    return "\n".join(lines)
