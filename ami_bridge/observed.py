"""The arrangement of a call as Asterisk shows it: for a service that starts again, and after a command that failed.

Pure. Why a telephone rings no look at Asterisk shows: that is in the call's events and in the channel's account code.
"""

from __future__ import annotations

from collections.abc import Mapping

from ami_bridge.arrangement import Arrangement, Other, Place
from ami_bridge.errands import Errand, Kind, Manner, Mode, Post, Summons
from ami_bridge.model import Call, Party, Role, State, attempt_call_id

_CITIZEN = {
    State.CALLING: Place.RINGING,
    State.MENU: Place.MENU,
    State.QUEUED: Place.QUEUE,
    State.TALKING: Place.TALK,
    State.CONFERENCE: Place.TALK,
    State.HELD: Place.HOLD,
    State.AFTER: Place.AFTER,
    State.ENDED: Place.GONE,
}
_KINDS = {Role.UNIT: Kind.UNIT, Role.OPERATOR: Kind.OPERATOR, Role.LISTENER: Kind.SUPERVISOR}


def observed(call: Call, summons: Mapping[str, Summons], believed: Arrangement) -> Arrangement:
    """How the call is arranged, whatever was `believed`; that gives what Asterisk does not know.

    Who has accepted and waits in the room for citizen and operator, who are still in their own bridge, rings here:
    `arrangement.accepted` is to be told of each of `accepted_already`.
    """
    state = _state(call)
    citizen = _CITIZEN[state]
    others = {
        party.uniqueid: _other(call, party, summons.get(party.uniqueid))
        for party in call.parties.values()
        if party.role is not Role.CITIZEN and not party.gone and (party.joined_at or attempt_call_id(party.uniqueid))
    }
    return Arrangement(
        call.call_id,
        citizen,
        others,
        in_room=state in {State.CONFERENCE, State.HELD},
        queue=call.queue or believed.queue,
        came_back=believed.came_back,
        offered=believed.offered and citizen is Place.AFTER,
        attempts_made=believed.attempts_made,
        far=believed.far,
    )


def accepted_already(call: Call) -> tuple[str, ...]:
    """Those in the room for whom citizen and operator were not moved there yet, or who wait there for a citizen."""
    if _state(call) in {State.CONFERENCE, State.HELD}:
        return ()
    return tuple(
        party.uniqueid
        for party in call.parties.values()
        if party.in_conference and not party.gone and attempt_call_id(party.uniqueid)
    )


def resumed(attempt_id: str, errand: Errand) -> Summons:
    """What an account code still says of a ring of which no event tells."""
    return Summons(Manner(errand.kind), errand.target, "", errand.mode, attempt_id, Post(errand.post, "", errand.post))


def _other(call: Call, party: Party, summons: Summons | None) -> Other:
    kind = summons.kind if summons else _KINDS[party.role]
    if summons is None and attempt_call_id(party.uniqueid):
        summons = Summons(Manner(kind), "", "", Mode.JOIN, party.uniqueid, Post("", "", party.name))
    return Other(party.uniqueid, kind, party.name, _place(call, party), summons)


def _place(call: Call, party: Party) -> Place:
    if party.role is Role.LISTENER:
        return Place.LISTEN if party.key else Place.RINGING
    if party.joined_at is None or party.uniqueid in accepted_already(call):
        return Place.RINGING
    return Place.TALK if _state(call) in {State.TALKING, State.CONFERENCE} else Place.CONSULT


def _state(call: Call) -> State:
    """Where the citizen's channel is, which what was told last does not always say.

    Whom the operator's own telephone holds (re-INVITE, `a=sendonly`) hears music where they are: in the bridge. Whom
    everybody has left in the conference is there still, until a move has succeeded.
    """
    if call.citizen.in_conference:
        return State.CONFERENCE
    return State.TALKING if call.state is State.HELD and call.citizen.bridged_since else call.state
