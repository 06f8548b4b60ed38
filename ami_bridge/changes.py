"""What can change about a call, one value per kind of change; every one carries the call id and the time.

A party is named by its channel's uniqueid; for a unit's duty phone that is the attempt id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ami_bridge.errands import Outcome

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Change:
    call_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallStarted(_Change):
    """A citizen dialled. Number and name are whatever the network said, possibly empty."""

    node: str
    channel: str
    caller: str = field(repr=False)
    caller_name: str = field(repr=False)
    dialled: str


@dataclass(frozen=True, slots=True)
class CitizenAnswered(_Change):
    """Whom the hotline calls has lifted the telephone."""


@dataclass(frozen=True, slots=True)
class CitizenKey(_Change):
    """Whom the hotline calls is to be let into the room (accepted), or not."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CitizenJoined(_Change):
    """Whom the hotline calls can talk."""


@dataclass(frozen=True, slots=True)
class CitizenUnreached(_Change):
    """A try to reach whom the hotline calls came to nothing; `code` is SIP's final one, 0 where there is none."""

    outcome: Outcome
    code: int


@dataclass(frozen=True, slots=True)
class CallerIdentified(_Change):
    """A trusted network asserts who calls (RFC 3325), or the caller will not be named (RFC 3323, `hidden`).

    What is empty is as it was told before.
    """

    caller: str = field(repr=False)
    hidden: bool
    caller_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyPressed(_Change):
    """The fallback menu reported a key pressed at one of its nodes."""

    menu_node: str
    key: str


@dataclass(frozen=True, slots=True)
class LanguageChosen(_Change):
    """The fallback menu reported the language that it speaks from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class Queued(_Change):
    """The citizen waits for an operator. `position` counts from 1; `language` is empty when none was told."""

    queue: str
    category: str
    position: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class CallerAbandoned(_Change):
    """The citizen hung up while waiting; `CallEnded` follows."""

    position: int
    waited_s: int


@dataclass(frozen=True, slots=True)
class OperatorRinging(_Change):
    """An operator's phone rings for this call."""

    operator: str
    party: str


@dataclass(frozen=True, slots=True)
class OperatorNoAnswer(_Change):
    """An operator let the phone ring, or refused."""

    operator: str
    party: str


@dataclass(frozen=True, slots=True)
class OperatorRingingStopped(_Change):
    """The phone stopped ringing through no fault of the operator: the citizen gave up or another answered."""

    operator: str
    party: str


@dataclass(frozen=True, slots=True)
class OperatorJoined(_Change):
    """Operator and citizen can hear each other."""

    operator: str
    party: str


@dataclass(frozen=True, slots=True)
class OperatorLeft(_Change):
    """An operator who had joined is gone."""

    operator: str
    party: str


@dataclass(frozen=True, slots=True)
class UnitAttemptStarted(_Change):
    """A telephone is being dialled for the call: a duty phone, a colleague's, a supervisor's."""

    attempt: str
    channel: str


@dataclass(frozen=True, slots=True)
class UnitAttemptAnswered(_Change):
    """Somebody, or some machine, lifted the duty phone."""

    attempt: str


@dataclass(frozen=True, slots=True)
class UnitKey(_Change):
    """What the duty officer chose."""

    attempt: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class UnitAttemptFailed(_Change):
    """The attempt ended without anybody joining. `code` is SIP's final code, 0 where there was none."""

    attempt: str
    outcome: Outcome
    code: int = 0


@dataclass(frozen=True, slots=True)
class UnitJoined(_Change):
    """The unit is in the conference."""

    attempt: str


@dataclass(frozen=True, slots=True)
class UnitLeft(_Change):
    """A unit that had joined is gone."""

    attempt: str


@dataclass(frozen=True, slots=True)
class ListenerLeft(_Change):
    """A supervisor listens no more."""

    operator: str
    party: str


@dataclass(frozen=True, slots=True)
class OperatorWanted(_Change):
    """A party of the conference asks for an operator to come (back) to the call."""

    party: str


@dataclass(frozen=True, slots=True)
class Referred(_Change):
    """An operator hands the call over to a number with the telephone's own key; `left`: and is gone already.

    In a conference the telephone is told that it was refused, and the operator is still there.
    """

    operator: str
    party: str
    number: str
    left: bool


@dataclass(frozen=True, slots=True)
class ConferenceEntered(_Change):
    """Citizen or operator arrived in the conference."""

    party: str


@dataclass(frozen=True, slots=True)
class PartyMuted(_Change):
    """A party of the conference was muted or unmuted."""

    party: str
    muted: bool


@dataclass(frozen=True, slots=True)
class PartyTalking(_Change):
    """A party of the conference began or stopped to talk."""

    party: str
    talking: bool


@dataclass(frozen=True, slots=True)
class CallHeld(_Change):
    """The citizen hears music during the conversation (`held`), or no longer does."""

    held: bool


@dataclass(frozen=True, slots=True)
class MessageBegun(_Change):
    """The citizen is leaving a message; its file will say what was said."""

    menu_node: str


@dataclass(frozen=True, slots=True)
class CallbackBooked(_Change):
    """The citizen wants to be called back."""

    menu_node: str


@dataclass(frozen=True, slots=True)
class SatisfactionGiven(_Change):
    """The citizen answered the closing question; empty when no key came."""

    key: str


@dataclass(frozen=True, slots=True)
class CallEnded(_Change):
    """The citizen's channel is gone. `cause` is a Q.850 cause, 0 when unknown."""

    cause: int


@dataclass(frozen=True, slots=True)
class Leg:
    """When one party was bridged with others: exactly the time in which its recorder wrote."""

    party: str
    role: str
    name: str
    bridged: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class CallCleared(_Change):
    """Every channel of the call is gone; nothing more follows. Comes with or after `CallEnded`."""

    legs: tuple[Leg, ...]


Change = (
    CallStarted
    | CitizenAnswered
    | CitizenKey
    | CitizenJoined
    | CitizenUnreached
    | CallerIdentified
    | KeyPressed
    | LanguageChosen
    | Queued
    | CallerAbandoned
    | OperatorRinging
    | OperatorNoAnswer
    | OperatorRingingStopped
    | OperatorJoined
    | OperatorLeft
    | UnitAttemptStarted
    | UnitAttemptAnswered
    | UnitKey
    | UnitAttemptFailed
    | UnitJoined
    | UnitLeft
    | ListenerLeft
    | OperatorWanted
    | Referred
    | ConferenceEntered
    | PartyMuted
    | PartyTalking
    | CallHeld
    | MessageBegun
    | CallbackBooked
    | SatisfactionGiven
    | CallEnded
    | CallCleared
)
