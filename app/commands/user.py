"""`hotline user`: the people who work with the hotline, their passwords and tokens."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import click
from rich.console import Console
from rich.table import Table

from app.commands.with_database import fail, in_database, print_json, settings_or_exit, shell_user
from app.db.pool import Connection, Database
from app.people import accounts, audit, tokens
from app.people.model import ROLES, Person, Role

T = TypeVar("T")

NAME = click.argument("name")
PASSWORD_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """People: accounts, passwords, API tokens."""


@command.command("add")
@NAME
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the person may do.")
@click.option("--unit", "unit_id", metavar="UNIT", help="The unit of a person with the role unit.")
@click.option("--operator", "operator_id", metavar="ID", help="The SIP account of a person who takes calls, op1001.")
@PASSWORD_STDIN
@JSON
def add_command(
    name: str, role: str, unit_id: str | None, operator_id: str | None, password_stdin: bool, as_json: bool
) -> None:
    """Add a person; the password is asked for.

    At least 10 characters with 3 of small letters, capitals, digits and others, or 16 of any kind.
    """
    person = Person(name, cast(Role, role), unit_id, operator_id)
    _checked(lambda: accounts.check_person(person))
    password = _password(name, from_stdin=password_stdin)
    _change(name, "add", lambda connection: accounts.add(connection, person, password, _now()))
    _done(as_json, f"added {name} ({role})", asdict(person))


@command.command("list")
@JSON
def list_command(as_json: bool) -> None:
    """List the people."""

    async def work(database: Database) -> tuple[accounts.Account, ...]:
        async with database.acquire() as connection:
            return await accounts.list_accounts(connection)

    found = in_database(settings_or_exit(), work)
    if as_json:
        print_json([{**asdict(a.person), "created_at": a.created_at, "disabled_at": a.disabled_at} for a in found])
        return
    table = Table("name", "role", "unit", "operator", "since", "")
    for account in found:
        person = account.person
        disabled = "disabled" if account.disabled_at else ""
        since = account.created_at.date().isoformat()
        table.add_row(person.name, person.role, person.unit_id, person.operator_id, since, disabled)
    Console().print(table)


@command.command("password")
@NAME
@PASSWORD_STDIN
@JSON
def password_command(name: str, password_stdin: bool, as_json: bool) -> None:
    """Set a new password; ends the person's sessions and API tokens."""
    password = _password(name, from_stdin=password_stdin)
    _change(name, "password", lambda connection: accounts.set_password(connection, name, password, _now()))
    _done(as_json, f"{name}: new password; sessions and API tokens ended", {"name": name})


@command.command("disable")
@NAME
@JSON
def disable_command(name: str, as_json: bool) -> None:
    """Lock a person out at once."""
    _change(name, "disable", lambda connection: accounts.disable(connection, name, _now()))
    _done(as_json, f"{name} is locked out", {"name": name})


@command.command("enable")
@NAME
@JSON
def enable_command(name: str, as_json: bool) -> None:
    """Let a person in again."""
    _change(name, "enable", lambda connection: accounts.enable(connection, name))
    _done(as_json, f"{name} may log in again", {"name": name})


@command.command("token")
@NAME
@click.option("--label", default="", help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it is good.")
@JSON
def token_command(name: str, label: str, days: int, as_json: bool) -> None:
    """Make an API token for a person (Authorization: Bearer ...). It is shown once and kept nowhere."""
    life = timedelta(days=days)
    token = _change(
        name, "token", lambda connection: tokens.issue(connection, name, "api", _now(), label=label, life=life)
    )
    _done(as_json, token.secret, {"id": token.id, "token": token.secret, "expires_at": token.expires_at})


@command.command("tokens")
@NAME
@JSON
def tokens_command(name: str, as_json: bool) -> None:
    """List a person's sessions and API tokens that are still good."""

    async def work(database: Database) -> tuple[tokens.TokenEntry, ...]:
        async with database.acquire() as connection:
            await accounts.get(connection, name)
            return await tokens.list_tokens(connection, name, _now())

    found = _known(work)
    if as_json:
        print_json([asdict(entry) for entry in found])
        return
    table = Table("id", "kind", "label", "since", "until")
    for entry in found:
        since, until = entry.created_at.isoformat(" ", "minutes"), entry.expires_at.isoformat(" ", "minutes")
        table.add_row(str(entry.id), entry.kind, entry.label, since, until)
    Console().print(table)


@command.command("revoke")
@NAME
@click.argument("token_id", type=int)
@JSON
def revoke_command(name: str, token_id: int, as_json: bool) -> None:
    """Revoke one of a person's sessions or tokens by its number."""
    revoked = _change(name, "revoke", lambda connection: tokens.revoke_id(connection, name, token_id, _now()))
    if not revoked:
        fail(f"{name} has no token {token_id}", 2)
    _done(as_json, f"revoked token {token_id} of {name}", {"name": name, "id": token_id})


def _change(name: str, what: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do `work` in a transaction together with its audit entry."""

    async def in_transaction(database: Database) -> T:
        async with database.transaction() as connection:
            result = await work(connection)
            entry = audit.Entry(shell_user(), "user.change", f"user:{name}", detail={"what": what})
            await audit.record(connection, entry)
            return result

    return _known(in_transaction)


def _known(work: Callable[[Database], Awaitable[T]]) -> T:
    try:
        return in_database(settings_or_exit(), work)
    except (accounts.AccountError, accounts.UnknownUserError) as error:
        fail(str(error), 2)


def _password(name: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    _checked(lambda: accounts.check_password(name, password))
    return password


def _checked(check: Callable[[], None]) -> None:
    try:
        check()
    except accounts.AccountError as error:
        fail(str(error), 2)


def _done(as_json: bool, text: str, data: dict[str, object]) -> None:
    if as_json:
        print_json(data)
    else:
        click.echo(text)


def _now() -> datetime:
    return datetime.now(UTC)
