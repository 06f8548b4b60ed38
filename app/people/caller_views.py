"""Looking at what is protected: the rights are checked and the audit entry committed before anything is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.db.pool import Database
from app.db.queries import QUERIES
from app.people import audit
from app.people.model import Person
from app.people.rights import Action, Forbidden, Row, require


@dataclass(frozen=True, slots=True)
class ProtectedCaller:
    """Who a caller is who will not be named, or whose report is confidential."""

    phone: str
    name: str
    address: str


async def look(database: Database, person: Person, action: Action, subject: str, row: Row, address: str | None) -> None:
    """Let a person see something and have it in the log, committed, before this returns.

    Raises rights.Forbidden; a refused look is in the log too. For `recording.play` and the like.
    """
    try:
        require(person, action, row)
    except Forbidden:
        await _record(database, audit.Entry(person, f"{action}.refused", subject, address))
        raise
    await _record(database, audit.Entry(person, action, subject, address))


async def searched_for(database: Database, person: Person, number: str, address: str | None) -> None:
    """Have it in the log that a person looks for a caller by their number, before anything is shown of them.

    The log holds no number: whoever knows it finds the entry (`audit.caller_subject`).
    """
    await _record(database, audit.Entry(person, "caller.search", audit.caller_subject(number), address))


async def confidential_listed(database: Database, person: Person, numbers: Sequence[str], address: str | None) -> None:
    """Have it in the log which confidential tickets a list shows with their content; nothing where it shows none."""
    if numbers:
        detail = {"tickets": sorted(numbers)}
        await _record(database, audit.Entry(person, "ticket.list", "tickets:confidential", address, detail))


async def protected_caller(
    database: Database, person: Person, number: str, address: str | None
) -> ProtectedCaller | None:
    """The protected caller of a ticket; None when there is no such ticket or its caller is not protected.

    Raises rights.Forbidden.
    """
    async with database.acquire() as connection:
        found = await connection.fetchrow(QUERIES["protected_caller"], number)
    if found is None:
        return None
    row = Row(
        unit_ids=frozenset(found["unit_ids"]),
        confidential=found["confidential"],
        discipline_unit=found["discipline_unit"],
        protected_caller=True,
    )
    await look(database, person, "ticket.caller", f"ticket:{number}", row, address)
    return ProtectedCaller(found["phone"], found["name"], found["address"])


async def _record(database: Database, entry: audit.Entry) -> None:
    async with database.acquire() as connection:
        await audit.record(connection, entry)
