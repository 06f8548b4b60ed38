"""Limits as instants: the dates below were worked out by hand from the State Council's calendar for 2026."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.matters.clock import (
    ZONE,
    Calendar,
    Duration,
    HolidayFileError,
    calendar_from,
    limit_after,
    load_calendar,
    passed,
    unknown_years,
)
from app.matters.statutory import statutory

PUBLISHED = Calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def end(start: str, duration: str, calendar: Calendar = PUBLISHED) -> str:
    return limit_after(at(start), Duration.parse(duration), calendar).isoformat()


@pytest.mark.parametrize(
    ("start", "duration", "limit"),
    [
        # Wednesday 30 September 23:59. Holidays 1-7 October. Working: Thu 8, Fri 9, Sat 10 (make-up), Mon 12, Tue 13.
        ("2026-09-30T23:59", "1 wd", "2026-10-08"),
        ("2026-09-30T23:59", "2 wd", "2026-10-09"),
        ("2026-09-30T23:59", "3 wd", "2026-10-10"),
        ("2026-09-30T23:59", "4 wd", "2026-10-12"),
        ("2026-09-30T23:59", "5 wd", "2026-10-13"),
        ("2026-09-30T23:59", "same day", "2026-09-30"),
        ("2026-09-30T23:59", "3 cd", "2026-10-03"),
        # The make-up Saturday itself as the day of arrival: it does not count, the next working day is Monday 12.
        ("2026-10-10T10:00", "1 wd", "2026-10-12"),
        # Make-up Sunday 20 September counts: Fri 18 -> Sun 20, Mon 21. Mid-Autumn 25-27 does not.
        ("2026-09-18T10:00", "1 wd", "2026-09-20"),
        ("2026-09-18T10:00", "2 wd", "2026-09-21"),
        ("2026-09-24T10:00", "1 wd", "2026-09-28"),
        # Spring Festival 15-23 February; Saturday 14 is a make-up day and the last working day before it.
        ("2026-02-13T09:00", "1 wd", "2026-02-14"),
        ("2026-02-14T17:30", "1 wd", "2026-02-24"),
        ("2026-02-14T17:30", "5 wd", "2026-02-28"),  # Tue 24, Wed 25, Thu 26, Fri 27, Sat 28 (make-up)
        ("2026-02-14T17:30", "6 wd", "2026-03-02"),
        ("2026-02-14T17:30", "2 cd", "2026-02-16"),
        # In the middle of a holiday the first working day after it is day one.
        ("2026-10-03T02:00", "1 wd", "2026-10-08"),
        # An ordinary week-end.
        ("2026-03-06T09:00", "1 wd", "2026-03-09"),
        ("2026-03-02T09:00", "10 wd", "2026-03-16"),
    ],
)
def test_a_limit_counts_from_the_day_after_and_ends_with_its_last_second(start: str, duration: str, limit: str) -> None:
    assert end(start, duration) == f"{limit}T23:59:59+08:00"


def test_hours_run_from_the_minute() -> None:
    assert end("2026-03-06T22:15", "24 h") == "2026-03-07T22:15:00+08:00"


def test_the_day_is_the_day_in_china() -> None:
    late_evening_in_london = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # already Monday 2 March in Shanghai
    limit = limit_after(late_evening_in_london, Duration.parse("same day"), PUBLISHED)
    assert limit.isoformat() == "2026-03-02T23:59:59+08:00"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        limit_after(datetime(2026, 3, 1, 20, 0), Duration.parse("1 wd"), PUBLISHED)  # noqa: DTZ001


def test_the_last_second_is_in_time() -> None:
    limit = at("2026-03-02T23:59:59")
    assert not passed(limit, at("2026-03-02T23:59:59"))
    assert not passed(limit, datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=ZONE))
    assert passed(limit, at("2026-03-03T00:00:00"))
    assert not passed(None, at("2026-03-03T00:00:00"))


def test_in_a_year_that_is_not_published_weekdays_count_without_the_days_off_by_law() -> None:
    assert end("2032-10-01T09:00", "5 wd") == "2032-10-08T23:59:59+08:00"  # Friday 1, then Monday 4 to Friday 8
    assert unknown_years(at("2032-10-01T09:00"), at("2033-01-04T09:00"), PUBLISHED) == (2032, 2033)
    assert unknown_years(at("2026-10-01T09:00"), None, PUBLISHED) == ()


@pytest.mark.parametrize(
    ("start", "duration", "limit"),
    [
        # New Year's Day 2031 is a Wednesday; 1 May 2031 a Thursday and 2 May a Friday; 1-3 October from Wednesday on.
        ("2030-12-31T09:00", "1 wd", "2031-01-02"),
        ("2031-04-30T09:00", "1 wd", "2031-05-05"),
        ("2031-09-30T09:00", "1 wd", "2031-10-06"),  # Mid-Autumn is 1 October that year
        # By the moon: New Year's Eve 2031 is Wednesday 22 January, the first days Thursday to Saturday.
        ("2031-01-21T09:00", "1 wd", "2031-01-27"),
        ("2030-04-04T09:00", "1 wd", "2030-04-08"),  # Qingming 2030: Friday 5 April
        ("2030-06-04T09:00", "1 wd", "2030-06-06"),  # Dragon Boat 2030: Wednesday 5 June
        ("2030-09-11T09:00", "1 wd", "2030-09-13"),  # Mid-Autumn 2030: Thursday 12 September
    ],
)
def test_the_law_fixes_days_off_in_a_year_that_is_not_published(start: str, duration: str, limit: str) -> None:
    assert end(start, duration) == f"{limit}T23:59:59+08:00"


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_days_by_law_are_days_off_in_the_published_calendars_since_the_law_was_revised(year: int) -> None:
    assert len(statutory(year)) == 13
    assert not [day for day in statutory(year) if PUBLISHED.is_working(day)]


def test_a_calendar_that_changes_has_another_fingerprint() -> None:
    assert Calendar().fingerprint() == PUBLISHED.fingerprint()
    known = [Calendar({date(2031, 1, 3): False}), Calendar({date(2031, 1, 3): True}), Calendar(years=frozenset({2031}))]
    assert len({calendar.fingerprint() for calendar in [PUBLISHED, *known]}) == 4


def test_overrides_go_before_the_published_calendar(tmp_path: Path) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text("holidays = [2026-03-09, 2032-10-01]\nworkdays = [2026-03-08]\nyears = [2032]\n")
    calendar = load_calendar(file)
    assert end("2026-03-06T09:00", "1 wd", calendar) == "2026-03-08T23:59:59+08:00"
    assert end("2026-03-06T09:00", "2 wd", calendar) == "2026-03-10T23:59:59+08:00"
    assert end("2032-09-30T09:00", "1 wd", calendar) == "2032-10-04T23:59:59+08:00"
    assert unknown_years(at("2032-10-01T09:00"), None, calendar) == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"holiday": []}, "unknown key"),
        ({"holidays": ["2027-01-01"]}, "list of dates"),
        ({"holidays": [date(2027, 1, 1)], "workdays": [date(2027, 1, 1)]}, "in holidays and in workdays"),
        ({"years": [True]}, "list of years"),
    ],
)
def test_a_wrong_holiday_file_says_what_is_wrong(data: dict[str, object], message: str) -> None:
    with pytest.raises(HolidayFileError, match=message):
        calendar_from(data, "holidays.toml")


def test_a_holiday_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text("holidays = [")
    with pytest.raises(HolidayFileError, match=r"holidays\.toml"):
        load_calendar(file)


@pytest.mark.parametrize("text", ["5 days", "5wd", "-1 wd", "$ wd", "wd", "1.5 wd", "0 wd", "05 wd", "[X] wd"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no limit"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "chinese"),
    [("5 wd", "5个工作日"), ("3 cd", "3日"), ("48 h", "48小时"), ("same day", "当日"), ("$x wd", "[x]个工作日")],
)
def test_a_duration_reads_as_it_is_written(text: str, chinese: str) -> None:
    assert str(Duration.parse(text)) == text
    assert Duration.parse(text).chinese() == chinese


def test_a_figure_that_is_not_filled_in_is_no_limit() -> None:
    with pytest.raises(ValueError, match="consult_days is not filled in"):
        limit_after(at("2026-03-02T09:00"), Duration.parse("$consult_days wd"), PUBLISHED)
