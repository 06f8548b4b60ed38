"""`hotline operator`: how the operators stand, making one ready, paused or away; adding, changing and retiring them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import click

from app.commands.service_client import ask, tell
from app.commands.with_database import print_json, settings_or_exit

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SKILLS = click.option("--skill", "skills", multiple=True, metavar="NAME[=1-9]", help="9 is the best; may be repeated.")


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


@command.command()
@click.argument("operator_id")
@click.argument("name")
@SKILLS
@click.option("--webrtc", is_flag=True, help="The telephone is in the browser.")
@JSON
def add(operator_id: str, name: str, skills: Sequence[str], webrtc: bool, as_json: bool) -> None:
    """Add an operator; the telephone can register at once. Its password is shown this once."""
    body = {"id": operator_id, "name": name, "webrtc": webrtc, "skills": _levels(skills)}
    answer = ask(settings_or_exit(), "POST", "/api/operators", body)
    password = f", password {answer['password']}" if answer["password"] else ""
    tell(answer, f"{operator_id}: added{password}", as_json=as_json)


@command.command()
@click.argument("operator_id")
@click.option("--name", help="The name that colleagues and reports show.")
@SKILLS
@click.option("--webrtc/--desk-phone", default=None, help="Where the telephone is.")
@click.option("--return", "returns", is_flag=True, help="Bring a retired operator back.")
@JSON
def change(
    operator_id: str, name: str | None, skills: Sequence[str], webrtc: bool | None, returns: bool, as_json: bool
) -> None:
    """Change an operator while calls run; what is not given stays. Skills that are given replace all."""
    given = {"name": name, "webrtc": webrtc, "skills": _levels(skills) or None, "retired": False if returns else None}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("Name what to change: --name, --skill, --webrtc, --desk-phone or --return.")
    answer = ask(settings_or_exit(), "PATCH", _path(operator_id), changes)
    tell(answer, f"{operator_id}: changed", as_json=as_json)


@command.command()
@click.argument("operator_id")
def retire(operator_id: str) -> None:
    """Retire an operator: no calls and no SIP account any more; a call in progress is finished."""
    ask(settings_or_exit(), "DELETE", _path(operator_id))
    click.echo(f"{operator_id}: retired")


def _levels(skills: Sequence[str]) -> dict[str, int]:
    """`dialect=7`; without a level it is 9, the best. Raises click.BadParameter."""
    levels = {}
    for skill in skills:
        name, _, level = skill.partition("=")
        if level not in {"", *"123456789"}:
            raise click.BadParameter(f"{skill}: the level is a number from 1 to 9", param_hint="--skill")
        levels[name] = int(level or 9)
    return levels


def _path(operator_id: str) -> str:
    return f"/api/operators/{quote(operator_id, safe='')}"


def _set(operator_id: str, state: str, reason: str = "", *, as_json: bool) -> None:
    path = f"{_path(operator_id)}/state"
    answer = ask(settings_or_exit(), "PUT", path, {"state": state, "reason": reason})
    tell(answer, f"{operator_id}: {state}", as_json=as_json)
