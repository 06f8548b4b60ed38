"""Where calls are kept: events as they come, and one transaction that finishes a call and opens its ticket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from app.calls import journal_replay
from app.calls.events import CallEvent, Kind
from app.calls.outgoing import CALL_BACK, Outgoing
from app.calls.record import Attempt, CallRecord, Party, fold
from app.db.jobs import enqueue
from app.db.pool import Connection
from app.db.queries import QUERIES
from app.tickets.intake import Intake, plain

RECORDING_JOB = "build-recording"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A call event with its place in the order of all events (`seq`)."""

    seq: int
    event: CallEvent


@dataclass(frozen=True, slots=True)
class Finished:
    """What finishing a call led to. `ticket` is None for a missed call; `new` is False when it had been done before."""

    record: CallRecord
    ticket: str | None
    new: bool


async def append(connection: Connection, events: Sequence[CallEvent]) -> tuple[StoredEvent, ...]:
    """Store events in the order given; those already stored are passed over. Returns the new ones.

    An event of a call whose STARTED is not known (the service came in the middle) makes the call's row itself.
    """
    await connection.execute(QUERIES["ensure_calls"], *_columns(map(_call_row, _firsts(events)), 6))
    events = await _untold(connection, events)
    for event in events:
        if event.kind is Kind.IDENTIFIED:
            said = event.data
            await connection.execute(
                QUERIES["identify_caller"],
                event.call_id,
                plain(said["caller"]),
                said["hidden"],
                plain(said["caller_name"]),
            )
    rows = await connection.fetch(
        QUERIES["insert_events"],
        [event.call_id for event in events],
        [event.key for event in events],
        [event.kind.value for event in events],
        [event.at for event in events],
        [event.source for event in events],
        [dict(event.data) for event in events],
    )
    by_key = {(event.call_id, event.key): event for event in events}
    return tuple(StoredEvent(row["seq"], by_key[row["call_id"], row["key"]]) for row in rows)


async def finish(connection: Connection, call_id: str, intake: Intake) -> Finished:
    """Write the call's record and its one ticket. Must run in a transaction; running it again changes nothing."""
    rows = await connection.fetch(QUERIES["lock_call"], call_id)
    record = fold(call_id, [event_of(row) for row in rows if row["kind"]])
    if not rows or rows[0]["outcome"] is not None or record.ended_at is None:
        ticket = await connection.fetchrow(QUERIES["ticket_of_call"], call_id)
        return Finished(record, ticket["number"] if ticket else None, new=False)
    await _write_record(connection, record)
    number = await _ticket(connection, record, rows[0], intake) if record.conversation else None
    if record.conversation or record.message_at:
        await enqueue(connection, RECORDING_JOB, {"call_id": call_id}, dedupe_key=f"{RECORDING_JOB}:{call_id}")
    return Finished(record, number, new=True)


async def _ticket(connection: Connection, record: CallRecord, row: asyncpg.Record, intake: Intake) -> str | None:
    """The ticket of a conversation. One that the hotline began is about a ticket there is; who is called back has a
    matter of their own, and is called back.
    """
    if not record.outgoing:
        return await intake(connection, record)
    if row["reason"] == CALL_BACK and row["about_call"]:
        await connection.execute(QUERIES["mark_called_back"], row["about_call"], record.answered_at)
    if row["about_ticket"]:
        return str(row["about_ticket"])
    return await intake(connection, record) if row["reason"] == CALL_BACK else None


async def begin(connection: Connection, out: Outgoing, node: str, at: datetime) -> CallEvent | None:
    """Keep a call that is to go out, before anything is dialled; None when it was asked for already.

    Must run in a transaction. Returns the event that begins it.
    """
    if out.request_key is not None:
        named = await connection.fetchval(QUERIES["name_request"], out.asked_by, out.request_key, out.call_id)
        if named is None:
            return None
    about = (out.reason, out.asked_by, out.whom, out.ticket, out.call, out.unit, out.wish)
    await connection.execute(QUERIES["begin_outgoing"], out.call_id, node, plain(out.number), at, *about)
    started = out.started(node, at)
    await append(connection, [started])
    return started


async def load_events(connection: Connection, call_id: str) -> list[CallEvent]:
    """All events of one call, in order of time."""
    return [event_of(row) for row in await connection.fetch(QUERIES["call_events"], call_id)]


def event_of(row: asyncpg.Record) -> CallEvent:
    """Read one row of `call_events`."""
    return CallEvent(row["call_id"], Kind(row["kind"]), row["at"], row["data"], row["source"])


async def _untold(connection: Connection, events: Sequence[CallEvent]) -> Sequence[CallEvent]:
    again = {event.call_id for event in events if event.source in journal_replay.SECOND_HAND}
    stored = [event for call_id in sorted(again) for event in await load_events(connection, call_id)]
    return journal_replay.untold(events, stored) if again else events


def _firsts(events: Sequence[CallEvent]) -> list[CallEvent]:
    """One event per call to make its row from: its STARTED if it is there, else the first one."""
    chosen: dict[str, CallEvent] = {}
    for event in events:
        if event.call_id not in chosen or event.kind is Kind.STARTED:
            chosen[event.call_id] = event
    return list(chosen.values())


def _call_row(event: CallEvent) -> tuple[Any, ...]:
    data = event.data
    node = data.get("node") if event.kind is Kind.STARTED else ""
    return (
        event.call_id,
        node or event.call_id.rpartition("-")[0] or "unknown",
        plain(data.get("caller") or ""),
        plain(data.get("caller_name") or ""),
        plain(data.get("dialled") or ""),
        event.at,
    )


def _columns(rows: Iterable[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """Rows turned into `count` columns, as `unnest` takes them: many rows are one statement."""
    columns: list[list[Any]] = [[] for _ in range(count)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns


async def _write_record(connection: Connection, record: CallRecord) -> None:
    await connection.execute(
        QUERIES["finish_call"],
        record.call_id,
        record.answered_at,
        record.ended_at,
        record.outcome,
        record.missed_reason,
        record.category,
        list(record.keys),
        record.satisfaction,
        record.queued_at,
        record.message_at,
        record.callback_at,
        record.language,
        record.reached,
        (record.far_attempt.code or None) if record.far_attempt else None,
    )
    parties = _columns(map(_party_row, record.parties.values()), 5)
    await connection.execute(QUERIES["insert_parties"], record.call_id, *parties)
    for attempt in record.attempts.values():
        await connection.execute(QUERIES["insert_attempt"], *_attempt_row(record, attempt))


def _party_row(party: Party) -> tuple[Any, ...]:
    return party.party_id, party.role, party.name, party.joined_at, party.left_at


def _attempt_row(record: CallRecord, attempt: Attempt) -> tuple[Any, ...]:
    return (
        attempt.attempt_id,
        record.call_id,
        attempt.unit_id,
        attempt.unit_name,
        attempt.post,
        attempt.mode,
        attempt.started_at,
        attempt.answered_at,
        attempt.ended_at,
        attempt.outcome,
        attempt.trunk,
        attempt.code or None,
        "asker" if record.asks(attempt) else attempt.kind,
    )
