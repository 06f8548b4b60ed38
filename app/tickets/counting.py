"""How a ticket's limits were counted: from when, how long, and which days did not count. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.matters.clock import DAY, Calendar, Span, local
from app.matters.model import Counted, LimitName, Ticket
from app.tickets.limits import Limits

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Counting:
    """`within` from `since`; `skipped`: days on the way that are not worked, `made_up`: week-ends that are."""

    since: datetime
    within: str
    skipped: tuple[date, ...]
    made_up: tuple[date, ...]


def counting(ticket: Ticket, limits: Limits, calendar: Calendar) -> Mapping[LimitName, Counting]:
    """Of each limit that runs and was counted; a date that somebody named was not."""
    found: dict[LimitName, Counting] = {}
    for name, limit in limits.items():
        counted = limit and _counted(ticket, name, limit)
        if limit and counted:
            found[name] = _told(counted, limit, calendar)
    return found


def _counted(ticket: Ticket, name: LimitName, limit: datetime) -> Counted | None:
    if name is LimitName.DISPATCH_BY:
        return ticket.dispatch_counted
    own = (part for part in ticket.active if getattr(part, name.value, None) == limit)
    return next((part.counted.get(name) for part in own), None)


def _told(counted: Counted, limit: datetime, calendar: Calendar) -> Counting:
    days = tuple(_days(local(counted.since).date(), local(limit).date()))
    if counted.within.span is not Span.WORKING_DAYS:
        days = ()
    return Counting(
        counted.since,
        counted.within.chinese(),
        tuple(day for day in days if not calendar.is_working(day)),
        tuple(day for day in days if calendar.is_working(day) and day.weekday() >= _SATURDAY),
    )


def _days(first: date, last: date) -> Iterator[date]:
    """The days after the first, up to the last."""
    while first < last:
        first += DAY
        yield first
