"""Weekly hours mean what people write."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.units.hours import HoursError, parse_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


MONDAY_10 = at("2026-09-28T10:00")
MONDAY_NOON = at("2026-09-28T12:30")
SUNDAY_10 = at("2026-10-04T10:00")


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 08:30-12:00,14:00-17:30",
        "周一至周五 08:30-12:00、14:00-17:30",
        "星期一-星期五 8:30-12:00",
        "Monday-Friday 08:30-12:00; Sat 09:00-12:00",
    ],
)
def test_office_hours_cover_the_office_day_only(text: str) -> None:
    hours = parse_hours(text)
    assert hours.covers(MONDAY_10)
    assert not hours.covers(MONDAY_NOON)
    assert not hours.covers(SUNDAY_10)


def test_the_end_is_exclusive_and_the_start_is_not() -> None:
    hours = parse_hours("Mon 08:30-12:00")
    assert hours.covers(at("2026-09-28T08:30"))
    assert not hours.covers(at("2026-09-28T12:00"))


@pytest.mark.parametrize("text", ["", "24h", "24小时", "always", "00:00-24:00"])
def test_round_the_clock(text: str) -> None:
    hours = parse_hours(text)
    assert hours.covers(SUNDAY_10)
    assert hours.covers(at("2026-09-28T00:00"))
    assert hours.covers(at("2026-09-28T23:59"))


def test_a_night_shift_runs_past_midnight_and_belongs_to_the_day_it_began() -> None:
    hours = parse_hours("Fri 20:00-08:00")
    assert hours.covers(at("2026-10-02T23:00"))
    assert hours.covers(at("2026-10-03T07:59"))
    assert not hours.covers(at("2026-10-02T07:00"))
    assert not hours.covers(at("2026-10-03T08:00"))


def test_days_in_a_list() -> None:
    hours = parse_hours("Mon,Wed 08:00-18:00")
    assert hours.covers(MONDAY_10)
    assert not hours.covers(at("2026-09-29T10:00"))
    assert hours.covers(at("2026-09-30T10:00"))


@pytest.mark.parametrize(
    "text", ["morning", "8-17", "25:00-26:00", "Fri-Mon 08:00-09:00", "Mon", "周八 08:00-09:00", "Mon 08:00-"]
)
def test_unreadable_hours_say_how_to_write_them(text: str) -> None:
    with pytest.raises(HoursError, match="write for example"):
        parse_hours(text)
