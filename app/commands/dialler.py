"""`hotline dialler`: what will be called when, and why not yet; stopping everything at once."""

from __future__ import annotations

import click

from app.commands.service_client import ask, tell
from app.commands.with_database import print_json, settings_or_exit

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_PATH = "/api/outbound-calls"


@click.group()
def command() -> None:
    """The dialler's list (the service must be running)."""


@command.command("list")
@JSON
def list_command(as_json: bool) -> None:
    """Show every wanted call in order: whether it is made now, why not, and when at the earliest."""
    found = ask(settings_or_exit(), "GET", _PATH)
    if as_json:
        print_json(found)
        return
    state = "stopped" if found["stopped"] else "dialling" if found["enabled"] else "not enabled in the settings"
    click.echo(f"{state}; {found['wanted']} wanted" + "".join(f"; {reason} paused" for reason in found["paused"]))
    for one in found["items"]:
        when = f" until {one['earliest'][:16]}" if one["earliest"] else ""
        about = one["about_ticket"] or one["about_call"] or ""
        click.echo(f"{one['id']:>6} {one['reason']:<10} {about:<24} tried {one['tried']}  {one['why']}{when}")


@command.command()
@click.argument("reasons", nargs=-1)
@JSON
def stop(reasons: tuple[str, ...], as_json: bool) -> None:
    """Stop everything at once, or only the calls of some REASONS; calls in progress go on."""
    before = ask(settings_or_exit(), "GET", _PATH)
    paused = sorted({*before["paused"], *reasons})
    answer = ask(settings_or_exit(), "PUT", f"{_PATH}/state", {"stopped": not reasons, "paused": paused})
    tell(answer, f"paused: {', '.join(reasons)}" if reasons else "stopped", as_json=as_json)


@command.command()
@JSON
def resume(as_json: bool) -> None:
    """Go on with everything."""
    answer = ask(settings_or_exit(), "PUT", f"{_PATH}/state", {"stopped": False, "paused": []})
    tell(answer, "dialling", as_json=as_json)


@command.command()
@click.argument("wish_id", type=int)
@JSON
def withdraw(wish_id: int, as_json: bool) -> None:
    """Take one call off the list."""
    ask(settings_or_exit(), "DELETE", f"{_PATH}/{wish_id}")
    tell({"id": wish_id}, f"{wish_id}: withdrawn", as_json=as_json)
