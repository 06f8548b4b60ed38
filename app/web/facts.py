"""What is known of a call in progress beside where everybody is: a fold over its events. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ami_bridge.errands import LISTENING, STAFF
from app.calls.events import CallEvent, Kind


@dataclass(frozen=True, slots=True)
class Facts:
    """`attempts`: every ring of a duty phone in order, by its id. `operators`: all who ever took part.

    `ringing`: the operators whose telephones ring now. `outgoing`: why the hotline calls, for whom, about what.
    `protected`: and that whom is not for everybody to see.
    """

    started_at: datetime | None = None
    caller: str = ""
    caller_name: str = ""
    dialled: str = ""
    node: str = ""
    keys: tuple[str, ...] = ()
    category: str = ""
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    operators: tuple[str, ...] = ()
    operator_id: str | None = None
    ringing: tuple[str, ...] = ()
    attempts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outgoing: Mapping[str, Any] = field(default_factory=dict)
    protected: bool = False
    recording: bool = True

    @property
    def units(self) -> frozenset[str]:
        """The units that were rung."""
        return frozenset(str(attempt["unit_id"]) for attempt in self.attempts.values() if attempt["kind"] == "unit")

    def as_dict(self) -> dict[str, Any]:
        """For the screens."""
        return {
            "started_at": self.started_at,
            "caller": self.caller,
            "caller_name": self.caller_name,
            "dialled": self.dialled,
            "node": self.node,
            "keys": list(self.keys),
            "category": self.category,
            "queued_at": self.queued_at,
            "answered_at": self.answered_at,
            "operator_id": self.operator_id,
            "ringing": list(self.ringing),
            "attempts": list(self.attempts.values()),
            "direction": "out" if self.outgoing else "in",
            **self.outgoing,
            "recording": self.recording,
        }


def heard(facts: Facts, event: CallEvent) -> Facts:
    """The facts after one more event; of most events they know nothing."""
    handler = _HANDLERS.get(event.kind)
    return handler(facts, event) if handler else facts


def _started(facts: Facts, event: CallEvent) -> Facts:
    def told(name: str) -> str:
        return str(event.data.get(name, ""))

    return replace(
        facts,
        started_at=event.at,
        caller=told("caller"),
        caller_name=told("caller_name"),
        dialled=told("dialled"),
        node=told("node"),
        outgoing=_outgoing(event.data),
        protected=bool(event.data.get("protected")),
    )


def _outgoing(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if data.get("direction") != "out":
        return {}
    names = {"reason": "reason", "asked_by": "asked_by", "about_ticket": "ticket", "about_call": "about"}
    return {name: data.get(told) for name, told in names.items()}


def _key(facts: Facts, event: CallEvent) -> Facts:
    return replace(facts, keys=(*facts.keys, str(event.data.get("key", ""))))


def _queued(facts: Facts, event: CallEvent) -> Facts:
    category = str(event.data.get("category") or facts.category)
    return replace(facts, queued_at=facts.queued_at or event.at, category=category)


def _operator_ringing(facts: Facts, event: CallEvent) -> Facts:
    return _rings(facts, str(event.data.get("operator", "")))


def _rings(facts: Facts, operator: str) -> Facts:
    return replace(_took_part(facts, operator), ringing=(*_others(facts.ringing, operator), operator))


def _operator_no_answer(facts: Facts, event: CallEvent) -> Facts:
    return replace(facts, ringing=_others(facts.ringing, str(event.data.get("operator", ""))))


def _operator_joined(facts: Facts, event: CallEvent) -> Facts:
    operator = str(event.data.get("operator", ""))
    known = replace(_took_part(facts, operator), ringing=_others(facts.ringing, operator))
    # Whoever asked for a call that goes out waits for whom it calls.
    answered = known.answered_at or (None if known.outgoing else event.at)
    return replace(known, answered_at=answered, operator_id=operator)


def _citizen_joined(facts: Facts, event: CallEvent) -> Facts:
    return replace(facts, answered_at=facts.answered_at or event.at)


def _took_part(facts: Facts, operator: str) -> Facts:
    return facts if operator in facts.operators else replace(facts, operators=(*facts.operators, operator))


def _others(operators: tuple[str, ...], operator: str) -> tuple[str, ...]:
    return tuple(one for one in operators if one != operator)


def _operator_left(facts: Facts, event: CallEvent) -> Facts:
    return replace(facts, operator_id=None) if event.data.get("operator") == facts.operator_id else facts


def _recording(facts: Facts, event: CallEvent) -> Facts:
    return replace(facts, recording=event.kind is Kind.RECORDING_RESUMED)


def _attempt_started(facts: Facts, event: CallEvent) -> Facts:
    data, name = event.data, str(event.data.get("attempt", ""))
    if data.get("mode") in LISTENING:
        # Who listens in is on nobody's board.
        return facts
    if data.get("kind") in STAFF:
        # Their own screen shows the call that rings for them.
        facts = _rings(facts, str(data.get("post", "")))
    made = {
        "attempt_id": name,
        "kind": str(data.get("kind", "unit")),
        "unit_id": str(data.get("unit", "")),
        "unit_name": str(data.get("unit_name", "")),
        "post": str(data.get("post", "")),
        "mode": str(data.get("mode", "")),
        "started_at": event.at,
        "answered_at": None,
        "ended_at": None,
        "outcome": None,
    }
    return replace(facts, attempts={**facts.attempts, name: made})


def _attempt_answered(facts: Facts, event: CallEvent) -> Facts:
    return _attempt_changed(facts, event, {"answered_at": event.at})


def _attempt_ended(facts: Facts, event: CallEvent) -> Facts:
    made = facts.attempts.get(str(event.data.get("attempt", "")), {})
    if made.get("kind") in STAFF:
        facts = replace(facts, ringing=_others(facts.ringing, str(made["post"])))
    return _attempt_changed(facts, event, {"ended_at": event.at, "outcome": event.data.get("outcome")})


def _attempt_changed(facts: Facts, event: CallEvent, changed: Mapping[str, Any]) -> Facts:
    name = str(event.data.get("attempt", ""))
    if name not in facts.attempts:
        return facts
    return replace(facts, attempts={**facts.attempts, name: {**facts.attempts[name], **changed}})


_HANDLERS: Mapping[Kind, Callable[[Facts, CallEvent], Facts]] = {
    Kind.STARTED: _started,
    Kind.KEY: _key,
    Kind.QUEUED: _queued,
    Kind.OPERATOR_RINGING: _operator_ringing,
    Kind.OPERATOR_NO_ANSWER: _operator_no_answer,
    Kind.OPERATOR_JOINED: _operator_joined,
    Kind.OPERATOR_LEFT: _operator_left,
    Kind.CITIZEN_JOINED: _citizen_joined,
    Kind.RECORDING_PAUSED: _recording,
    Kind.RECORDING_RESUMED: _recording,
    Kind.ATTEMPT_STARTED: _attempt_started,
    Kind.ATTEMPT_ANSWERED: _attempt_answered,
    Kind.ATTEMPT_ENDED: _attempt_ended,
}
