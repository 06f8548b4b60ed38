"""What the journal or a look tells again is not kept twice; what only they tell is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.calls.events import CallEvent, Kind
from app.calls.journal_replay import untold

CALL = "node1-1700000000.1"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(kind: Kind, seconds: float, source: str, **data: object) -> CallEvent:
    return CallEvent(CALL, kind, START + timedelta(seconds=seconds), data, source)


def test_a_key_told_again_by_the_journal_a_moment_off_is_dropped() -> None:
    seen = event(Kind.KEY, 1.000, "ami", node="main", key="4")
    assert untold([event(Kind.KEY, 1.003, "journal", node="main", key="4")], [seen]) == []


def test_the_same_key_pressed_twice_is_two_keys_also_when_only_one_was_seen() -> None:
    seen = event(Kind.KEY, 1.0, "ami", node="main", key="9")
    first, second = (event(Kind.KEY, at, "journal", node="main", key="9") for at in (1.01, 1.6))
    assert untold([first, second], [seen]) == [second]
    assert untold([first, second], [seen, second]) == [second]


def test_two_keys_that_nobody_saw_are_both_kept() -> None:
    keys = [event(Kind.KEY, at, "journal", node="main", key="9") for at in (1.0, 1.4)]
    assert untold(keys, []) == keys


def test_a_look_that_finds_the_caller_waiting_is_no_second_queueing() -> None:
    seen = event(Kind.QUEUED, 3.0, "ami", category="help")
    assert untold([event(Kind.QUEUED, 60.0, "resync", category="")], [seen]) == []
    assert len(untold([event(Kind.QUEUED, 60.0, "journal", category="help")], [seen])) == 1


def test_what_was_seen_as_it_happened_is_always_kept() -> None:
    rings = [event(Kind.OPERATOR_RINGING, at, "ami", operator="op1001") for at in (5.0, 5.5)]
    assert untold(rings, [event(Kind.OPERATOR_RINGING, 5.2, "resync", operator="op1001")]) == rings
