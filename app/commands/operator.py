"""`hotline operator`: how the operators stand, and making one ready, paused or away."""

from __future__ import annotations

from urllib.parse import quote

import click

from app.commands.service_client import ask
from app.commands.with_database import print_json, settings_or_exit

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """Operators and their states (the service must be running)."""


@command.command("list")
@JSON
def list_command(as_json: bool) -> None:
    """Show every operator: ready, paused, ringing, talking, wrap-up or offline."""
    operators = ask(settings_or_exit(), "GET", "/api/operators")
    if as_json:
        print_json(operators)
        return
    for operator in operators:
        reason = f" ({operator['reason']})" if operator["reason"] else ""
        click.echo(f"{operator['id']:<12} {operator['name']:<16} {operator['state']}{reason}")


@command.command()
@click.argument("operator_id")
@JSON
def ready(operator_id: str, as_json: bool) -> None:
    """Let calls come to an operator."""
    _set(operator_id, "ready", as_json=as_json)


@command.command()
@click.argument("operator_id")
@click.option("--reason", required=True, help="Why; it is part of the figures.")
@JSON
def pause(operator_id: str, reason: str, as_json: bool) -> None:
    """Send an operator no calls for a while."""
    _set(operator_id, "paused", reason, as_json=as_json)


@command.command()
@click.argument("operator_id")
@JSON
def away(operator_id: str, as_json: bool) -> None:
    """Take an operator out of the queue."""
    _set(operator_id, "away", as_json=as_json)


def _set(operator_id: str, state: str, reason: str = "", *, as_json: bool) -> None:
    path = f"/api/operators/{quote(operator_id, safe='')}/state"
    answer = ask(settings_or_exit(), "PUT", path, {"state": state, "reason": reason})
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{operator_id}: {state}")
