"""Tickets for whoever acts on them: the regulation in force with today's directory, and who is who in its terms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.matters.clock import Calendar
from app.matters.model import Actor, Caller, Role, Unit
from app.numbers import typed_number
from app.people.model import Person
from app.tickets import city_days, store
from app.tickets.actions import Args, ReceiveArgs
from app.tickets.correction import CorrectArgs
from app.tickets.engine import Outcome, apply
from app.tickets.holidays import HolidayFile
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.refusal import Refusal
from app.tickets.transitions import LIVE

_FRESH_S = 5.0
# A deadline this long past without effect has lost its job, or the job's worker has.
_LOST_AFTER = timedelta(minutes=1)
_ROLES = {
    "operator": Role.FRONT_DESK,
    "back_office": Role.BACK_OFFICE,
    "supervisor": Role.BACK_OFFICE,
    "unit": Role.UNIT,
    "admin": Role.BACK_OFFICE,
}


class Tickets:
    """Actions on stored tickets under one city's regulation. Safe to share between tasks."""

    def __init__(
        self,
        database: Database,
        place: Jurisdiction,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        area_code: str = "",
        holidays: HolidayFile | None = None,
    ) -> None:
        self.database = database
        self.zone = zone
        self.now = now
        self._area_code = area_code
        self._holidays = holidays
        self._place = place
        self._calendar = place.calendar
        self._own_days = Calendar()
        self._read_at = float("-inf")
        self._version: object = None
        self._lock = asyncio.Lock()

    async def place(self) -> Jurisdiction:
        """The regulation with the directory and the holidays of a few seconds ago. Raises DatabaseUnavailable."""
        async with self._lock:
            if time.monotonic() - self._read_at > _FRESH_S:
                if self._holidays is not None and (calendar := self._holidays.changed()) is not None:
                    self._calendar = calendar
                async with self.database.acquire() as connection:
                    await self._refresh(connection)
                self._read_at = time.monotonic()
            return self._place

    @property
    def latest(self) -> Jurisdiction:
        """The regulation as it was read last, for who cannot wait for the database."""
        return self._place

    async def calendars(self) -> tuple[Calendar, Calendar]:
        """The published calendar with the city's file, and the days kept in the desk, as of a few seconds ago."""
        await self.place()
        return self._calendar, self._own_days

    def look_again(self) -> None:
        """What was read a few seconds ago has been changed here: read it the next time it is asked for."""
        self._read_at = float("-inf")

    def number(self, written: str) -> str:
        """A telephone number as people write it, in the form in which it is kept and looked for."""
        return typed_number(written, self._area_code)

    async def receive(self, args: ReceiveArgs, actor: Actor, call_id: str | None = None) -> Outcome | Refusal:
        """A ticket that somebody writes, without a call or for one; a refused one uses up no number.

        Raises store.CallTaken.
        """
        place, now = await self.place(), self.now()
        caller = args.caller.model_copy(update={"phone": self.number(args.caller.phone)})
        args = args.model_copy(update={"caller": caller})
        outcome = apply(None, args, actor, now, place)
        if isinstance(outcome, Refusal):
            return outcome
        async with self.database.transaction() as connection:
            number = await store.next_number(connection, now, self.zone)
            numbered = replace(outcome, ticket=outcome.ticket.replace(number=number))
            with store.of_call(call_id):
                who = Caller(**args.caller.model_dump())
                await store.insert(connection, numbered, who, place, call_id=call_id, owner=actor.person)
        return numbered

    async def link(self, number: str, call_id: str) -> bool:
        """The call becomes the ticket's, which has none yet; False when it has one. Raises store.CallTaken."""
        async with self.database.transaction() as connection:
            with store.of_call(call_id):
                return await connection.fetchval(QUERIES["link_call"], number, call_id) is not None

    async def act(self, number: str, args: Args, actor: Actor, *, version: int | None = None) -> Outcome | Refusal:
        """One action on a ticket, of this `version` when one is named.

        Raises store.NoSuchTicket, store.CannotMerge, store.ChangedMeanwhile, DatabaseUnavailable.
        """
        place = await self.place()
        async with self.database.transaction() as connection:
            return await store.act(connection, number, args, actor, self.now(), place, version=version)

    async def correct(
        self, number: str, args: CorrectArgs, actor: Actor, *, version: int | None = None
    ) -> Outcome | Refusal:
        """Correct what was taken down. Raises store.NoSuchTicket, store.ChangedMeanwhile, DatabaseUnavailable."""
        place = await self.place()
        if args.phone is not None:
            args = args.model_copy(update={"phone": self.number(args.phone)})
        async with self.database.transaction() as connection:
            return await store.change(connection, number, args, actor, self.now(), place, version=version)

    async def pass_time(self, number: str, at: datetime) -> Outcome:
        """Apply what has fallen due at `at` or since. Raises store.NoSuchTicket, DatabaseUnavailable.

        The job's instant has come by the database's clock; this machine's may still be behind it.
        """
        place = await self.place()
        async with self.database.transaction() as connection:
            return await store.pass_time(connection, number, max(self.now(), at), place)

    async def ask_again(self, most: int = 500) -> int:
        """Ask anew for what time should have done and did not: its job was lost. Returns how many tickets."""
        now = self.now()
        async with self.database.transaction() as connection:
            rows = await connection.fetch(QUERIES["overdue_tickets"], now - _LOST_AFTER, most)
            for row in rows:
                again = f"{now.astimezone(self.zone):%Y%m%d%H}"
                await store.ask_for_deadline(connection, row["number"], row["next_deadline"], again=again)
        return len(rows)

    async def follow_calendar(self, at_once: int = 50) -> int:
        """Count every open ticket's limits by a calendar that has changed. Returns how many tickets changed.

        Nothing to do is one small query. Safe to repeat and to be done by several at once.
        """
        place = await self.place()
        fingerprint = place.calendar.fingerprint()
        async with self.database.acquire() as connection:
            if await connection.fetchval(QUERIES["calendar_followed"]) == fingerprint:
                return 0
        changed, after = 0, ""
        while True:
            async with self.database.transaction() as connection:
                rows = await connection.fetch(QUERIES["open_tickets_after"], after, [s.value for s in LIVE], at_once)
                for row in rows:
                    changed += await store.follow_calendar(connection, row["number"], self.now(), place)
                if not rows:
                    await connection.execute(QUERIES["follow_calendar"], fingerprint)
                    return changed
                after = rows[-1]["number"]

    async def _refresh(self, connection: Connection) -> None:
        self._own_days = await city_days.read(connection)
        if (calendar := self._calendar.under(self._own_days)) != self._place.calendar:
            self._place = replace(self._place, calendar=calendar)
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
                parent=row["parent"],
            )
            for row in rows
        }
        self._place, self._version = replace(self._place, units=units), version


def actor_of(person: Person, *, unit: str = "", leader: bool = False) -> Actor:
    """A person in the regulation's terms: operators are the front desk, supervisors act for the back office.

    `leader`: a supervisor puts down what the leader in charge decided.

    A unit's account acts for its own unit, whatever `unit` the action names; the engine refuses another's part.
    """
    role = Role.LEADER if leader else _ROLES.get(person.role, Role.FRONT_DESK)
    return Actor(role=role, unit=person.unit_id or unit, person=person.name)
