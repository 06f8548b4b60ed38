"""`hotline menu`: checks menu files and compiles them to dialplan."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ivr.dialplan import compile_dialplan
from ivr.menu import Menu
from ivr.menu_loader import MenuError, read_menu

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
PROMPT_PATH = "/usr/share/hotline/prompts"


@click.group()
def command() -> None:
    """Menus: what callers hear and press."""


@command.command()
@click.argument("files", metavar="FILE...", type=_FILE, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check menu files; every problem is reported, with its line. Exit status 1 when there is one.

    Where a prompt has no words in a language that a caller can choose, callers hear it in Chinese: that is a remark.
    """
    checked = {str(file): _checked(file) for file in files}
    if as_json:
        report = [
            {"file": file, "ok": not problems, "problems": problems, "remarks": remarks}
            for file, (problems, remarks) in checked.items()
        ]
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for file, (problems, remarks) in checked.items():
            click.echo("\n".join([*problems, *remarks, *([] if problems else [f"{file}: ok"])]))
    sys.exit(1 if any(problems for problems, _ in checked.values()) else 0)


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


def _checked(file: Path) -> tuple[list[str], list[str]]:
    """A file's problems and remarks."""
    try:
        return [], _read(file)[1]
    except MenuError as error:
        return error.problems, []


def _load(file: Path) -> Menu:
    return _read(file)[0]


def _read(file: Path) -> tuple[Menu, list[str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise MenuError([f"{file}:1: not UTF-8 text"]) from error
    return read_menu(text, source=str(file))
