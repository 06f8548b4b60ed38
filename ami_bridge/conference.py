"""Who is in a three-party call and who may do what: a transition table, with no socket and no clock in it.

A restarted service reads the phase off the live model of calls and goes on where it was. Duty phones are summoned
beside the phase: a summons walks through the unit's posts, one attempt (one ringing phone) at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ami_bridge.errands import DUTY, Manner, Mode, Post, Summons


class Phase(StrEnum):
    """Where the citizen and the operator are."""

    ALONE = "alone"  # menu, queue or after the talk: no operator with the citizen
    TALKING = "talking"  # citizen and operator in the queue's own bridge
    CONFERENCE = "conference"  # the citizen is in the conference with operator, units or both
    CONSULT = "consult"  # the citizen hears music, the operator is in the conference
    OVER = "over"  # the citizen is gone


class Signal(StrEnum):
    """What can happen to a three-party call."""

    OPERATOR_JOINED = "operator joined"
    SUMMON_JOIN = "summon to join"
    SUMMON_CONSULT = "summon to consult"
    ACCEPTED_JOIN = "accepted, join"
    ACCEPTED_CONSULT = "accepted, consult"
    HOLD = "hold citizen"
    BRING_CITIZEN = "bring citizen in"
    TRANSFER = "operator hands over"
    OPERATOR_LEFT = "operator left, units remain"
    OPERATOR_LEFT_ALONE = "operator left, nobody remains"
    UNIT_LEFT = "unit left, others remain"
    LAST_UNIT_LEFT = "last unit left, operator remains"
    EVERYBODY_LEFT = "last unit left, nobody remains"
    CITIZEN_LEFT = "citizen left"


class Command(StrEnum):
    """What Asterisk must be told; carried out in the order given."""

    RING = "ring the duty phone"
    MOVE_BOTH = "redirect citizen and operator into the conference"
    MOVE_OPERATOR = "redirect the operator into the conference"
    HOLD_CITIZEN = "redirect the citizen to hold music"
    MOVE_OPERATOR_HOLD_CITIZEN = "redirect operator into the conference and citizen to hold music"
    MOVE_CITIZEN = "redirect the citizen into the conference"
    RELEASE_CITIZEN = "redirect the citizen to the closing question"
    HANG_UP_OPERATOR = "hang up the operator"
    HANG_UP_UNITS = "hang up the units"
    CANCEL_ATTEMPTS = "stop ringing duty phones"


_TALKING, _CONFERENCE, _CONSULT = Phase.TALKING, Phase.CONFERENCE, Phase.CONSULT

# Everything that is allowed; what is not in the table is refused and changes nothing.
TRANSITIONS: Mapping[tuple[Phase, Signal], tuple[Phase, tuple[Command, ...]]] = {
    (Phase.ALONE, Signal.OPERATOR_JOINED): (_TALKING, ()),
    (Phase.ALONE, Signal.CITIZEN_LEFT): (Phase.OVER, (Command.CANCEL_ATTEMPTS,)),
    (_TALKING, Signal.SUMMON_JOIN): (_TALKING, (Command.RING,)),
    (_TALKING, Signal.SUMMON_CONSULT): (_TALKING, (Command.RING,)),
    (_TALKING, Signal.ACCEPTED_JOIN): (_CONFERENCE, (Command.MOVE_BOTH,)),
    (_TALKING, Signal.ACCEPTED_CONSULT): (_CONSULT, (Command.MOVE_OPERATOR_HOLD_CITIZEN,)),
    (_TALKING, Signal.HOLD): (_CONSULT, (Command.MOVE_OPERATOR_HOLD_CITIZEN,)),
    # The queue itself sends the citizen on to the closing question; a unit must not stay behind alone.
    (_TALKING, Signal.OPERATOR_LEFT): (Phase.ALONE, (Command.CANCEL_ATTEMPTS, Command.HANG_UP_UNITS)),
    (_TALKING, Signal.OPERATOR_LEFT_ALONE): (Phase.ALONE, (Command.CANCEL_ATTEMPTS,)),
    (_TALKING, Signal.UNIT_LEFT): (_TALKING, ()),
    (_TALKING, Signal.LAST_UNIT_LEFT): (_TALKING, ()),
    (_TALKING, Signal.CITIZEN_LEFT): (
        Phase.OVER,
        (Command.CANCEL_ATTEMPTS, Command.HANG_UP_UNITS, Command.HANG_UP_OPERATOR),
    ),
    (_CONFERENCE, Signal.SUMMON_JOIN): (_CONFERENCE, (Command.RING,)),
    (_CONFERENCE, Signal.ACCEPTED_JOIN): (_CONFERENCE, ()),
    (_CONFERENCE, Signal.HOLD): (_CONSULT, (Command.HOLD_CITIZEN,)),
    (_CONFERENCE, Signal.TRANSFER): (_CONFERENCE, (Command.HANG_UP_OPERATOR,)),
    (_CONFERENCE, Signal.OPERATOR_LEFT): (_CONFERENCE, ()),
    (_CONFERENCE, Signal.OPERATOR_LEFT_ALONE): (
        Phase.ALONE,
        (Command.CANCEL_ATTEMPTS, Command.RELEASE_CITIZEN),
    ),
    (_CONFERENCE, Signal.UNIT_LEFT): (_CONFERENCE, ()),
    (_CONFERENCE, Signal.LAST_UNIT_LEFT): (_CONFERENCE, ()),
    (_CONFERENCE, Signal.EVERYBODY_LEFT): (Phase.ALONE, (Command.CANCEL_ATTEMPTS, Command.RELEASE_CITIZEN)),
    (_CONFERENCE, Signal.CITIZEN_LEFT): (
        Phase.OVER,
        (Command.CANCEL_ATTEMPTS, Command.HANG_UP_UNITS, Command.HANG_UP_OPERATOR),
    ),
    (_CONSULT, Signal.SUMMON_JOIN): (_CONSULT, (Command.RING,)),
    (_CONSULT, Signal.SUMMON_CONSULT): (_CONSULT, (Command.RING,)),
    (_CONSULT, Signal.ACCEPTED_JOIN): (_CONFERENCE, (Command.MOVE_CITIZEN,)),
    (_CONSULT, Signal.ACCEPTED_CONSULT): (_CONSULT, ()),
    (_CONSULT, Signal.BRING_CITIZEN): (_CONFERENCE, (Command.MOVE_CITIZEN,)),
    (_CONSULT, Signal.TRANSFER): (_CONFERENCE, (Command.MOVE_CITIZEN, Command.HANG_UP_OPERATOR)),
    (_CONSULT, Signal.OPERATOR_LEFT): (_CONFERENCE, (Command.MOVE_CITIZEN,)),
    (_CONSULT, Signal.OPERATOR_LEFT_ALONE): (
        Phase.ALONE,
        (Command.CANCEL_ATTEMPTS, Command.RELEASE_CITIZEN),
    ),
    (_CONSULT, Signal.UNIT_LEFT): (_CONSULT, ()),
    (_CONSULT, Signal.LAST_UNIT_LEFT): (_CONFERENCE, (Command.MOVE_CITIZEN,)),
    (_CONSULT, Signal.EVERYBODY_LEFT): (Phase.ALONE, (Command.CANCEL_ATTEMPTS, Command.RELEASE_CITIZEN)),
    (_CONSULT, Signal.CITIZEN_LEFT): (
        Phase.OVER,
        (Command.CANCEL_ATTEMPTS, Command.HANG_UP_UNITS, Command.HANG_UP_OPERATOR),
    ),
}


class RefusedError(Exception):
    """The action is not possible now; nothing was changed."""

    def __init__(self, phase: Phase, signal: Signal) -> None:
        super().__init__(f"not possible while the call is in phase {phase.value}: {signal.value}")
        self.phase = phase
        self.signal = signal


class ThereAlreadyError(Exception):
    """Who is wanted rings for this call already or takes part in it, as `party_id`; nothing was changed."""

    def __init__(self, whom: str, party_id: str, *, ringing: bool) -> None:
        super().__init__(f"{whom} {'is ringing' if ringing else 'takes part'} already as {party_id}")
        self.party_id = party_id
        self.ringing = ringing


@dataclass(frozen=True, slots=True)
class ThreeParty:
    """One call's three-party state. `units` are the attempts now in the conference and whom they are of."""

    call_id: str
    phase: Phase = Phase.ALONE
    operator_present: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    summons: Mapping[str, Summons] = field(default_factory=dict)
    attempts_made: int = 0


Step = tuple[ThreeParty, tuple[Command, ...]]


def step(state: ThreeParty, signal: Signal) -> Step:
    """Look the signal up in the table. Raises RefusedError, leaving the state as it was."""
    found = TRANSITIONS.get((state.phase, signal))
    if found is None:
        raise RefusedError(state.phase, signal)
    phase, commands = found
    return replace(state, phase=phase), commands


def operator_joined(state: ThreeParty) -> Step:
    """The queue bridged an operator with the citizen."""
    return step(replace(state, operator_present=True), Signal.OPERATOR_JOINED)


def summon(
    state: ThreeParty, target: str, name: str, mode: Mode, posts: tuple[Post, ...], manner: Manner = DUTY
) -> tuple[ThreeParty, Summons]:
    """Ring the first of somebody's telephones: a unit's posts, a service number's line.

    Raises ThereAlreadyError, RefusedError, or ValueError when there is no telephone.
    """
    if not posts:
        raise ValueError(f"{target} has no telephone now")
    summons = Summons(manner, target, name, mode, "", posts[0], posts[1:])
    _not_twice(state, summons.whom)
    if mode is Mode.CONSULT and state.phase is Phase.CONFERENCE:
        raise RefusedError(state.phase, Signal.SUMMON_CONSULT)
    signal = Signal.SUMMON_JOIN if mode is Mode.JOIN else Signal.SUMMON_CONSULT
    state, _ = step(state, signal)
    return _ring(state, summons)


def attempt_failed(state: ThreeParty, attempt_id: str) -> tuple[ThreeParty, Summons | None]:
    """The attempt came to nothing: ring the next post, or None when the unit could not be reached."""
    summons = state.summons.get(attempt_id)
    if summons is None:
        return state, None
    state = _without(state, attempt_id)
    if not summons.remaining or state.phase in {Phase.ALONE, Phase.OVER}:
        return state, None
    post, *remaining = summons.remaining
    return _ring(state, replace(summons, post=post, remaining=tuple(remaining)))


def accepted(state: ThreeParty, attempt_id: str) -> Step:
    """The duty officer pressed 1: the unit is on its way into the conference by itself."""
    summons = state.summons.get(attempt_id)
    mode = summons.mode if summons else Mode.JOIN
    signal = Signal.ACCEPTED_JOIN if mode is Mode.JOIN else Signal.ACCEPTED_CONSULT
    moved, commands = step(state, signal)
    whom = summons.whom if summons else ""
    return replace(_without(moved, attempt_id), units={**state.units, attempt_id: whom}), commands


def unit_left(state: ThreeParty, attempt_id: str) -> Step:
    """A unit that was in the conference hung up or was dropped."""
    if attempt_id not in state.units:
        return state, ()
    state = replace(state, units={unit: whom for unit, whom in state.units.items() if unit != attempt_id})
    if state.phase in {Phase.ALONE, Phase.OVER}:
        return state, ()
    return step(state, _unit_signal(state))


def operator_left(state: ThreeParty) -> Step:
    """The operator hung up, was dropped or handed over."""
    if not state.operator_present:
        return state, ()
    state = replace(state, operator_present=False)
    if state.phase in {Phase.ALONE, Phase.OVER}:
        return state, ()
    moved, commands = step(state, Signal.OPERATOR_LEFT if state.units else Signal.OPERATOR_LEFT_ALONE)
    return _forget_cancelled(moved, commands), commands


def citizen_left(state: ThreeParty) -> Step:
    """The citizen hung up: everything that belongs to the call ends."""
    if state.phase is Phase.OVER:
        return state, ()
    moved, commands = step(state, Signal.CITIZEN_LEFT)
    return _forget_cancelled(moved, commands), commands


def transfer(state: ThreeParty) -> Step:
    """The operator leaves the other two talking (转接). Raises RefusedError when no unit would remain."""
    if not state.units or not state.operator_present:
        raise RefusedError(state.phase, Signal.TRANSFER)
    return step(state, Signal.TRANSFER)


def attempt_number(attempt_id: str) -> int:
    """Which of its call's attempts this is, from 1. Raises ValueError for what is no attempt's id."""
    return int(attempt_id.rpartition("-u")[2])


def _not_twice(state: ThreeParty, whom: str) -> None:
    for attempt_id, summons in state.summons.items():
        if summons.whom == whom:
            raise ThereAlreadyError(whom, attempt_id, ringing=True)
    for attempt_id, inside in state.units.items():
        if inside == whom:
            raise ThereAlreadyError(whom, attempt_id, ringing=False)


def _ring(state: ThreeParty, wanted: Summons) -> tuple[ThreeParty, Summons]:
    number = state.attempts_made + 1
    summons = replace(wanted, attempt_id=f"{state.call_id}-u{number}")
    return (
        replace(state, attempts_made=number, summons={**state.summons, summons.attempt_id: summons}),
        summons,
    )


def _without(state: ThreeParty, attempt_id: str) -> ThreeParty:
    return replace(state, summons={k: v for k, v in state.summons.items() if k != attempt_id})


def _forget_cancelled(state: ThreeParty, commands: tuple[Command, ...]) -> ThreeParty:
    """A cancelled summons must not go on to the next post when its phone stops ringing."""
    if Command.CANCEL_ATTEMPTS not in commands:
        return state
    return replace(state, summons={k: replace(v, remaining=()) for k, v in state.summons.items()})


def _unit_signal(state: ThreeParty) -> Signal:
    if state.units:
        return Signal.UNIT_LEFT
    return Signal.LAST_UNIT_LEFT if state.operator_present else Signal.EVERYBODY_LEFT
