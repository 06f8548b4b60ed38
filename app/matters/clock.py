"""Limits of the regulations as instants: working days with make-up days, calendar days, same day, hours.

A limit counts from the day after; it ends with the last second of its last day, 23:59:59 in Asia/Shanghai, so a
person who reads the time reads the right day. Nothing here asks what time it is now.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import chinese_calendar
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from app.matters.statutory import STATUTE, statutory

ZONE = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
_END = time(23, 59, 59)


class Span(StrEnum):
    WORKING_DAYS = "wd"
    CALENDAR_DAYS = "cd"
    HOURS = "h"
    SAME_DAY = "same day"


_ZH = {Span.WORKING_DAYS: "个工作日", Span.CALENDAR_DAYS: "日", Span.HOURS: "小时"}
_DURATION = re.compile(r"(?:(?P<number>[1-9]\d{0,3})|\$(?P<setting>[a-z][a-z0-9_]*)) (?P<span>wd|cd|h)")


@dataclass(frozen=True)
class Duration:
    """How long: `5 wd`, `3 cd`, `48 h`, `same day`; `$name wd` until the city's figure `name` is filled in."""

    span: Span
    number: int = 0
    setting: str = ""

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Raises ValueError when the text is none of the four forms."""
        if text == Span.SAME_DAY:
            return cls(Span.SAME_DAY)
        found = _DURATION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no limit; write 5 wd, 3 cd, 48 h or same day")
        return cls(Span(found["span"]), int(found["number"] or 0), found["setting"] or "")

    def __str__(self) -> str:
        if self.span is Span.SAME_DAY:
            return str(self.span)
        return f"{'$' + self.setting if self.setting else self.number} {self.span}"

    def chinese(self) -> str:
        """The limit as people read it, such as 5个工作日."""
        if self.span is Span.SAME_DAY:
            return "当日"
        figure = f"[{self.setting}]" if self.setting else str(self.number)
        return figure + _ZH[self.span]

    @classmethod
    def _read(cls, value: object) -> "Duration":
        if isinstance(value, cls):
            return value
        return cls.parse(value if isinstance(value, str) else str(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


class HolidayFileError(ValueError):
    """The holiday file cannot be used; the message names file, key and remedy."""


@dataclass(frozen=True)
class Calendar:
    """Working days: the State Council's published calendar, with a city's own overrides on top.

    `years` are years that the overrides describe completely although the published calendar does not know them.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Whether the holidays of that year are known; otherwise weekdays are taken, without the days off by law."""
        return year in self.years or _published(date(year, 1, 1)) is not None

    def is_working(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        published = _published(day)
        if published is not None:
            return published
        return day.weekday() < 5 and (day.year in self.years or day not in statutory(day.year))

    def under(self, own: Self) -> Self:
        """This calendar with another's days on top."""
        return replace(self, overrides={**self.overrides, **own.overrides}, years=self.years | own.years)

    def fingerprint(self) -> str:
        """What changes when the calendar does: the city's own days, or the years that the published one knows."""
        own = sorted((day.isoformat(), working) for day, working in self.overrides.items())
        told = (own, sorted(self.years), published_days(), STATUTE)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def after(self, day: date, number: int) -> date:
        """The `number`th working day after `day`."""
        while number:
            day += DAY
            number -= self.is_working(day)
        return day

    def before(self, day: date, number: int) -> date:
        """The `number`th working day before `day`."""
        while number:
            day -= DAY
            number -= self.is_working(day)
        return day


def limit_after(start: datetime, duration: Duration, calendar: Calendar) -> datetime:
    """The last second that is still in time for a limit that starts at `start` (aware).

    Raises ValueError for a naive start or a figure that the city has not filled in.
    """
    if duration.setting:
        raise ValueError(f"the figure {duration.setting} is not filled in")
    start = local(start)
    match duration.span:
        case Span.HOURS:
            return (start + timedelta(hours=duration.number)).replace(microsecond=0)
        case Span.SAME_DAY:
            return end_of(start.date())
        case Span.CALENDAR_DAYS:
            return end_of(start.date() + duration.number * DAY)
        case Span.WORKING_DAYS:
            return end_of(calendar.after(start.date(), duration.number))


def end_of(day: date) -> datetime:
    """The last second of that day."""
    return datetime.combine(day, _END, ZONE)


def local(instant: datetime) -> datetime:
    """The same instant in Asia/Shanghai; raises ValueError when it has no time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(ZONE)


def passed(limit: datetime | None, now: datetime) -> bool:
    """Whether `now` is too late for that limit; its last second is still in time."""
    return limit is not None and now >= limit + SECOND


def unknown_years(start: datetime, end: datetime | None, calendar: Calendar) -> tuple[int, ...]:
    """The years between two instants whose holidays the calendar does not know."""
    last = start if end is None else end
    return tuple(y for y in range(local(start).year, local(last).year + 1) if not calendar.knows(y))


def load_calendar(path: Path | None = None) -> Calendar:
    """The published calendar with the overrides of a `holidays.toml`, if one is given.

    The file has `holidays` and `workdays`, lists of dates, and `years`, the years it describes completely.
    Raises HolidayFileError for anything else.
    """
    if path is None:
        return Calendar()
    try:
        return calendar_from(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HolidayFileError(f"{path}: {error}") from error


def calendar_from(data: Mapping[str, Any], source: str) -> Calendar:
    """A calendar from the parsed contents of a holiday file; raises HolidayFileError."""
    if unknown := sorted(set(data) - {"holidays", "workdays", "years"}):
        raise HolidayFileError(f"{source}: {unknown[0]}: unknown key; use holidays, workdays, years")
    holidays, workdays = (_dates(data.get(key, []), key, source) for key in ("holidays", "workdays"))
    if both := sorted(holidays & workdays):
        raise HolidayFileError(f"{source}: {both[0]} is in holidays and in workdays")
    years = data.get("years", [])
    if not isinstance(years, list) or not all(type(year) is int for year in years):
        raise HolidayFileError(f"{source}: years: a list of years is needed, such as [2027]")
    return Calendar(dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True), frozenset(years))


def _dates(value: object, key: str, source: str) -> frozenset[date]:
    if not isinstance(value, list) or not all(type(day) is date for day in value):
        raise HolidayFileError(f"{source}: {key}: a list of dates is needed, such as [2027-01-01]")
    return frozenset(value)


@lru_cache(maxsize=1)
def published_days() -> str:
    """Every day that the published calendar names, as a digest; it does not change while the program runs."""
    holidays, workdays = chinese_calendar.constants.holidays, chinese_calendar.constants.workdays
    return hashlib.sha256(repr((sorted(holidays), sorted(workdays))).encode()).hexdigest()


@lru_cache(maxsize=8192)
def _published(day: date) -> bool | None:
    """Whether the State Council made it a working day; None for a year that is not published."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
