"""The roster that the running service goes by: changed in Postgres, copied to disk, told to whoever must follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from app.db.pool import Connection, Database, once_there
from app.operators import store
from app.operators.roster import Roster, of_settings, read_roster, write_copy
from app.operators.store import RosterError
from app.settings import Settings

log = structlog.get_logger(__name__)


class Follower(Protocol):
    """Brings something up to date with a new roster: Asterisk's files, the members of its queues."""

    async def __call__(self, roster: Roster) -> None: ...


class RosterBook:
    """`current` is never away: until Postgres has been read it is the copy on disk, else the settings."""

    def __init__(self, settings: Settings) -> None:
        self.current = read_roster(settings)
        self._settings = settings
        self._followers: list[Follower] = []
        self._changing = asyncio.Lock()

    def follow(self, follower: Follower) -> None:
        """Have a follower called, in the order of asking, after every change."""
        self._followers.append(follower)

    async def take_over(self, database: Database) -> None:
        """Fill the database from the settings, once, and go by the database from now on; waits while it is away."""
        try:
            await once_there(lambda: self.change(database, self._take_over))
        except RosterError as error:
            log.error("operators and queues stay as they were: the database's cannot be used", why=str(error))

    async def change(self, database: Database, work: Callable[[Connection], Awaitable[None]]) -> Roster:
        """Do `work` in one transaction, then go by what the database holds.

        Raises what `work` raises, RosterError (nothing is written), DatabaseUnavailable. A follower that fails is
        logged: the change stands.
        """
        async with self._changing:
            async with database.transaction() as connection:
                await work(connection)
                roster = await store.load(connection, self._settings.queue.name)
            await self._adopt(roster)
        return roster

    async def _take_over(self, connection: Connection) -> None:
        taken = await store.take_over(connection, of_settings(self._settings))
        if taken.operators or taken.queues:
            log.info("taken over from the settings", operators=taken.operators, queues=taken.queues)

    async def _adopt(self, roster: Roster) -> None:
        if roster == self.current:
            await asyncio.to_thread(write_copy, self._settings, roster)
            return
        self.current = roster
        await asyncio.to_thread(write_copy, self._settings, roster)
        for follower in self._followers:
            try:
                await follower(roster)
            except Exception:
                # The edge where a fault of one follower costs that one its news; the next change tells it again.
                log.exception("not everything follows the new operators and queues")
