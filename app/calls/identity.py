"""Who calls, as the record keeps it: the number in its one form, beside it what the network really said. Pure."""

from __future__ import annotations

from dataclasses import replace

from app.calls.events import CallEvent, Kind
from app.numbers import caller_number

_TELLS_THE_CALLER = frozenset({Kind.STARTED, Kind.IDENTIFIED})


def numbered(event: CallEvent, area_code: str) -> CallEvent:
    """The event with its caller in the one form; a number that was written otherwise is kept as `caller_raw`."""
    said = str(event.data.get("caller") or "")
    if event.kind not in _TELLS_THE_CALLER or not said:
        return event
    number = caller_number(said, area_code)
    data = {**event.data, "caller": number}
    if not number and event.kind is Kind.STARTED:
        data["caller_name"] = ""
    if number and number != said:
        data["caller_raw"] = said
    return replace(event, data=data)
