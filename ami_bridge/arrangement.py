"""Who of a call is where, who may be asked for what, and what follows when somebody comes or leaves: pure, no clock.

Every party is in exactly one place. A request or an event gives the arrangement that should be, or is refused and
changes nothing; `ami_bridge.moves` says how to get there. Drawn in docs/arrangement.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ami_bridge.errands import (
    DUTY,
    LISTENING,
    STAFF,
    Kind,
    Manner,
    Mode,
    Post,
    Summons,
    attempt_letter,
    own_people,
)


class Place(StrEnum):
    """Where a party is."""

    MENU = "menu"  # the citizen, with nobody but the dialplan or the service
    QUEUE = "queue"  # the citizen, waiting for an operator
    TALK = "talk"  # together with the citizen
    CONSULT = "consult"  # among themselves, away from the citizen
    HOLD = "hold"  # the citizen hears music and nobody
    RINGING = "ringing"  # of the citizen: a call that goes out, and who is called is not there yet
    LISTEN = "listen"  # a supervisor hears, and is heard by the operator at most
    AFTER = "after"  # the citizen, at the closing question
    GONE = "gone"  # hung up, or to be hung up


# What makes no sense without an operator in the call.
_WITH_AN_OPERATOR = {Mode.CONSULT, Mode.TAKE} | LISTENING
# Whoever is rung so gets a citizen who waits for nobody else.
_FOR_THE_CITIZEN = frozenset({Mode.HAND_OVER, Mode.BACK})
_WITH_NOBODY = frozenset({Place.MENU, Place.QUEUE, Place.AFTER})
OPERATOR_LEFT = "operator-left"


class RefusedError(Exception):
    """The request is not possible now; nothing was changed. The text says why."""

    def __init__(self, phase: str, what: str) -> None:
        super().__init__(f"not possible while the call is in phase {phase}: {what}")
        self.phase = phase


class ThereAlreadyError(Exception):
    """Who is wanted rings for this call already or takes part in it, as `party_id`; nothing was changed."""

    def __init__(self, whom: str, party_id: str, *, ringing: bool) -> None:
        super().__init__(f"{whom} {'is ringing' if ringing else 'takes part'} already as {party_id}")
        self.party_id = party_id
        self.ringing = ringing


@dataclass(frozen=True, slots=True)
class Other:
    """A party that is not the citizen. `name` is the operator id of who is staff, empty for others.

    Who came by the queue has no `summons`.
    """

    party_id: str
    kind: Kind
    name: str
    place: Place
    summons: Summons | None = None

    @property
    def staff(self) -> bool:
        return self.kind in STAFF

    @property
    def whom(self) -> str:
        """Who it is, told apart over all kinds."""
        return self.summons.whom if self.summons else f"{self.kind.value}:{self.name}"

    @property
    def mode(self) -> Mode | None:
        return self.summons.mode if self.summons else None

    @property
    def inside(self) -> bool:
        """Whether this party speaks with others now."""
        return self.place in {Place.TALK, Place.CONSULT}

    @property
    def in_charge(self) -> bool:
        """Whether the citizen on hold is this party's: not only asked for advice."""
        return self.inside and self.staff and self.mode is not Mode.CONSULT

    @property
    def listens(self) -> bool:
        """Whether it is a supervisor who only listens, or whose telephone rings for that."""
        return self.place in {Place.RINGING, Place.LISTEN} and self.mode in LISTENING

    @property
    def urgent(self) -> bool:
        """Whether an emergency number is rung here, which nothing but the citizen's leaving stops."""
        return self.place is Place.RINGING and self.summons is not None and self.summons.manner.urgent

    @property
    def gets_the_citizen(self) -> bool:
        """Whether this telephone rings for a citizen on hold who waits for whoever lifts it."""
        return self.urgent or (self.place is Place.RINGING and self.mode in _FOR_THE_CITIZEN)


def ringing(summons: Summons) -> Other:
    """Whoever is rung, while the telephone rings."""
    name = summons.post.phone if summons.kind in STAFF else ""
    return Other(summons.attempt_id, summons.kind, name, Place.RINGING, summons)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody is asked for: who, how, and the telephones to ring one after the other."""

    target: str
    name: str
    posts: tuple[Post, ...]
    mode: Mode = Mode.JOIN
    manner: Manner = DUTY
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One call. `in_room`: who talks does so in the conference, not in the queue's own bridge of two.

    `queue` is where the citizen waits or waited last. `came_back` says why the citizen waits again after having been
    with somebody: whom a hand-over did not reach. `offered`: an operator is offered before the closing question.
    `far`, of a call that goes out: whom it calls; without an attempt id it has not rung there yet.
    """

    call_id: str
    citizen: Place = Place.MENU
    others: Mapping[str, Other] = field(default_factory=dict)
    in_room: bool = False
    queue: str = ""
    came_back: str = ""
    offered: bool = False
    attempts_made: int = 0
    far: Summons | None = None

    @property
    def inside(self) -> tuple[Other, ...]:
        """Who speaks now, with the citizen or without."""
        return tuple(other for other in self.others.values() if other.inside)

    @property
    def staff(self) -> tuple[Other, ...]:
        """The operators among them."""
        return tuple(other for other in self.inside if other.staff)

    @property
    def ringing(self) -> tuple[Other, ...]:
        return tuple(other for other in self.others.values() if other.place is Place.RINGING)

    @property
    def summons(self) -> Mapping[str, Summons]:
        """What rings now, by attempt id."""
        return {other.party_id: other.summons for other in self.ringing if other.summons}

    @property
    def phase(self) -> str:
        """The arrangement in one word, for screens."""
        match self.citizen:
            case Place.GONE:
                return "over"
            case Place.TALK:
                return "conference" if self.in_room else "talking"
            case Place.HOLD:
                return "consult" if self.inside else "hold"
            case Place.RINGING:
                return "calling"
            case _:
                return "alone"

    def operator(self, name: str = "") -> Other | None:
        """The operator of this name who speaks now; without one of that name, the one who is in charge."""
        named = next((other for other in self.staff if name and other.name == name), None)
        return named or next((other for other in self.staff if other.in_charge), next(iter(self.staff), None))


# What people ask for.


def summon(a: Arrangement, wanted: Wanted) -> Arrangement:
    """Ring the first of somebody's telephones: a unit's posts, a service number's line, a colleague, a listener.

    Raises ThereAlreadyError, RefusedError, or ValueError when there is no telephone.
    """
    if a.citizen in {Place.GONE, Place.RINGING}:
        raise RefusedError(a.phase, "summon")
    if not wanted.manner.urgent and not a.inside:
        raise RefusedError(a.phase, f"summon to {wanted.mode.value}: nobody talks")
    if wanted.mode is Mode.CONSULT and a.citizen is Place.TALK and a.in_room:
        raise RefusedError(a.phase, "summon to consult: the citizen would hear it; hold first")
    if wanted.mode in _WITH_AN_OPERATOR and not a.staff:
        raise RefusedError(a.phase, f"summon to {wanted.mode.value}: no operator is in the call")
    return _rung(a, wanted)


def call_out(a: Arrangement, asker: Wanted, far: Summons) -> Arrangement:
    """The hotline calls: first the asker's own telephone rings, then, once they are in the room, the far end.

    Raises RefusedError, or ValueError when there is no telephone.
    """
    if a.citizen is not Place.MENU or a.others:
        raise RefusedError(a.phase, "call out: the call has begun")
    return _rung(replace(a, citizen=Place.RINGING, far=replace(far, attempt_id="")), asker)


def hold(a: Arrangement) -> Arrangement:
    """The citizen hears music; who else is there may speak freely."""
    if a.citizen is not Place.TALK or not a.staff:
        raise RefusedError(a.phase, "hold citizen")
    return _held(a)


def bring_in(a: Arrangement) -> Arrangement:
    """End of the hold or of the consultation: the citizen joins."""
    if a.citizen is not Place.HOLD or not a.inside:
        raise RefusedError(a.phase, "bring citizen in")
    return _with_citizen(a)


def leave(a: Arrangement, operator: str = "") -> Arrangement:
    """The operator leaves the others talking (转接). Raises RefusedError when nobody would remain."""
    leaving = a.operator(operator)
    if leaving is None or not a.in_room or len(a.inside) < 2:
        raise RefusedError(a.phase, "operator hands over: nobody would remain")
    return _settled(_with_citizen(_put(a, replace(leaving, place=Place.GONE))))


def hand_over(a: Arrangement, wanted: Wanted, operator: str = "") -> Arrangement:
    """The operator leaves now, and whoever is wanted gets the citizen, who hears music until then.

    If nobody answers, the operator is rung again, and after that the citizen is the first of the queue.
    """
    leaving = a.operator(operator)
    if leaving is None or a.citizen not in {Place.TALK, Place.HOLD}:
        raise RefusedError(a.phase, "hand over: no operator is in the call")
    a = _rung(a, replace(wanted, mode=Mode.HAND_OVER), back_to=leaving.name)
    return _settled(_put(a, replace(leaving, place=Place.GONE)))


def referred(a: Arrangement, operator: str, wanted: Wanted | None) -> Arrangement:
    """After `let_go`: whoever is wanted gets the citizen, or joins those who still talk.

    None (nobody has that number), or whoever rings for the call already, rings the operator again. Raises RefusedError,
    or ValueError when there is no telephone.
    """
    if a.inside:
        return _rung_or_back(_with_citizen(a), wanted, Mode.JOIN, operator)
    if a.citizen not in {Place.TALK, Place.HOLD, Place.AFTER}:
        raise RefusedError(a.phase, "hand over by telephone: the citizen is with nobody")
    return _rung_or_back(_on_music(a), wanted, Mode.HAND_OVER, operator)


def to_queue(a: Arrangement, queue: str) -> Arrangement:
    """The citizen goes to the head of a queue; everybody else leaves."""
    if a.citizen not in {Place.TALK, Place.HOLD}:
        raise RefusedError(a.phase, "hand over to a queue")
    return _queued(a, queue, "")


def drop(a: Arrangement, party_id: str) -> Arrangement:
    """One party leaves or stops ringing, and no telephone follows. Raises KeyError for nobody in the call."""
    other = a.others[party_id]
    return _left(_put(a, replace(other, place=Place.GONE)), other)


# What happens.


def operator_joined(a: Arrangement, party_id: str, name: str) -> Arrangement:
    """The queue bridged an operator with the citizen."""
    if a.citizen not in _WITH_NOBODY or party_id in a.others:
        return a
    joined = _put(a, Other(party_id, Kind.OPERATOR, name, Place.TALK))
    return _settled(replace(joined, citizen=Place.TALK, in_room=False, offered=False))


def citizen_waits(a: Arrangement, queue: str) -> Arrangement:
    """The citizen is in a queue already, whoever sent them there; what follows from it, `settled` says."""
    if a.citizen is Place.GONE:
        return a
    return replace(a, citizen=Place.QUEUE, queue=queue, in_room=False, offered=False)


def let_go(a: Arrangement, operator: str) -> Arrangement:
    """An operator has left by their own telephone (REFER, RFC 3515): a citizen they had alone hears music already.

    What follows from it, `referred` says.
    """
    left_by = next((other.party_id for other in a.others.values() if other.inside and other.name == operator), "")
    a = _without(a, left_by)
    return _on_music(a) if not a.in_room and a.citizen in {Place.TALK, Place.AFTER} else a


def accepted(a: Arrangement, attempt_id: str) -> Arrangement:
    """Whoever was rung is on the way into the conference by itself. A late one finds nobody and is hung up."""
    other = a.others.get(attempt_id)
    if a.citizen is Place.GONE or other is None or other.summons is None:
        return _put(a, Other(attempt_id, Kind.UNIT, "", Place.GONE))
    if other.place is not Place.RINGING:
        return a
    if a.citizen is Place.RINGING:
        return _settled(_put(a, replace(other, place=Place.CONSULT)))
    mode = other.summons.mode
    if mode in LISTENING:
        return _settled(_put(a, replace(other, place=Place.LISTEN)))
    a = _put(a, replace(other, place=Place.TALK))
    # In the conference the citizen would hear the advice being asked for: then it is a talk of all.
    away = a.citizen is Place.HOLD or (a.citizen is Place.TALK and not a.in_room)
    if mode is Mode.CONSULT and away:
        return _held(a)
    if mode is Mode.TAKE:
        a = _sent_off(a, lambda one: one.staff and one.inside and one.party_id != attempt_id)
    return _settled(_with_citizen(a))


def attempt_failed(a: Arrangement, attempt_id: str, posts: tuple[Post, ...] = (), why: str = "") -> Arrangement:
    """The ring came to nothing: the first of `posts` rings, as far as the summons is still wanted."""
    if a.far is not None and attempt_id == a.far.attempt_id:
        return _far_failed(a, a.far, posts)
    other = a.others.get(attempt_id)
    if other is None or other.summons is None or other.place is not Place.RINGING:
        return a
    a = _without(a, attempt_id)
    if posts and _still_wanted(a, other.summons):
        return _settled(_ring(a, replace(other.summons, post=posts[0], remaining=posts[1:])))
    return _settled(a, other.summons, why)


def far_accepted(a: Arrangement) -> Arrangement:
    """Whom the hotline calls has answered, and is on the way into the room. Where nobody is any more, an operator is
    found: who answers our call is not left in silence.
    """
    if a.citizen is not Place.RINGING:
        return a
    return _settled(_with_citizen(a)) if a.inside else _queued(a, a.queue, OPERATOR_LEFT)


def left(a: Arrangement, party_id: str) -> Arrangement:
    """A party that had joined, or listened, is gone by itself."""
    other = a.others.get(party_id)
    return _left(_without(a, party_id), other) if other else a


def citizen_left(a: Arrangement) -> Arrangement:
    """The citizen hung up: everything that belongs to the call ends."""
    return _settled(replace(a, citizen=Place.GONE))


def settled(a: Arrangement) -> Arrangement:
    """What follows from how things are, for an arrangement that was not decided here but found in Asterisk."""
    return _settled(a)


def faults(a: Arrangement) -> Iterator[str]:
    """What must never be, of an arrangement in which nothing is left to follow. Empty when all is well."""
    inside = a.inside
    if a.citizen is Place.GONE and any(other.place is not Place.GONE for other in a.others.values()):
        yield "the citizen is gone and others are not"
    if a.citizen is Place.HOLD and not inside and not any(other.gets_the_citizen for other in a.ringing):
        yield "the citizen hears music for ever"
    if a.citizen is Place.HOLD and inside and not any(other.in_charge for other in inside):
        yield "the citizen is on hold and nobody is in charge"
    if a.citizen is Place.TALK and not inside:
        yield "the citizen is alone in the conversation"
    if a.citizen is Place.TALK and not a.in_room and (len(inside) != 1 or not inside[0].staff):
        yield "the queue's bridge has other parties than citizen and operator"
    if a.citizen is not Place.TALK and any(other.place is Place.TALK for other in inside):
        yield "somebody talks with a citizen who is elsewhere"
    if a.citizen not in {Place.HOLD, Place.RINGING} and any(other.place is Place.CONSULT for other in inside):
        yield "somebody consults while the citizen is not on hold"
    if a.citizen is Place.RINGING and not (inside or a.ringing):
        yield "the citizen is called for nobody"
    if a.citizen is Place.RINGING and inside and not (a.far and a.far.attempt_id):
        yield "somebody waits for a citizen who is not called"
    if not a.staff and any(other.place is Place.LISTEN for other in a.others.values()):
        yield "somebody listens where no operator is"
    if a.citizen in _WITH_NOBODY and any(not other.urgent for other in a.ringing):
        yield "a telephone rings for nobody"


def summoned(before: Arrangement, after: Arrangement) -> Summons:
    """What rings since then; a request for somebody has just been granted. Raises LookupError where nothing does."""
    return next(one for party_id, one in after.summons.items() if party_id not in before.others)


def without_gone(a: Arrangement) -> Arrangement:
    """The arrangement after its commands were carried out."""
    return replace(a, others={k: other for k, other in a.others.items() if other.place is not Place.GONE})


def _rung(a: Arrangement, wanted: Wanted, back_to: str = "") -> Arrangement:
    if not wanted.posts:
        raise ValueError(f"{wanted.target} has no telephone now")
    posts = wanted.posts
    if wanted.manner.kind in STAFF:
        there = {other.name: other for other in a.others.values() if other.staff and other.place is not Place.GONE}
        posts = tuple(post for post in wanted.posts if post.phone not in there)
        if not posts:
            other = there[wanted.posts[0].phone]
            raise ThereAlreadyError(other.name, other.party_id, ringing=other.place is Place.RINGING)
    summons = Summons(
        wanted.manner, wanted.target, wanted.name, wanted.mode, "", posts[0], posts[1:], wanted.asked_by, back_to
    )
    for other in a.others.values():
        if other.summons and other.whom == summons.whom and other.place is not Place.GONE:
            raise ThereAlreadyError(summons.whom, other.party_id, ringing=other.place is Place.RINGING)
    return _ring(a, summons)


def _ring(a: Arrangement, wanted: Summons) -> Arrangement:
    summons = _attempt(a, wanted)
    return _put(replace(a, attempts_made=a.attempts_made + 1), ringing(summons))


def _attempt(a: Arrangement, wanted: Summons) -> Summons:
    """The summons with the id of the call's next attempt."""
    letter = attempt_letter(wanted.kind, wanted.mode)
    return replace(wanted, attempt_id=f"{a.call_id}-{letter}{a.attempts_made + 1}")


def _still_wanted(a: Arrangement, summons: Summons) -> bool:
    if a.citizen is Place.GONE:
        return False
    if summons.manner.urgent:
        return True
    if summons.mode in _FOR_THE_CITIZEN:
        return a.citizen in {Place.TALK, Place.HOLD}
    return bool(a.staff if summons.mode in _WITH_AN_OPERATOR else a.inside)


def _left(a: Arrangement, leaver: Other) -> Arrangement:
    advised = leaver.summons is not None and leaver.inside
    inside = a.inside
    if a.citizen is Place.HOLD and advised and inside and not _advice(a):
        return _settled(_with_citizen(a))
    if a.citizen is Place.TALK and not inside and a.in_room and leaver.inside and not leaver.staff:
        return _settled(replace(a, offered=True))
    if leaver.place is Place.RINGING and leaver.summons:
        return _settled(a, leaver.summons, "cancelled")
    return _settled(a)


def _advice(a: Arrangement) -> bool:
    """Whether somebody who was asked in is there, or may still come: reason enough to keep the citizen on hold."""
    return any(other.summons for other in a.inside) or any(other.mode is Mode.CONSULT for other in a.ringing)


def _settled(a: Arrangement, failed: Summons | None = None, why: str = "") -> Arrangement:
    """What follows by itself. `failed` is a summons that has just come to nothing."""
    match a.citizen:
        case Place.GONE:
            return _sent_off(a, lambda _: True)
        case Place.HOLD:
            return _on_hold(a, failed, why)
        case Place.TALK:
            return _in_talk(a)
        case Place.RINGING:
            return _being_called(a)
        case _:
            return _sent_off(a, lambda other: not other.urgent)


def _on_hold(a: Arrangement, failed: Summons | None, why: str) -> Arrangement:
    if any(other.in_charge for other in a.inside):
        return _quiet(a)
    if a.inside:
        return _settled(_with_citizen(a))
    if any(other.gets_the_citizen for other in a.ringing):
        return _quiet(_sent_off(a, lambda other: other.place is Place.RINGING and not other.gets_the_citizen))
    reason = f"{failed.name or failed.target}: {why}" if failed else OPERATOR_LEFT
    if failed and failed.mode is Mode.HAND_OVER and failed.back_to:
        return _settled(_ring(replace(a, came_back=reason), _back(failed.back_to)))
    return _queued(a, a.queue, a.came_back or reason)


def _being_called(a: Arrangement) -> Arrangement:
    """Whoever asked for the call is rung first; without them nobody is called."""
    if a.inside and a.far and not a.far.attempt_id:
        return replace(a, attempts_made=a.attempts_made + 1, far=_attempt(a, a.far))
    return a if a.inside or a.ringing else citizen_left(a)


def _far_failed(a: Arrangement, far: Summons, posts: tuple[Post, ...]) -> Arrangement:
    """The far end was not reached: the first of `posts` is called, else the call is over."""
    if a.citizen is not Place.RINGING:
        return a
    if posts and a.inside:
        return _settled(replace(a, far=replace(far, attempt_id="", post=posts[0], remaining=posts[1:])))
    return citizen_left(a)


def _on_music(a: Arrangement) -> Arrangement:
    return replace(a, citizen=Place.HOLD, in_room=True, offered=False)


def _rung_or_back(a: Arrangement, wanted: Wanted | None, mode: Mode, operator: str) -> Arrangement:
    if wanted is not None:
        with suppress(ThereAlreadyError):
            return _settled(_rung(a, replace(wanted, mode=mode), back_to=operator))
    return _settled(_ring(a, _back(operator)))


def _back(operator: str) -> Summons:
    """The hand-over came to nothing: the operator who had the citizen is rung."""
    return Summons(own_people(Kind.OPERATOR), operator, operator, Mode.BACK, "", Post.of_operator(operator))


def _in_talk(a: Arrangement) -> Arrangement:
    if a.inside:
        return _quiet(a)
    if any(other.gets_the_citizen for other in a.ringing):
        return _settled(_on_music(a))
    return _settled(replace(a, citizen=Place.AFTER))


def _quiet(a: Arrangement) -> Arrangement:
    """Nobody listens where no operator is."""
    return a if a.staff else _sent_off(a, lambda other: other.place is Place.LISTEN)


def _queued(a: Arrangement, queue: str, why: str) -> Arrangement:
    queued = replace(a, citizen=Place.QUEUE, queue=queue, came_back=why, in_room=False, offered=False)
    return _settled(queued)


def _held(a: Arrangement) -> Arrangement:
    others = {k: replace(o, place=Place.CONSULT) if o.inside else o for k, o in a.others.items()}
    return _settled(replace(a, citizen=Place.HOLD, in_room=True, others=others))


def _with_citizen(a: Arrangement) -> Arrangement:
    """Everybody talks with the citizen, in the room."""
    others = {k: _talking(other) if other.inside else other for k, other in a.others.items()}
    return replace(a, citizen=Place.TALK, in_room=True, others=others, offered=False, came_back="")


def _talking(other: Other) -> Other:
    """Whoever gave advice is a party like the others now, and may be left in charge."""
    summons = replace(other.summons, mode=Mode.JOIN) if other.summons else None
    return replace(other, place=Place.TALK, summons=summons)


def _sent_off(a: Arrangement, whom: Callable[[Other], bool]) -> Arrangement:
    others = {k: replace(o, place=Place.GONE) if whom(o) else o for k, o in a.others.items()}
    return replace(a, others=others)


def _put(a: Arrangement, other: Other) -> Arrangement:
    return replace(a, others={**a.others, other.party_id: other})


def _without(a: Arrangement, party_id: str) -> Arrangement:
    return replace(a, others={k: other for k, other in a.others.items() if k != party_id})
