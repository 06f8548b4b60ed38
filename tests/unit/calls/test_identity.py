"""From the edge on a caller's number has one form, and what the network said stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.calls.events import CallEvent, Kind
from app.calls.identity import numbered

AT = datetime(2026, 11, 23, tzinfo=UTC)


def started(caller: str) -> CallEvent:
    return CallEvent(
        "n-1", Kind.STARTED, AT, {"node": "n", "caller": caller, "caller_name": "张三", "dialled": "12345"}
    )


def test_a_number_written_otherwise_is_kept_beside_its_one_form() -> None:
    data = numbered(started("+8613912345678"), "0510").data
    assert (data["caller"], data["caller_raw"]) == ("13912345678", "+8613912345678")


def test_a_local_number_gets_the_citys_area_code() -> None:
    assert numbered(started("87650001"), "0510").data["caller"] == "051087650001"


@pytest.mark.parametrize("word", ["unavailable", "Restricted", "unknown"])
def test_a_word_is_nobodys_number_and_leaves_no_name(word: str) -> None:
    data = numbered(started(word), "0510").data
    assert (data["caller"], data["caller_name"], "caller_raw" in data) == ("", "", False)


def test_other_events_are_left_alone() -> None:
    event = CallEvent("n-1", Kind.KEY, AT, {"node": "main", "key": "1"})
    assert numbered(event, "0510") is event
