"""Reads tables of AMI events, as recorded from Asterisk, and tells the story that the live model makes of them.

A row is `seconds event uniqueid Field=value ...`; fields that a test does not care about are filled in.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

from ami_bridge.calls import Calls, fold
from ami_bridge.changes import CallCleared, Change
from ami_bridge.events import Event
from ami_bridge.reading import parse

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_DEFAULTS = {
    "CallerIDNum": "13800001111",
    "CallerIDName": "张三",
    "BridgeUniqueid": "bridge",
    "Conference": "conference",
    "Queue": "hotline",
    "Muted": "No",
}


def read(table: str) -> list[Event]:
    """The typed events of a table."""
    rows = [line.split() for line in table.strip().splitlines()]
    events = [_event(float(row[0]), row[1], row[2], dict(cell.split("=", 1) for cell in row[3:])) for row in rows]
    return [event for event in events if event]


def story(calls: Calls, events: list[Event]) -> list[str]:
    """What changed, one line for each change: seconds, what, and its values."""
    return [_line(change) for event in events for change in fold(calls, event)]


def changes(calls: Calls, events: list[Event]) -> list[Change]:
    """What changed, as values."""
    return [change for event in events for change in fold(calls, event)]


def seconds(at: datetime) -> float:
    """Seconds since the start of the table."""
    return round((at - START).total_seconds(), 3)


def _event(at: float, name: str, uniqueid: str, given: dict[str, str]) -> Event | None:
    row = _DEFAULTS | {"Uniqueid": uniqueid, "Channel": f"PJSIP/trunk-{uniqueid}"} | given
    if "DestChannel" in row:
        row["Interface"] = row["DestChannel"].rpartition("-")[0]
    row["Timestamp"] = f"{START.timestamp() + at:.6f}"
    return parse(name, row, "node1")


def _line(change: Change) -> str:
    hidden = {"call_id", "at", "node", "channel", "caller", "caller_name", "legs"}
    shown = [getattr(change, field.name) for field in fields(change) if field.name not in hidden]
    values = [len(change.legs)] if isinstance(change, CallCleared) else shown
    return " ".join([f"{seconds(change.at):.3f}", type(change).__name__, *map(str, values)])
