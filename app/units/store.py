"""The directory in Postgres: units, their dated contacts, and the duty roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

import asyncpg

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.units import duty
from app.units.importing import ImportPlan, UnitChange
from app.units.model import Contact, ContactPost, DatedContact, DutyPost, Shift, Unit


class UnknownUnitError(LookupError):
    """No unit in service has this id."""

    def __init__(self, unit_id: str) -> None:
        super().__init__(f"no unit {unit_id!r} in the directory")


class DirectoryChangedError(Exception):
    """Somebody changed the directory after the plan was made; nothing was written. Plan again."""


@dataclass(frozen=True, slots=True)
class LateChange:
    """A change of a unit's people that the centre was told of after the regulation's limit."""

    unit_id: str
    post: ContactPost
    happened_on: date
    told_at: datetime


async def get(connection: Connection, unit_id: str) -> Unit:
    """Raises UnknownUnitError."""
    row = await connection.fetchrow(QUERIES["unit_list"], [unit_id])
    if row is None:
        raise UnknownUnitError(unit_id)
    return _unit(row)


async def list_units(connection: Connection) -> tuple[Unit, ...]:
    """All units, also those out of service, by tier and name."""
    return tuple(_unit(row) for row in await connection.fetch(QUERIES["unit_list"], None))


async def search(connection: Connection, text: str, *, limit: int = 20) -> tuple[Unit, ...]:
    """Units in service whose key words occur in `text`, or whose name, remit or key words contain it.

    The most key words first. `text` may be two words or what was said on a call.
    """
    if not text.strip():
        return ()
    ids = [row["id"] for row in await connection.fetch(QUERIES["unit_search"], text.strip(), limit)]
    units = {row["id"]: _unit(row) for row in await connection.fetch(QUERIES["unit_list"], ids)}
    return tuple(units[unit_id] for unit_id in ids)


async def by_phone(connection: Connection, phone: str, now: datetime) -> Unit | None:
    """The unit in service one of whose telephones this is, in its one form (`app.numbers.normal`)."""
    unit_id = await connection.fetchval(QUERIES["unit_by_phone"], phone, now)
    return await get(connection, unit_id) if unit_id else None


async def duty_chain(
    connection: Connection, unit_id: str, now: datetime, zone: ZoneInfo = duty.SHANGHAI
) -> tuple[DutyPost, ...]:
    """Whom a three-party call dials, in order; one query. Raises UnknownUnitError, duty.NobodyOnDutyError."""
    rows = await connection.fetch(QUERIES["unit_on_duty"], unit_id, now)
    if not rows:
        raise UnknownUnitError(unit_id)
    unit, shifts = _on_duty(rows)
    return duty.duty_chain(unit, shifts, now, zone)


async def duty_chains(
    connection: Connection, now: datetime, zone: ZoneInfo = duty.SHANGHAI
) -> tuple[tuple[Unit, tuple[DutyPost, ...]], ...]:
    """The same of every unit in service; empty for one that cannot be dialled now."""
    found = await connection.fetch(QUERIES["units_on_duty"], now)
    chains = []
    for _, rows in groupby(found, key=itemgetter("unit_id")):
        unit, shifts = _on_duty(list(rows))
        try:
            chains.append((unit, duty.duty_chain(unit, shifts, now, zone)))
        except duty.NobodyOnDutyError:
            chains.append((unit, ()))
    return tuple(chains)


async def all_phone_numbers(connection: Connection, now: datetime) -> frozenset[str]:
    """Every number that may be dialled: of the units in service and of shifts that are not over."""
    return frozenset(row["number"] for row in await connection.fetch(QUERIES["unit_phone_numbers"], now))


async def apply_import(connection: Connection, plan: ImportPlan, told_at: datetime, entered_by: str) -> None:
    """Write a plan. Must run in a transaction. Raises DirectoryChangedError when the plan is out of date.

    `told_at` (aware) is the moment from which the new contacts count.
    """
    await connection.execute(QUERIES["unit_lock"])
    current = {unit.id: unit for unit in await list_units(connection)}
    for change in plan.changes:
        if current.get(change.unit.id) != change.before:
            raise DirectoryChangedError(f"unit {change.unit.id} was changed by somebody else meanwhile")
    for change in plan.changes:
        await save(connection, change, told_at, entered_by)


async def save(connection: Connection, change: UnitChange, told_at: datetime, entered_by: str) -> None:
    """Write one unit: its own row, and for each post that changed the old contact closed and the new one opened."""
    unit = change.unit
    await connection.execute(
        QUERIES["unit_save"],
        unit.id,
        unit.name,
        unit.tier,
        unit.parent,
        unit.remit,
        list(unit.keywords),
        unit.note,
        unit.filled_by,
        unit.filled_by_phone,
        unit.active,
    )
    for post in change.posts:
        await connection.execute(QUERIES["unit_contact_close"], unit.id, post, told_at)
        contact = unit.contact(post)
        if contact is not None:
            await _open_contact(connection, change, contact, told_at, entered_by)


async def contact_history(connection: Connection, unit_id: str) -> tuple[DatedContact, ...]:
    """Every contact the unit ever had, the newest first."""
    return tuple(
        DatedContact(
            _contact(row), row["valid_from"], row["valid_to"], row["happened_on"], row["late"], row["entered_by"]
        )
        for row in await connection.fetch(QUERIES["unit_contact_history"], unit_id)
    )


async def late_changes(connection: Connection, since: datetime, before: datetime) -> tuple[LateChange, ...]:
    """Changes told of in the period (`before` exclusive) that were late: they count in the unit's assessment."""
    rows = await connection.fetch(QUERIES["unit_late_changes"], since, before)
    return tuple(LateChange(*row.values()) for row in rows)


async def set_in_service(connection: Connection, unit_id: str, *, in_service: bool) -> None:
    """Take a unit out of service, so that nothing goes to it and nobody of it is dialled; or back.

    Raises UnknownUnitError.
    """
    if await connection.fetchval(QUERIES["unit_set_active"], unit_id, in_service) is None:
        raise UnknownUnitError(unit_id)


async def clear_roster(connection: Connection, shifts: Sequence[Shift]) -> None:
    """Remove what is entered for the units and days of these shifts. Must run in a transaction."""
    days = sorted({(shift.unit_id, shift.day) for shift in shifts})
    await connection.execute(QUERIES["duty_roster_clear"], [unit for unit, _ in days], [day for _, day in days])


async def save_roster(connection: Connection, shifts: Sequence[Shift]) -> None:
    """Enter shifts; the same unit, day, shift and post again replaces what was there. Raises UnknownUnitError."""
    for shift in shifts:
        try:
            await connection.execute(
                QUERIES["duty_roster_save"],
                shift.unit_id,
                shift.day,
                shift.shift,
                shift.post,
                shift.starts_at,
                shift.ends_at,
                shift.name,
                shift.phone,
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise UnknownUnitError(shift.unit_id) from error


async def roster(
    connection: Connection, since: datetime, before: datetime, unit_id: str | None = None
) -> tuple[Shift, ...]:
    """The shifts that touch the period, of one unit or of all."""
    rows = await connection.fetch(QUERIES["duty_roster_list"], unit_id, since, before)
    return tuple(_shift(row["unit_id"], row) for row in rows)


async def _open_contact(
    connection: Connection, change: UnitChange, contact: Contact, told_at: datetime, entered_by: str
) -> None:
    await connection.execute(
        QUERIES["unit_contact_open"],
        change.unit.id,
        contact.post,
        contact.name,
        contact.title,
        contact.phone,
        contact.mobile,
        contact.fax,
        contact.hours,
        told_at,
        change.happened_on,
        change.late,
        entered_by,
    )


def _unit(row: asyncpg.Record) -> Unit:
    fields = dict(row)
    contacts = tuple(Contact(**contact) for contact in fields.pop("contacts"))
    return Unit(**{**fields, "keywords": tuple(fields["keywords"]), "contacts": contacts})


def _on_duty(rows: Sequence[asyncpg.Record]) -> tuple[Unit, tuple[Shift, ...]]:
    """One unit with its posts, and its shifts, from the rows of unit_on_duty or units_on_duty."""
    unit_id = rows[0]["unit_id"]
    name = next(row["unit_name"] for row in rows if row["unit_name"] is not None)
    contacts = tuple(_contact(row) for row in rows if row["day"] is None and row["post"] is not None)
    return Unit(unit_id, name, contacts=contacts), tuple(_shift(unit_id, r) for r in rows if r["day"] is not None)


def _contact(row: asyncpg.Record) -> Contact:
    return Contact(**{field: row[field] for field in Contact.__dataclass_fields__})


def _shift(unit_id: str, row: asyncpg.Record) -> Shift:
    fields = ("day", "shift", "post", "starts_at", "ends_at", "name", "phone")
    return Shift(unit_id=unit_id, **{field: row[field] for field in fields})
