"""The events of calls in progress outlive the service on this machine, and finished calls leave nothing behind."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.calls.events import CallEvent, Kind
from app.calls.history import Unfinished, merged
from app.spool import SpoolError, checked_line
from tests.support.disk import disk_with_room_for

CALL, OTHER = "node1-1700000000.1", "node1-1700000000.2"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(call_id: str, kind: Kind, seconds: float, **data: object) -> CallEvent:
    return CallEvent(call_id, kind, START + timedelta(seconds=seconds), data)


def ring(call_id: str, number: int) -> CallEvent:
    return event(call_id, Kind.ATTEMPT_STARTED, number, attempt=f"{call_id}-u{number}", posts=["A", "B", "leader"])


def keep(unfinished: Unfinished, *events: CallEvent) -> None:
    for each in events:
        unfinished.note(each)
    unfinished.write(events, durable=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "unfinished"


def reopened(unfinished: Unfinished, path: Path) -> Unfinished:
    unfinished.close()
    return Unfinished(path)


def test_what_was_written_of_a_call_in_progress_is_known_after_a_restart(path: Path) -> None:
    unfinished = Unfinished(path)
    keep(unfinished, ring(CALL, 1), ring(OTHER, 1))
    keep(unfinished, ring(CALL, 2))
    again = reopened(unfinished, path)
    assert again.events(CALL) == [ring(CALL, 1), ring(CALL, 2)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_finished_call_leaves_nothing_and_what_comes_late_of_it_neither(path: Path) -> None:
    unfinished = Unfinished(path)
    keep(unfinished, ring(CALL, 1))
    unfinished.forget([CALL])
    keep(unfinished, event(CALL, Kind.FAULT, 9, what="late"))
    assert path.stat().st_size == 0
    assert reopened(unfinished, path).calls() == []


def test_an_event_told_twice_is_kept_once(path: Path) -> None:
    unfinished = Unfinished(path)
    keep(unfinished, ring(CALL, 1))
    size = path.stat().st_size
    keep(unfinished, ring(CALL, 1))
    assert path.stat().st_size == size
    assert unfinished.events(CALL) == [ring(CALL, 1)]


def test_the_file_does_not_grow_with_the_calls_that_came_and_went(path: Path) -> None:
    unfinished = Unfinished(path)
    keep(unfinished, ring(CALL, 1))
    for number in range(400):
        gone = f"{OTHER}{number}"
        keep(unfinished, event(gone, Kind.FAULT, 1, what="x" * 8000))
        unfinished.forget([gone])
    assert path.stat().st_size < 2 << 20
    assert reopened(unfinished, path).events(CALL) == [ring(CALL, 1)]


def test_a_full_disk_refuses_and_takes_the_events_when_there_is_room_again(path: Path) -> None:
    unfinished = Unfinished(path)
    keep(unfinished, ring(CALL, 1))
    with disk_with_room_for(path.stat().st_size + 20), pytest.raises(SpoolError, match="free some space"):
        keep(unfinished, ring(CALL, 2))
    keep(unfinished, ring(CALL, 2))
    assert reopened(unfinished, path).events(CALL) == [ring(CALL, 1), ring(CALL, 2)]


@pytest.mark.parametrize("damage", [b"torn", b"00000000 {}\n", checked_line({"kind": "of another release"})])
def test_a_line_that_is_no_event_costs_only_itself(path: Path, damage: bytes) -> None:
    unfinished = Unfinished(path)
    keep(unfinished, ring(CALL, 1))
    with path.open("ab") as file:
        file.write(damage)
    again = reopened(unfinished, path)
    assert again.events(CALL) == [ring(CALL, 1)]
    keep(again, ring(CALL, 2))
    assert reopened(again, path).events(CALL) == [ring(CALL, 1), ring(CALL, 2)]


def test_a_history_is_in_order_of_time_with_each_step_once_and_the_database_first() -> None:
    stored = [ring(CALL, 1), CallEvent(CALL, Kind.ENDED, START + timedelta(seconds=9), {"cause": 16})]
    kept = [ring(CALL, 2), ring(CALL, 1), event(CALL, Kind.ENDED, 10, cause=0)]
    assert merged(stored, kept) == [ring(CALL, 1), ring(CALL, 2), stored[1]]
