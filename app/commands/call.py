"""`hotline call`: the calls in the database, and those that nobody answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import click

from app.calls import store
from app.commands.service_client import ask
from app.commands.with_database import fail, in_database, print_json, settings_or_exit
from app.db.pool import Database
from app.db.queries import QUERIES

_CALLER = frozenset({"caller", "caller_name", "caller_raw"})
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """Calls: what happened on them."""


@command.command("list")
@click.option("--missed", is_flag=True, help="Only calls that nobody answered and that were not called back.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@JSON
def list_command(missed: bool, limit: int, as_json: bool) -> None:
    """List calls, latest first; not who called, where that is protected.

    Of missed ones callbacks come first, in the order in which the callers began to wait, then messages.
    """
    settings = settings_or_exit()

    async def read(database: Database) -> list[dict[str, Any]]:
        async with database.acquire() as connection:
            query = ("missed_calls", limit) if missed else ("list_calls", None, limit)
            return [_shown(dict(row)) for row in await connection.fetch(QUERIES[query[0]], *query[1:])]

    rows = in_database(settings, read)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(_line(row, settings.zone))


@command.command("called-back")
@click.argument("call_id")
@JSON
def called_back(call_id: str, as_json: bool) -> None:
    """Put down that a missed caller was called back (the service must be running)."""
    answer = ask(settings_or_exit(), "POST", f"/api/calls/{quote(call_id, safe='')}/callback")
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{call_id}: called back at {answer['called_back_at']}")


@command.command()
@click.argument("call_id")
@JSON
def show(call_id: str, as_json: bool) -> None:
    """Show one call, event by event; not who called, where that is protected."""
    settings = settings_or_exit()

    async def read(database: Database) -> list[dict[str, Any]]:
        async with database.acquire() as connection:
            rights = await connection.fetchrow(QUERIES["call_rights"], call_id)
            events = [event.shown() for event in await store.load_events(connection, call_id)]
        if rights is None or not (rights["confidential"] or rights["anonymous"]):
            return events
        return [event | {"data": _unnamed(event["data"])} for event in events]

    events = in_database(settings, read)
    if not events:
        fail(f"There is no call {call_id}.", 1)
    if as_json:
        print_json(events)
        return
    for event in events:
        at = datetime.fromisoformat(event["at"]).astimezone(settings.zone)
        shown = "  ".join(f"{key}={value}" for key, value in event["data"].items() if key != "legs")
        click.echo(f"{at:%H:%M:%S.%f}  {event['kind']:<20} {shown}")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    protected = row.pop("anonymous", False) or row["confidential"]
    return _unnamed(row) if protected else row


def _unnamed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "" if key in _CALLER else value for key, value in values.items()}


def _line(row: Mapping[str, Any], zone: ZoneInfo) -> str:
    outcome = row["outcome"] or "in progress"
    reason = f" ({row['missed_reason']})" if row["missed_reason"] else ""
    asked = " callback" if row["callback_at"] else ""
    left = " message" if row["message_at"] else ""
    started = row["started_at"].astimezone(zone)
    what = f"{outcome}{reason}{asked}{left}"
    return f"{started:%Y-%m-%d %H:%M:%S}  {row['id']:<28} {what}  {row.get('ticket_number') or ''}"
