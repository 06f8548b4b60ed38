"""Reads the fields of an AMI message as a typed event.

Field names are Asterisk's ("AMI Events", Asterisk 22), those of user events our own dialplan's.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ami_bridge import events as e
from ami_bridge.framing import text_of
from ami_bridge.model import party_of

Fields = Mapping[str, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(name: str, fields: Fields, node: str) -> e.Event | None:
    """Make the typed event, or None for an event the hotline does not need.

    Raises ValueError when a field that Asterisk always sends is missing or is not a number.
    """
    reader = _READERS.get(name)
    if reader is None:
        return None
    head = (node, event_time(fields), fields.get("Channel", ""), party_of(fields.get("Uniqueid", "")))
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


def display_name(header: str) -> str:
    """The name in a From header (RFC 3261, section 20.20) that comes in base64, in whatever encoding it was sent."""
    try:
        raw = b64decode(header, validate=True)
    except ValueError:
        return ""
    name = text_of(raw.rpartition(b"<")[0]).strip().removeprefix('"').removesuffix('"')
    return re.sub(r"[\x00-\x1f\x7f]", " ", re.sub(r"\\(.)", r"\1", name))


# The dialplan writes a flag behind a 0, so that nothing is one character too.
HIDDEN = "01"
_Head = tuple[str, datetime, str, str]
_Reader = Callable[[_Head, Fields], e.Event | None]


def _operator(f: Fields) -> tuple[str, str, str, str]:
    return f["Queue"], operator_of(f["Interface"]), f["DestChannel"], f["DestUniqueid"]


def _caller(f: Fields) -> tuple[str, str, str, str, str]:
    return f["Linkedid"], known(f["CallerIDNum"]), known(f["CallerIDName"]), f["Context"], f["Exten"]


def _member(head: _Head, f: Fields) -> e.Member:
    device = DEVICES.get(f["Status"], e.Device.UNKNOWN)
    who = (f["Queue"], operator_of(f["Interface"]), device)
    return e.Member(head[0], head[1], *who, f["Paused"] == "1", f["PausedReason"], int(f["Penalty"]))


def _device(head: _Head, f: Fields) -> e.Event | None:
    """Of telephones only: queues and parking lots have states, too."""
    if not f["Device"].startswith("PJSIP/"):
        return None
    return e.DeviceChanged(head[0], head[1], operator_of(f["Device"]), DEVICE_NAMES.get(f["State"], e.Device.UNKNOWN))


def _user_event(head: _Head, f: Fields) -> e.Event | None:
    reader = _USER_EVENTS.get(f["UserEvent"])
    return reader(head, f) if reader else None


def _dial_end(head: _Head, f: Fields) -> e.Event | None:
    """Asterisk raises it for what the other side did, not for a ring that we ended."""
    if f["DialStatus"] == "ANSWER":
        return None
    return e.DialRefused(head[0], head[1], f["DestChannel"], party_of(f["DestUniqueid"]))


def _transfer(head: _Head, f: Fields) -> e.Event | None:
    """What Asterisk has done is told by the dialplan that it leads to."""
    if f["Result"] == "Success":
        return None
    return e.TransferRefused(head[0], head[1], f["TransfererChannel"], f["TransfererUniqueid"], f["Extension"])


# include/asterisk/devicestate.h: enum ast_device_state.
DEVICES: Mapping[str, e.Device] = {
    "0": e.Device.UNKNOWN,
    "1": e.Device.IDLE,
    "2": e.Device.IN_USE,
    "3": e.Device.IN_USE,
    "4": e.Device.UNAVAILABLE,
    "5": e.Device.UNAVAILABLE,
    "6": e.Device.RINGING,
    "7": e.Device.IN_USE,
    "8": e.Device.ON_HOLD,
}

# The same by their names (main/devicestate.c: ast_devstate_str).
DEVICE_NAMES: Mapping[str, e.Device] = {
    "UNKNOWN": e.Device.UNKNOWN,
    "NOT_INUSE": e.Device.IDLE,
    "INUSE": e.Device.IN_USE,
    "BUSY": e.Device.IN_USE,
    "INVALID": e.Device.UNAVAILABLE,
    "UNAVAILABLE": e.Device.UNAVAILABLE,
    "RINGING": e.Device.RINGING,
    "RINGINUSE": e.Device.IN_USE,
    "ONHOLD": e.Device.ON_HOLD,
}

# Raised by our own dialplan; the contract stands in docs/architecture.md.
_USER_EVENTS: Mapping[str, _Reader] = {
    "HotlineCaller": lambda h, f: e.HotlineCaller(*h, f["Number"], f["Hidden"] == HIDDEN, display_name(f["From"])),
    "HotlineKey": lambda h, f: e.HotlineKey(*h, f["Node"], f["Key"]),
    "HotlineQueued": lambda h, f: e.HotlineQueued(*h, f["Category"], f.get("Language", "")),
    "HotlineLanguage": lambda h, f: e.HotlineLanguage(*h, f["Language"]),
    "HotlineUnitKey": lambda h, f: e.HotlineUnitKey(*h, f["Result"]),
    "HotlineBack": lambda h, f: e.HotlineBack(*h),
    "HotlineRefer": lambda h, f: e.HotlineRefer(*h, f["Number"], f["Operator"]),
    "HotlineSatisfaction": lambda h, f: e.HotlineSatisfaction(*h, f["Key"]),
    "HotlineMessage": lambda h, f: e.HotlineMessage(*h, f["Node"]),
    "HotlineCallback": lambda h, f: e.HotlineCallback(*h, f["Node"]),
}

_READERS: Mapping[str, _Reader] = {
    "Newchannel": lambda h, f: e.Newchannel(*h, *_caller(f)),
    "Hangup": lambda h, f: e.Hangup(*h, int(f["Cause"]), int(f.get("TechCause") or 0)),
    "DialEnd": _dial_end,
    "BlindTransfer": _transfer,
    "BridgeEnter": lambda h, f: e.BridgeEnter(*h, f["BridgeUniqueid"]),
    "BridgeLeave": lambda h, f: e.BridgeLeave(*h, f["BridgeUniqueid"]),
    "ConfbridgeJoin": lambda h, f: e.ConferenceJoin(*h, f["Conference"], f["Muted"] == "Yes"),
    "ConfbridgeLeave": lambda h, f: e.ConferenceLeave(*h, f["Conference"]),
    "ConfbridgeMute": lambda h, f: e.ConferenceMute(*h, f["Conference"], True),
    "ConfbridgeUnmute": lambda h, f: e.ConferenceMute(*h, f["Conference"], False),
    "ConfbridgeTalking": lambda h, f: e.ConferenceTalking(*h, f["Conference"], f["TalkingStatus"] == "on"),
    "QueueCallerJoin": lambda h, f: e.QueueCallerJoin(*h, f["Queue"], int(f["Position"])),
    "QueueCallerLeave": lambda h, f: e.QueueCallerLeave(*h, f["Queue"]),
    "QueueCallerAbandon": lambda h, f: e.QueueCallerAbandon(*h, f["Queue"], int(f["Position"]), int(f["HoldTime"])),
    "AgentCalled": lambda h, f: e.AgentCalled(*h, *_operator(f)),
    "AgentConnect": lambda h, f: e.AgentConnect(*h, *_operator(f)),
    "AgentRingNoAnswer": lambda h, f: e.AgentRingNoAnswer(*h, *_operator(f)),
    "QueueMemberAdded": _member,
    "QueueMemberStatus": _member,
    "QueueMemberPause": _member,
    "DeviceStateChange": _device,
    "QueueMemberRemoved": lambda h, f: e.MemberRemoved(h[0], h[1], f["Queue"], operator_of(f["Interface"])),
    "AsyncAGIStart": lambda h, f: e.AsyncAgiStart(*h),
    "AsyncAGIExec": lambda h, f: e.AsyncAgiExec(*h, f.get("CommandId", ""), f["Result"]),
    "AsyncAGIEnd": lambda h, f: e.AsyncAgiEnd(*h),
    "OriginateResponse": lambda h, f: e.OriginateResponse(
        h[0], h[1], h[3], f["Response"] == "Success", int(f["Reason"])
    ),
    "UserEvent": _user_event,
    "MusicOnHoldStart": lambda h, f: e.HoldMusic(*h, True),
    "MusicOnHoldStop": lambda h, f: e.HoldMusic(*h, False),
}
