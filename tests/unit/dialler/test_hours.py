"""Calls are made when people may be called: by the clock on the wall, on working days and on days of rest."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialler.rules import Hours, ReasonRules, Rules, Window
from app.matters.clock import Calendar

CITY = ZoneInfo("Asia/Shanghai")
# A zone whose clocks change: on 29 March 2026 there is no half past two.
ELSEWHERE = ZoneInfo("Europe/Berlin")
FOLLOW_UP = ReasonRules(
    working=(Window(time(9), time(12)), Window(time(14), time(20))), rest=(Window(time(10), time(18)),)
)
NIGHT = ReasonRules(working=(Window(time(2, 30), time(4)),), rest=(Window(time(2, 30), time(4)),))
NEVER = ReasonRules(working=())
RULES = Rules({"follow-up": FOLLOW_UP, "urge": NIGHT, "other": NEVER})
# The calendar of 2026 as it is published: off from 1 to 7 October, Saturday the 10th worked.
HOURS = Hours(RULES, Calendar(), CITY)


def at(text: str, zone: ZoneInfo = CITY) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "permitted", "following"),
    [
        ("2026-09-30T08:59:59", False, "2026-09-30T09:00"),
        ("2026-09-30T09:00", True, "2026-09-30T09:00"),
        ("2026-09-30T12:00", False, "2026-09-30T14:00"),
        ("2026-09-30T19:59:59", True, "2026-09-30T19:59:59"),
        ("2026-09-30T20:00", False, "2026-10-01T10:00"),
        ("2026-10-01T09:00", False, "2026-10-01T10:00"),
        ("2026-10-10T09:00", True, "2026-10-10T09:00"),
        ("2026-10-11T09:00", False, "2026-10-11T10:00"),
        ("2026-12-31T23:59:59", False, "2027-01-01T10:00"),
    ],
    ids=[
        "before the morning",
        "at its first second",
        "at noon",
        "at the last second",
        "over midnight into a holiday",
        "a holiday's morning",
        "a made-up Saturday",
        "a Sunday",
        "over the end of a year",
    ],
)
def test_the_next_call_is_made_when_the_day_permits_it(moment: str, permitted: bool, following: str) -> None:
    assert HOURS.permitted("follow-up", at(moment)) is permitted
    assert HOURS.next("follow-up", at(moment)) == at(following)


def test_a_reason_that_no_hour_permits_is_never_dialled() -> None:
    assert HOURS.next("other", at("2026-09-30T09:00")) is None


def test_where_the_clocks_change_the_hours_stay_those_of_the_wall() -> None:
    hours = Hours(RULES, Calendar(), ELSEWHERE)
    found = hours.next("follow-up", at("2026-03-29T04:00", ELSEWHERE))
    assert found == at("2026-03-29T10:00", ELSEWHERE)
    # Half past two is skipped that night: the window begins with the clock's jump.
    assert hours.next("urge", at("2026-03-29T00:30", ELSEWHERE)) is not None


def test_a_day_off_of_the_citys_own_is_a_day_of_rest() -> None:
    hours = Hours(RULES, Calendar({date(2026, 9, 30): False}), CITY)
    assert not hours.permitted("follow-up", at("2026-09-30T09:00"))
    assert hours.permitted("follow-up", at("2026-09-30T10:00"))


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 1), timezones=st.just(CITY))  # noqa: DTZ001 - the zone is added


@given(moments)
def test_the_next_permitted_moment_is_permitted_and_none_before_it_is(moment: datetime) -> None:
    following = HOURS.next("follow-up", moment)
    assert following is not None
    assert following >= moment
    assert HOURS.permitted("follow-up", following)
    if following > moment:
        assert not HOURS.permitted("follow-up", moment)
        assert not HOURS.permitted("follow-up", following - timedelta(microseconds=1))


@pytest.mark.parametrize(("first", "last"), [(time(9), time(9)), (time(18), time(9))])
def test_a_window_that_ends_before_it_begins_is_refused(first: time, last: time) -> None:
    with pytest.raises(ValueError, match="no time of a day"):
        Window(first, last)
