"""From the live model's changes to call events: what is kept of each change, and under which name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ami_bridge import changes as c
from app.calls.events import CallEvent, Kind
from app.numbers import caller_number

# Changes that are shown live but not kept: they say nothing that a later reader of the call needs.
# Ended and cleared calls are written by the node, once, together with their legs; attempts by the actor.
NOT_KEPT = frozenset(
    {
        c.CallerAbandoned,
        c.OperatorRingingStopped,
        c.ConferenceEntered,
        c.PartyTalking,
        c.PartyMuted,
        c.OperatorWanted,
        c.Referred,
        c.ListenerLeft,
        c.UnitAttemptStarted,
        c.UnitAttemptFailed,
        c.UnitKey,
        c.CitizenAnswered,
        c.CitizenKey,
        c.CitizenUnreached,
        c.CallEnded,
        c.CallCleared,
    }
)

_Data = Callable[[Any], tuple[Kind, dict[str, Any]]]

_KEPT: Mapping[type[c.Change], _Data] = {
    c.CallStarted: lambda x: (
        Kind.STARTED,
        {
            "node": x.node,
            "caller": x.caller if number_of(x.caller) else "",
            "caller_name": x.caller_name if number_of(x.caller) else "",
            "dialled": x.dialled,
        },
    ),
    c.CallerIdentified: lambda x: (Kind.IDENTIFIED, identity(x.caller, x.hidden, x.caller_name)),
    c.KeyPressed: lambda x: (Kind.KEY, {"node": x.menu_node, "key": x.key}),
    c.LanguageChosen: lambda x: (Kind.LANGUAGE, {"language": x.language}),
    c.Queued: lambda x: (
        Kind.QUEUED,
        {"category": x.category, "queue": x.queue, **({"language": x.language} if x.language else {})},
    ),
    c.OperatorRinging: lambda x: (Kind.OPERATOR_RINGING, {"operator": x.operator}),
    c.OperatorNoAnswer: lambda x: (Kind.OPERATOR_NO_ANSWER, {"operator": x.operator}),
    c.OperatorJoined: lambda x: (Kind.OPERATOR_JOINED, {"operator": x.operator, "party": x.party}),
    c.OperatorLeft: lambda x: (Kind.OPERATOR_LEFT, {"operator": x.operator, "party": x.party}),
    c.UnitAttemptAnswered: lambda x: (Kind.ATTEMPT_ANSWERED, {"attempt": x.attempt}),
    c.UnitJoined: lambda x: (Kind.UNIT_JOINED, {"attempt": x.attempt}),
    c.UnitLeft: lambda x: (Kind.UNIT_LEFT, {"attempt": x.attempt}),
    c.CitizenJoined: lambda _: (Kind.CITIZEN_JOINED, {}),
    c.CallHeld: lambda x: (Kind.HELD if x.held else Kind.RESUMED, {}),
    c.MessageBegun: lambda x: (Kind.MESSAGE, {"node": x.menu_node}),
    c.CallbackBooked: lambda x: (Kind.CALLBACK, {"node": x.menu_node}),
    c.SatisfactionGiven: lambda x: (Kind.SATISFACTION, {"key": x.key}),
}


def identity(caller: str, hidden: bool, caller_name: str) -> dict[str, Any]:
    """The data of an IDENTIFIED event."""
    shown = {"caller": caller, "caller_name": caller_name}
    return {"hidden": hidden} | {name: "" if hidden else value for name, value in shown.items()}


def number_of(caller: str) -> str:
    """The caller's number, empty where the network hides it or says a word instead."""
    return caller_number(caller)


def event_of(change: c.Change, source: str = "ami") -> CallEvent | None:
    """The call event that keeps this change, or None for a change that is only shown."""
    make = _KEPT.get(type(change))
    if make is None:
        return None
    kind, data = make(change)
    return CallEvent(change.call_id, kind, change.at, data, source)


def legs_data(legs: tuple[c.Leg, ...]) -> dict[str, Any]:
    """The data of a LEGS event."""
    return {
        "legs": [
            {
                "party": leg.party,
                "role": leg.role,
                "name": leg.name,
                "bridged": [[start.isoformat(), end.isoformat()] for start, end in leg.bridged],
            }
            for leg in legs
        ]
    }
