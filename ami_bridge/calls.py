"""What every call is doing now, as a fold over Asterisk's events: no socket, no clock, the same result every time.

Events about channels that belong to no call of ours change nothing, in whatever order they come. An event that tells
what is known already changes nothing either, so the events of a look at Asterisk and those that came meanwhile agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ami_bridge import changes as c
from ami_bridge import events as e
from ami_bridge import refusals
from ami_bridge.changes import Change
from ami_bridge.errands import Outcome
from ami_bridge.model import (
    CITIZEN_CONTEXT,
    Call,
    Calls,
    Party,
    Role,
    State,
    attempt_call_id,
    attempt_role,
    is_outgoing,
)
from ami_bridge.reading import operator_of_channel

__all__ = ["Call", "Calls", "Party", "Role", "State", "fold"]


def fold(calls: Calls, event: e.Event) -> tuple[Change, ...]:
    """Take in one event; return what it changed. Never raises, whatever events come in whatever order."""
    handler = _HANDLERS.get(type(event))
    return handler(calls, event) if handler else ()


def _newchannel(calls: Calls, event: e.Newchannel) -> tuple[Change, ...]:
    known = calls.of_channel(event.uniqueid)
    if known:
        party = known.parties[event.uniqueid]
        if not party.channel:
            calls.put_party(known, replace(party, channel=event.channel))
        return ()
    call_id = attempt_call_id(event.uniqueid)
    if call_id:
        return _attempt_started(calls, call_id, event)
    # What is left of a call that went out and is over.
    if is_outgoing(event.uniqueid):
        return ()
    if event.context != CITIZEN_CONTEXT or event.uniqueid != event.linkedid:
        return ()
    return _call_started(calls, event)


def _attempt_started(calls: Calls, call_id: str, event: e.Newchannel) -> tuple[Change, ...]:
    call = calls.get(call_id)
    if call is None:
        return ()
    role = attempt_role(event.uniqueid)
    name = "" if role is Role.UNIT else operator_of_channel(event.channel)
    calls.put_party(call, Party(event.uniqueid, role, name, event.channel))
    return (c.UnitAttemptStarted(call_id, event.at, event.uniqueid, event.channel),)


def _call_started(calls: Calls, event: e.Newchannel) -> tuple[Change, ...]:
    call = Call(event.uniqueid, event.node, event.caller, event.caller_name, event.exten, event.at)
    calls.put_party(call, Party(event.uniqueid, Role.CITIZEN, "", event.channel, joined_at=event.at))
    return (
        c.CallStarted(call.call_id, event.at, call.node, event.channel, call.caller, call.caller_name, call.dialled),
    )


def _of_party(
    handle: Callable[[Calls, Call, Party, Any], tuple[Change, ...]],
) -> Callable[[Calls, Any], tuple[Change, ...]]:
    """A handler that is only called for channels of a call, while they are up."""

    def handler(calls: Calls, event: Any) -> tuple[Change, ...]:
        call = calls.of_channel(event.uniqueid)
        party = call.parties.get(event.uniqueid) if call else None
        return handle(calls, call, party, event) if call and party and not party.gone else ()

    return handler


def _of_citizen(
    handle: Callable[[Calls, Call, Any], tuple[Change, ...]],
) -> Callable[[Calls, Any], tuple[Change, ...]]:
    """A handler that is only called for the citizen's own channel."""
    return _of_party(lambda calls, call, party, event: handle(calls, call, event) if party.role is Role.CITIZEN else ())


def _queue_join(calls: Calls, call: Call, event: e.QueueCallerJoin) -> tuple[Change, ...]:
    known = call.state is State.QUEUED and calls.position(call) is not None and call.queue == event.queue
    calls.stop_waiting(call)
    call = calls.put(replace(call, state=State.QUEUED, queue=event.queue))
    calls.wait(call, event.position)
    if known:
        return ()
    return (c.Queued(call.call_id, event.at, event.queue, call.category, event.position, call.language),)


def _queue_leave(calls: Calls, call: Call, _event: e.QueueCallerLeave) -> tuple[Change, ...]:
    calls.stop_waiting(call)
    if call.state is State.QUEUED:
        calls.put(replace(call, state=State.MENU))
    return ()


def _abandon(_calls: Calls, call: Call, event: e.QueueCallerAbandon) -> tuple[Change, ...]:
    return (c.CallerAbandoned(call.call_id, event.at, event.position, event.waited_s),)


def _agent_called(calls: Calls, call: Call, event: e.AgentCalled) -> tuple[Change, ...]:
    if calls.of_channel(event.operator_uniqueid):
        return ()
    calls.put_party(call, Party(event.operator_uniqueid, Role.OPERATOR, event.operator, event.operator_channel))
    return (c.OperatorRinging(call.call_id, event.at, event.operator, event.operator_uniqueid),)


def _ring_no_answer(calls: Calls, call: Call, event: e.AgentRingNoAnswer) -> tuple[Change, ...]:
    party = call.parties.get(event.operator_uniqueid)
    if party is None or party.joined_at:
        return ()
    calls.drop_party(call, party.uniqueid)
    return (c.OperatorNoAnswer(call.call_id, event.at, party.name, party.uniqueid),)


def _bridge_enter(calls: Calls, call: Call, party: Party, event: e.BridgeEnter) -> tuple[Change, ...]:
    # Who was rung by us talks as soon as the conference has them; the queue's operators, in its own bridge.
    joins = party.role is Role.OPERATOR and party.joined_at is None and not attempt_call_id(party.uniqueid)
    party = replace(
        party,
        bridged_since=party.bridged_since or event.at,
        joined_at=event.at if joins else party.joined_at,
    )
    call = calls.put_party(call, party)
    if not joins:
        return ()
    if call.state is not State.CONFERENCE:
        calls.put(replace(call, state=State.TALKING))
    return (c.OperatorJoined(call.call_id, event.at, party.name, party.uniqueid),)


def _bridge_leave(calls: Calls, call: Call, party: Party, event: e.BridgeLeave) -> tuple[Change, ...]:
    calls.put_party(call, _unbridged(party, event.at))
    return ()


def _unbridged(party: Party, at: datetime) -> Party:
    if party.bridged_since is None:
        return party
    return replace(party, bridged_since=None, bridged=(*party.bridged, (party.bridged_since, at)))


def _conference_join(calls: Calls, call: Call, party: Party, event: e.ConferenceJoin) -> tuple[Change, ...]:
    if party.in_conference:
        return ()
    first = party.joined_at is None
    party = replace(
        party,
        in_conference=True,
        muted=event.muted,
        bridged_since=party.bridged_since or event.at,
        joined_at=party.joined_at or event.at,
    )
    call = calls.put_party(call, party)
    if party.role is Role.UNIT:
        return (c.UnitJoined(call.call_id, event.at, party.uniqueid),) if first else ()
    joined: tuple[Change, ...] = ()
    if first and party.role is Role.CITIZEN:
        joined = (c.CitizenJoined(call.call_id, event.at),)
    elif first:
        joined = (c.OperatorJoined(call.call_id, event.at, party.name, party.uniqueid),)
    resumed = _enter_conference(calls, call, event.at) if party.role is Role.CITIZEN else ()
    return (*joined, *resumed, c.ConferenceEntered(call.call_id, event.at, party.uniqueid))


def _enter_conference(calls: Calls, call: Call, at: datetime) -> tuple[Change, ...]:
    calls.put(replace(call, state=State.CONFERENCE))
    return (c.CallHeld(call.call_id, at, False),) if call.state is State.HELD else ()


def _conference_leave(calls: Calls, call: Call, party: Party, _event: e.ConferenceLeave) -> tuple[Change, ...]:
    # Whoever leaves a conference hangs up or is moved; the citizen's leaving ends it, and is told first that way.
    calls.put_party(call, replace(party, in_conference=False, muted=False))
    return ()


def _mute(calls: Calls, call: Call, party: Party, event: e.ConferenceMute) -> tuple[Change, ...]:
    if party.muted is event.muted:
        return ()
    calls.put_party(call, replace(party, muted=event.muted))
    return (c.PartyMuted(call.call_id, event.at, party.uniqueid, event.muted),)


def _talking(_calls: Calls, call: Call, party: Party, event: e.ConferenceTalking) -> tuple[Change, ...]:
    return (c.PartyTalking(call.call_id, event.at, party.uniqueid, event.talking),)


def _hold_music(calls: Calls, call: Call, event: e.HoldMusic) -> tuple[Change, ...]:
    held = call.state is State.HELD
    # Who is alone in the conference for a moment hears music too; that is no hold.
    if held is event.playing or call.citizen.in_conference:
        return ()
    # Who waits in a queue hears its music. A call found on hold after a restart has not been anywhere else yet.
    if event.playing and call.state in {State.QUEUED, State.ENDED}:
        return ()
    resumed = State.TALKING if call.conversing else State.AFTER
    calls.put(replace(call, state=State.HELD if event.playing else resumed))
    return (c.CallHeld(call.call_id, event.at, event.playing),)


def _originate_response(calls: Calls, event: e.OriginateResponse) -> tuple[Change, ...]:
    if is_outgoing(event.attempt_id):
        return _citizen_response(calls, event)
    call = calls.get(attempt_call_id(event.attempt_id) or "")
    if call is None:
        return ()
    party = call.parties.get(event.attempt_id)
    if party is None:
        return () if event.success else (c.UnitAttemptFailed(call.call_id, event.at, event.attempt_id, Outcome.FAILED),)
    # A failure with a channel is told by its hangup, which also says why.
    if not event.success or party.answered or party.gone:
        return ()
    calls.put_party(call, replace(party, answered=True))
    return (c.UnitAttemptAnswered(call.call_id, event.at, party.uniqueid),)


def _citizen_response(calls: Calls, event: e.OriginateResponse) -> tuple[Change, ...]:
    call = calls.get(event.attempt_id)
    if call is None or call.state is State.ENDED or call.citizen.answered:
        return ()
    if event.success:
        calls.put_party(call, replace(call.citizen, answered=True))
        return (c.CitizenAnswered(call.call_id, event.at),)
    # A failure with a channel is told by its hangup, which also says why.
    if call.citizen.channel:
        return ()
    return (c.CitizenUnreached(call.call_id, event.at, Outcome.FAILED, 0),)


def _unit_key(calls: Calls, call: Call, party: Party, event: e.HotlineUnitKey) -> tuple[Change, ...]:
    called = party.role is Role.CITIZEN and call.outgoing
    if not (called or attempt_call_id(party.uniqueid)):
        return ()
    if event.result not in _KEY_OUTCOMES or event.result == party.key:
        return ()
    calls.put_party(call, replace(party, key=event.result))
    if called:
        return (c.CitizenKey(call.call_id, event.at, Outcome(event.result)),)
    return (c.UnitKey(call.call_id, event.at, party.uniqueid, Outcome(event.result)),)


def _identified(calls: Calls, call: Call, event: e.HotlineCaller) -> tuple[Change, ...]:
    number = "" if event.hidden else event.caller or call.caller
    name = "" if event.hidden else event.caller_name or call.caller_name
    known = replace(call, caller=number, caller_name=name, identified=True)
    if known == call:
        return ()
    calls.put(known)
    return (c.CallerIdentified(call.call_id, event.at, event.caller, event.hidden, event.caller_name),)


def _dial_refused(calls: Calls, call: Call, party: Party, _event: e.DialRefused) -> tuple[Change, ...]:
    calls.put_party(call, replace(party, refused=True))
    return ()


def _key(_calls: Calls, call: Call, event: e.HotlineKey) -> tuple[Change, ...]:
    return (c.KeyPressed(call.call_id, event.at, event.menu_node, event.key),)


def _category(calls: Calls, call: Call, event: e.HotlineQueued) -> tuple[Change, ...]:
    calls.put(replace(call, category=event.category, language=event.language or call.language))
    return ()


def _language(calls: Calls, call: Call, event: e.HotlineLanguage) -> tuple[Change, ...]:
    if event.language == call.language:
        return ()
    calls.put(replace(call, language=event.language))
    return (c.LanguageChosen(call.call_id, event.at, event.language),)


def _operator_wanted(_calls: Calls, call: Call, party: Party, event: e.HotlineBack) -> tuple[Change, ...]:
    return (c.OperatorWanted(call.call_id, event.at, party.uniqueid),)


def _referred(calls: Calls, event: e.HotlineRefer) -> tuple[Change, ...]:
    call = calls.of_channel(event.uniqueid)
    for party in call.parties.values() if call else ():
        if call and party.channel == event.operator_channel and party.role is Role.OPERATOR:
            return (c.Referred(call.call_id, event.at, party.name, party.uniqueid, event.number, True),)
    return ()


def _transfer_refused(_calls: Calls, call: Call, party: Party, event: e.TransferRefused) -> tuple[Change, ...]:
    if party.role is not Role.OPERATOR:
        return ()
    return (c.Referred(call.call_id, event.at, party.name, party.uniqueid, event.number, False),)


def _satisfaction(_calls: Calls, call: Call, event: e.HotlineSatisfaction) -> tuple[Change, ...]:
    return (c.SatisfactionGiven(call.call_id, event.at, event.key),)


def _message(calls: Calls, call: Call, event: e.HotlineMessage) -> tuple[Change, ...]:
    if call.message_begun:
        return ()
    calls.put(replace(call, message_begun=True))
    return (c.MessageBegun(call.call_id, event.at, event.menu_node),)


def _callback(calls: Calls, call: Call, event: e.HotlineCallback) -> tuple[Change, ...]:
    if call.callback_booked:
        return ()
    calls.put(replace(call, callback_booked=True))
    return (c.CallbackBooked(call.call_id, event.at, event.menu_node),)


def _hangup(calls: Calls, call: Call, party: Party, event: e.Hangup) -> tuple[Change, ...]:
    if party.role is Role.CITIZEN and call.state is State.CALLING and party.channel:
        return _unreached(calls, call, party, event)
    gone = replace(_unbridged(party, event.at), gone=True, in_conference=False)
    call = calls.put_party(call, gone)
    match party.role:
        case Role.CITIZEN:
            calls.stop_waiting(call)
            call = calls.put(replace(call, state=State.ENDED))
            told: tuple[Change, ...] = (c.CallEnded(call.call_id, event.at, event.cause),)
        case Role.LISTENER if party.key == Outcome.ACCEPTED.value:
            told = (c.ListenerLeft(call.call_id, event.at, party.name, party.uniqueid),)
        case _ if attempt_call_id(party.uniqueid) and party.joined_at is None:
            outcome, code = _ring_outcome(party, event)
            told = (c.UnitAttemptFailed(call.call_id, event.at, party.uniqueid, outcome, code),)
        case Role.OPERATOR if party.joined_at is None:
            call = calls.drop_party(call, party.uniqueid)
            told = (c.OperatorRingingStopped(call.call_id, event.at, party.name, party.uniqueid),)
        case _:
            told = _party_left(calls, call, party, event.at)
    return (*told, *_cleared(calls, event.at, call.call_id))


def _ring_outcome(party: Party, event: e.Hangup) -> tuple[Outcome, int]:
    # Whether the other side ended it is told by DialEnd, which may come after the hangup.
    theirs = party.refused or (event.code >= _REFUSED_CODES and event.code not in _OUR_OWN_CODES)
    code = event.code if theirs else 0
    return unit_outcome(answered=party.answered, key=party.key, cause=event.cause, code=code, theirs=theirs), code


def _unreached(calls: Calls, call: Call, party: Party, event: e.Hangup) -> tuple[Change, ...]:
    """Whom the hotline calls did not come: the call goes on without them, and may call again."""
    outcome, code = _ring_outcome(party, event)
    calls.put_party(call, Party(party.uniqueid, Role.CITIZEN, "", ""))
    return (c.CitizenUnreached(call.call_id, event.at, outcome, code),)


def _party_left(calls: Calls, call: Call, party: Party, at: datetime) -> tuple[Change, ...]:
    if call.state in _CONVERSING and not call.conversing:
        calls.put(replace(call, state=State.AFTER))
    if party.role is Role.UNIT:
        return (c.UnitLeft(call.call_id, at, party.uniqueid),)
    return (c.OperatorLeft(call.call_id, at, party.name, party.uniqueid),)


def unit_outcome(*, answered: bool, key: str, cause: int, code: int = 0, theirs: bool = False) -> Outcome:
    """What a duty phone came to that hung up without having joined; `key` is as `HotlineUnitKey` says.

    `cause` is Q.850's, `code` SIP's final one, 0 where there is none; `theirs`: the other side ended the ring. Who
    answers and hangs up without a key is as good as an answering machine.
    """
    if key in _REFUSALS:
        return Outcome(key)
    if answered:
        return Outcome.FAILED if key else Outcome.NO_KEY
    return refusals.by_code(code) if code else refusals.by_cause(cause, theirs=theirs)


def _cleared(calls: Calls, at: datetime, call_id: str) -> tuple[Change, ...]:
    call = calls[call_id]
    if any(not party.gone for party in call.parties.values()):
        return ()
    calls.drop(call)
    legs = tuple(
        c.Leg(party.uniqueid, party.role.value, party.name, party.bridged)
        for party in call.parties.values()
        if party.bridged
    )
    return (c.CallCleared(call_id, at, legs),)


# RFC 3261, section 21: from here on a final answer is no yes. 487 answers our CANCEL, 480 is also what Asterisk says of
# a ring that it gave up.
_REFUSED_CODES, _OUR_OWN_CODES = 300, frozenset({480, 487})
# On hold the citizen stays, whoever leaves: somebody else may be on the way.
_CONVERSING = {State.TALKING, State.CONFERENCE}
_REFUSALS = {Outcome.DECLINED.value, Outcome.NO_KEY.value}
_KEY_OUTCOMES = _REFUSALS | {Outcome.ACCEPTED.value}

_HANDLERS: Mapping[type[Any], Callable[[Calls, Any], tuple[Change, ...]]] = {
    e.Newchannel: _newchannel,
    e.Hangup: _of_party(_hangup),
    e.BridgeEnter: _of_party(_bridge_enter),
    e.BridgeLeave: _of_party(_bridge_leave),
    e.ConferenceJoin: _of_party(_conference_join),
    e.ConferenceLeave: _of_party(_conference_leave),
    e.ConferenceMute: _of_party(_mute),
    e.ConferenceTalking: _of_party(_talking),
    e.QueueCallerJoin: _of_citizen(_queue_join),
    e.QueueCallerLeave: _of_citizen(_queue_leave),
    e.QueueCallerAbandon: _of_citizen(_abandon),
    e.AgentCalled: _of_citizen(_agent_called),
    e.AgentRingNoAnswer: _of_citizen(_ring_no_answer),
    e.OriginateResponse: _originate_response,
    e.DialRefused: _of_party(_dial_refused),
    e.HotlineCaller: _of_citizen(_identified),
    e.HotlineKey: _of_citizen(_key),
    e.HotlineQueued: _of_citizen(_category),
    e.HotlineLanguage: _of_citizen(_language),
    e.HotlineUnitKey: _of_party(_unit_key),
    e.HotlineBack: _of_party(_operator_wanted),
    e.HotlineRefer: _referred,
    e.TransferRefused: _of_party(_transfer_refused),
    e.HotlineSatisfaction: _of_citizen(_satisfaction),
    e.HotlineMessage: _of_citizen(_message),
    e.HotlineCallback: _of_citizen(_callback),
    e.HoldMusic: _of_citizen(_hold_music),
}
