"""Recordings are deleted when their time is over, and never under legal hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recordings.retention import KeptRecording, RetentionRule, deletable, keep_until

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
RULE = RetentionRule(default_days=30, days_by_category={"complaint": 365, "consult": 7, "help": None})


def recorded(call_id: str, category: str, days_ago: float, *, legal_hold: bool = False) -> KeptRecording:
    return KeptRecording(call_id, category, NOW - timedelta(days=days_ago), legal_hold)


def test_each_category_has_its_own_time_and_the_rest_the_default() -> None:
    kept = [
        recorded("a", "consult", 8),
        recorded("b", "complaint", 364),
        recorded("c", "", 31),
        recorded("d", "suggestion", 29),
    ]
    assert [recording.call_id for recording in deletable(kept, RULE, NOW)] == ["c", "a"]


def test_the_last_moment_counts() -> None:
    assert deletable([recorded("a", "consult", 7)], RULE, NOW)
    assert not deletable([recorded("a", "consult", 7)], RULE, NOW - timedelta(microseconds=1))


def test_legal_hold_and_for_ever_are_never_deletable() -> None:
    held = recorded("a", "consult", 10_000, legal_hold=True)
    kept = recorded("b", "help", 10_000)
    assert deletable([held, kept], RULE, NOW) == ()
    assert keep_until(held, RULE) is None


def test_a_rule_that_would_delete_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="retention of 'consult': 0 days"):
        RetentionRule(default_days=30, days_by_category={"consult": 0})
