"""What forms change in the directory is written together with its lines in the audit log, whoever took them over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.db.pool import Connection
from app.people.audit import Entry, record
from app.people.model import Person
from app.units import store
from app.units.importing import ImportPlan
from app.units.model import Shift


async def take_over_units(
    connection: Connection, who: Person, plan: ImportPlan, told_at: datetime, address: str | None = None
) -> None:
    """Write a plan; `told_at` (aware) is when the centre received the form, `address` where `who` asks from.

    Must run in a transaction. Raises DirectoryChangedError when the plan is out of date.
    """
    await store.apply_import(connection, plan, told_at, who.name)
    for change in plan.changes:
        await record(connection, Entry(who, "unit.change", f"unit:{change.unit.id}", address))


async def take_over_roster(
    connection: Connection, who: Person, shifts: Sequence[Shift], *, replace: bool, address: str | None = None
) -> None:
    """Enter shifts; with `replace` what is entered for their units and days goes first. Must run in a transaction."""
    if replace:
        await store.clear_roster(connection, shifts)
    await store.save_roster(connection, shifts)
    for unit_id in sorted({shift.unit_id for shift in shifts}):
        await record(connection, Entry(who, "duty.change", f"unit:{unit_id}", address))
