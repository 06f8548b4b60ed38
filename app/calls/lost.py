"""How a call ends that nobody told the end of: Asterisk was killed, or the power was cut. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.calls.events import LOST, CallEvent, Kind
from app.calls.record import CallRecord, Party, fold

_NO_SIGN = frozenset({Kind.FAULT, Kind.LEGS})


def last_sign(events: Iterable[CallEvent]) -> datetime | None:
    """When the call was last heard of; what a later look found missing is no sign of life."""
    signs = [event.at for event in events if event.kind not in _NO_SIGN and event.source != "resync"]
    return max(signs, default=None)


def closing(call_id: str, events: Sequence[CallEvent], last: datetime) -> list[CallEvent]:
    """What ends the record of a call that only its own events tell of: who was bridged until then, and the end."""
    record = fold(call_id, events)
    ends = [CallEvent(call_id, Kind.ENDED, last, LOST, "journal")]
    if record.answered_at is None or any(event.kind is Kind.LEGS for event in events):
        return ends
    legs = [_leg(record, party, last) for party in record.parties.values()]
    return [CallEvent(call_id, Kind.LEGS, last, {"legs": legs}, "journal"), *ends]


def _leg(record: CallRecord, party: Party, last: datetime) -> dict[str, object]:
    start = record.answered_at if party.role == "citizen" else party.joined_at
    begins = start or party.joined_at
    ends = max(party.left_at or last, begins)
    return {
        "party": party.party_id,
        "role": party.role,
        "name": party.name if party.role == "operator" else "",
        "bridged": [[begins.isoformat(), ends.isoformat()]],
    }
