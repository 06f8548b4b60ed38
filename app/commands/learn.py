"""`hotline learn`: what closed tickets teach about units and categories; a worse version never takes over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.commands.with_database import in_database, print_json, settings_or_exit
from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.tickets.learning import FEWEST, KINDS, Example, Kind, Lesson, lesson
from app.tickets.learnt import from_json
from app.units import store as units


@click.command()
@click.option("--most", type=click.IntRange(FEWEST), default=20_000, show_default=True, help="Closed tickets to read.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(most: int, as_json: bool) -> None:
    """Learn from closed tickets which unit deals with what, and what callers want.

    A fifth of the tickets is never learnt from. A new version is used from then on only if it is right about those at
    least as often as the one in force; every version and its figures are kept.
    """
    settings = settings_or_exit()
    report = in_database(settings, lambda database: learn_from(database, most, datetime.now(settings.zone)))
    if as_json:
        print_json(report)
        return
    for line in report:
        click.echo(line["told"])


async def learn_from(database: Database, most: int, now: datetime) -> list[dict[str, Any]]:
    """Learn each kind from at most so many closed tickets; what came of it, one entry a kind."""
    async with database.transaction() as connection:
        return [await _learn_one(connection, kind, most, now) for kind in KINDS]


async def _learn_one(connection: Connection, kind: Kind, most: int, now: datetime) -> dict[str, Any]:
    rows = await connection.fetch(QUERIES["closed_matters"], most)
    examples = [Example(row["number"], row["content"], row[kind]) for row in rows if row[kind]]
    kept = await connection.fetchval(QUERIES["classifier_in_force"], kind)
    before = from_json(kept) if kept else None
    made = lesson(kind, examples, await units.list_units(connection), before)
    if made is None:
        told = f"{kind}: {len(examples)} closed tickets; want at least {FEWEST}"
        return {"kind": kind, "version": None, "in_force": False, "told": told}
    version = await connection.fetchval(QUERIES["put_classifier"], *_row(made, now))
    outcome = "in force" if made.takes_over else "not taken: the one in force is better"
    told = (
        f"{kind}: version {version} from {made.examples} tickets, right about {made.right_now} of {made.held_out} "
        f"(before: {made.right_before}); {outcome}"
    )
    figures = {"examples": made.examples, "held_out": made.held_out, "right": made.right_now}
    return {"kind": kind, "version": version, "in_force": made.takes_over, **figures, "told": told}


def _row(made: Lesson, now: datetime) -> tuple[Any, ...]:
    figures = (made.examples, made.held_out, made.right_before, made.right_now)
    return (made.kind, now, *figures, made.takes_over, made.classifier.as_json())
