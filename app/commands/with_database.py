"""What commands that work in the database share: settings, connection, current schema, and errors in one line."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import click

from app.db.cluster import ClusterError
from app.db.embedded import database_dsn
from app.db.migrate import MigrationError, migrate
from app.db.pool import Database, DatabaseUnavailable, open_database
from app.people.model import Person
from app.settings import Settings, SettingsError, load_settings

T = TypeVar("T")


def settings_or_exit() -> Settings:
    """The settings, or exit status 2 with what is wrong in them."""
    try:
        return load_settings()
    except SettingsError as error:
        fail(str(error), 2)


def in_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do `work` in the service's database, brought to this version first; exit status 1 when it is away."""
    return run_on_database(settings, _open_and(settings, work))


def run_on_database(settings: Settings, work: Coroutine[Any, Any, T]) -> T:
    """Run what needs the database; exit status 1, with where it should be and what to look at, when it is away."""
    try:
        return asyncio.run(work)
    except (MigrationError, ClusterError) as error:
        fail(str(error), 1)
    except DatabaseUnavailable as error:
        fail(f"{_place(settings)} does not answer: {error}", 1)


def _place(settings: Settings) -> str:
    """Which database is meant, without user and password, and what to look at."""
    if settings.database.dsn is None:
        return f"The embedded database in {settings.data_dir}"
    parts = urlsplit(settings.database.dsn)
    at = f"{parts.netloc.rpartition('@')[2] or 'this machine'}{parts.path}"
    return f"The database at {at} (database.dsn: see that Postgres runs there and lets this user in)"


def shell_user() -> Person:
    """Who works at the command line, for the audit log: whoever may run it owns the database anyway."""
    return Person(f"shell:{getpass.getuser()}", "admin")


def print_json(value: Any) -> None:
    """JSON for programs: times in ISO 8601 with their offset."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def fail(text: str, status: int) -> NoReturn:
    """End with a message on standard error."""
    click.echo(text, err=True)
    sys.exit(status)


async def _open_and(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async with database_dsn(settings.database.dsn, settings.data_dir) as dsn:
        await migrate(dsn)
        async with open_database(dsn, application_name="hotline-command") as database:
            return await work(database)
