"""Whether a unit told the centre in time that its people changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

from app.matters.clock import ZONE, Calendar, Duration, limit_after, passed

Deadline = Callable[[date], datetime]
"""From the day of a change to the last second for telling of it."""


def deadline_by(within: Duration | None, calendar: Calendar) -> Deadline | None:
    """The deadline that a regulation's `unit_contacts.changes_within` sets; None where it sets none.

    yixing-2011 art. 9: 2 working days.
    """
    if within is None:
        return None
    return lambda day: limit_after(datetime.combine(day, time(), ZONE), within, calendar)


def told_late(happened_on: date, told_at: datetime, deadline: Deadline | None) -> bool:
    """Whether a change of `happened_on`, told at `told_at` (aware), is later than the deadline."""
    return deadline is not None and passed(deadline(happened_on), told_at)
