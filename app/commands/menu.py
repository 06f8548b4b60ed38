"""`hotline menu`: checks menu files and compiles them to dialplan."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ivr.dialplan import compile_dialplan
from ivr.menu import Menu
from ivr.menu_loader import MenuError, load_menu

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
PROMPT_PATH = "/usr/share/hotline/prompts"


@click.group()
def command() -> None:
    """Menus: what callers hear and press."""


@command.command()
@click.argument("files", metavar="FILE...", type=_FILE, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check menu files; every problem is reported, with its line. Exit status 1 when there is one."""
    problems = {str(file): _problems(file) for file in files}
    if as_json:
        report = [{"file": file, "ok": not found, "problems": found} for file, found in problems.items()]
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for file, found in problems.items():
            click.echo("\n".join(found) if found else f"{file}: ok")
    sys.exit(1 if any(problems.values()) else 0)


@command.command("compile")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("--prompt-path", default=PROMPT_PATH, show_default=True, help="The prompt folder as Asterisk sees it.")
def compile_(file: Path, prompt_path: str) -> None:
    """Print the dialplan that says the same menu without the service."""
    try:
        click.echo(compile_dialplan(_load(file), prompt_path=prompt_path), nl=False)
    except MenuError as error:
        click.echo(error, err=True)
        sys.exit(1)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _problems(file: Path) -> list[str]:
    try:
        _load(file)
    except MenuError as error:
        return error.problems
    return []


def _load(file: Path) -> Menu:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise MenuError([f"{file}:1: not UTF-8 text"]) from error
    return load_menu(text, source=str(file))
