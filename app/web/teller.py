"""Tells the live feed what changes in the database: tickets, notices, and how many are in each work list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from app.db.pool import Connection, Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.people.model import Person
from app.tickets import worklists
from app.web.board import Board, OfTicket
from app.web.items import COUNTS, NOTICES, TICKETS, Item
from app.web.live import LiveFeed

log = structlog.get_logger(__name__)

# Limits pass without anything being changed.
_RECOUNT_S = 20.0
_GATHER_S = 0.1
_RETRY_S = 1.0
_MOST = 200


class Teller:
    """`ticket` and `notice` are told from the database's notifications; `run` reads what they mean."""

    def __init__(
        self, database: Database, feed: LiveFeed, board: Board, now: Callable[[], datetime], *, masks: bool = True
    ) -> None:
        self._database = database
        self._feed = feed
        self._board = board
        self._now = now
        self._masks = masks
        self._numbers: dict[str, None] = {}
        self._notices: dict[int, None] = {}
        self._woken = asyncio.Event()

    def ticket(self, number: str) -> None:
        """This ticket has changed."""
        self._numbers[number] = None
        self._woken.set()

    def notice(self, notice_id: int) -> None:
        """This notice is new."""
        self._notices[notice_id] = None
        self._woken.set()

    async def run(self) -> None:
        """Tell until cancelled, over any absence of Postgres."""
        while True:
            try:
                async with asyncio.timeout(_RECOUNT_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.catch_up()
            except DatabaseUnavailable:
                self._woken.set()
                await asyncio.sleep(_RETRY_S)
            await asyncio.sleep(_GATHER_S)

    async def catch_up(self) -> None:
        """Tell all that waits to be told, and recount. Raises DatabaseUnavailable, with what was not told kept."""
        async with self._database.acquire() as connection:
            while self._numbers or self._notices:
                await self._tell_tickets(connection)
                await self._tell_notices(connection)
            await self._recount(connection, list(self._feed.people))

    async def count_for(self, who: Person) -> None:
        """Know the counts of somebody who is about to be shown the state. Raises DatabaseUnavailable."""
        async with self._database.acquire() as connection:
            await self._recount(connection, [who])

    async def _tell_tickets(self, connection: Connection) -> None:
        numbers = list(self._numbers)[:_MOST]
        for row in await connection.fetch(QUERIES["told_tickets"], numbers):
            line = dict(row)
            self._feed.tell(TICKETS, line["number"], replace(ticket_item(line), masks=self._masks))
            if line["call_id"]:
                known = OfTicket(
                    line["number"],
                    line["anonymous"],
                    line["confidential"],
                    line["discipline_unit"],
                    frozenset(line["unit_ids"]),
                )
                self._board.ticket(line["call_id"], known)
        for number in numbers:
            del self._numbers[number]

    async def _tell_notices(self, connection: Connection) -> None:
        asked = list(self._notices)[:_MOST]
        for row in await connection.fetch(QUERIES["told_notices"], asked):
            line = dict(row)
            about = ticket_item(line)
            shown = {name: line[name] for name in ("id", "number", "at", "recipient", "kind", "text")}
            item = Item(
                shown,
                units=about.units | {line["recipient"]},
                confidential=about.confidential,
                discipline_unit=about.discipline_unit,
                scope=line["recipient"],
            )
            self._feed.tell(NOTICES, str(line["id"]), item)
        for notice_id in asked:
            del self._notices[notice_id]

    async def _recount(self, connection: Connection, people: list[Person]) -> None:
        if not people:
            return
        counted = await worklists.counts(connection, people, self._now())
        for who, numbers in counted.items():
            for name, count in numbers.items():
                scope = worklists.scope_of(who, name)
                self._feed.put(COUNTS, f"{scope}/{name}", Item(count, scope=scope))


def ticket_item(row: Mapping[str, Any]) -> Item:
    """A ticket's line with what decides who may see it."""
    return Item(
        dict(row),
        units=frozenset(row["unit_ids"]),
        protected=row["anonymous"],
        confidential=row["confidential"],
        discipline_unit=row["discipline_unit"],
    )
