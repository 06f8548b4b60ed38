"""The record of one call, folded from its events: parties, keys, attempts, times, how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.calls.events import CallEvent, Kind
from app.calls.outgoing import Reached, reached
from ivr.menu import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Party:
    """Who took part: the citizen, an operator, a unit's duty officer."""

    party_id: str
    role: str
    name: str
    joined_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One ring of one duty phone and what came of it."""

    attempt_id: str
    unit_id: str
    unit_name: str
    post: str
    mode: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    trunk: str = ""
    code: int = 0
    kind: str = "unit"


@dataclass(frozen=True, slots=True)
class Leg:
    """What a recorder of one party wrote: its bridged intervals, in order."""

    party_id: str
    role: str
    name: str
    bridged: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything known of one call. Times are aware datetimes.

    `message_at` is when the tone of the first message was played, `callback_at` when a call back was asked for.
    """

    call_id: str
    node: str = ""
    caller: str = ""
    caller_name: str = ""
    dialled: str = ""
    started_at: datetime | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    category: str = ""
    language: str = DEFAULT_LANGUAGE
    keys: tuple[str, ...] = ()
    satisfaction: str | None = None
    message_at: datetime | None = None
    callback_at: datetime | None = None
    parties: Mapping[str, Party] = field(default_factory=dict)
    attempts: Mapping[str, Attempt] = field(default_factory=dict)
    legs: tuple[Leg, ...] = ()
    direction: str = "in"
    asked_unit: str | None = None

    @property
    def outgoing(self) -> bool:
        """Whether the hotline called."""
        return self.direction == "out"

    @property
    def outcome(self) -> str:
        """How it ended, in one word."""
        if self.conversation:
            return "conversation"
        return "not-reached" if self.outgoing else "missed"

    @property
    def far_attempt(self) -> Attempt | None:
        """Of a call that goes out, the last try to reach whom it calls."""
        tries = [attempt for attempt in self.attempts.values() if attempt.kind == "citizen"]
        return tries[-1] if tries else None

    def asks(self, attempt: Attempt) -> bool:
        """Whether this is the telephone of an officer who asked for a call that goes out: nobody was summoned there."""
        far = next((one for one in self.attempts.values() if one.kind == "citizen"), None)
        before = far is None or attempt.started_at <= far.started_at
        return self.outgoing and attempt.kind == "unit" and attempt.unit_id == self.asked_unit and before

    @property
    def reached(self) -> Reached | None:
        """What became of a call that goes out."""
        if not self.outgoing:
            return None
        far = self.far_attempt
        return reached(far.outcome if far else None, tried=far is not None, talked=self.conversation)

    @property
    def conversation(self) -> bool:
        """Whether a person answered."""
        return self.answered_at is not None

    @property
    def missed_reason(self) -> str | None:
        """Where the caller gave up, or None when a person answered."""
        if self.conversation or self.outgoing:
            return None
        return "queue" if self.queued_at else "menu"

    @property
    def waited_seconds(self) -> float:
        """From dialling to the operator's voice, or to giving up."""
        end = self.answered_at or self.ended_at
        return (end - self.started_at).total_seconds() if end and self.started_at else 0.0

    @property
    def operator_id(self) -> str:
        """The operator who took the call first, or empty."""
        return next((party.name for party in self.parties.values() if party.role == "operator"), "")


def fold(call_id: str, events: Iterable[CallEvent]) -> CallRecord:
    """Read the record off the events, in the order they happened."""
    record = CallRecord(call_id)
    for event in sorted(events, key=lambda event: event.at):
        handler = _HANDLERS.get(event.kind)
        if handler:
            record = handler(record, event)
    return record


def _started(record: CallRecord, event: CallEvent) -> CallRecord:
    data = event.data
    # Whom the hotline calls takes part from when they can talk.
    outgoing = data.get("direction") == "out"
    citizen = {} if outgoing else {record.call_id: Party(record.call_id, "citizen", "", event.at)}
    return replace(
        record,
        direction="out" if outgoing else "in",
        asked_unit=data.get("asked_unit"),
        node=data["node"],
        caller=data.get("caller", ""),
        caller_name=data.get("caller_name", ""),
        dialled=data.get("dialled", ""),
        started_at=event.at,
        parties={**citizen, **record.parties},
    )


def _identified(record: CallRecord, event: CallEvent) -> CallRecord:
    data = event.data
    if data["hidden"]:
        return replace(record, caller="", caller_name="")
    return replace(
        record, caller=data["caller"] or record.caller, caller_name=data["caller_name"] or record.caller_name
    )


def _key(record: CallRecord, event: CallEvent) -> CallRecord:
    return replace(record, keys=(*record.keys, str(event.data["key"])))


def _language(record: CallRecord, event: CallEvent) -> CallRecord:
    return replace(record, language=event.data["language"])


def _queued(record: CallRecord, event: CallEvent) -> CallRecord:
    category = event.data.get("category") or record.category
    language = event.data.get("language") or record.language
    return replace(record, queued_at=record.queued_at or event.at, category=category, language=language)


def _operator_joined(record: CallRecord, event: CallEvent) -> CallRecord:
    party = Party(event.data["party"], "operator", event.data["operator"], event.at)
    return replace(
        record,
        answered_at=record.answered_at or _talks_from(record, event),
        parties={**record.parties, party.party_id: party},
    )


def _talks_from(record: CallRecord, event: CallEvent) -> datetime | None:
    """When whoever joins can talk; whoever asked for a call that goes out waits for whom it calls."""
    far = record.far_attempt
    waits = record.outgoing and not (far and far.outcome == "accepted")
    return None if waits else event.at


def _citizen_joined(record: CallRecord, event: CallEvent) -> CallRecord:
    citizen = Party(record.call_id, "citizen", "", event.at)
    return replace(
        record,
        answered_at=record.answered_at or event.at,
        parties={record.call_id: citizen, **record.parties},
    )


def _party_left(record: CallRecord, event: CallEvent) -> CallRecord:
    party_id = event.data.get("party") or event.data["attempt"]
    party = record.parties.get(party_id)
    if party is None:
        return record
    return replace(
        record, parties={**record.parties, party_id: replace(party, left_at=_not_before(event, party.joined_at))}
    )


def _attempt_started(record: CallRecord, event: CallEvent) -> CallRecord:
    data = event.data
    attempt = Attempt(
        data["attempt"],
        data.get("unit", ""),
        data.get("unit_name", ""),
        data.get("post", "A"),
        data.get("mode", "join"),
        event.at,
        trunk=data.get("trunk", ""),
        kind=data.get("kind", "unit"),
    )
    return replace(record, attempts={**record.attempts, attempt.attempt_id: attempt})


def _attempt_changed(record: CallRecord, event: CallEvent, **changes: Any) -> CallRecord:
    attempt = record.attempts.get(event.data["attempt"])
    if attempt is None:
        return record
    return replace(record, attempts={**record.attempts, attempt.attempt_id: replace(attempt, **changes)})


def _attempt_answered(record: CallRecord, event: CallEvent) -> CallRecord:
    return _attempt_changed(record, event, answered_at=event.at)


def _attempt_ended(record: CallRecord, event: CallEvent) -> CallRecord:
    data = event.data
    return _attempt_changed(record, event, ended_at=event.at, outcome=data["outcome"], code=data.get("code", 0))


def _unit_joined(record: CallRecord, event: CallEvent) -> CallRecord:
    attempt = record.attempts.get(event.data["attempt"])
    party = Party(event.data["attempt"], "unit", attempt.unit_id if attempt else "", event.at)
    # 110 may have the caller before any operator has.
    answered = record.answered_at or _talks_from(record, event)
    return replace(record, answered_at=answered, parties={**record.parties, party.party_id: party})


def _satisfaction(record: CallRecord, event: CallEvent) -> CallRecord:
    return replace(record, satisfaction=event.data.get("key") or None)


def _message(record: CallRecord, event: CallEvent) -> CallRecord:
    return replace(record, message_at=record.message_at or event.at)


def _callback(record: CallRecord, event: CallEvent) -> CallRecord:
    return replace(record, callback_at=record.callback_at or event.at)


def _legs(record: CallRecord, event: CallEvent) -> CallRecord:
    return replace(record, legs=tuple(leg_from_dict(leg) for leg in event.data["legs"]))


def _ended(record: CallRecord, event: CallEvent) -> CallRecord:
    parties = {
        party_id: party if party.left_at else replace(party, left_at=_not_before(event, party.joined_at))
        for party_id, party in record.parties.items()
    }
    attempts = {
        attempt_id: attempt
        if attempt.outcome
        else replace(attempt, ended_at=_not_before(event, attempt.started_at), outcome="cancelled")
        for attempt_id, attempt in record.attempts.items()
    }
    return replace(record, ended_at=_not_before(event, record.started_at), parties=parties, attempts=attempts)


def _not_before(event: CallEvent, start: datetime | None) -> datetime:
    """When something ended: never before it began, although two clocks (Asterisk's and ours) tell of it."""
    return max(event.at, start) if start else event.at


def leg_from_dict(value: Mapping[str, Any]) -> Leg:
    """Read one leg of a LEGS event."""
    return Leg(
        value["party"],
        value["role"],
        value["name"],
        tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in value["bridged"]),
    )


_HANDLERS: Mapping[Kind, Callable[[CallRecord, CallEvent], CallRecord]] = {
    Kind.STARTED: _started,
    Kind.IDENTIFIED: _identified,
    Kind.KEY: _key,
    Kind.LANGUAGE: _language,
    Kind.QUEUED: _queued,
    Kind.OPERATOR_JOINED: _operator_joined,
    Kind.OPERATOR_LEFT: _party_left,
    Kind.CITIZEN_JOINED: _citizen_joined,
    Kind.ATTEMPT_STARTED: _attempt_started,
    Kind.ATTEMPT_ANSWERED: _attempt_answered,
    Kind.ATTEMPT_ENDED: _attempt_ended,
    Kind.UNIT_JOINED: _unit_joined,
    Kind.UNIT_LEFT: _party_left,
    Kind.MESSAGE: _message,
    Kind.CALLBACK: _callback,
    Kind.SATISFACTION: _satisfaction,
    Kind.LEGS: _legs,
    Kind.ENDED: _ended,
}
