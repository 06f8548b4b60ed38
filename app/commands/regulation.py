"""`hotline regulation`: list, check, compare and document the regulation profiles, and run scenarios under them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.matters.clock import HolidayFileError, load_calendar
from app.regulations.diff import diff
from app.regulations.loader import ProfileError, available, fill_in, read
from app.regulations.profile import Profile
from app.regulations.rows import Row
from app.rulebook.docs import documents, write
from app.rulebook.scenario import ScenarioError, load_scenario, run_scenario

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Regulations: the cities' rules that tickets live by."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List the profiles that come with the product, and the figures each city must give."""
    profiles = [read(name).profile for name in available()]
    if as_json:
        _print_json([_summary(profile) for profile in profiles])
        return
    table = Table("id", "area", "name", "settings")
    for profile in profiles:
        settings = ", ".join(f"{n}{'' if s.default is None else f'={s.default}'}" for n, s in profile.settings.items())
        table.add_row(profile.id, profile.area, profile.name, settings)
    Console().print(table)


@command.command()
@click.argument("profile")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="What the city sets.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(profile: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Check a profile: the id of one that comes with the product, or a file. Exit status 1 when it is not valid."""
    figures = _figures(settings)
    try:
        file = read(profile)
        _are_numbers(figures, file.profile)
        if figures:
            fill_in(file, figures)
    except ProfileError as error:
        if as_json:
            _print_json({"ok": False, "problems": list(error.problems)})
        _fail(error.problems, 1)
    open_ = [n for n, s in file.profile.settings.items() if s.default is None and n not in figures]
    if as_json:
        _print_json({"ok": True, "problems": [], "settings_to_give": open_})
        return
    click.echo(f"{file.source.source}: valid")
    for name in open_:
        setting = file.profile.settings[name]
        click.echo(f"  the city must give {name}: {setting.about} ({setting.article})")


@command.command()
@click.argument("scenario", type=FILE)
@click.option("--holidays", type=FILE, help="A holidays.toml that overrides the published calendar.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(scenario: Path, holidays: Path | None, as_json: bool) -> None:
    """Run a scenario: what each step does, what is due, what is late, who is told.

    A holidays.toml beside the scenario overrides the published calendar, unless another is named. Refused steps are
    results; exit status 2 means that the scenario itself cannot be run.
    """
    try:
        result = run_scenario(load_scenario(scenario, load_calendar(holidays or _beside(scenario))))
    except (ScenarioError, ProfileError) as error:
        _fail(error.problems, 2)
    except HolidayFileError as error:
        _fail([str(error)], 2)
    if as_json:
        _print_json(result)
    else:
        _print_steps(result)


@command.command("diff")
@click.argument("left")
@click.argument("right")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff_(left: str, right: str, as_json: bool) -> None:
    """Show how two profiles (ids or files) differ, rule by rule. Exit status 2 when one of them is not valid."""
    try:
        found = diff(read(left).profile, read(right).profile)
    except ProfileError as error:
        _fail(error.problems, 2)
    if as_json:
        _print_json([asdict(difference) for difference in found])
        return
    table = Table("subject", "which", left, right, show_lines=True)
    for one in found:
        table.add_row(one.subject, escape(one.label), _side(one.left), _side(one.right))
    Console().print(table)


@command.command()
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Write regulations.md and states.md into this folder.",
)
def docs(folder: Path | None) -> None:
    """Make the documents from the profiles; without --write they are printed."""
    if folder is None:
        for text in documents().values():
            click.echo(text)
        return
    for path in write(folder):
        click.echo(str(path), err=True)


def _beside(scenario: Path) -> Path | None:
    """The holidays.toml in the scenario's folder, if there is one."""
    file = scenario.parent / "holidays.toml"
    return file if file.is_file() else None


def _side(row: Row | None) -> str:
    return "" if row is None else escape(f"{row.text or '–'}\n({row.article})")


def _figures(settings: tuple[str, ...]) -> dict[str, int | str]:
    figures: dict[str, int | str] = {}
    for text in settings:
        name, _, value = text.partition("=")
        if not value:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
        figures[name] = int(value) if value.isdecimal() else value
    return figures


def _are_numbers(figures: dict[str, int | str], profile: Profile) -> None:
    for name, value in figures.items():
        if isinstance(value, str) and name in profile.settings and not profile.settings[name].choices:
            raise click.BadParameter(f"{value!r} is no number", param_hint=f"--set {name}")


def _summary(profile: Profile) -> dict[str, Any]:
    settings = {
        name: {"about": s.about, "article": s.article, "default": s.default, "choices": list(s.choices)}
        for name, s in profile.settings.items()
    }
    return {"id": profile.id, "area": profile.area, "name": profile.name, "settings": settings}


def _print_steps(result: dict[str, Any]) -> None:
    for step in result["steps"]:
        outcome = step["status"] if step["ok"] else f"refused: {step['error']} ({step['article']})"
        click.echo(f"{_minute(step['at'])}  {step['do']}: {outcome or '–'}")
        for name, at in step["limits"].items():
            if at is not None:
                late = "  late" if name in step["late"] else ""
                click.echo(f"    {name} {_minute(at)}{late}")
        for one in step["notices"]:
            click.echo(f"    > {one['to']} ({one['kind']}): {one['text']}")


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _fail(problems: tuple[str, ...] | list[str], status: int) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    raise SystemExit(status)
