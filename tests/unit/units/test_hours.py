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
        "周一至周五 8:30~12:00",
        "周一到周五：８：３０～１２：００",
        "星期一至星期五8:30—12:00 14:00—17:30",
        "工作日 8:30至12:00",
        "周一至周五8时30分-12时",
        "周一、二、三、四、五 8点半到12点",
        "工作日8:30-12:00,周六9:00-12:00",
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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24h",
        "24小时",
        "always",
        "00:00-24:00",
        "00:00-23:59",
        "0:00~23:59",
        "00:00-23:59:59",
        "全天",
        "24小时值班",
        "每天24小时",
    ],
)
def test_round_the_clock(text: str) -> None:
    hours = parse_hours(text)
    assert hours.covers(SUNDAY_10)
    assert hours.covers(at("2026-09-28T00:00"))
    assert hours.covers(at("2026-09-28T23:59"))
    assert hours.covers(at("2026-09-28T23:59:59"))


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


def test_workdays_and_holidays_go_by_the_published_calendar_and_the_weekend_by_the_week() -> None:
    national_day, made_up_saturday = at("2026-10-01T10:00"), at("2026-10-10T10:00")
    assert not parse_hours("工作日 8:30-17:30").covers(national_day)
    assert parse_hours("工作日 8:30-17:30").covers(made_up_saturday)
    assert parse_hours("节假日 8:30-17:30").covers(national_day)
    assert not parse_hours("节假日 8:30-17:30").covers(made_up_saturday)
    assert parse_hours("周末 8:30-17:30").covers(made_up_saturday)
    assert parse_hours("周末 8:30-17:30").covers(SUNDAY_10)
    assert not parse_hours("周末 8:30-17:30").covers(MONDAY_10)


def test_a_city_may_say_which_days_are_worked() -> None:
    assert parse_hours("工作日 8:30-17:30").covers(SUNDAY_10, lambda _: True)
    assert not parse_hours("工作日 8:30-17:30").covers(MONDAY_10, lambda _: False)


def test_round_the_clock_on_holidays_and_office_hours_on_workdays() -> None:
    hours = parse_hours("工作日 8:30~17:30；节假日 24小时")
    assert hours.covers(at("2026-10-01T03:00"))
    assert not hours.covers(at("2026-09-28T03:00"))
