"""What a restarted service reads in a call's own events, because Asterisk cannot tell it: whom it was ringing, and why.

Pure. An attempt is announced before its telephone is rung (`EventWriter.announce`), so that whatever rings is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ami_bridge.errands import Kind as Whose
from ami_bridge.errands import Summons
from ami_bridge.model import attempt_number
from app.calls.events import CallEvent, Kind
from app.calls.outgoing import far_end


@dataclass(frozen=True, slots=True)
class Told:
    """Of one call: every attempt by its id, those of which no end was told, and how many were made.

    `broken_off` failed, and the telephone that was to ring next was not announced any more. `number` and `far` are whom
    a call that goes out calls; with an attempt id it has been announced there.
    """

    attempts: Mapping[str, Summons] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    broken_off: tuple[str, ...] = ()
    attempts_made: int = 0
    started_at: datetime | None = None
    number: str = field(default="", repr=False)
    far: Summons | None = None


def told_by(events: Iterable[CallEvent]) -> Told:
    """Read the events of one call, in order. What is no attempt, or was written by an older release, is left out."""
    attempts: dict[str, Summons] = {}
    unended: dict[str, None] = {}
    goes_on: dict[str, None] = {}
    made, begun, number, far = 0, None, "", None
    for event in events:
        attempt_id = event.data.get("attempt", "")
        match event.kind:
            case Kind.STARTED if event.data.get("direction") == "out":
                begun, number = event.at, str(event.data.get("caller", ""))
                far = far_end(number, str(event.data.get("whom", "")), str(event.data.get("asked_by", "")))
            case Kind.ATTEMPT_STARTED:
                made = max(made, attempt_number(attempt_id))
                summons = Summons.from_data(event.data)
                if summons.kind is Whose.CITIZEN:
                    summons = far = replace(summons, post=replace(summons.post, phone=number))
                attempts[attempt_id] = summons
                unended[attempt_id] = None
                # The next telephone of the same unit, or the operator's after them: what went before is taken care of.
                for other in [other for other in goes_on if summons.target in _for_whom(attempts[other])]:
                    del goes_on[other]
            case Kind.ATTEMPT_ENDED:
                unended.pop(attempt_id, None)
                if event.data.get("goes_on") and attempt_id in attempts:
                    goes_on[attempt_id] = None
            case _:
                pass
    return Told(attempts, tuple(unended), tuple(goes_on), made, begun, number, far)


def _for_whom(summons: Summons) -> tuple[str, str]:
    return summons.target, summons.back_to
