"""What the demonstration shows at its end: the timeline, the transcript and the ticket, for people or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.calls import store
from app.calls.events import CallEvent
from app.calls.record import CallRecord, Party, fold
from app.db.pool import Connection
from app.db.queries import QUERIES
from app.settings import Settings

Row = Mapping[str, Any]
_ROLES = {"citizen": "市民", "operator": "话务员", "unit": "成员单位"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything the database knows of the demonstration's call."""

    record: CallRecord
    events: Sequence[CallEvent]
    recordings: Sequence[Row]
    turns: Sequence[Mapping[str, Any]]
    ticket: Row


async def read_outcome(connection: Connection, call_id: str) -> Outcome | None:
    """The call's outcome, or None while the transcript is not there yet."""
    transcript = await connection.fetchrow(QUERIES["get_transcript"], call_id)
    ticket = await connection.fetchrow(QUERIES["ticket_of_call"], call_id)
    if transcript is None or ticket is None:
        return None
    events = await store.load_events(connection, call_id)
    recordings = await connection.fetch(QUERIES["call_recordings"], call_id)
    return Outcome(fold(call_id, events), events, [dict(row) for row in recordings], transcript["turns"], dict(ticket))


def as_json(outcome: Outcome, settings: Settings) -> dict[str, Any]:
    """The demonstration's JSON object, as scripts rely on it. Times are ISO 8601 with offset, `*_ms` milliseconds."""
    record, zone = outcome.record, settings.zone
    started = _known(record.started_at)
    return {
        "call": {
            "id": record.call_id,
            "caller": record.caller,
            "dialled": record.dialled,
            "started_at": _iso(started, zone),
            "answered_ms": round((_known(record.answered_at) - started).total_seconds() * 1000),
            "events": [_event(event, zone) for event in outcome.events],
        },
        "menu": {"keys": list(record.keys), "category": record.category},
        "parties": [
            {
                "role": party.role,
                "name": _party_name(party, record, settings),
                "joined_at": _iso(party.joined_at, zone),
                "left_at": _iso(party.left_at, zone),
            }
            for party in record.parties.values()
        ],
        "recording": {
            "mixed": next((_path(row, settings) for row in outcome.recordings if row["kind"] == "mixed"), None),
            "tracks": [
                {"role": row["role"], "path": _path(row, settings), "seconds": round(row["seconds"], 3)}
                for row in outcome.recordings
                if row["kind"] == "track"
            ],
        },
        "transcript": [{key: turn[key] for key in ("role", "start", "end", "text")} for turn in outcome.turns],
        "ticket": {
            "number": outcome.ticket["number"],
            "category": outcome.ticket["category"],
            "status": outcome.ticket["status"],
            "due_at": _iso(outcome.ticket["due_at"], zone),
            "created_ms_after_hangup": _created_after(outcome),
        },
    }


def as_text(outcome: Outcome, settings: Settings) -> str:
    """The same for a person to read."""
    record = outcome.record
    started = _known(record.started_at)
    timeline = [
        f"  {(event.at - started).total_seconds():7.2f} s  {event.kind.value:<20} {_detail(event)}"
        for event in outcome.events
        if event.kind.value != "legs"
    ]
    turns = [f"  {turn['start']:6.2f} s  {_ROLES[turn['role']]}：{turn['text']}" for turn in outcome.turns]
    ticket = outcome.ticket
    due = _iso(ticket["due_at"], settings.zone) or "无"
    return "\n".join(
        [
            f"通话 {record.call_id}",
            *timeline,
            "",
            "转写",
            *turns,
            "",
            f"工单 {ticket['number']}  类别 {ticket['category']}  状态 {ticket['status']}  时限 {due}",
            f"  挂机后 {_created_after(outcome)} 毫秒生成",
            "",
            "录音",
            *(f"  {_path(row, settings)}  {row['seconds']:.1f} s" for row in outcome.recordings),
        ]
    )


def _event(event: CallEvent, zone: ZoneInfo) -> dict[str, Any]:
    return {"at": _iso(event.at, zone), "kind": event.kind.value, "data": event.shown()["data"]}


def _detail(event: CallEvent) -> str:
    return "  ".join(f"{key}={value}" for key, value in event.shown()["data"].items() if value not in ("", None))


def _party_name(party: Party, record: CallRecord, settings: Settings) -> str:
    """What people call the party; its id where nobody has told."""
    match party.role:
        case "citizen":
            return record.caller_name
        case "operator":
            names = {operator.id: operator.name for operator in settings.operators}
        case _:
            names = {attempt.unit_id: attempt.unit_name for attempt in record.attempts.values()}
    return names.get(party.name, party.name)


def _created_after(outcome: Outcome) -> int:
    created: datetime = outcome.ticket["created_at"]
    return round((created - _known(outcome.record.ended_at)).total_seconds() * 1000)


def _path(row: Row, settings: Settings) -> str:
    return str(settings.recordings_dir / row["path"])


def _iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="milliseconds") if at else None


def _known(at: datetime | None) -> datetime:
    if at is None:
        raise ValueError("the call did not get that far")
    return at
