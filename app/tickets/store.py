"""Tickets in Postgres: an action and everything that follows from it are one transaction.

The engine's whole ticket is the column `state`; the other columns repeat what lists and reports ask for. Who the caller
is stands in the caller's columns only (or, protected, in `protected_callers`), never in state, history or notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from app.db.jobs import enqueue
from app.db.pool import Connection
from app.db.queries import QUERIES
from app.matters.model import Actor, Caller, LimitName, Role, Status, Ticket
from app.push import subscriptions
from app.tickets.actions import Args, MergeArgs
from app.tickets.changes.closing import satisfaction
from app.tickets.correction import CorrectArgs, correct
from app.tickets.engine import Outcome, apply, tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import open_limits
from app.tickets.notices import Notice
from app.tickets.refusal import Refusal
from app.tickets.rules.units import is_discipline
from app.tickets.timed import next_deadline
from app.tickets.visibility import visible_to
from app.webhooks import outbox

DEADLINE_JOB = "ticket-deadline"
# Where a trigger tells the numbers of changed tickets (migration 0022).
TICKET_CHANNEL = "hotline_tickets"
# Where a trigger tells the ids of new notices (migration 0061).
NOTICE_CHANNEL = "hotline_notices"
_CONTENT = "content"


_GONE_ON = frozenset({Status.MERGED, Status.ARCHIVED})


class NoSuchTicket(LookupError):  # noqa: N818 - named for what is the matter
    """There is no ticket of this number."""


class CallTaken(Exception):  # noqa: N818 - named for what is the matter
    """The call has a ticket already, or is not known; the text says which."""


@contextmanager
def of_call(call_id: str | None) -> Iterator[None]:
    """Where a ticket takes its call: what the tables refuse is CallTaken."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "tickets_call_id_key":
            raise
        raise CallTaken(f"Call {call_id} has a ticket already.") from error
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name != "tickets_call_id_fkey":
            raise
        raise CallTaken(f"There is no call {call_id}.") from error


class ChangedMeanwhile(Exception):  # noqa: N818 - named for what happened
    """Somebody else has changed the ticket since the version that was seen; `version` is the present one."""

    def __init__(self, number: str, version: int) -> None:
        super().__init__(f"Ticket {number} has been changed meanwhile: it is version {version} now.")
        self.version = version


class CannotMerge(ValueError):  # noqa: N818 - named for what is the matter
    """The ticket to merge into is not there, or nothing goes on in it; the text says which."""


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
    owner: str = "",
    said: str | None = None,
    language: str | None = None,
) -> None:
    """Write a new ticket. Must run in a transaction.

    `said`: how satisfied the caller was on the call. `owner`: the account that writes it; else the operator's.
    `language` is what the caller speaks (BCP 47); Chinese where nothing is known.
    """
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
        said,
        ticket.received_at,
        owner,
        language,
    )
    await save(connection, outcome, place, ticket.received_at, new=True)


async def act(
    connection: Connection,
    number: str,
    args: Args,
    actor: Actor,
    now: datetime,
    place: Jurisdiction,
    *,
    version: int | None = None,
) -> Outcome | Refusal:
    """One action on a stored ticket; a refusal writes nothing. Must run in a transaction.

    Raises NoSuchTicket, CannotMerge, ChangedMeanwhile.
    """
    if isinstance(args, MergeArgs) and args.into != number:
        await _lock_both(connection, number, args.into)
    ticket = await lock(connection, number, version)
    outcome = apply(ticket, args, actor, now, place)
    if isinstance(outcome, Outcome):
        await save(connection, outcome, place, now)
    return outcome


async def change(
    connection: Connection,
    number: str,
    args: CorrectArgs,
    actor: Actor,
    now: datetime,
    place: Jurisdiction,
    *,
    version: int | None = None,
) -> Outcome | Refusal:
    """Correct what was taken down, before the dispatch. Must run in a transaction.

    Raises NoSuchTicket, ChangedMeanwhile.
    """
    ticket = await lock(connection, number, version)
    outcome = correct(ticket, args, now, place)
    if isinstance(outcome, Refusal):
        return outcome
    await save(connection, outcome, place, now, also=("correct",))
    await connection.execute(QUERIES["correct_caller"], number, args.name, args.phone, args.address, args.anonymous)
    detail = {"actor": actor.model_dump(mode="json"), "was": args.was(ticket), "caller": args.of_caller}
    await connection.execute(QUERIES["insert_correction"], number, now, _signature(actor), detail)
    return outcome


async def put_suggestions(
    connection: Connection, number: str, made: Mapping[str, Any], draft: str, now: datetime, place: Jurisdiction
) -> None:
    """Attach suggestions; the draft becomes the content of a fresh ticket without any. Must run in a transaction.

    The draft is in the history as the system's, so that everybody sees that no person wrote it. Raises NoSuchTicket.
    """
    ticket = await lock(connection, number)
    if draft and not ticket.matter.content and ticket.status is Status.RECEIVED:
        await change(connection, number, CorrectArgs(content=draft), Actor(role=Role.SYSTEM), now, place)
    await connection.execute(QUERIES["put_suggestions"], number, dict(made))


async def pass_time(connection: Connection, number: str, now: datetime, place: Jurisdiction) -> Outcome:
    """Apply what has fallen due by `now`, once. Must run in a transaction. Raises NoSuchTicket."""
    ticket = await lock(connection, number)
    outcome = tick(ticket, now, place)
    await save(connection, outcome, place, now)
    return outcome


async def follow_calendar(connection: Connection, number: str, now: datetime, place: Jurisdiction) -> bool:
    """Count the ticket by today's calendar; whether it changed. Must run in a transaction. Raises NoSuchTicket."""
    ticket = await lock(connection, number)
    outcome = tick(ticket, now, place)
    if outcome.ticket == ticket:
        return False
    await save(connection, outcome, place, now)
    return True


async def lock(connection: Connection, number: str, version: int | None = None) -> Ticket:
    """The ticket as the engine takes it, locked until the transaction ends; of this version, when one is named.

    Raises NoSuchTicket, ChangedMeanwhile.
    """
    row = await connection.fetchrow(QUERIES["lock_ticket"], number)
    if row is None:
        raise NoSuchTicket(number)
    if version is not None and row["version"] != version:
        raise ChangedMeanwhile(number, row["version"])
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
    also: tuple[str, ...] = (),
    new: bool = False,
) -> None:
    """Write what came of an action or of time: columns, history, notices, the next deadline's job, the outbox.

    `also` names what happened beside the engine's own actions; a `new` ticket has no history yet.
    """
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
        satisfaction(ticket),
        due_at(ticket, now),
        deadline,
        ticket.closed_at,
        [limit.value for limit in outcome.late],
        ticket.merged_into or None,
        confidential,
        discipline_unit(ticket, place) if confidential else None,
        dehydrate(ticket),
    )
    fresh = await _append_history(connection, ticket, new=new)
    await _insert_notices(connection, ticket, outcome.notices, now)
    if confidential:
        await outbox.forget(connection, ticket.number)
    elif actions := (*fresh, *(effect.partition(":")[0] for effect in outcome.applied), *also):
        await outbox.tell(connection, ticket.number, tuple(dict.fromkeys(actions)), now)
    if deadline is not None:
        await ask_for_deadline(connection, ticket.number, deadline)


def due_at(ticket: Ticket, now: datetime) -> datetime | None:
    """The limit that comes first for whoever has the ticket: the units' report, else the dispatch."""
    limits = open_limits(ticket, now)
    return limits[LimitName.REPORT_BY] or limits[LimitName.DISPATCH_BY] or limits[LimitName.CLOSE_BY]


def is_confidential(ticket: Ticket, place: Jurisdiction) -> bool:
    """Whether the profile hides the content from who took the call (yixing-2011 art. 7(3)3: economic reports)."""
    return not visible_to(ticket, place)[Role.FRONT_DESK][_CONTENT]


def discipline_unit(ticket: Ticket, place: Jurisdiction) -> str | None:
    """The discipline inspection body that has the ticket, if it has been dispatched."""
    bodies = [p.unit for p in ticket.active if p.unit in place.units and is_discipline(place.units[p.unit])]
    return bodies[0] if bodies else None


async def ask_for_deadline(connection: Connection, number: str, deadline: datetime, *, again: str = "") -> None:
    """One job for a deadline of a ticket; `again` names a later asking, should the first job have been lost."""
    at = deadline.isoformat()
    key = ":".join(part for part in (DEADLINE_JOB, number, at, again) if part)
    payload = {"number": number, "at": at}
    await enqueue(connection, DEADLINE_JOB, payload, dedupe_key=key, execute_after=deadline)


async def _lock_both(connection: Connection, number: str, into: str) -> None:
    """Lock both in one order, so that two merges cannot wait for each other. Raises CannotMerge."""
    rows = await connection.fetch(QUERIES["lock_tickets"], [number, into])
    target = next((row for row in rows if row["number"] == into), None)
    if target is None:
        raise CannotMerge(f"There is no ticket {into}.")
    if target["status"] in _GONE_ON:
        raise CannotMerge(f"Ticket {into} is {target['status']}: nothing goes on in it.")


async def _append_history(connection: Connection, ticket: Ticket, *, new: bool) -> tuple[str, ...]:
    """Add the engine's lines that are not there yet, and return their actions.

    Corrections stand between them under numbers of their own.
    """
    known = None if new else await connection.fetchrow(QUERIES["history_length"], ticket.number)
    fresh = ticket.history[known["of_engine"] :] if known else ticket.history
    if not fresh:
        return ()
    last = known["last"] if known else 0
    await connection.execute(
        QUERIES["insert_history"],
        ticket.number,
        list(range(last + 1, last + 1 + len(fresh))),
        [entry.at for entry in fresh],
        [entry.action.value for entry in fresh],
        [_signature(entry.actor) for entry in fresh],
        [entry.model_dump(mode="json", include={"why", "unit", "status", "late", "actor"}) for entry in fresh],
    )
    return tuple(entry.action.value for entry in fresh)


def _signature(actor: Actor) -> str:
    return f"{actor.role.value}:{actor.unit or actor.person}".rstrip(":")


async def _insert_notices(connection: Connection, ticket: Ticket, notices: Sequence[Notice], now: datetime) -> None:
    """A notice's key is its place in the ticket's life: how much had happened by then, and its own number."""
    if not notices:
        return
    life = f"{len(ticket.history)}.{len(ticket.fired)}.{len(ticket.warnings)}"
    rows = await connection.fetch(
        QUERIES["insert_notices"],
        ticket.number,
        [f"{life}.{number}:{notice.kind}" for number, notice in enumerate(notices)],
        [now] * len(notices),
        [notice.to for notice in notices],
        [notice.kind for notice in notices],
        [notice.text for notice in notices],
    )
    if heard := [row["id"] for row in rows if row["heard"]]:
        await subscriptions.tell(connection, heard)
