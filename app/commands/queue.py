"""`hotline queue`: who waits where, and adding and changing queues while calls run."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from app.commands.service_client import ask, tell
from app.commands.with_database import print_json, settings_or_exit

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _settings(command: Any) -> Any:
    """The options of a queue, for adding one and changing one."""
    options = (
        click.option("--skill", "skills", multiple=True, help="Its operators have all of these; may be repeated."),
        click.option("--priority", type=click.IntRange(0, 99), help="Higher is served first."),
        click.option("--longest-wait", type=click.IntRange(5, 7200), metavar="SECONDS", help="Then callers flow over."),
        click.option("--overflow-to", metavar="QUEUE", help="Where they flow over to."),
        click.option("--wrapup", "wrapup_seconds", type=click.IntRange(0, 600), metavar="SECONDS"),
        click.option("--ring", "ring_seconds", type=click.IntRange(3, 120), metavar="SECONDS"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Queues (the service must be running)."""


@command.command("list")
@JSON
def list_command(as_json: bool) -> None:
    """Show every queue: who waits, the longest wait, and today's figures."""
    queues = ask(settings_or_exit(), "GET", "/api/queues")
    if as_json:
        print_json(queues)
        return
    for queue in queues:
        today = queue["today"] or {}
        figures = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in today.items()) or "no figures"
        waits = f"{queue['waiting']} waiting ({queue['longest_wait_s']:.0f} s)"
        click.echo(f"{queue['name']:<16} {queue['title']:<16} {waits}; today: {figures}")


@command.command()
@click.argument("name")
@click.argument("title")
@_settings
@JSON
def add(name: str, title: str, as_json: bool, **given: Any) -> None:
    """Add a queue; operators who have its skills belong to it at once."""
    answer = ask(settings_or_exit(), "POST", "/api/queues", {"name": name, "title": title, **_given(given)})
    tell(answer, f"{name}: added", as_json=as_json)


@command.command()
@click.argument("name")
@click.option("--title", help="What people call it.")
@_settings
@JSON
def change(name: str, as_json: bool, **given: Any) -> None:
    """Change a queue while callers wait in it; what is not given stays."""
    changes = _given(given)
    if not changes:
        raise click.UsageError("Name what to change; --help lists it.")
    answer = ask(settings_or_exit(), "PATCH", f"/api/queues/{quote(name, safe='')}", changes)
    tell(answer, f"{name}: changed", as_json=as_json)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None and value != ()}
