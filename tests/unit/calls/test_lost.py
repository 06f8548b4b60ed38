"""A call whose end nobody told ends with its last sign of life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.calls.events import CallEvent, Kind
from app.calls.lost import closing, last_sign
from app.calls.record import fold

CALL = "node1-1700000000.1"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(kind: Kind, seconds: float, source: str = "ami", **data: object) -> CallEvent:
    return CallEvent(CALL, kind, START + timedelta(seconds=seconds), data, source)


BEGUN = [event(Kind.STARTED, 0, node="node1", caller="13800000001"), event(Kind.QUEUED, 3, category="")]
TALK = [*BEGUN, event(Kind.OPERATOR_JOINED, 5, operator="op1001", party="node1-1700000002.2")]


def test_what_a_later_look_misses_is_no_sign_of_life() -> None:
    later = [event(Kind.OPERATOR_LEFT, 300, "resync", party="node1-1700000002.2"), event(Kind.FAULT, 301, what="x")]
    assert last_sign([*TALK, *later]) == START + timedelta(seconds=5)
    assert last_sign([]) is None


def test_a_caller_lost_in_the_queue_is_a_missed_call() -> None:
    record = fold(CALL, [*BEGUN, *closing(CALL, BEGUN, START + timedelta(seconds=40))])
    assert (record.conversation, record.missed_reason) == (False, "queue")
    assert record.ended_at == START + timedelta(seconds=40)
    assert record.legs == ()


def test_a_lost_conversation_has_its_recorders_times() -> None:
    last = START + timedelta(seconds=40)
    record = fold(CALL, [*TALK, *closing(CALL, TALK, last)])
    assert (record.conversation, record.ended_at) == (True, last)
    spoken = {leg.role: leg.bridged for leg in record.legs}
    assert spoken == dict.fromkeys(("citizen", "operator"), ((START + timedelta(seconds=5), last),))
