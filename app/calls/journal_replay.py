"""Steps told a second time, by a look at Asterisk or by its journal, although they were seen as they happened. Pure.

Most steps are known by name (`CallEvent.key`). Those that may happen several times are named by their time, and the
second telling has a slightly different one: Asterisk stamps its manager events and its journal separately.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from app.calls.events import CallEvent, Kind

SECOND_HAND = frozenset({"resync", "journal"})
# Apart by less than this, two tellings of the same step are one step.
_SAME_TIME = timedelta(seconds=2)


def untold(events: Sequence[CallEvent], stored: Iterable[CallEvent]) -> list[CallEvent]:
    """The events without those that `stored` tells already. Each stored event accounts for one telling only.

    A caller who presses the same key twice within a moment has pressed two keys.
    """
    told = [event for event in stored if event.source not in SECOND_HAND]
    new = []
    for event in events:
        same = _nearest(event, told) if event.source in SECOND_HAND else None
        if same is None:
            new.append(event)
        else:
            told.remove(same)
    return new


def _nearest(event: CallEvent, told: Sequence[CallEvent]) -> CallEvent | None:
    found = [other for other in told if _same_step(event, other)]
    return min(found, key=lambda other: abs(other.at - event.at), default=None)


def _same_step(event: CallEvent, other: CallEvent) -> bool:
    if (event.call_id, event.kind) != (other.call_id, other.kind):
        return False
    if event.kind is Kind.QUEUED:
        # A look says that the caller waits, not since when; and it does not know the category.
        return event.source == "resync" or abs(event.at - other.at) < _SAME_TIME
    return event.data == other.data and abs(event.at - other.at) < _SAME_TIME
