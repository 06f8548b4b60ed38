"""Tickets in Postgres: an action and everything that follows from it are one transaction.

The engine's whole ticket is the column `state`; the other columns repeat what lists and reports ask for. Who the caller
is stands in the caller's columns only (or, protected, in `protected_callers`), never in state, history or notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.jobs.queue import enqueue
from app.tickets.actions import Args
from app.tickets.engine import Outcome, apply, tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import open_limits
from app.tickets.model import Actor, Caller, LimitName, Role, Ticket
from app.tickets.notices import Notice
from app.tickets.refusal import Refusal
from app.tickets.rules.units import is_discipline
from app.tickets.timed import next_deadline
from app.tickets.visibility import visible_to

DEADLINE_JOB = "ticket-deadline"
TICKET_CHANNEL = "hotline_tickets"
_CONTENT = "content"


class NoSuchTicket(LookupError):  # noqa: N818 - named for what is the matter
    """There is no ticket of this number."""


async def next_number(connection: Connection, received_at: datetime, zone: ZoneInfo) -> str:
    """The next ticket number of the day, `YYYYMMDD-NNNNNN`; gaps appear only when a transaction is rolled back."""
    day = received_at.astimezone(zone).date()
    last = await connection.fetchval(QUERIES["next_ticket_number"], day)
    return f"{day:%Y%m%d}-{last:06d}"


async def insert(
    connection: Connection,
    outcome: Outcome,
    caller: Caller,
    place: Jurisdiction,
    *,
    call_id: str | None = None,
    operator_id: str = "",
    satisfaction: str | None = None,
) -> None:
    """Write a new ticket. Must run in a transaction."""
    ticket = outcome.ticket
    matter = ticket.matter
    await connection.execute(
        QUERIES["insert_ticket"],
        ticket.number,
        call_id,
        ticket.profile,
        ticket.status.value,
        matter.category.value,
        matter.urgency.value,
        matter.source.value,
        matter.channel,
        caller.phone,
        caller.name,
        caller.address,
        caller.anonymous,
        matter.content,
        operator_id,
        satisfaction,
        ticket.received_at,
    )
    await save(connection, outcome, place, ticket.received_at, satisfaction=satisfaction)


async def act(
    connection: Connection, number: str, args: Args, actor: Actor, now: datetime, place: Jurisdiction
) -> Outcome | Refusal:
    """One action on a stored ticket; a refusal writes nothing. Must run in a transaction. Raises NoSuchTicket."""
    ticket = await lock(connection, number)
    outcome = apply(ticket, args, actor, now, place)
    if isinstance(outcome, Outcome):
        await save(connection, outcome, place, now)
    return outcome


async def pass_time(connection: Connection, number: str, now: datetime, place: Jurisdiction) -> Outcome:
    """Apply what has fallen due by `now`, once. Must run in a transaction. Raises NoSuchTicket."""
    ticket = await lock(connection, number)
    outcome = tick(ticket, now, place)
    await save(connection, outcome, place, now)
    return outcome


async def lock(connection: Connection, number: str) -> Ticket:
    """The ticket as the engine takes it, locked until the transaction ends. Raises NoSuchTicket."""
    row = await connection.fetchrow(QUERIES["lock_ticket"], number)
    if row is None:
        raise NoSuchTicket(number)
    return hydrate(row["state"], row["caller_phone"], row["caller_name"], row["caller_address"])


def hydrate(state: dict[str, Any], phone: str, name: str, address: str) -> Ticket:
    """The engine's ticket with the caller put back; a protected caller stays blank."""
    ticket = Ticket.model_validate(state)
    caller = ticket.matter.caller.model_copy(update={"phone": phone, "name": name, "address": address})
    return ticket.replace(matter=ticket.matter.model_copy(update={"caller": caller}))


def dehydrate(ticket: Ticket) -> dict[str, Any]:
    """The engine's ticket as it is stored: without the caller."""
    bare = Caller(anonymous=ticket.matter.caller.anonymous)
    stripped = ticket.replace(matter=ticket.matter.model_copy(update={"caller": bare}))
    return stripped.model_dump(mode="json")


async def save(
    connection: Connection,
    outcome: Outcome,
    place: Jurisdiction,
    now: datetime,
    *,
    satisfaction: str | None = None,
) -> None:
    """Write what came of an action or of time: columns, history, notices, and the job for the next deadline."""
    ticket = outcome.ticket
    deadline = next_deadline(ticket, place)
    confidential = is_confidential(ticket, place)
    await connection.execute(
        QUERIES["save_ticket"],
        ticket.number,
        ticket.status.value,
        ticket.matter.category.value,
        ticket.matter.urgency.value,
        ticket.matter.source.value,
        ticket.matter.content,
        list(dict.fromkeys(part.unit for part in ticket.active)),
        satisfaction or satisfaction_of(ticket),
        due_at(ticket, now),
        deadline,
        ticket.closed_at,
        [limit.value for limit in outcome.late],
        ticket.merged_into or None,
        confidential,
        discipline_unit(ticket, place) if confidential else None,
        dehydrate(ticket),
    )
    await _append_history(connection, ticket)
    await _insert_notices(connection, ticket, outcome.notices, now)
    if deadline is not None:
        key = f"{DEADLINE_JOB}:{ticket.number}:{deadline.isoformat()}"
        payload = {"number": ticket.number}
        await enqueue(connection, DEADLINE_JOB, payload, dedupe_key=key, execute_after=deadline)
    await connection.execute("SELECT pg_notify($1, $2)", TICKET_CHANNEL, ticket.number)


def due_at(ticket: Ticket, now: datetime) -> datetime | None:
    """The limit that comes first for whoever has the ticket: the units' report, else the dispatch."""
    limits = open_limits(ticket, now)
    return limits[LimitName.REPORT_BY] or limits[LimitName.DISPATCH_BY] or limits[LimitName.CLOSE_BY]


def satisfaction_of(ticket: Ticket) -> str | None:
    """What the caller said last: to the follow-up call, of the answer on the spot, or to the unit."""
    if ticket.follow_ups and ticket.follow_ups[-1].result != "unreachable":
        return ticket.follow_ups[-1].result.value
    if ticket.answer and ticket.answer.satisfaction:
        return ticket.answer.satisfaction.value
    reported = [part.satisfaction for part in ticket.active if part.satisfaction]
    return reported[-1].value if reported else None


def is_confidential(ticket: Ticket, place: Jurisdiction) -> bool:
    """Whether the profile hides the content from the centre itself (yixing-2011 art. 7(3)3: economic reports)."""
    return not visible_to(ticket, place)[Role.BACK_OFFICE][_CONTENT]


def discipline_unit(ticket: Ticket, place: Jurisdiction) -> str | None:
    """The discipline inspection body that has the ticket, if it has been dispatched."""
    bodies = [p.unit for p in ticket.active if p.unit in place.units and is_discipline(place.units[p.unit])]
    return bodies[0] if bodies else None


async def _append_history(connection: Connection, ticket: Ticket) -> None:
    known = await connection.fetchval(QUERIES["history_length"], ticket.number)
    fresh = ticket.history[known:]
    if not fresh:
        return
    await connection.execute(
        QUERIES["insert_history"],
        ticket.number,
        list(range(known + 1, known + 1 + len(fresh))),
        [entry.at for entry in fresh],
        [entry.action.value for entry in fresh],
        [f"{entry.actor.role.value}:{entry.actor.unit or entry.actor.person}".rstrip(":") for entry in fresh],
        [entry.model_dump(mode="json", include={"why", "unit", "status", "late", "actor"}) for entry in fresh],
    )


async def _insert_notices(connection: Connection, ticket: Ticket, notices: Sequence[Notice], now: datetime) -> None:
    """A notice's key is its place in the ticket's life: the version of the history and its own number."""
    if not notices:
        return
    life = f"{len(ticket.history)}.{len(ticket.fired)}"
    await connection.execute(
        QUERIES["insert_notices"],
        ticket.number,
        [f"{life}.{number}:{notice.kind}" for number, notice in enumerate(notices)],
        [now] * len(notices),
        [notice.to for notice in notices],
        [notice.kind for notice in notices],
        [notice.text for notice in notices],
    )
