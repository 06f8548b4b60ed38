"""`hotline operator`: how the operators stand, and making one ready, paused or away."""

from __future__ import annotations

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
def ready(operator_id: str) -> None:
    """Let calls come to an operator."""
    _set(operator_id, "ready")


@command.command()
@click.argument("operator_id")
@click.option("--reason", required=True, help="Why; it is part of the figures.")
def pause(operator_id: str, reason: str) -> None:
    """Send an operator no calls for a while."""
    _set(operator_id, "paused", reason)


@command.command()
@click.argument("operator_id")
def away(operator_id: str) -> None:
    """Take an operator out of the queue."""
    _set(operator_id, "away")


def _set(operator_id: str, state: str, reason: str = "") -> None:
    ask(settings_or_exit(), "PUT", f"/api/operators/{operator_id}/state", {"state": state, "reason": reason})
    click.echo(f"{operator_id}: {state}")
