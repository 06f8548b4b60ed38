"""Ticket progress over the telephone: which ticket a caller may hear of, and in which of the spoken words."""

from __future__ import annotations

from collections.abc import Mapping

from app.calls.dialogue import Lookup
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.matters.model import Status
from ivr import interpreter as ivr

# The engine's statuses in the words that have a prompt (`ivr.menu.STATUSES`).
SPOKEN: Mapping[Status, str] = {
    Status.RECEIVED: "received",
    Status.ANSWERED: "replied",
    Status.REFERRED: "closed",
    Status.DISPATCHED: "dispatched",
    Status.ACCEPTED: "accepted",
    Status.RETURN_REQUESTED: "returned",
    Status.RETURNED: "returned",
    Status.REPORTED: "replied",
    Status.SATISFIED: "replied",
    Status.DISSATISFIED: "redoing",
    Status.UNREACHABLE: "replied",
    Status.CLOSED: "closed",
    Status.PROVISIONALLY_CLOSED: "closed",
    Status.ARCHIVED: "closed",
    Status.MERGED: "processing",
}


def ticket_lookup(database: Database, caller: str) -> Lookup:
    """A lookup for one caller: any ticket of the caller's own number, never another's, never a confidential one."""

    async def lookup(number: str | None) -> ivr.Input:
        if not caller:
            return ivr.TicketMissing()
        try:
            async with database.acquire() as connection:
                row = await connection.fetchrow(QUERIES["ticket_for_caller"], caller, number)
        except DatabaseUnavailable:
            return ivr.LookupFailed()
        if row is None:
            return ivr.TicketMissing()
        return ivr.TicketFound(row["number"], SPOKEN[Status(row["status"])])

    return lookup
