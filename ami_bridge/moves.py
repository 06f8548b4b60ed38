"""From one arrangement to another: what Asterisk is told, in an order in which nobody is alone in silence between.

Pure. First people are moved, then telephones ring, then people are hung up: a citizen is never left in a place that is
about to be empty. The citizen is never hung up here, but for one who is being called and has not answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ami_bridge.arrangement import Arrangement, Other, Place
from ami_bridge.errands import Summons


class Where(StrEnum):
    """Where a channel is in Asterisk."""

    ROOM = "room"  # the call's ConfBridge
    BRIDGE = "bridge"  # the queue's own bridge of citizen and operator
    HOLD = "hold"
    QUEUE = "queue"
    OFFER = "offer"  # an operator is offered, then the closing question
    AFTER = "after"
    NOWHERE = "nowhere"  # nothing that we send anybody to


@dataclass(frozen=True, slots=True)
class Move:
    """Send the citizen somewhere."""

    to: Where


@dataclass(frozen=True, slots=True)
class MoveBoth:
    """Send the citizen somewhere and the operator into the room, at the same moment."""

    to: Where
    operator_id: str


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring a telephone."""

    summons: Summons


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up one party, or stop its ringing."""

    party_id: str


Step = Move | MoveBoth | Ring | HangUp


def moves(before: Arrangement, after: Arrangement) -> tuple[Step, ...]:
    """The difference between the two, in order. Parties that `after` does not have left by themselves."""
    return (*_relocations(before, after), *_rings(before, after), *_hang_ups(before, after))


def where(a: Arrangement) -> Where:
    """Where the citizen's channel is."""
    match a.citizen:
        case Place.TALK:
            return Where.ROOM if a.in_room else Where.BRIDGE
        case Place.HOLD:
            return Where.HOLD
        case Place.QUEUE:
            return Where.QUEUE
        case Place.AFTER:
            return Where.OFFER if a.offered else Where.AFTER
        case _:
            return Where.NOWHERE


def _relocations(before: Arrangement, after: Arrangement) -> Iterator[Step]:
    origin, target = where(before), where(after)
    if target in {origin, Where.NOWHERE, Where.BRIDGE}:
        return
    # Who is called enters the room by answering.
    if before.citizen is Place.RINGING and target is Where.ROOM:
        return
    # The queue itself sends the citizen on when its operator has left.
    if origin is Where.BRIDGE and target in {Where.AFTER, Where.OFFER}:
        return
    stays = next((other for other in after.inside if _in_bridge(before, other)), None)
    yield MoveBoth(target, stays.party_id) if stays and target in {Where.ROOM, Where.HOLD} else Move(target)


def _in_bridge(before: Arrangement, other: Other) -> bool:
    was = before.others.get(other.party_id)
    return was is not None and was.place is Place.TALK and not before.in_room


def _rings(before: Arrangement, after: Arrangement) -> Iterator[Ring]:
    for other in after.ringing:
        if other.summons and other.party_id not in before.others:
            yield Ring(other.summons)
    far, rung = after.far, before.far.attempt_id if before.far else ""
    if after.citizen is Place.RINGING and far and far.attempt_id not in {"", rung}:
        yield Ring(far)


def _hang_ups(before: Arrangement, after: Arrangement) -> Iterator[HangUp]:
    if before.citizen is Place.RINGING and after.citizen is Place.GONE and before.far and before.far.attempt_id:
        yield HangUp(after.call_id)
    for other in after.others.values():
        if other.place is Place.GONE:
            yield HangUp(other.party_id)
