"""When a report is due that somebody has asked for by mail, and which days it then covers. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, assert_never, get_args
from zoneinfo import ZoneInfo

Rhythm = Literal["day", "week", "month"]
"""Each morning the day before; on Mondays the week before; on the first of a month the month before."""

RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)


def due_after(rhythm: Rhythm, hour: int, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `after` (aware) at which the report is due: `hour` o'clock in the city's zone."""
    day = after.astimezone(zone).date()
    while True:
        due = datetime.combine(day, time(hour), zone)
        if due > after and _begins(rhythm, day):
            return due
        day += timedelta(days=1)


def latest_due(rhythm: Rhythm, hour: int, first: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """Of the moments from `first` on that have come, the last: after an absence one report is told, not all missed."""
    due = first
    while (following := due_after(rhythm, hour, due, zone)) <= now:
        due = following
    return due


def covered(rhythm: Rhythm, due: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day of what ended before the day of `due`."""
    last = due.astimezone(zone).date() - timedelta(days=1)
    match rhythm:
        case "day":
            return last, last
        case "week":
            return last - timedelta(days=6), last
        case "month":
            return last.replace(day=1), last
        case _:
            assert_never(rhythm)


def _begins(rhythm: Rhythm, day: date) -> bool:
    """Whether a period of this rhythm begins with the day."""
    match rhythm:
        case "day":
            return True
        case "week":
            return day.weekday() == 0
        case "month":
            return day.day == 1
        case _:
            assert_never(rhythm)
