"""Questions to reports: their days as instants, and what cannot be asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.reports.question import Period, QuestionError, ask, period

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 9, 30)


def test_without_days_the_month_so_far_is_asked_for() -> None:
    question = ask("trends", TODAY)
    assert (question.first_day, question.last_day) == (date(2026, 9, 1), TODAY)


def test_both_days_count_whole_in_the_citys_zone() -> None:
    asked = period(ask("trends", TODAY, first_day=date(2026, 9, 28), last_day=date(2026, 9, 29)), ZONE)
    assert asked == Period(datetime(2026, 9, 28, tzinfo=ZONE), datetime(2026, 9, 30, tzinfo=ZONE))
    assert asked.before == Period(datetime(2026, 9, 26, tzinfo=ZONE), datetime(2026, 9, 28, tzinfo=ZONE))
    assert asked.year_before.since == datetime(2025, 9, 28, tzinfo=ZONE)


def test_a_leap_days_year_before_is_the_28th() -> None:
    asked = period(ask("trends", date(2028, 2, 29), first_day=date(2028, 2, 29)), ZONE)
    assert asked.year_before == Period(datetime(2027, 2, 28, tzinfo=ZONE), datetime(2027, 3, 1, tzinfo=ZONE))


def test_a_future_first_day_alone_is_that_day() -> None:
    question = ask("trends", TODAY, first_day=date(2026, 10, 5))
    assert question.last_day == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"name": "nothing"}, "there is no report 'nothing'; there are rates-by-unit"),
        ({"first_day": date(2026, 9, 2), "last_day": date(2026, 9, 1)}, "from 2026-09-02 is after to 2026-09-01"),
        ({"first_day": date(2000, 1, 1)}, "at most 3660 days"),
        ({"first_day": date(1, 1, 1), "last_day": date(1, 1, 1)}, "between 1950 and 2200"),
        ({"first_day": date.max, "last_day": date.max}, "between 1950 and 2200"),
        ({"name": "answering", "unit": "water"}, "answering cannot be narrowed to a unit"),
        ({"name": "unit-assessment", "category": "consult"}, "cannot be narrowed to a category"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(asked: dict[str, Any], complaint: str) -> None:
    with pytest.raises(QuestionError, match=complaint):
        ask(asked.pop("name", "trends"), TODAY, **asked)


@pytest.mark.parametrize(
    ("narrowed", "told"),
    [
        ({"first_day": date(2026, 9, 3)}, True),
        ({"first_day": date(2026, 9, 4)}, False),
        ({"unit": "water"}, False),
        ({"category": "report_economic"}, False),
    ],
)
def test_confidential_tickets_are_counted_over_four_weeks_and_everything_only(
    narrowed: dict[str, Any], told: bool
) -> None:
    assert ask("trends", TODAY, **narrowed).tells_confidential is told
