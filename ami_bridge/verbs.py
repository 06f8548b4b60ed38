"""What can be done to calls: small actions over an AMI session, every value checked before it is sent.

Each raises what `AmiSession.action` raises, and ValueError for a number, name or id that is not one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ami_bridge.errors import AmiActionFailed
from ami_bridge.resync import Snapshot, read_snapshot
from ami_bridge.session import AmiSession

_NUMBER = re.compile(r"[0-9+*#]{2,20}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_INTERFACE = re.compile(r"PJSIP/[A-Za-z0-9_.-]{1,80}")
_CHANNEL = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@:;+*#-]{1,120}")
# Of the dialplan functions only these: others, such as SHELL, do more than set something.
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}|TIMEOUT\(absolute\)|CHANNEL\((?:language|musicclass)\)")
_ACCOUNT = re.compile(r"[A-Za-z0-9/_.:-]{0,79}")
_UNIT_CONTEXT = "hotline-unit"
_FAR_CONTEXT = "hotline-called"
# A telephone that knows this header answers by itself: who asked for a call waits for its other end.
_BY_ITSELF = {"PJSIP_HEADER(add,Call-Info)": "<sip:hotline>\\;answer-after=0"}
NORMAL_CLEARING = 16


@dataclass(frozen=True, slots=True)
class Target:
    """A dialplan extension to send a channel to."""

    context: str
    exten: str


def trunk_target(number: str, trunk: str) -> str:
    """The dial string of a telephone number over a trunk."""
    return f"PJSIP/{_checked(_NUMBER, number, 'a telephone number')}@{_checked(_NAME, trunk, 'a trunk')}"


def operator_target(operator: str) -> str:
    """The dial string of an operator's telephone."""
    return _checked(_INTERFACE, f"PJSIP/{operator}", "an operator")


async def originate_unit(
    session: AmiSession,
    *,
    call_id: str,
    attempt_id: str,
    dial: str,
    caller_number: str,
    timeout_s: float,
    account: str = "",
    role: str = "unit",
    by_itself: bool = False,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Ring a telephone for a call; when it answers it enters `hotline-unit`. Returns when Asterisk has queued the call.

    `dial` is `trunk_target(...)` or an interface; `caller_number` is what the duty officer sees. The channel's uniqueid
    is the attempt id, so every event of the attempt names it; `account` is kept with the channel and in the journal.
    `by_itself`: the telephone is asked to answer without being lifted.
    """
    values = {"HOTLINE_CALL": call_id, "HOTLINE_ROLE": role, **(variables or {})}
    fields = _originated(_UNIT_CONTEXT, attempt_id, dial, caller_number, timeout_s, account, values)
    if by_itself:
        fields["Variable"] = [*fields["Variable"], *(f"{name}={value}" for name, value in _BY_ITSELF.items())]
    await session.action("Originate", fields)


async def originate_far_end(
    session: AmiSession,
    *,
    call_id: str,
    attempt_id: str,
    dial: str,
    caller_number: str,
    timeout_s: float,
    account: str,
    variables: Mapping[str, str],
) -> None:
    """Ring whom a call that goes out calls; who answers enters `hotline-called`. Otherwise as `originate_unit`."""
    values = {"HOTLINE_CALL": call_id, "HOTLINE_ROLE": "citizen", **variables}
    fields = _originated(_FAR_CONTEXT, attempt_id, dial, caller_number, timeout_s, account, values)
    await session.action("Originate", fields)


def _originated(
    context: str,
    attempt_id: str,
    dial: str,
    caller_number: str,
    timeout_s: float,
    account: str,
    values: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "ChannelId": _checked(_NAME, attempt_id, "an attempt id"),
        "Context": context,
        "Channel": _checked(_CHANNEL, dial, "a dial string"),
        "Exten": "s",
        "Priority": "1",
        "Async": "true",
        "Timeout": str(round(timeout_s * 1000)),
        "Account": _checked(_ACCOUNT, account, "an account code"),
        "CallerID": f'"{_checked(_NUMBER, caller_number, "a telephone number")}" <{caller_number}>',
        "Variable": [f"{_checked(_VARIABLE, name, 'a variable')}={value}" for name, value in values.items()],
    }


async def say_to(session: AmiSession, party_id: str, sound: str) -> None:
    """Say something to one party alone, wherever they are: into their ear, over whoever speaks."""
    await session.action(
        "Originate",
        {
            "Channel": "Local/s@hotline-word/n",
            "Application": "Playback",
            "Data": sound,
            "Async": "true",
            "Variable": [f"HOTLINE_SPIED={_checked(_NAME, party_id, 'a party')}"],
        },
    )


async def redirect(session: AmiSession, channel: str, target: Target) -> None:
    """Send one channel elsewhere in the dialplan."""
    await session.action("Redirect", _redirection(channel, target, ""))


async def redirect_both(
    session: AmiSession, channel: str, target: Target, other_channel: str, other_target: Target
) -> None:
    """Send two channels of one bridge elsewhere at the same moment, so that neither hears the other leave."""
    await session.action(
        "Redirect", _redirection(channel, target, "") | _redirection(other_channel, other_target, "Extra")
    )


async def hang_up(session: AmiSession, channel: str, cause: int = NORMAL_CLEARING) -> None:
    """Hang a channel up with a Q.850 cause."""
    await session.action("Hangup", {"Channel": _checked(_CHANNEL, channel, "a channel"), "Cause": str(cause)})


async def mute(session: AmiSession, conference: str, channel: str, *, muted: bool) -> None:
    """Mute or unmute a party of a conference."""
    await session.action("ConfbridgeMute" if muted else "ConfbridgeUnmute", _in_conference(conference, channel))


async def queue_add(session: AmiSession, queue: str, operator: str, *, penalty: int = 0, paused_for: str = "") -> None:
    """Make an operator a member of a queue, paused when a reason is given. Lower penalties are rung first."""
    fields = _member(queue, operator) | {"MemberName": operator, "Penalty": str(penalty)}
    fields |= {"Paused": "true" if paused_for else "false"}
    await session.action("QueueAdd", fields | ({"Reason": paused_for} if paused_for else {}))


async def queue_remove(session: AmiSession, queue: str, operator: str) -> None:
    """Take an operator out of a queue."""
    await session.action("QueueRemove", _member(queue, operator))


async def queue_pause(session: AmiSession, queue: str, operator: str, *, paused: bool, reason: str = "") -> None:
    """Pause an operator for a reason, or let calls come again."""
    fields = _member(queue, operator) | {"Paused": "true" if paused else "false"}
    await session.action("QueuePause", fields | ({"Reason": reason} if reason else {}))


async def queue_penalty(session: AmiSession, queue: str, operator: str, penalty: int) -> None:
    """Change how early an operator is rung; calls in progress are not touched."""
    await session.action("QueuePenalty", _member(queue, operator) | {"Penalty": str(penalty)})


async def set_global(session: AmiSession, name: str, value: str) -> None:
    """Set a global variable of the node."""
    await session.action("Setvar", {"Variable": _checked(_VARIABLE, name, "a variable"), "Value": value})


async def get_global(session: AmiSession, name: str) -> str:
    """The value of a global variable of the node; empty where it has none."""
    answer = await session.action("Getvar", {"Variable": _checked(_VARIABLE, name, "a variable")})
    return answer.get("Value", "")


async def set_variable(session: AmiSession, channel: str, name: str, value: str) -> None:
    """Set a channel variable or function such as `TIMEOUT(absolute)`."""
    await session.action(
        "Setvar",
        {
            "Channel": _checked(_CHANNEL, channel, "a channel"),
            "Variable": _checked(_VARIABLE, name, "a variable"),
            "Value": value,
        },
    )


async def look(session: AmiSession) -> Snapshot:
    """Ask Asterisk what is going on now: channels, queues, telephones, conferences."""
    channels = await session.collect("CoreShowChannels", {}, "CoreShowChannelsComplete")
    queues = await session.collect("QueueStatus", {}, "QueueStatusComplete")
    devices = await session.collect("DeviceStateList", {}, "DeviceStateListComplete")
    parties: list[dict[str, str]] = []
    for room in await _conferences(session):
        parties += await _list_or_nothing(session, "ConfbridgeList", {"Conference": room}, "ConfbridgeListComplete")
    return read_snapshot(session.node.name, channels, queues, parties, devices)


async def _conferences(session: AmiSession) -> list[str]:
    rooms = await _list_or_nothing(session, "ConfbridgeListRooms", {}, "ConfbridgeListRoomsComplete")
    return [room["Conference"] for room in rooms]


async def _list_or_nothing(
    session: AmiSession, name: str, fields: Mapping[str, str], complete_event: str
) -> list[dict[str, str]]:
    """ConfBridge answers `No active conferences.` and the like where there is nothing to list."""
    try:
        return await session.collect(name, fields, complete_event)
    except AmiActionFailed as refused:
        if not refused.reason.startswith("No "):
            raise
        return []


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        # The value itself may be a telephone number, which has no place in a log.
        raise ValueError(f"not {what}: {len(value)} characters, expected {pattern.pattern}")
    return value


def _redirection(channel: str, target: Target, prefix: str) -> dict[str, str]:
    return {
        f"{prefix}Channel": _checked(_CHANNEL, channel, "a channel"),
        f"{prefix}Context": _checked(_NAME, target.context, "a context"),
        f"{prefix}Exten": _checked(_NAME, target.exten, "an extension"),
        f"{prefix}Priority": "1",
    }


def _in_conference(conference: str, channel: str) -> dict[str, str]:
    return {
        "Conference": _checked(_NAME, conference, "a conference"),
        "Channel": _checked(_CHANNEL, channel, "a channel"),
    }


def _member(queue: str, operator: str) -> dict[str, str]:
    return {
        "Queue": _checked(_NAME, queue, "a queue"),
        "Interface": operator_target(operator),
    }
