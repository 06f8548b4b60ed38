"""A question to a report, checked: which report, which days, narrowed to which unit or category. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.reports.catalogue import REPORTS, Report

MOST_DAYS = 3660
EARLIEST, LATEST = 1950, 2200
_COUNTED_DAYS = 28


class QuestionError(ValueError):
    """The question cannot be answered; the text says what is wrong with it and what would do."""


@dataclass(frozen=True, slots=True)
class Question:
    """`first_day` and `last_day` are days in the city's time zone, and both count."""

    report: Report
    first_day: date
    last_day: date
    unit: str | None = None
    category: str | None = None

    @property
    def tells_confidential(self) -> bool:
        """Whether confidential tickets are counted: only all of them, over four weeks or more, so that none shows."""
        days = (self.last_day - self.first_day).days + 1
        return self.unit is None and self.category is None and days >= _COUNTED_DAYS


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time: aware instants, `until` no longer counts."""

    since: datetime
    until: datetime

    @property
    def before(self) -> Period:
        """The period of the same length just before."""
        return Period(self.since - (self.until - self.since), self.since)

    @property
    def year_before(self) -> Period:
        """The same period a year before; what began on 29 February begins on the 28th."""
        return Period(_year_before(self.since), _year_before(self.until))


def ask(
    name: str,
    today: date,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    unit: str | None = None,
    category: str | None = None,
) -> Question:
    """Put a question: without days, the month so far. Raises QuestionError."""
    report = REPORTS.get(name)
    if report is None:
        raise QuestionError(f"there is no report {name!r}; there are {', '.join(REPORTS)}")
    last = last_day or max(today, first_day or today)
    first = first_day or last.replace(day=1)
    if first > last:
        raise QuestionError(f"from {first} is after to {last}")
    if (last - first).days >= MOST_DAYS or first.year < EARLIEST or last.year > LATEST:
        raise QuestionError(f"a report covers at most {MOST_DAYS} days between {EARLIEST} and {LATEST}")
    for wanted, value in (("unit", unit), ("category", category)):
        if value is not None and wanted not in report.filters:
            raise QuestionError(f"the report {name} cannot be narrowed to a {wanted}")
    return Question(report, first, last, unit, category)


def period(question: Question, zone: ZoneInfo) -> Period:
    """The question's days as instants."""
    return Period(_midnight(question.first_day, zone), _midnight(question.last_day + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _year_before(at: datetime) -> datetime:
    try:
        return at.replace(year=at.year - 1)
    except ValueError:
        return at.replace(year=at.year - 1, day=28)
