"""Tickets for whoever acts on them: the regulation in force with today's directory, and who is who in its terms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.people.model import Person
from app.tickets import store
from app.tickets.actions import Args, ReceiveArgs
from app.tickets.engine import Outcome, apply
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.model import Actor, Caller, Role, Unit
from app.tickets.refusal import Refusal

_FRESH_S = 5.0
_ROLES = {
    "operator": Role.FRONT_DESK,
    "back_office": Role.BACK_OFFICE,
    "supervisor": Role.BACK_OFFICE,
    "unit": Role.UNIT,
    "admin": Role.BACK_OFFICE,
}


class Tickets:
    """Actions on stored tickets under one city's regulation. Safe to share between tasks."""

    def __init__(self, database: Database, place: Jurisdiction, zone: ZoneInfo, now: Callable[[], datetime]) -> None:
        self.database = database
        self.zone = zone
        self.now = now
        self._place = place
        self._read_at = float("-inf")
        self._version: object = None
        self._lock = asyncio.Lock()

    async def place(self) -> Jurisdiction:
        """The regulation with the directory of a few seconds ago. Raises DatabaseUnavailable."""
        async with self._lock:
            if time.monotonic() - self._read_at > _FRESH_S:
                async with self.database.acquire() as connection:
                    await self._refresh(connection)
                self._read_at = time.monotonic()
            return self._place

    async def receive(self, args: ReceiveArgs, actor: Actor) -> Outcome | Refusal:
        """A ticket that did not come by telephone."""
        place, now = await self.place(), self.now()
        async with self.database.transaction() as connection:
            number = await store.next_number(connection, now, self.zone)
            numbered = args.model_copy(update={"number": number})
            outcome = apply(None, numbered, actor, now, place)
            if isinstance(outcome, Outcome):
                await store.insert(connection, outcome, Caller(**args.caller.model_dump()), place)
            return outcome

    async def act(self, number: str, args: Args, actor: Actor) -> Outcome | Refusal:
        """One action on a ticket. Raises store.NoSuchTicket, DatabaseUnavailable."""
        place = await self.place()
        async with self.database.transaction() as connection:
            return await store.act(connection, number, args, actor, self.now(), place)

    async def pass_time(self, number: str) -> Outcome:
        """Apply what has fallen due. Raises store.NoSuchTicket, DatabaseUnavailable."""
        place = await self.place()
        async with self.database.transaction() as connection:
            return await store.pass_time(connection, number, self.now(), place)

    async def overdue(self, most: int = 500) -> list[str]:
        """Tickets to which time should have done something: a job was lost, or nothing ran for a while."""
        async with self.database.acquire() as connection:
            rows = await connection.fetch(QUERIES["overdue_tickets"], self.now(), most)
        return [row["number"] for row in rows]

    async def _refresh(self, connection: Connection) -> None:
        version = tuple(await connection.fetchrow(QUERIES["directory_version"]) or ())
        if version == self._version:
            return
        rows = await connection.fetch(QUERIES["directory_of_rules"])
        units = {
            row["id"]: Unit(
                id=row["id"],
                name=row["name"],
                contact=row["contact"] or "",
                phone=row["phone"] or "",
                leader=row["leader"] or "",
            )
            for row in rows
        }
        self._place, self._version = replace(self._place, units=units), version


def actor_of(person: Person, *, unit: str = "") -> Actor:
    """A person in the regulation's terms: operators are the front desk, supervisors act for the back office.

    A unit's account acts for its own unit, whatever `unit` the action names; the engine refuses another's part.
    """
    return Actor(role=_ROLES.get(person.role, Role.FRONT_DESK), unit=person.unit_id or unit, person=person.name)
