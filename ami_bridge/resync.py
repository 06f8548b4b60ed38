"""Brings the model of calls up to date after a reconnect or a restart: what Asterisk says against what we believed.

The answer is the events that were missed, to be folded like any other; so everything that follows from an event follows
from a missed one too. Their time is when we looked, or for new channels when they began.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ami_bridge import events as e
from ami_bridge.model import (
    CITIZEN_CONTEXT,
    Call,
    Calls,
    Role,
    State,
    attempt_call_id,
    attempt_role,
    call_of,
    is_outgoing,
    party_of,
)
from ami_bridge.reading import DEVICE_NAMES, DEVICES, known, operator_of, operator_of_channel

_UP = "6"
# Every context, or how its name begins, where a citizen's channel can be (docs/architecture.md, dialplan contract).
CITIZEN_CONTEXTS = (
    CITIZEN_CONTEXT,
    "hotline-after",
    "hotline-callback",
    "hotline-caller",
    "hotline-conf",
    "hotline-fallback",
    "hotline-hold",
    "hotline-left",
    "hotline-menu-",
    "hotline-message",
    "hotline-offer",
    "hotline-called",
    "hotline-queue",
    "hotline-recorder",
    "hotline-refer",
    "hotline-waiting",
)
_UNKNOWN_CAUSE = 0
_SHOWN = (
    e.Newchannel,
    e.AsyncAgiStart,
    e.QueueCallerJoin,
    e.QueueCallerLeave,
    e.AgentCalled,
    e.BridgeEnter,
    e.BridgeLeave,
    e.ConferenceJoin,
    e.ConferenceLeave,
    e.ConferenceMute,
    e.HoldMusic,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as `CoreShowChannels` and `ConfbridgeList` show it. `age` is exact to the second."""

    channel: str
    uniqueid: str
    linkedid: str
    caller: str = field(repr=False)
    caller_name: str = field(repr=False)
    context: str
    exten: str
    up: bool
    application: str
    bridge: str
    age: timedelta
    conference: str = ""
    muted: bool = False
    account: str = ""

    @property
    def held(self) -> bool:
        """Whether the citizen was put on hold music."""
        return self.context == "hotline-hold"

    @property
    def in_async_agi(self) -> bool:
        """Whether the channel waits for AGI commands: a menu to be taken up again."""
        return self.application.lower() == "agi"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in a queue, and for how many seconds already."""

    queue: str
    position: int
    waited_s: int = 0


@dataclass(frozen=True, slots=True)
class MemberNow:
    """An operator in a queue."""

    queue: str
    operator: str
    device: e.Device
    paused: bool
    reason: str
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one node is doing; channels and waiting callers by uniqueid."""

    node: str
    channels: Mapping[str, Channel]
    waiting: Mapping[str, Waiting]
    members: tuple[MemberNow, ...]
    devices: Mapping[str, e.Device] = field(default_factory=dict)


def read_snapshot(
    node: str,
    channels: Iterable[Mapping[str, str]],
    queues: Iterable[Mapping[str, str]],
    conference_parties: Iterable[Mapping[str, str]],
    devices: Iterable[Mapping[str, str]] = (),
) -> Snapshot:
    """Read the answers to CoreShowChannels, QueueStatus, ConfbridgeList (of every conference) and DeviceStateList."""
    queues = list(queues)
    parties = {party_of(party["Uniqueid"]): party for party in conference_parties}
    return Snapshot(
        node,
        {party_of(f["Uniqueid"]): _channel(f, parties.get(party_of(f["Uniqueid"]))) for f in channels},
        {
            party_of(f["Uniqueid"]): Waiting(f["Queue"], int(f["Position"]), int(f.get("Wait", 0)))
            for f in queues
            if f["Event"] == "QueueEntry"
        },
        tuple(_member(f) for f in queues if f["Event"] == "QueueMember"),
        {
            operator_of(f["Device"]): DEVICE_NAMES.get(f["State"], e.Device.UNKNOWN)
            for f in devices
            if f["Device"].startswith("PJSIP/")
        },
    )


def missed_events(calls: Calls, snapshot: Snapshot, now: datetime) -> tuple[e.Event, ...]:
    """The events that lead from what we believe of this node's calls to what Asterisk says."""
    believed = [call for call in calls.values() if call.node == snapshot.node]
    living = [_Pair(calls, channel, snapshot) for channel in sorted(snapshot.channels.values(), key=_citizens_first)]
    ours = [pair for pair in living if pair.role is not None]
    return (
        *(event for call in believed for event in _gone(call, snapshot, now)),
        *(event for pair in ours if pair.party is None for event in _appeared(pair, now)),
        *(event for pair in ours for event in _left_queue(pair, now)),
        *(event for pair in sorted(ours, key=_Pair.place) for event in _joined_queue(pair, now)),
        *(event for pair in ours for event in _talks(pair, now)),
        *(event for pair in ours for event in _held(pair, now)),
    )


def call_ids(snapshot: Snapshot) -> frozenset[str]:
    """The calls whose citizen is there, and those that go out of which any channel is."""
    came_in = (
        uniqueid
        for uniqueid, channel in snapshot.channels.items()
        if uniqueid == channel.linkedid and channel.context.startswith(CITIZEN_CONTEXTS)
    )
    return frozenset(came_in) | outgoing_ids(snapshot)


def there(snapshot: Snapshot) -> frozenset[str]:
    """The ids of all channels, and of calls that go out."""
    return frozenset(snapshot.channels) | outgoing_ids(snapshot)


def outgoing_ids(snapshot: Snapshot) -> frozenset[str]:
    """The calls that go out of which any channel is there."""
    return frozenset(
        call_id
        for uniqueid, channel in snapshot.channels.items()
        if is_outgoing(call_id := call_of(uniqueid, channel.linkedid))
    )


def is_shown(event: e.Event) -> bool:
    """Whether a later look shows what this event changed: a newer snapshot stands for it."""
    return isinstance(event, _SHOWN)


def orphans(snapshot: Snapshot, calls: Calls) -> tuple[Channel, ...]:
    """Units whose citizen is gone, left over from an interrupted move, and who is in a call that goes out of which
    nobody knows: to be hung up.
    """

    def left_over(channel: Channel) -> bool:
        call_id = call_of(channel.uniqueid, channel.linkedid)
        if is_outgoing(call_id):
            return call_id not in calls
        return attempt_call_id(channel.uniqueid) is not None and call_id not in snapshot.channels

    return tuple(channel for channel in snapshot.channels.values() if left_over(channel))


def member_events(known: Iterable[tuple[str, str]], snapshot: Snapshot, now: datetime) -> tuple[e.Event, ...]:
    """What the queues' members are now. `known` are the (queue, operator) pairs we believed in, on this node."""
    present = {(member.queue, member.operator) for member in snapshot.members}
    removed = [
        e.MemberRemoved(snapshot.node, now, queue, name) for queue, name in known if (queue, name) not in present
    ]
    return (
        *removed,
        *(
            e.Member(snapshot.node, now, m.queue, m.operator, m.device, m.paused, m.reason, m.penalty)
            for m in snapshot.members
        ),
        *(e.DeviceChanged(snapshot.node, now, name, device) for name, device in snapshot.devices.items()),
    )


def _channel(f: Mapping[str, str], party: Mapping[str, str] | None) -> Channel:
    hours, minutes, seconds = (int(part) for part in f["Duration"].split(":"))
    return Channel(
        channel=f["Channel"],
        uniqueid=party_of(f["Uniqueid"]),
        linkedid=f["Linkedid"],
        caller=known(f["CallerIDNum"]),
        caller_name=known(f["CallerIDName"]),
        context=f["Context"],
        exten=f["Exten"],
        up=f["ChannelState"] == _UP,
        application=f["Application"],
        bridge=f["BridgeId"],
        age=timedelta(hours=hours, minutes=minutes, seconds=seconds),
        conference=party["Conference"] if party else "",
        muted=party is not None and party["Muted"] == "Yes",
        account=f.get("AccountCode", ""),
    )


def _member(f: Mapping[str, str]) -> MemberNow:
    device = DEVICES.get(f["Status"], e.Device.UNKNOWN)
    who = (f["Queue"], operator_of(f["Location"]), device)
    return MemberNow(*who, f["Paused"] == "1", f["PausedReason"], int(f.get("Penalty", 0)))


def _citizens_first(channel: Channel) -> tuple[bool, timedelta]:
    return channel.uniqueid != channel.linkedid or attempt_call_id(channel.uniqueid) is not None, -channel.age


class _Pair:
    """A living channel beside what we believed of it."""

    def __init__(self, calls: Calls, channel: Channel, snapshot: Snapshot) -> None:
        self.channel = channel
        self.calls = calls
        self.node = snapshot.node
        self.call_id = call_of(channel.uniqueid, channel.linkedid)
        self.call = calls.of_channel(channel.uniqueid)
        known = self.call.parties.get(channel.uniqueid) if self.call else None
        # Whom the hotline calls is known before there is a channel.
        self.party = known if known and known.channel else None
        self.citizen = snapshot.channels.get(self.call_id)
        self.role = self.party.role if self.party else self._role()
        self.waiting = snapshot.waiting.get(channel.uniqueid)

    def _role(self) -> Role | None:
        there = self.citizen is not None and self.citizen.context.startswith(CITIZEN_CONTEXTS)
        if not there and not (is_outgoing(self.call_id) and self.call_id in self.calls):
            return None
        if attempt_call_id(self.channel.uniqueid):
            return attempt_role(self.channel.uniqueid)
        return Role.CITIZEN if self.citizen is self.channel else Role.OPERATOR

    def place(self) -> int:
        """Where the caller waits; 0 when it does not."""
        return self.waiting.position if self.waiting else 0

    def head(self, at: datetime) -> tuple[str, datetime, str, str]:
        """What every event of the channel begins with."""
        return self.node, at, self.channel.channel, self.channel.uniqueid


def _gone(call: Call, snapshot: Snapshot, now: datetime) -> Iterator[e.Event]:
    for party in sorted(call.parties.values(), key=lambda party: party.role is not Role.CITIZEN):
        if not party.gone and party.channel and party.uniqueid not in snapshot.channels:
            yield e.Hangup(snapshot.node, now, party.channel, party.uniqueid, _UNKNOWN_CAUSE)


def _appeared(pair: _Pair, now: datetime) -> Iterator[e.Event]:
    channel, began = pair.channel, now - pair.channel.age
    attempt = attempt_call_id(channel.uniqueid) is not None
    if pair.role is Role.OPERATOR and pair.citizen and not attempt:
        operator = operator_of_channel(channel.channel)
        head = (pair.node, began, pair.citizen.channel, pair.citizen.uniqueid)
        yield e.AgentCalled(*head, "", operator, channel.channel, channel.uniqueid)
        return
    # The number dialled is only known while the channel has not moved on.
    dialled = channel.exten if channel.context == CITIZEN_CONTEXT else ""
    context = CITIZEN_CONTEXT if pair.role is Role.CITIZEN else channel.context
    caller = (channel.caller, channel.caller_name)
    yield e.Newchannel(*pair.head(began), channel.linkedid, *caller, context, dialled)


def _left_queue(pair: _Pair, now: datetime) -> Iterator[e.Event]:
    if pair.call and pair.role is Role.CITIZEN and pair.call.state is State.QUEUED and pair.waiting is None:
        yield e.QueueCallerLeave(*pair.head(now), pair.call.queue)


def _joined_queue(pair: _Pair, now: datetime) -> Iterator[e.Event]:
    if pair.waiting and (pair.call is None or pair.call.state is not State.QUEUED):
        began = now - timedelta(seconds=pair.waiting.waited_s)
        yield e.QueueCallerJoin(*pair.head(began), pair.waiting.queue, pair.waiting.position)


def _talks(pair: _Pair, now: datetime) -> Iterator[e.Event]:
    channel, party = pair.channel, pair.party
    bridged = party is not None and party.bridged_since is not None
    rung = attempt_call_id(channel.uniqueid) or is_outgoing(channel.uniqueid)
    if rung and channel.up and not (party and party.answered):
        yield e.OriginateResponse(pair.node, now, channel.uniqueid, True, 4)
    if pair.role is Role.LISTENER and channel.application == "ChanSpy" and not (party and party.key):
        yield e.HotlineUnitKey(*pair.head(now), "accepted")
    if bridged and not channel.bridge:
        yield e.BridgeLeave(*pair.head(now), "")
    if channel.bridge and not bridged:
        yield e.BridgeEnter(*pair.head(now), channel.bridge)
    yield from _confers(pair, now)


def _confers(pair: _Pair, now: datetime) -> Iterator[e.Event]:
    conference, party = pair.channel.conference, pair.party
    inside = party is not None and party.in_conference
    if inside and not conference:
        yield e.ConferenceLeave(*pair.head(now), "")
    if conference and not inside:
        yield e.ConferenceJoin(*pair.head(now), conference, pair.channel.muted)
    if conference and party and inside and party.muted is not pair.channel.muted:
        yield e.ConferenceMute(*pair.head(now), conference, pair.channel.muted)


def _held(pair: _Pair, now: datetime) -> Iterator[e.Event]:
    believed = pair.call is not None and pair.call.state is State.HELD
    if pair.role is Role.CITIZEN and believed is not pair.channel.held:
        yield e.HoldMusic(*pair.head(now), pair.channel.held)
