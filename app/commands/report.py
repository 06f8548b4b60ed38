"""`hotline report`: the reports at the command line, to read, to pipe, or as a file."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table

from app.commands.with_database import fail, in_database, print_json, settings_or_exit
from app.matters.clock import HolidayFileError
from app.regulations.loader import ProfileError
from app.reports.answer import Asked, answer
from app.reports.catalogue import REPORTS
from app.reports.export import to_csv, to_xlsx
from app.reports.question import QuestionError, ask
from app.reports.sheet import Sheet
from app.settings import Settings
from app.tickets.intake import jurisdiction

DAY = click.DateTime(formats=["%Y-%m-%d"])
Form = Literal["table", "json", "csv", "xlsx"]


@click.command()
@click.argument("name", required=False)
@click.option("--from", "first_day", type=DAY, help="First day. Default: the first of the month.")
@click.option("--to", "last_day", type=DAY, help="Last day, which counts too. Default: today.")
@click.option("--unit", help="Only this unit.")
@click.option("--category", help="Only this category.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "xlsx"]), default="table", show_default=True
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write into this file.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    name: str | None,
    first_day: datetime | None,
    last_day: datetime | None,
    unit: str | None,
    category: str | None,
    form: Form,
    output: Path | None,
    as_json: bool,
) -> None:
    """Give the report NAME; without a NAME, list the reports."""
    form = "json" if as_json else form
    if name is None:
        _list(form)
        return
    if form == "xlsx" and output is None:
        fail("--format xlsx needs --output FILE", 2)
    settings = settings_or_exit()
    asked = _asked(
        settings,
        name,
        first_day=first_day.date() if first_day else None,
        last_day=last_day.date() if last_day else None,
        unit=unit,
        category=category,
    )
    sheet = in_database(settings, lambda database: answer(database, asked, confidential=True))
    if form == "table" and output is None:
        _print(sheet)
    else:
        _write(_content(sheet, form), output)


def _asked(settings: Settings, name: str, **narrowed: Any) -> Asked:
    now = datetime.now(settings.zone)
    try:
        return Asked(ask(name, now.date(), **narrowed), jurisdiction(settings).profile, now, settings.zone)
    except (QuestionError, ProfileError, HolidayFileError) as error:
        fail(str(error), 2)


def _content(sheet: Sheet, form: Form) -> bytes:
    if form == "xlsx":
        return to_xlsx(sheet)
    if form == "json":
        return f"{json.dumps(sheet.as_dict(), ensure_ascii=False, indent=2)}\n".encode()
    return to_csv(sheet)


def _write(content: bytes, output: Path | None) -> None:
    try:
        if output is None:
            sys.stdout.buffer.write(content)
        else:
            output.write_bytes(content)
    except OSError as error:
        fail(f"--output: {error}", 2)


def _list(form: Form) -> None:
    if form == "json":
        print_json([{"name": each.name, "title": each.title, "about": each.about} for each in REPORTS.values()])
        return
    table = Table("name", "title", "about")
    for report in REPORTS.values():
        table.add_row(report.name, report.title, report.about)
    Console().print(table)


def _print(sheet: Sheet) -> None:
    """The report across the screen; wide ones are better read as a file."""
    question = sheet.question
    table = Table(
        *question.report.columns.values(), title=f"{question.report.title} {question.first_day} – {question.last_day}"
    )
    for row in sheet.rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)
    if sheet.confidential:
        click.echo(f"{sheet.confidential} confidential tickets are in no row.", err=True)
