"""Call events: everything that happened on a call, one value per row of `call_events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happened. The comment names the keys of `CallEvent.data`."""

    # node, caller, caller_name, dialled; caller_raw where the network wrote it otherwise; of a call that goes out
    # direction, reason, asked_by, asked_unit, whom, ticket, about, and `caller` is who is called
    STARTED = "started"
    IDENTIFIED = "identified"  # caller, caller_name, hidden: what STARTED did not know; empty: no news
    KEY = "key"  # node (of the menu), key
    LANGUAGE = "language"  # language: the menu speaks it from now on
    MENU_FALLBACK = "menu-fallback"  # menu
    QUEUED = "queued"  # category, queue, language (where it is known)
    OPERATOR_RINGING = "operator-ringing"  # operator
    OPERATOR_NO_ANSWER = "operator-no-answer"  # operator
    OPERATOR_JOINED = "operator-joined"  # operator, party
    OPERATOR_LEFT = "operator-left"  # operator, party
    ATTEMPT_STARTED = "attempt-started"  # trunk, and all that `Summons.as_data` says: attempt, unit, post, mode, …
    ATTEMPT_ANSWERED = "attempt-answered"  # attempt
    ATTEMPT_ENDED = "attempt-ended"  # attempt, outcome, code (SIP's final one, 0: none), goes_on: another post rings
    UNIT_JOINED = "unit-joined"  # attempt
    UNIT_LEFT = "unit-left"  # attempt
    CITIZEN_JOINED = "citizen-joined"  # whom the hotline calls can talk
    OPERATOR_WANTED = "operator-wanted"  # party: who asked for one with the keys of the telephone
    HANDED_OVER = "handed-over"  # operator, whose (its kind) and to: who left, who is to have the citizen
    TRANSFER_REFUSED = "transfer-refused"  # operator, number: the operator's telephone handed over to whom there is not
    CAME_BACK = "came-back"  # why, queue: the citizen waits again, first in the queue
    SUPERVISED = "supervised"  # mode (listen, whisper, join, take), supervisor, party
    MOVED = "moved"  # what, milliseconds
    MUTED = "muted"  # party
    UNMUTED = "unmuted"  # party
    HELD = "held"  # the citizen hears music: by the desk, by the operator's telephone, while others consult
    RESUMED = "resumed"
    RECORDING_PAUSED = "recording-paused"
    RECORDING_RESUMED = "recording-resumed"
    MESSAGE = "message"  # node: the tone was played; what was said is in the message's file
    CALLBACK = "callback"  # node
    FAULT = "fault"  # what: something the service tried and that did not succeed
    SATISFACTION = "satisfaction"  # key
    LEGS = "legs"  # legs: [{party, role, name, bridged: [[start, end], ...]}]
    ENDED = "ended"  # cause; lost where nobody told the end: Asterisk was killed, or the power was cut


# These happen at most once to one party of one call, or only the first time counts: the name alone identifies the step.
_ONCE_PER_CALL = {
    Kind.STARTED,
    Kind.IDENTIFIED,
    Kind.MESSAGE,
    Kind.CALLBACK,
    Kind.SATISFACTION,
    Kind.CITIZEN_JOINED,
    Kind.LEGS,
    Kind.ENDED,
}
_ONCE_PER_PARTY = {
    Kind.OPERATOR_JOINED: "party",
    Kind.OPERATOR_LEFT: "party",
    Kind.ATTEMPT_STARTED: "attempt",
    Kind.ATTEMPT_ANSWERED: "attempt",
    Kind.ATTEMPT_ENDED: "attempt",
    Kind.UNIT_JOINED: "attempt",
    Kind.UNIT_LEFT: "attempt",
}


# What only a service that starts again needs.
_FOR_A_RESTART = frozenset({"remaining", "goes_on", "back_to"})

# The data of ENDED for a call that Asterisk lost; the event's time is the call's last sign of life.
LOST: Mapping[str, Any] = {"cause": 0, "lost": True}


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One step of one call. `at` is an aware datetime; `source` says who told us."""

    call_id: str
    kind: Kind
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    source: str = "ami"

    @property
    def key(self) -> str:
        """Names the step within its call, the same whether learned live, from the spool or from the journal."""
        if self.kind in _ONCE_PER_CALL:
            return self.kind.value
        if self.kind in _ONCE_PER_PARTY:
            return f"{self.kind.value}:{self.data[_ONCE_PER_PARTY[self.kind]]}"
        return f"{self.kind.value}:{self.at.timestamp():.6f}"

    def shown(self) -> dict[str, Any]:
        """As `as_dict`, for people: without the telephones of duty officers that are kept for a restart."""
        told = self.as_dict()
        return told | {"data": {name: value for name, value in told["data"].items() if name not in _FOR_A_RESTART}}

    def as_dict(self) -> dict[str, Any]:
        """A JSON-ready form for the spool."""
        return {
            "call_id": self.call_id,
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "data": dict(self.data),
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> CallEvent:
        """Read what `as_dict` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            value["call_id"],
            Kind(value["kind"]),
            datetime.fromisoformat(value["at"]),
            value["data"],
            value["source"],
        )
