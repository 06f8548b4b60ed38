"""AMI events as typed values: the few that the hotline needs, each with the time at which Asterisk raised it.

Uniqueids are unique over all nodes because `systemname` is set,
so parties are named by uniqueid; channel names are only for sending actions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# What the manager user's event filter must let through. FullyBooted tells the session that Asterisk is ready.
NEEDED_EVENTS = frozenset(
    {
        "AgentCalled",
        "AgentConnect",
        "AgentRingNoAnswer",
        "AsyncAGIEnd",
        "AsyncAGIExec",
        "AsyncAGIStart",
        "BlindTransfer",
        "BridgeEnter",
        "BridgeLeave",
        "ConfbridgeJoin",
        "ConfbridgeLeave",
        "ConfbridgeMute",
        "ConfbridgeTalking",
        "ConfbridgeUnmute",
        "DeviceStateChange",
        "DialEnd",
        "FullyBooted",
        "Hangup",
        "MusicOnHoldStart",
        "MusicOnHoldStop",
        "Newchannel",
        "OriginateResponse",
        "QueueCallerAbandon",
        "QueueCallerJoin",
        "QueueCallerLeave",
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberRemoved",
        "QueueMemberStatus",
        "UserEvent",
    }
)


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
    """A channel is gone. `cause` is a Q.850 cause, `code` SIP's final code (0 when Asterisk does not know)."""

    cause: int
    code: int = 0


@dataclass(frozen=True, slots=True)
class DialRefused(_ChannelEvent):
    """The other side ended a ring, not we: what its channel's hangup says is the other side's word."""


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
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class DeviceChanged(_Event):
    """The phone of an operator, or some other endpoint, is in another state: registered, gone, ringing."""

    operator: str
    device: Device


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
class HotlineCaller(_ChannelEvent):
    """Who calls, where Asterisk's own fields do not say it; `hidden`: the caller will not be named. Empty: no news."""

    caller: str = field(repr=False)
    hidden: bool
    caller_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HotlineKey(_ChannelEvent):
    """The fallback menu's report of a key."""

    menu_node: str
    key: str


@dataclass(frozen=True, slots=True)
class HotlineQueued(_ChannelEvent):
    """The call goes to the queue with this category, its caller spoken to in this language."""

    category: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class HotlineLanguage(_ChannelEvent):
    """The fallback menu's report of a language that the caller chose."""

    language: str


@dataclass(frozen=True, slots=True)
class HotlineUnitKey(_ChannelEvent):
    """What the duty officer chose: `accepted`, `declined` or `no-key`."""

    result: str


@dataclass(frozen=True, slots=True)
class HotlineBack(_ChannelEvent):
    """A party of a conference pressed the keys that ask for an operator."""


@dataclass(frozen=True, slots=True)
class HotlineRefer(_ChannelEvent):
    """An operator's telephone handed its call over by itself (REFER): to this number, from this channel."""

    number: str
    operator_channel: str


@dataclass(frozen=True, slots=True)
class TransferRefused(_ChannelEvent):
    """The telephone of this channel wanted to hand over to a number (REFER), and Asterisk has left all as it was."""

    number: str


@dataclass(frozen=True, slots=True)
class HotlineSatisfaction(_ChannelEvent):
    """The caller's answer to the closing question; empty when no key came."""

    key: str


@dataclass(frozen=True, slots=True)
class HotlineMessage(_ChannelEvent):
    """The tone was played and a message is being recorded."""

    menu_node: str


@dataclass(frozen=True, slots=True)
class HotlineCallback(_ChannelEvent):
    """The caller wants to be called back."""

    menu_node: str


@dataclass(frozen=True, slots=True)
class HoldMusic(_ChannelEvent):
    """Music started or stopped for a channel."""

    playing: bool


Event = (
    Newchannel
    | Hangup
    | DialRefused
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
    | DeviceChanged
    | AsyncAgiStart
    | AsyncAgiExec
    | AsyncAgiEnd
    | OriginateResponse
    | HotlineCaller
    | HotlineKey
    | HotlineQueued
    | HotlineLanguage
    | HotlineUnitKey
    | HotlineBack
    | HotlineRefer
    | TransferRefused
    | HotlineSatisfaction
    | HotlineMessage
    | HotlineCallback
    | HoldMusic
)
