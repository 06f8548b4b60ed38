"""Reports by mail are due when their period has ended, in the city's time, and cover each day once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.rhythm import RHYTHMS, Rhythm, covered, due_after, latest_due

CITY = ZoneInfo("Asia/Shanghai")
# A zone whose clocks change, to see that hours are those of the wall.
ELSEWHERE = ZoneInfo("Europe/Berlin")

rhythms = st.sampled_from(RHYTHMS)
hours = st.integers(0, 23)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.sampled_from([CITY, ELSEWHERE]))  # noqa: DTZ001 - hypothesis adds the zone


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


@pytest.mark.parametrize(
    ("rhythm", "asked", "due", "first", "last"),
    [
        ("day", "2026-09-30T07:59", "2026-09-30T08:00", "2026-09-29", "2026-09-29"),
        ("day", "2026-09-30T08:00", "2026-10-01T08:00", "2026-09-30", "2026-09-30"),
        ("week", "2026-09-30T12:00", "2026-10-05T08:00", "2026-09-28", "2026-10-04"),
        ("month", "2026-12-15T12:00", "2027-01-01T08:00", "2026-12-01", "2026-12-31"),
        ("month", "2028-02-10T12:00", "2028-03-01T08:00", "2028-02-01", "2028-02-29"),
    ],
)
def test_a_report_comes_when_its_days_are_over(rhythm: Rhythm, asked: str, due: str, first: str, last: str) -> None:
    found = due_after(rhythm, 8, at(asked), CITY)
    assert found == at(due)
    assert covered(rhythm, found, CITY) == (date.fromisoformat(first), date.fromisoformat(last))


@given(rhythms, hours, moments)
def test_each_day_is_in_one_report_and_none_is_left_out(rhythm: Rhythm, hour: int, start: datetime) -> None:
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    dues = [due_after(rhythm, hour, start, zone)]
    for _ in range(14):
        dues.append(due_after(rhythm, hour, dues[-1], zone))
    assert dues[0] > start
    for before, after in pairwise(dues):
        assert covered(rhythm, after, zone)[0] == covered(rhythm, before, zone)[1] + timedelta(days=1)
    for due in dues:
        first, last = covered(rhythm, due, zone)
        assert first <= last < due.astimezone(zone).date()


@given(rhythms, hours, moments, st.timedeltas(timedelta(0), timedelta(days=100)))
def test_after_an_absence_the_latest_is_told(rhythm: Rhythm, hour: int, start: datetime, away: timedelta) -> None:
    first = due_after(rhythm, hour, start, CITY)
    now = first + away
    due = latest_due(rhythm, hour, first, now, CITY)
    assert first <= due <= now < due_after(rhythm, hour, due, CITY)
