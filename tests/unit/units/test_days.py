"""Days and times as people and spreadsheets write them."""

from __future__ import annotations

from datetime import date, time

import pytest

from app.units.days import parse_day, parse_time


@pytest.mark.parametrize("written", ["2026-09-05", "2026/9/5", "2026.9.5", "2026年9月5日", "２０２６-9-5 "])
def test_a_day_is_read_as_it_is_written_anywhere(written: str) -> None:
    assert parse_day(written) == date(2026, 9, 5)


@pytest.mark.parametrize("written", ["", "2026-13-40", "9月5日", "5/9/2026", "2026-9-5 8:00", "昨天"])
def test_anything_else_is_no_day_and_says_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match="is not a date: write 2026-09-30"):
        parse_day(written)


@pytest.mark.parametrize(
    ("written", "read"), [("8:00", time(8)), ("08:00:00", time(8)), ("20：30", time(20, 30)), ("8时30分", time(8, 30))]
)
def test_a_time_is_read_as_it_is_written_anywhere(written: str, read: time) -> None:
    assert parse_time(written) == read


def test_only_an_end_may_be_midnight_written_as_24() -> None:
    assert parse_time("24:00", is_end=True) == time()
    assert parse_time("23:59", is_end=True) == time()
    assert parse_time("23:59") == time(23, 59)
    for written, is_end in (("24:00", False), ("24:30", True), ("8", False), ("25:00", True)):
        with pytest.raises(ValueError, match="is not a time of day: write 08:00"):
            parse_time(written, is_end=is_end)
