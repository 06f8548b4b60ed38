"""Reading as a person: a transaction under the database role that the row-level policies know them by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.db.pool import Connection, Database
from app.people.model import Person


def sql_role(person: Person) -> str:
    """The database role of a person; each unit has its own (see migration 0010_rights)."""
    if person.role == "unit":
        return f"hotline_unit_{person.unit_id}"
    return f"hotline_{person.role}"


@asynccontextmanager
async def acting_as(database: Database, person: Person) -> AsyncIterator[Connection]:
    """A read-only transaction in which Postgres itself shows no more than the person may see.

    Queries must name their columns: those that repeat a protected caller are not granted.
    """
    async with database.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute("SELECT set_config('role', $1, true)", sql_role(person))
        yield connection
