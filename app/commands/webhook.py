"""`hotline webhook`: the endpoints that are told of tickets' changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TypeVar

import click

from app.commands.with_database import fail, in_database, print_json, settings_or_exit, shell_user
from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.people import audit
from app.webhooks import outbox
from app.webhooks.outbox import BadWebhookError, UnknownWebhookError

T = TypeVar("T")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
ID = click.argument("webhook_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))


@click.group()
def command() -> None:
    """Webhooks: telling other ticket systems of changes."""


@command.command("add")
@click.argument("url")
@click.option("--secret", help="What deliveries are signed with; generated when not given.")
@JSON
def add_command(url: str, secret: str | None, as_json: bool) -> None:
    """Register an endpoint; its secret is printed this once."""

    async def work(connection: Connection) -> outbox.NewWebhook:
        made = await outbox.add(connection, url, secret)
        await audit.record(connection, audit.Entry(shell_user(), "webhook.add", f"webhook:{made.id}"))
        return made

    made = _change(work)
    if as_json:
        print_json(asdict(made))
    else:
        click.echo(f"{made.id}  {made.url}\nsecret  {made.secret}")


@command.command("list")
@JSON
def list_command(as_json: bool) -> None:
    """List the endpoints, and how many deliveries wait or were given up."""

    async def work(connection: Connection) -> list[dict[str, object]]:
        return [dict(row) for row in await connection.fetch(QUERIES["webhook_list"])]

    rows = _change(work)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']}  {row['url']}  waiting {row['waiting']}  given up {row['given_up']}")


@command.command("remove")
@ID
@JSON
def remove_command(webhook_id: int, as_json: bool) -> None:
    """Tell an endpoint nothing more."""

    async def work(connection: Connection) -> None:
        await outbox.remove(connection, webhook_id)
        await audit.record(connection, audit.Entry(shell_user(), "webhook.remove", f"webhook:{webhook_id}"))

    _change(work)
    if as_json:
        print_json({"removed": webhook_id})
    else:
        click.echo(f"removed {webhook_id}")


@command.command("redeliver")
@ID
@JSON
def redeliver_command(webhook_id: int, as_json: bool) -> None:
    """Try again what was given up for an endpoint."""
    again = _change(lambda connection: outbox.redeliver(connection, webhook_id))
    if as_json:
        print_json({"redelivered": again})
    else:
        click.echo(f"{again} to be delivered again")


def _change(work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do something in one transaction; what cannot be done ends the program with one line."""

    async def in_transaction(database: Database) -> T:
        async with database.transaction() as connection:
            return await work(connection)

    try:
        return in_database(settings_or_exit(), in_transaction)
    except BadWebhookError as error:
        fail(str(error), 2)
    except UnknownWebhookError as error:
        fail(str(error), 1)
