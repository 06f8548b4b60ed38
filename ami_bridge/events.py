"""AMI events as typed values: the few that the hotline needs, each with the time at which Asterisk raised it.

Field names are Asterisk's ("AMI Events", Asterisk 22). Uniqueids are unique over all nodes because `systemname` is set,
so parties are named by uniqueid; channel names are only for sending actions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

Fields = Mapping[str, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Event:
    node: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _ChannelEvent(_Event):
    channel: str
    uniqueid: str


@dataclass(frozen=True, slots=True)
class Newchannel(_ChannelEvent):
    """A channel came into being. `context` and `exten` say where it starts in the dialplan."""

    linkedid: str
    caller: str = field(repr=False)
    caller_name: str = field(repr=False)
    context: str
    exten: str


@dataclass(frozen=True, slots=True)
class Hangup(_ChannelEvent):
    """A channel is gone. `cause` is a Q.850 cause (0 when Asterisk does not know)."""

    cause: int


@dataclass(frozen=True, slots=True)
class BridgeEnter(_ChannelEvent):
    """A channel entered a bridge: of a queue (two parties) or of a conference."""

    bridge: str


@dataclass(frozen=True, slots=True)
class BridgeLeave(_ChannelEvent):
    """A channel left a bridge."""

    bridge: str


@dataclass(frozen=True, slots=True)
class ConferenceJoin(_ChannelEvent):
    """A channel is in a conference."""

    conference: str
    muted: bool


@dataclass(frozen=True, slots=True)
class ConferenceLeave(_ChannelEvent):
    """A channel left a conference."""

    conference: str


@dataclass(frozen=True, slots=True)
class ConferenceMute(_ChannelEvent):
    """A party of a conference was muted or unmuted."""

    conference: str
    muted: bool


@dataclass(frozen=True, slots=True)
class ConferenceTalking(_ChannelEvent):
    """A party of a conference began or stopped to talk."""

    conference: str
    talking: bool


@dataclass(frozen=True, slots=True)
class QueueCallerJoin(_ChannelEvent):
    """A caller began to wait. `position` counts from 1."""

    queue: str
    position: int


@dataclass(frozen=True, slots=True)
class QueueCallerLeave(_ChannelEvent):
    """A caller stopped waiting, for whatever reason."""

    queue: str


@dataclass(frozen=True, slots=True)
class QueueCallerAbandon(_ChannelEvent):
    """A caller hung up while waiting."""

    queue: str
    position: int
    waited_s: int


@dataclass(frozen=True, slots=True)
class _OperatorEvent(_ChannelEvent):
    """`channel` and `uniqueid` are the caller's."""

    queue: str
    operator: str
    operator_channel: str
    operator_uniqueid: str


@dataclass(frozen=True, slots=True)
class AgentCalled(_OperatorEvent):
    """An operator's phone is being rung for the caller."""


@dataclass(frozen=True, slots=True)
class AgentConnect(_OperatorEvent):
    """An operator answered; the bridge follows."""


@dataclass(frozen=True, slots=True)
class AgentRingNoAnswer(_OperatorEvent):
    """An operator did not answer, or refused."""


class Device(StrEnum):
    """State of a queue member's phone (Asterisk device states, as a queue counts them)."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    IN_USE = "in use"
    RINGING = "ringing"
    ON_HOLD = "on hold"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Member(_Event):
    """A queue member as it is now: added to the queue, paused or unpaused, or its phone changed state."""

    queue: str
    operator: str
    device: Device
    paused: bool
    reason: str


@dataclass(frozen=True, slots=True)
class MemberRemoved(_Event):
    """An operator is no longer a member of the queue."""

    queue: str
    operator: str


@dataclass(frozen=True, slots=True)
class AsyncAgiStart(_ChannelEvent):
    """A channel waits for AGI commands."""


@dataclass(frozen=True, slots=True)
class AsyncAgiExec(_ChannelEvent):
    """An AGI command has ended. `result` is URL-encoded, as Asterisk sends it."""

    command_id: str
    result: str


@dataclass(frozen=True, slots=True)
class AsyncAgiEnd(_ChannelEvent):
    """A channel takes no more AGI commands."""


@dataclass(frozen=True, slots=True)
class OriginateResponse(_Event):
    """An originated call was answered, or will not be. `attempt_id` is the ChannelId that was asked for.

    It is given also when no channel could be made, say for an unknown trunk. `reason` is Asterisk's (0 failure, 3 no
    answer, 4 answered, 5 busy, 8 congestion); the hangup cause says more when there was a channel.
    """

    attempt_id: str
    success: bool
    reason: int


@dataclass(frozen=True, slots=True)
class HotlineKey(_ChannelEvent):
    """The fallback menu's report of a key."""

    menu_node: str
    key: str


@dataclass(frozen=True, slots=True)
class HotlineQueued(_ChannelEvent):
    """The call goes to the queue with this category."""

    category: str


@dataclass(frozen=True, slots=True)
class HotlineUnitKey(_ChannelEvent):
    """What the duty officer chose: `accepted`, `declined` or `no-key`."""

    result: str


@dataclass(frozen=True, slots=True)
class HotlineSatisfaction(_ChannelEvent):
    """The caller's answer to the closing question; empty when no key came."""

    key: str


@dataclass(frozen=True, slots=True)
class HoldMusic(_ChannelEvent):
    """Music started or stopped for a channel."""

    playing: bool


Event = (
    Newchannel
    | Hangup
    | BridgeEnter
    | BridgeLeave
    | ConferenceJoin
    | ConferenceLeave
    | ConferenceMute
    | ConferenceTalking
    | QueueCallerJoin
    | QueueCallerLeave
    | QueueCallerAbandon
    | AgentCalled
    | AgentConnect
    | AgentRingNoAnswer
    | Member
    | MemberRemoved
    | AsyncAgiStart
    | AsyncAgiExec
    | AsyncAgiEnd
    | OriginateResponse
    | HotlineKey
    | HotlineQueued
    | HotlineUnitKey
    | HotlineSatisfaction
    | HoldMusic
)


def parse(name: str, fields: Fields, node: str) -> Event | None:
    """Make the typed event, or None for an event the hotline does not need.

    Raises ValueError when a field that Asterisk always sends is missing or is not a number.
    """
    reader = _READERS.get(name)
    if reader is None:
        return None
    head = (node, event_time(fields), fields.get("Channel", ""), fields.get("Uniqueid", ""))
    try:
        return reader(head, fields)
    except KeyError as missing:
        raise ValueError(f"AMI event {name} of {node} has no field {missing}") from None


def event_time(fields: Fields) -> datetime:
    """When Asterisk raised the event, exact to the microsecond. Raises ValueError without `timestampevents=yes`."""
    stamp = fields.get("Timestamp")
    if stamp is None:
        raise ValueError("AMI events carry no time; set timestampevents=yes in manager.conf")
    seconds, _, micro = stamp.partition(".")
    return _EPOCH + timedelta(0, int(seconds), int(micro or 0))


def operator_of(interface: str) -> str:
    """The operator id behind a queue interface such as `PJSIP/op1001`."""
    return interface.partition("/")[2]


def operator_of_channel(channel: str) -> str:
    """The operator id behind a channel name such as `PJSIP/op1001-0000000a`."""
    return channel.partition("/")[2].rpartition("-")[0]


def known(value: str) -> str:
    """Asterisk writes `<unknown>` where it has no caller id; we leave it empty."""
    return "" if value == "<unknown>" else value


_Head = tuple[str, datetime, str, str]
_Reader = Callable[[_Head, Fields], Event | None]


def _operator(f: Fields) -> tuple[str, str, str, str]:
    return f["Queue"], operator_of(f["Interface"]), f["DestChannel"], f["DestUniqueid"]


def _caller(f: Fields) -> tuple[str, str, str, str, str]:
    return f["Linkedid"], known(f["CallerIDNum"]), known(f["CallerIDName"]), f["Context"], f["Exten"]


def _member(head: _Head, f: Fields) -> Member:
    device = DEVICES.get(f["Status"], Device.UNKNOWN)
    return Member(
        head[0], head[1], f["Queue"], operator_of(f["Interface"]), device, f["Paused"] == "1", f["PausedReason"]
    )


def _user_event(head: _Head, f: Fields) -> Event | None:
    reader = _USER_EVENTS.get(f["UserEvent"])
    return reader(head, f) if reader else None


# include/asterisk/devicestate.h: enum ast_device_state.
DEVICES: Mapping[str, Device] = {
    "0": Device.UNKNOWN,
    "1": Device.IDLE,
    "2": Device.IN_USE,
    "3": Device.IN_USE,
    "4": Device.UNAVAILABLE,
    "5": Device.UNAVAILABLE,
    "6": Device.RINGING,
    "7": Device.IN_USE,
    "8": Device.ON_HOLD,
}

# Raised by our own dialplan; the contract stands in docs/architecture.md.
_USER_EVENTS: Mapping[str, _Reader] = {
    "HotlineKey": lambda h, f: HotlineKey(*h, f["Node"], f["Key"]),
    "HotlineQueued": lambda h, f: HotlineQueued(*h, f["Category"]),
    "HotlineUnitKey": lambda h, f: HotlineUnitKey(*h, f["Result"]),
    "HotlineSatisfaction": lambda h, f: HotlineSatisfaction(*h, f["Key"]),
}

_READERS: Mapping[str, _Reader] = {
    "Newchannel": lambda h, f: Newchannel(*h, *_caller(f)),
    "Hangup": lambda h, f: Hangup(*h, int(f["Cause"])),
    "BridgeEnter": lambda h, f: BridgeEnter(*h, f["BridgeUniqueid"]),
    "BridgeLeave": lambda h, f: BridgeLeave(*h, f["BridgeUniqueid"]),
    "ConfbridgeJoin": lambda h, f: ConferenceJoin(*h, f["Conference"], f["Muted"] == "Yes"),
    "ConfbridgeLeave": lambda h, f: ConferenceLeave(*h, f["Conference"]),
    "ConfbridgeMute": lambda h, f: ConferenceMute(*h, f["Conference"], True),
    "ConfbridgeUnmute": lambda h, f: ConferenceMute(*h, f["Conference"], False),
    "ConfbridgeTalking": lambda h, f: ConferenceTalking(*h, f["Conference"], f["TalkingStatus"] == "on"),
    "QueueCallerJoin": lambda h, f: QueueCallerJoin(*h, f["Queue"], int(f["Position"])),
    "QueueCallerLeave": lambda h, f: QueueCallerLeave(*h, f["Queue"]),
    "QueueCallerAbandon": lambda h, f: QueueCallerAbandon(*h, f["Queue"], int(f["Position"]), int(f["HoldTime"])),
    "AgentCalled": lambda h, f: AgentCalled(*h, *_operator(f)),
    "AgentConnect": lambda h, f: AgentConnect(*h, *_operator(f)),
    "AgentRingNoAnswer": lambda h, f: AgentRingNoAnswer(*h, *_operator(f)),
    "QueueMemberAdded": _member,
    "QueueMemberStatus": _member,
    "QueueMemberPause": _member,
    "QueueMemberRemoved": lambda h, f: MemberRemoved(h[0], h[1], f["Queue"], operator_of(f["Interface"])),
    "AsyncAGIStart": lambda h, f: AsyncAgiStart(*h),
    "AsyncAGIExec": lambda h, f: AsyncAgiExec(*h, f.get("CommandId", ""), f["Result"]),
    "AsyncAGIEnd": lambda h, f: AsyncAgiEnd(*h),
    "OriginateResponse": lambda h, f: OriginateResponse(h[0], h[1], h[3], f["Response"] == "Success", int(f["Reason"])),
    "UserEvent": _user_event,
    "MusicOnHoldStart": lambda h, f: HoldMusic(*h, True),
    "MusicOnHoldStop": lambda h, f: HoldMusic(*h, False),
}

# What the manager user's event filter must let through. FullyBooted tells the session that Asterisk is ready.
NEEDED_EVENTS = frozenset(_READERS) | {"FullyBooted"}
