"""Service hours: spans, the end of a span, holidays, make-up days, other time zones."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from ivr.hours import Calendar, Hours, is_open

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Hours.model_validate(
    {"open": {"mon-fri": ["08:30-12:00", "14:00-17:30"], "sat": ["09:00-24:00"]}, "closed": "shut"}
)
NATIONAL_DAY = Calendar(holidays=frozenset({date(2026, 10, 1)}), make_up_days=frozenset({date(2026, 10, 10)}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-09-30T08:29:59", False),
        ("2026-09-30T08:30:00", True),
        ("2026-09-30T11:59:59", True),
        ("2026-09-30T12:00:00", False),
        ("2026-09-30T14:00:00", True),
        ("2026-09-26T23:59:59", True),  # a Saturday until midnight
        ("2026-09-27T10:00:00", False),  # a Sunday
    ],
)
def test_a_span_is_open_from_its_first_minute_to_before_its_last(moment: str, expected: bool) -> None:
    assert is_open(OFFICE, at(moment), Calendar()) is expected


def test_a_public_holiday_is_closed_and_a_make_up_saturday_keeps_mondays_hours() -> None:
    assert not is_open(OFFICE, at("2026-10-01T09:00"), NATIONAL_DAY)
    assert is_open(OFFICE, at("2026-10-01T09:00"), Calendar())
    assert is_open(OFFICE, at("2026-10-10T08:45"), NATIONAL_DAY)
    assert not is_open(OFFICE, at("2026-10-10T13:00"), NATIONAL_DAY)


def test_a_hotline_may_stay_open_on_holidays() -> None:
    hours = Hours.model_validate({"open": {"mon-sun": ["00:00-24:00"]}, "holidays": "open", "closed": "shut"})
    assert is_open(hours, at("2026-10-01T03:00"), NATIONAL_DAY)


def test_hours_are_read_in_their_own_time_zone() -> None:
    assert is_open(OFFICE, datetime(2026, 9, 30, 0, 30, tzinfo=UTC), Calendar())
    assert not is_open(OFFICE, datetime(2026, 9, 30, 8, 30, tzinfo=UTC).replace(hour=9, minute=31), Calendar())


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_open(OFFICE, datetime(2026, 9, 30, 9), Calendar())  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    ("week", "complaint"),
    [
        ({"mon": ["17:30-08:30"]}, "does not end after it starts"),
        ({"mon": ["08:30"]}, "not a time span"),
        ({"mon": [830]}, "not a time span"),
        ({"mon": ["08:30-24:01"]}, "does not end after it starts, on the same day"),
        ({"monday": ["08:30-12:00"]}, "not a day"),
        ({"fri-mon": ["08:30-12:00"]}, "runs backwards"),
        ({"mon-wed": ["08:30-12:00"], "tue": ["08:30-12:00"]}, "tue is given twice"),
        (["08:30-12:00"], "expected days"),
    ],
)
def test_hours_that_make_no_sense_say_why(week: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Hours.model_validate({"open": week, "closed": "shut"})


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="not a time zone"):
        Hours.model_validate({"open": {}, "closed": "shut", "timezone": "Asia/Peking"})
