"""What time does to tickets by itself: a job for each deadline, and a sweep for those that were lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from app.db.pool import DatabaseUnavailable
from app.tickets.service import Tickets
from app.tickets.store import NoSuchTicket

log = structlog.get_logger(__name__)

_SWEEP_S = 120.0


class TicketJobs:
    """The handlers. Safe to repeat: the engine applies each effect once, whenever and however often it is asked."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def deadline(self, payload: Mapping[str, Any]) -> None:
        """A deadline of a ticket has come."""
        try:
            await self._tickets.pass_time(payload["number"], datetime.fromisoformat(payload["at"]))
        except NoSuchTicket:
            log.warning("deadline of no ticket", ticket=payload["number"])

    async def sweep(self) -> None:
        """Until cancelled: asks again for deadlines whose job was lost (a restored backup, a job given up), and counts
        open tickets again when the calendar of working days has changed.
        """
        while True:
            try:
                if found := await self._tickets.ask_again():
                    log.warning("deadlines without effect asked for again", tickets=found)
                if moved := await self._tickets.follow_calendar():
                    log.info("limits counted by another calendar", tickets=moved)
            except (DatabaseUnavailable, asyncpg.UndefinedTableError):
                log.info("sweep waits for the database")
            await asyncio.sleep(_SWEEP_S)
