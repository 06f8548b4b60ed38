"""Whether a unit told the centre in time that its people changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

Deadline = Callable[[date], datetime]
"""From the day of a change to the last moment for reporting it, by the regulation's working-day clock."""


def told_late(happened_on: date, told_at: datetime, deadline: Deadline | None) -> bool:
    """Whether a change of `happened_on`, told at `told_at` (aware), is later than the regulation allows.

    yixing-2011 art. 9: 2 working days. `deadline` None: the regulation sets no limit, nothing is late.
    """
    return deadline is not None and told_at > deadline(happened_on)
