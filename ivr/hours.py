"""Service hours: is the hotline open at this moment? Holidays are told, never looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAKE_UP_LIKE = 0
"""A make-up working day (调休) has the hours of Monday."""
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class Span:
    """From minute `start` of the day to before minute `end` (at most 1440)."""

    start: int
    end: int


@dataclass(frozen=True)
class Calendar:
    """The days that differ from the week: public holidays, and weekend days that are worked (调休)."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()


def parse_span(text: object) -> Span:
    """Read `08:30-12:00`. Raises ValueError; a span over midnight is written as two."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'{text!r} is not a time span such as "08:30-12:00"')
    start = int(found[1]) * 60 + int(found[2])
    end = int(found[3]) * 60 + int(found[4])
    if not start < end <= 1440:
        raise ValueError(f"{text!r} does not end after it starts, on the same day")
    return Span(start, end)


def parse_days(text: object) -> tuple[str, ...]:
    """Read `mon-fri` or `sat`. Raises ValueError."""
    first, _, last = str(text).partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise ValueError(f"{text!r} is not a day or a range of days ({', '.join(DAYS)})")
    days = DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
    if not days:
        raise ValueError(f"{text!r} runs backwards")
    return days


def _week(value: Any) -> Any:
    """`{mon-fri: [spans]}` -> the spans of each of the seven days."""
    if not isinstance(value, Mapping):
        raise ValueError("expected days and their spans, such as {mon-fri: [08:30-17:30]}")
    week: dict[str, Any] = {}
    for days, spans in value.items():
        for day in parse_days(days):
            if day in week:
                raise ValueError(f"{day} is given twice")
            week[day] = spans
    return tuple(week.get(day, ()) for day in DAYS)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Asia/Shanghai") from error
    return name


Spans = tuple[Annotated[Span, BeforeValidator(parse_span)], ...]


class Opening(BaseModel):
    """When people answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    week: Annotated[tuple[Spans, ...], BeforeValidator(_week), Field(alias="open")]
    holidays: Literal["closed", "open"] = "closed"


class Hours(Opening):
    """When people answer. Outside of it calls begin at the node `closed`."""

    closed: str


def is_open(hours: Opening, now: datetime, calendar: Calendar) -> bool:
    """Whether people answer at `now`, which must carry its time zone (ValueError otherwise)."""
    if now.tzinfo is None:
        raise ValueError("now must carry its time zone")
    local = now.astimezone(ZoneInfo(hours.timezone))
    today = local.date()
    if today in calendar.holidays and hours.holidays == "closed":
        return False
    day = MAKE_UP_LIKE if today in calendar.make_up_days else local.weekday()
    minute = local.hour * 60 + local.minute
    return any(span.start <= minute < span.end for span in hours.week[day])
