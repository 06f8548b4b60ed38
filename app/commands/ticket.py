"""`hotline ticket`: the tickets in the database, and every action of the regulation on them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from app.commands.with_database import fail, in_database, print_json, settings_or_exit, shell_user
from app.db.pool import Database
from app.db.queries import QUERIES
from app.matters.clock import HolidayFileError
from app.matters.model import Action, Actor, Role
from app.regulations.loader import ProfileError
from app.settings import Settings
from app.tickets.actions import MODELS, UnitArgs, parse_args
from app.tickets.intake import jurisdiction
from app.tickets.refusal import Refusal
from app.tickets.service import Tickets
from app.tickets.store import CannotMerge, NoSuchTicket

T = TypeVar("T")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_ACTIONS = sorted(action.value for action in MODELS if action not in {Action.RECEIVE, Action.MOVE_LIMITS})
# Reasons, corrections and who asked say what a confidential ticket is about.
_BARE = frozenset({"n", "at", "action"})
_ROLES = [role.value for role in Role if role is not Role.SYSTEM]


@click.group()
def command() -> None:
    """Tickets: looking at them and acting on them."""


@command.command("list")
@click.option("--status", help="Only tickets with this status.")
@click.option("--category", help="Only tickets of this category.")
@click.option("--unit", help="Only tickets of this unit.")
@click.option("--text", help="Only tickets whose content holds this.")
@click.option("--late", is_flag=True, help="Only tickets that are late.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@JSON
def list_command(
    status: str | None,
    category: str | None,
    unit: str | None,
    text: str | None,
    late: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List tickets, latest first. Of confidential ones only number, category and status are shown."""

    async def read(database: Database) -> list[dict[str, Any]]:
        async with database.acquire() as connection:
            filters = (status, category, unit, None, late, None, None, text, None, None, None, limit)
            return [_stub(dict(row)) for row in await connection.fetch(QUERIES["list_tickets"], *filters)]

    settings = settings_or_exit()
    rows = in_database(settings, read)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        due = f"{row['due_at'].astimezone(settings.zone):%Y-%m-%d %H:%M}" if row["due_at"] else "-"
        click.echo(f"{row['number']}  {row['status']:<20} {row['category']:<16} {due}  {','.join(row['unit_ids'])}")


@command.command()
@click.argument("number")
@JSON
def show(number: str, as_json: bool) -> None:
    """Show one ticket with its history."""

    async def read(database: Database) -> dict[str, Any] | None:
        async with database.acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
            history = await connection.fetch(QUERIES["ticket_history"], number)
        if row is None:
            return None
        told = _BARE if row["confidential"] else None
        return _stub(dict(row)) | {"history": [_entry(dict(entry), told) for entry in history]}

    settings = settings_or_exit()
    ticket = in_database(settings, read)
    if ticket is None:
        fail(f"There is no ticket {number}.", 1)
    if as_json:
        print_json(ticket)
        return
    for key, value in ticket.items():
        if key not in {"history", "state", "suggestions"} and value not in (None, "", []):
            shown = value.astimezone(settings.zone).isoformat() if isinstance(value, datetime) else value
            click.echo(f"{key:<16} {shown}")
    for entry in ticket["history"]:
        actor = entry.get("actor", "")
        at = entry["at"].astimezone(settings.zone)
        click.echo(f"  {at:%Y-%m-%d %H:%M}  {entry['action']:<18} {actor}".rstrip())


@command.command()
@click.argument("number")
@click.argument("action", type=click.Choice(_ACTIONS))
@click.option("--by", "role", type=click.Choice(_ROLES), required=True, help="In which role it is done.")
@click.option("--with", "arguments", default="{}", help='The action\'s arguments as JSON, or @FILE: {"how": "direct"}.')
@JSON
def act(number: str, action: str, role: str, arguments: str, as_json: bool) -> None:
    """Carry out an ACTION on a ticket; a refusal names the rule and its article (exit status 1)."""
    settings = settings_or_exit()
    args = _arguments(Action(action), arguments)
    unit = args.unit if isinstance(args, UnitArgs) else ""
    actor = Actor(role=Role(role), unit=unit, person=shell_user().name)
    outcome = _with_tickets(settings, lambda tickets: tickets.act(number, args, actor), number)
    if isinstance(outcome, Refusal):
        fail(f"{outcome} ({outcome.article})", 1)
    result = {"number": number, "status": outcome.ticket.status.value, "limits": dict(outcome.limits)}
    if as_json:
        print_json(result)
    else:
        click.echo(f"{number}: {result['status']}")


def _with_tickets(settings: Settings, work: Callable[[Tickets], Awaitable[T]], number: str) -> T:
    try:
        place = jurisdiction(settings)
        return in_database(
            settings,
            lambda database: work(
                Tickets(database, place, settings.zone, lambda: datetime.now(settings.zone), settings.area_code)
            ),
        )
    except NoSuchTicket:
        fail(f"There is no ticket {number}.", 1)
    except CannotMerge as error:
        fail(str(error), 1)
    except (ProfileError, HolidayFileError) as error:
        fail(str(error), 2)


def _arguments(action: Action, text: str) -> Any:
    try:
        read = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        data = json.loads(read)
        if not isinstance(data, dict):
            raise TypeError("want a JSON object")
        return parse_args(action, data)
    except ValidationError as error:
        fail("\n".join(f"--with: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()), 2)
    except (OSError, ValueError, TypeError) as error:
        fail(f"--with: {error}", 2)


def _entry(entry: Mapping[str, Any], told: frozenset[str] | None) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if told is None or key in told}


def _stub(row: dict[str, Any]) -> dict[str, Any]:
    """Of a confidential ticket nothing is shown at the command line but that it is there."""
    if not row["confidential"]:
        return {key: value for key, value in row.items() if key != "state"}
    shown = ("number", "status", "category", "received_at", "due_at", "closed_at", "confidential", "unit_ids")
    return {key: row[key] for key in shown if key in row}
