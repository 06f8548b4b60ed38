"""Every verb as Asterisk receives it, and what is refused before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ami_bridge import verbs
from ami_bridge.errors import AmiActionFailed
from ami_bridge.events import Device
from ami_bridge.resync import Channel, MemberNow, Waiting
from ami_bridge.session import AmiSession
from ami_bridge.verbs import Target
from tests.wire.peer import eventually, fake_asterisk, message, session_to

Verb = Callable[[AmiSession], Awaitable[Any]]
CALL = "node1-1700000000.1"
CITIZEN, OPERATOR = "PJSIP/trunk-00000001", "PJSIP/op1001-00000002"


@pytest.mark.parametrize(
    ("verb", "sent"),
    [
        (
            lambda s: verbs.redirect(s, CITIZEN, Target("hotline-queue", "s")),
            {"Action": "Redirect", "Channel": CITIZEN, "Context": "hotline-queue", "Exten": "s", "Priority": "1"},
        ),
        (
            lambda s: verbs.redirect_both(
                s,
                CITIZEN,
                Target("hotline-conf", f"citizen-{CALL}"),
                OPERATOR,
                Target("hotline-conf", f"operator-{CALL}"),
            ),
            {
                "Action": "Redirect",
                "Channel": CITIZEN,
                "Context": "hotline-conf",
                "Exten": f"citizen-{CALL}",
                "Priority": "1",
                "ExtraChannel": OPERATOR,
                "ExtraContext": "hotline-conf",
                "ExtraExten": f"operator-{CALL}",
                "ExtraPriority": "1",
            },
        ),
        (lambda s: verbs.hang_up(s, CITIZEN), {"Action": "Hangup", "Channel": CITIZEN, "Cause": "16"}),
        (
            lambda s: verbs.mute(s, CALL, OPERATOR, muted=True),
            {"Action": "ConfbridgeMute", "Conference": CALL, "Channel": OPERATOR},
        ),
        (
            lambda s: verbs.mute(s, CALL, OPERATOR, muted=False),
            {"Action": "ConfbridgeUnmute", "Conference": CALL, "Channel": OPERATOR},
        ),
        (
            lambda s: verbs.queue_add(s, "hotline", "op1001"),
            {
                "Action": "QueueAdd",
                "Queue": "hotline",
                "Interface": "PJSIP/op1001",
                "MemberName": "op1001",
                "Penalty": "0",
                "Paused": "false",
            },
        ),
        (
            lambda s: verbs.queue_add(s, "hotline", "op1001", paused_for="培训"),
            {
                "Action": "QueueAdd",
                "Queue": "hotline",
                "Interface": "PJSIP/op1001",
                "MemberName": "op1001",
                "Penalty": "0",
                "Paused": "true",
                "Reason": "培训",
            },
        ),
        (
            lambda s: verbs.queue_penalty(s, "hotline", "op1001", 3),
            {"Action": "QueuePenalty", "Queue": "hotline", "Interface": "PJSIP/op1001", "Penalty": "3"},
        ),
        (
            lambda s: verbs.queue_remove(s, "hotline", "op1001"),
            {"Action": "QueueRemove", "Queue": "hotline", "Interface": "PJSIP/op1001"},
        ),
        (
            lambda s: verbs.queue_pause(s, "hotline", "op1001", paused=True, reason="no-answer"),
            {
                "Action": "QueuePause",
                "Queue": "hotline",
                "Interface": "PJSIP/op1001",
                "Paused": "true",
                "Reason": "no-answer",
            },
        ),
        (
            lambda s: verbs.set_global(s, "HOTLINE_HEARTBEAT", "1700000000"),
            {"Action": "Setvar", "Variable": "HOTLINE_HEARTBEAT", "Value": "1700000000"},
        ),
        (
            lambda s: verbs.set_variable(s, CITIZEN, "TIMEOUT(absolute)", "20"),
            {"Action": "Setvar", "Channel": CITIZEN, "Variable": "TIMEOUT(absolute)", "Value": "20"},
        ),
    ],
)
async def test_what_asterisk_receives(verb: Verb, sent: dict[str, str]) -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        doing = asyncio.ensure_future(verb(seen.session))
        action = await wire.action()
        wire.answer(action)
        await doing
        assert {key: value for key, value in action.items() if key != "ActionID"} == sent


async def test_a_duty_phone_is_rung_under_its_attempt_id() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        ringing = asyncio.create_task(
            verbs.originate_unit(
                seen.session,
                call_id=CALL,
                attempt_id=f"{CALL}-u1",
                dial=verbs.trunk_target("02387654321", "trunk"),
                caller_number="12345",
                timeout_s=20.5,
                variables={"HOTLINE_UNIT_PROMPT": "a&b"},
            )
        )
        raw = (await wire._reader.readuntil(b"\r\n\r\n")).decode()
        ringing.cancel()
    lines = set(raw.strip().split("\r\n"))
    assert {
        "Action: Originate",
        "Async: true",
        'CallerID: "12345" <12345>',
        f"ChannelId: {CALL}-u1",
        "Channel: PJSIP/02387654321@trunk",
        "Context: hotline-unit",
        "Timeout: 20500",
        f"Variable: HOTLINE_CALL={CALL}",
        "Variable: HOTLINE_ROLE=unit",
        "Variable: HOTLINE_UNIT_PROMPT=a&b",
    } < lines


@pytest.mark.parametrize("number", ["", "1", "0" * 21, "110@evil", "110,g", "110\r\nAction: x", "１１０", "11 0"])
def test_what_is_no_telephone_number_is_refused_without_repeating_it(number: str) -> None:
    with pytest.raises(ValueError, match="not a telephone number") as caught:
        verbs.trunk_target(number, "trunk")
    assert len(number) < 2 or number not in str(caught.value)


@pytest.mark.parametrize(
    "verb",
    [
        lambda s: verbs.redirect(s, "all", Target("hotline-queue", "s")),
        lambda s: verbs.redirect(s, CITIZEN, Target("hotline,queue", "s")),
        lambda s: verbs.redirect(s, CITIZEN, Target("hotline-queue", "${EXTEN}")),
        lambda s: verbs.hang_up(s, "/^PJSIP/trunk.*$/"),
        lambda s: verbs.mute(s, CALL, "all", muted=True),
        lambda s: verbs.mute(s, "a b", OPERATOR, muted=True),
        lambda s: verbs.queue_add(s, "hotline", "op1001,penalty"),
        lambda s: verbs.queue_add(s, "", "op1001"),
        lambda s: verbs.set_global(s, "A B", "x"),
        lambda s: verbs.set_variable(s, CITIZEN, "SHELL(reboot)", "x"),
        lambda s: verbs.originate_unit(
            s,
            call_id=CALL,
            attempt_id="a b",
            dial="PJSIP/op1001",
            caller_number="12345",
            timeout_s=1,
        ),
        lambda s: verbs.originate_unit(
            s,
            call_id=CALL,
            attempt_id=f"{CALL}-u1",
            dial="Local/110@x,1",
            caller_number="12345",
            timeout_s=1,
        ),
    ],
)
async def test_what_is_no_name_is_refused(verb: Verb) -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        with pytest.raises(ValueError, match=r"^not "):
            await verb(seen.session)
        await wire.no_action()


CHANNEL_FIELDS = {
    "Channel": CITIZEN,
    "ChannelState": "6",
    "CallerIDNum": "<unknown>",
    "CallerIDName": "张三",
    "Context": "hotline-conf",
    "Exten": f"citizen-{CALL}",
    "Uniqueid": CALL,
    "Linkedid": CALL,
    "Application": "ConfBridge",
    "Duration": "01:02:03",
    "BridgeId": "b",
}


class TestLook:
    """A look at Asterisk: channels, queues, then the parties of every conference."""

    async def test_everything_is_put_together(self) -> None:
        answers = {
            "CoreShowChannels": [("CoreShowChannel", CHANNEL_FIELDS)],
            "QueueStatus": [
                ("QueueParams", {"Queue": "hotline"}),
                (
                    "QueueMember",
                    {
                        "Queue": "hotline",
                        "Location": "PJSIP/op1001",
                        "Status": "6",
                        "Paused": "1",
                        "PausedReason": "培训",
                    },
                ),
                ("QueueEntry", {"Queue": "hotline", "Position": "2", "Uniqueid": "node1-1700000000.9"}),
            ],
            "DeviceStateList": [
                ("DeviceStateChange", {"Device": "PJSIP/op1001", "State": "UNAVAILABLE"}),
                ("DeviceStateChange", {"Device": "Queue:hotline", "State": "NOT_INUSE"}),
            ],
            "ConfbridgeListRooms": [("ConfbridgeListRooms", {"Conference": CALL})],
            "ConfbridgeList": [("ConfbridgeList", {"Conference": CALL, "Uniqueid": CALL, "Muted": "Yes"})],
        }
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            looking = asyncio.create_task(verbs.look(seen.session))
            for _ in range(5):
                action = await wire.action()
                wire.answer(action, EventList="start")
                for name, fields in answers[action["Action"]]:
                    wire.send(message(Event=name, ActionID=action["ActionID"], **fields))
                wire.send(message(Event=f"{action['Action']}Complete", ActionID=action["ActionID"]))
            snapshot = await looking
        channel = snapshot.channels[CALL]
        assert isinstance(channel, Channel)
        assert (channel.caller, channel.caller_name, channel.conference, channel.muted) == ("", "张三", CALL, True)
        assert channel.age.total_seconds() == 3723
        assert snapshot.devices == {"op1001": Device.UNAVAILABLE}
        assert snapshot.waiting == {"node1-1700000000.9": Waiting("hotline", 2)}
        assert snapshot.members == (MemberNow("hotline", "op1001", snapshot.members[0].device, True, "培训"),)

    @pytest.mark.parametrize(("words", "raises"), [("No active conferences.", False), ("Permission denied", True)])
    async def test_no_conference_is_no_error_but_a_refusal_is(self, words: str, raises: bool) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            looking = asyncio.create_task(verbs.look(seen.session))
            for _ in range(3):
                action = await wire.action()
                wire.answer(action, EventList="start")
                wire.send(message(Event=f"{action['Action']}Complete", ActionID=action["ActionID"]))
            wire.answer(await wire.action(), "Error", Message=words)
            if raises:
                with pytest.raises(AmiActionFailed, match=words):
                    await looking
            else:
                assert (await looking).channels == {}
