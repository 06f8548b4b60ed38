"""`hotline unit`: the directory of member units, their duty rosters, and who would be dialled now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.table import Table

from app.commands.with_database import fail, in_database, print_json, settings_or_exit, shell_user
from app.db.pool import Database
from app.matters.clock import HolidayFileError, load_calendar
from app.people import audit
from app.regulations.loader import ProfileError, load_profile
from app.settings import Settings
from app.taking_over import take_over_roster, take_over_units
from app.units import store
from app.units.changes import Deadline, deadline_by
from app.units.columns import REGISTRATION, ROSTER, Columns
from app.units.duty import NobodyOnDutyError
from app.units.form import FormRow, read_form
from app.units.import_summary import plan_data, plan_lines
from app.units.importing import ImportPlan, plan_import
from app.units.model import DatedContact, Shift, Unit
from app.units.problem import FormError
from app.units.rostering import plan_roster

T = TypeVar("T")

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
YES = click.option("--yes", is_flag=True, help="Do it without asking.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Only say what would change.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Member units: directory, duty roster, who is on duty."""


@command.command("import")
@FILE
@YES
@DRY_RUN
@JSON
def import_command(file: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Take over a filled registration form: FILE.csv (UTF-8 or GB18030) or FILE.xlsx, one unit per row.

    Headings as in the form: 填报单位名称; 分管领导, 经办人A, 经办人B each with 姓名, 职务, 办公电话, 手机, 传真;
    备注; 填报人; 联系电话. Optional: id, tier, parent, remit, keywords, 值班电话 (24 hours), 变动日期, and for a post
    值班时间, such as 'Mon-Fri 08:30-12:00,14:00-17:30'.

    Says what it would change and asks before it does it. When any row is bad, nothing is changed (exit status 2).
    """
    settings = settings_or_exit()
    rows = _rows(file, REGISTRATION, as_json)
    deadline, told_at = _deadline(settings), datetime.now(settings.zone)

    def agree(plan: ImportPlan) -> bool:
        _show_plan(plan, as_json)
        return bool(plan.changes) and not dry_run and _agreed(yes)

    async def work(database: Database) -> tuple[ImportPlan, bool]:
        async with database.acquire() as connection:
            plan = plan_import(rows, await store.list_units(connection), told_at, settings.zone, deadline)
        agreed = agree(plan)
        if agreed:
            async with database.transaction() as connection:
                await take_over_units(connection, shell_user(), plan, told_at)
        return plan, agreed

    plan, applied = _in_directory(settings, work, as_json)
    if as_json:
        print_json({"applied": applied, **plan_data(plan)})


@command.command("roster")
@FILE
@click.option("--replace", is_flag=True, help="First remove what is entered for the units and days in FILE.")
@YES
@DRY_RUN
@JSON
def roster_command(file: Path, replace: bool, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Take over a duty roster: FILE.csv or FILE.xlsx, one row per unit, shift and post.

    Headings: 单位, 日期, 班次, 岗位 (A, B or 分管领导), 开始, 结束, 姓名, 电话.

    Where a roster covers the time of a call, it alone says which posts are on duty. A row for the same unit, day,
    shift and post replaces the earlier one; a shift that was entered by mistake goes with --replace. When any row is
    bad, nothing is changed (exit status 2).
    """
    settings = settings_or_exit()
    rows = _rows(file, ROSTER, as_json)

    def agree(shifts: tuple[Shift, ...]) -> bool:
        click.echo(f"{len(shifts)} shifts to enter", err=as_json)
        return not dry_run and _agreed(yes)

    async def work(database: Database) -> tuple[tuple[Shift, ...], bool]:
        async with database.acquire() as connection:
            shifts = plan_roster(rows, await store.list_units(connection), settings.zone)
        agreed = agree(shifts)
        if agreed:
            async with database.transaction() as connection:
                await take_over_roster(connection, shell_user(), shifts, replace=replace)
        return shifts, agreed

    shifts, applied = _in_directory(settings, work, as_json)
    if as_json:
        print_json({"applied": applied, "shifts": [asdict(shift) for shift in shifts]})


@command.command("list")
@click.option("--search", metavar="TEXT", help="Only units that fit TEXT: their key words, name or remit.")
@JSON
def list_command(search: str | None, as_json: bool) -> None:
    """List the units."""

    async def work(database: Database) -> tuple[Unit, ...]:
        async with database.acquire() as connection:
            return await store.search(connection, search) if search else await store.list_units(connection)

    units = in_database(settings_or_exit(), work)
    if as_json:
        print_json([asdict(unit) for unit in units])
        return
    _print_table(
        ("id", "tier", "name", "parent", "key words"),
        ((unit.id, str(unit.tier), unit.name, unit.parent or "", "、".join(unit.keywords)) for unit in units),
    )


@command.command("show")
@click.argument("unit_id", metavar="UNIT")
@click.option("--history", is_flag=True, help="Also those who answered for its posts before.")
@JSON
def show_command(unit_id: str, history: bool, as_json: bool) -> None:
    """Show one unit with the people and telephones of its posts."""

    async def work(database: Database) -> tuple[Unit, tuple[DatedContact, ...]]:
        async with database.acquire() as connection:
            unit = await store.get(connection, unit_id)
            return unit, await store.contact_history(connection, unit_id)

    unit, contacts = _in_directory(settings_or_exit(), work, as_json)
    shown = [dated for dated in contacts if history or dated.valid_to is None]
    if as_json:
        print_json({**asdict(unit), "contacts": [asdict(dated) for dated in shown]})
        return
    click.echo(f"{unit.id}  {unit.name}  tier {unit.tier}" + ("" if unit.active else "  out of service"))
    click.echo(
        f"parent: {unit.parent or '-'}\nremit: {unit.remit or '-'}\nkey words: {'、'.join(unit.keywords) or '-'}"
    )
    _print_table(("post", "name", "title", "phone", "mobile", "hours", "from", "to", ""), map(_contact_cells, shown))


@command.command("retire")
@click.argument("unit_id", metavar="UNIT")
@JSON
def retire_command(unit_id: str, as_json: bool) -> None:
    """Take a unit out of service: nothing new is dispatched to it, and nobody of it is dialled."""
    _set_in_service(unit_id, as_json, in_service=False)


@command.command("restore")
@click.argument("unit_id", metavar="UNIT")
@JSON
def restore_command(unit_id: str, as_json: bool) -> None:
    """Take a retired unit back into service."""
    _set_in_service(unit_id, as_json, in_service=True)


@command.command("duty")
@click.argument("unit_id", metavar="UNIT")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]), help="Local time (default: now).")
@JSON
def duty_command(unit_id: str, at: datetime | None, as_json: bool) -> None:
    """Say whom a three-party call would dial, in order."""
    settings = settings_or_exit()
    now = at.replace(tzinfo=settings.zone) if at else datetime.now(settings.zone)

    async def work(database: Database) -> list[dict[str, Any]]:
        async with database.acquire() as connection:
            chain = await store.duty_chain(connection, unit_id, now, settings.zone)
        return [asdict(post) for post in chain]

    posts = _in_directory(settings, work, as_json)
    if as_json:
        print_json({"unit": unit_id, "at": now.isoformat(), "chain": posts})
        return
    _print_table(("post", "name", "phone"), (tuple(map(str, post.values())) for post in posts))


def _set_in_service(unit_id: str, as_json: bool, *, in_service: bool) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as connection:
            await store.set_in_service(connection, unit_id, in_service=in_service)
            action = "unit.restore" if in_service else "unit.retire"
            await audit.record(connection, audit.Entry(shell_user(), action, f"unit:{unit_id}"))

    _in_directory(settings_or_exit(), work, as_json)
    if as_json:
        print_json({"id": unit_id, "active": in_service})
    else:
        click.echo(f"{unit_id} is {'in' if in_service else 'out of'} service")


def _rows(file: Path, columns: Columns, as_json: bool) -> list[FormRow]:
    try:
        return read_form(file, columns)
    except FormError as error:
        _refuse(error, as_json)


def _in_directory(settings: Settings, work: Callable[[Database], Awaitable[T]], as_json: bool) -> T:
    try:
        return in_database(settings, work)
    except FormError as error:
        _refuse(error, as_json)
    except store.UnknownUnitError as error:
        fail(str(error), 2)
    except NobodyOnDutyError as error:
        fail(str(error), 1)
    except store.DirectoryChangedError as error:
        fail(f"{error}; nothing was written, run the command again", 1)


def _refuse(error: FormError, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"applied": False, "problems": [asdict(problem) for problem in error.problems]})
    fail(f"{error}\nnothing was changed", 2)


def _deadline(settings: Settings) -> Deadline | None:
    """By when the regulation in force wants to be told of a change of people."""
    try:
        profile = load_profile(settings.regulation.profile, settings.regulation.figures)
        return deadline_by(profile.unit_contacts.changes_within, load_calendar(settings.regulation.holidays))
    except (ProfileError, HolidayFileError) as error:
        fail(str(error), 2)


def _show_plan(plan: ImportPlan, as_json: bool) -> None:
    if not as_json:
        click.echo("\n".join(plan_lines(plan)))
    for warning in plan.warnings:
        click.echo(f"warning: {warning}", err=True)


def _agreed(yes: bool) -> bool:
    return yes or click.confirm("Do it?", err=True)


def _contact_cells(dated: DatedContact) -> tuple[str, ...]:
    contact = dated.contact
    until = dated.valid_to.date().isoformat() if dated.valid_to else ""
    return (
        contact.post,
        contact.name,
        contact.title,
        contact.phone,
        contact.mobile,
        contact.hours,
        dated.valid_from.date().isoformat(),
        until,
        "told late" if dated.late else "",
    )


def _print_table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
