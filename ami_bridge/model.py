"""A call as it is now, everybody in it, and the index of all calls.

`Call` and `Party` are immutable, so anybody may keep them; `Calls` is the index that `ami_bridge.calls.fold` moves on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ami_bridge.changes import Interval

# The context where a citizen's call enters the dialplan (docs/architecture.md, dialplan contract).
CITIZEN_CONTEXT = "from-trunk"
# `<call id>-<letter><n>`, the letter of `ami_bridge.errands.attempt_letter`.
_ATTEMPT = re.compile(r"(.+)-([uovc])([0-9]+)")
# A call that goes out has an id of ours before there is any channel: `<node>-out<milliseconds>.<n>`.
_OUTGOING = re.compile(r".+-out[0-9]+\.[0-9]+")


class Role(StrEnum):
    """What a party of a call is."""

    CITIZEN = "citizen"
    OPERATOR = "operator"
    UNIT = "unit"
    LISTENER = "listener"  # a supervisor who takes no part in the talk


class State(StrEnum):
    """Where the citizen is."""

    CALLING = "calling"  # a call that goes out: not there yet
    MENU = "menu"  # with nobody but the dialplan or the service
    QUEUED = "queued"
    TALKING = "talking"
    CONFERENCE = "conference"
    HELD = "held"
    AFTER = "after"  # everybody else has left; the closing question
    ENDED = "ended"  # the citizen is gone, others are still being hung up


_ATTEMPT_ROLES = {"u": Role.UNIT, "o": Role.OPERATOR, "v": Role.LISTENER, "c": Role.CITIZEN}


@dataclass(frozen=True, slots=True)
class Party:
    """One channel of a call. `name` is the operator id, or empty; `joined_at` is when it first could talk."""

    uniqueid: str
    role: Role
    name: str
    channel: str
    answered: bool = False
    key: str = ""
    refused: bool = False
    joined_at: datetime | None = None
    in_conference: bool = False
    muted: bool = False
    bridged_since: datetime | None = None
    bridged: tuple[Interval, ...] = ()
    gone: bool = False

    @property
    def present(self) -> bool:
        """Whether the party takes part in the conversation now."""
        return self.joined_at is not None and not self.gone


@dataclass(frozen=True, slots=True)
class Call:
    """One citizen's call and everybody in it, by uniqueid. Times are aware datetimes."""

    call_id: str
    node: str
    caller: str = field(repr=False)
    caller_name: str = field(repr=False)
    dialled: str
    started_at: datetime
    state: State = State.MENU
    queue: str = ""
    category: str = ""
    language: str = ""
    identified: bool = False  # the network has said who calls, or that nobody is to know
    message_begun: bool = False
    callback_booked: bool = False
    parties: Mapping[str, Party] = field(default_factory=dict)

    @property
    def outgoing(self) -> bool:
        """Whether the hotline calls. Then the citizen is a party without a channel until it rings there."""
        return is_outgoing(self.call_id)

    @property
    def citizen(self) -> Party:
        """The citizen's own channel."""
        return self.parties[self.call_id]

    @property
    def operator(self) -> Party | None:
        """The operator who talks now."""
        return next((p for p in self.parties.values() if p.role is Role.OPERATOR and p.present), None)

    @property
    def units(self) -> tuple[Party, ...]:
        """The units that talk now."""
        return tuple(p for p in self.parties.values() if p.role is Role.UNIT and p.present)

    @property
    def conversing(self) -> bool:
        """Whether anybody but the citizen talks now."""
        return any(party.present for party in self.parties.values() if party is not self.citizen)

    @property
    def ringing(self) -> tuple[Party, ...]:
        """Operators' and duty phones that have not joined yet."""
        return tuple(p for p in self.parties.values() if p.joined_at is None and not p.gone and p is not self.citizen)


class Calls(Mapping[str, Call]):
    """All living calls by call id."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._call_ids: dict[str, str] = {}
        self._queues: dict[tuple[str, str], list[str]] = {}

    def __getitem__(self, call_id: str) -> Call:
        return self._calls[call_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def of_channel(self, uniqueid: str) -> Call | None:
        """The call that a channel belongs to."""
        return self._calls.get(self._call_ids.get(uniqueid, ""))

    def position(self, call: Call) -> int | None:
        """The place in the queue, from 1, or None when the citizen does not wait."""
        waiting = self._queues.get((call.node, call.queue), ())
        return waiting.index(call.call_id) + 1 if call.call_id in waiting else None

    def put(self, call: Call) -> Call:
        """Keep the call as it is now."""
        self._calls[call.call_id] = call
        return call

    def put_party(self, call: Call, party: Party) -> Call:
        """Keep the call with this party as it is now."""
        self._call_ids[party.uniqueid] = call.call_id
        return self.put(replace(call, parties={**call.parties, party.uniqueid: party}))

    def drop_party(self, call: Call, uniqueid: str) -> Call:
        """Forget a party that never joined."""
        self._call_ids.pop(uniqueid, None)
        return self.put(replace(call, parties={k: p for k, p in call.parties.items() if k != uniqueid}))

    def drop(self, call: Call) -> None:
        """Forget a call and its channels."""
        self.stop_waiting(call)
        for uniqueid in call.parties:
            self._call_ids.pop(uniqueid, None)
        del self._calls[call.call_id]

    def wait(self, call: Call, position: int) -> None:
        """Put the citizen into the queue that `call.queue` names."""
        self._queues.setdefault((call.node, call.queue), []).insert(position - 1, call.call_id)

    def stop_waiting(self, call: Call) -> None:
        """Take the citizen out of the queue."""
        waiting = self._queues.get((call.node, call.queue), [])
        if call.call_id in waiting:
            waiting.remove(call.call_id)


def outgoing_id(node: str, at: datetime, number: int) -> str:
    """The id of a call that goes out; `number` tells apart what one service begins in the same millisecond."""
    return f"{node}-out{int(at.timestamp() * 1000)}.{number}"


def is_outgoing(call_id: str) -> bool:
    """Whether the hotline calls, as the id says."""
    return _OUTGOING.fullmatch(call_id) is not None


def outgoing_call(call_id: str, node: str, number: str, at: datetime) -> Call:
    """A call that goes out, as it begins: nobody is there yet."""
    citizen = Party(call_id, Role.CITIZEN, "", "")
    return Call(call_id, node, number, "", "", at, State.CALLING, identified=True, parties={call_id: citizen})


def party_of(uniqueid: str) -> str:
    """Who is on a channel: whom the hotline calls is the call's citizen, whichever try it was that reached them.

    Their channel cannot have the call's own id: Asterisk gives no id with which that of another channel begins
    (channel.c, `does_id_conflict`), and the asker's is there first.
    """
    found = _ATTEMPT.fullmatch(uniqueid)
    return found[1] if found and _ATTEMPT_ROLES[found[2]] is Role.CITIZEN else uniqueid


def call_of(uniqueid: str, linkedid: str) -> str:
    """The call that a channel belongs to. Of a call that goes out the oldest channel, which gives the linkedid, is not
    the citizen's (linkedid: Asterisk's documentation, "Unique IDs").
    """
    if is_outgoing(uniqueid):
        return uniqueid
    return attempt_call_id(uniqueid) or attempt_call_id(linkedid) or linkedid


def attempt_call_id(uniqueid: str) -> str | None:
    """The call id within an attempt id, or None for any other uniqueid."""
    found = _ATTEMPT.fullmatch(uniqueid)
    return found[1] if found else None


def attempt_number(attempt_id: str) -> int:
    """Which of its call's attempts this is, from 1. Raises ValueError for what is no attempt's id."""
    found = _ATTEMPT.fullmatch(attempt_id)
    if found is None:
        raise ValueError(f"not an attempt: {attempt_id!r}")
    return int(found[3])


def attempt_role(attempt_id: str) -> Role:
    """What whoever is rung is in the call. Raises ValueError for what is no attempt's id."""
    found = _ATTEMPT.fullmatch(attempt_id)
    if found is None:
        raise ValueError(f"not an attempt: {attempt_id!r}")
    return _ATTEMPT_ROLES[found[2]]
