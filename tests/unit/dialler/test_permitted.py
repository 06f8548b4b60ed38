"""What the settings say of calling out is what the plan keeps to."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from app.dialler.permitted import day_begins, rules_of
from app.dialler.rules import REASONS, Window
from app.settings import DiallerReasonSettings, DiallerSettings


def test_every_reason_has_rules_and_those_that_are_named_have_their_own() -> None:
    named = DiallerReasonSettings(
        reason="urge", working=("08:30-11:30",), rest=(), attempts=5, gap_minutes=30, at_a_time=2
    )
    rules = rules_of(DiallerSettings(reasons=(named,), a_day=7), ["13800001111"])
    assert set(rules.of) == set(REASONS)
    urge = rules.of["urge"]
    assert (urge.working, urge.rest) == ((Window(time(8, 30), time(11, 30)),), ())
    assert (urge.attempts, urge.after("busy"), urge.at_a_time) == (5, timedelta(minutes=30), 2)
    assert urge.after("not-dialled") == timedelta(minutes=1)
    assert rules.of["inform"].at_a_time is None
    assert (rules.a_day, rules.never) == (7, frozenset({"13800001111"}))


def test_the_settings_know_the_same_reasons_as_the_rules() -> None:
    assert get_args(DiallerReasonSettings.model_fields["reason"].annotation) == REASONS


@pytest.mark.parametrize("said", ["12:00-09:00", "09:00", "morning", "9-12"])
def test_what_is_no_time_of_a_day_is_said(said: str) -> None:
    with pytest.raises(ValidationError):
        DiallerReasonSettings(reason="urge", working=(said,))


def test_a_day_begins_at_midnight() -> None:
    assert day_begins(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2026, 12, 31, tzinfo=UTC)
