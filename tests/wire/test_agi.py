"""AsyncAGI over a session: commands as Asterisk reads them, its answers, one clear exception for a caller gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

import pytest

from ami_bridge.agi import AgiChannels, AsyncAgi, Digits, Recorded, Timeout
from ami_bridge.errors import AgiFailed, AmiDisconnected, AmiTimeout, ChannelGone
from tests.wire.peer import Wire, event, eventually, fake_asterisk, session_to

CHANNEL = "PJSIP/trunk-00000001"
UNIQUEID = "node1-1700000000.1"


@dataclass
class Served:
    """A channel under AGI control, and Asterisk's side of it."""

    agi: AsyncAgi
    wire: Wire
    channels: AgiChannels

    async def command(self) -> dict[str, str]:
        """The next AGI command, acknowledged."""
        action = await self.wire.action()
        assert (action["Action"], action["Channel"]) == ("AGI", CHANNEL)
        self.wire.answer(action, Message="Added AGI command to queue")
        return action

    def executed(self, action: dict[str, str], result: str) -> None:
        """Say how a command ended."""
        command_id = {"CommandId": action["CommandID"]} if "CommandID" in action else {}
        result = url_quote(result + "\n")
        self.wire.send(event("AsyncAGIExec", Channel=CHANNEL, Uniqueid=UNIQUEID, Result=result, **command_id))

    async def carries_out(self, doing: Awaitable[Any], expected: str, result: str) -> Any:
        """Expect one command and answer it."""
        task = asyncio.ensure_future(doing)
        action = await self.command()
        assert action["Command"] == expected
        self.executed(action, result)
        return await task

    def says(self, name: str, **fields: str) -> None:
        """An event of the channel."""
        self.wire.send(event(name, Channel=CHANNEL, Uniqueid=UNIQUEID, **fields))


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    """A caller in AsyncAGI."""
    channels = AgiChannels()
    async with fake_asterisk() as peer, session_to(peer, on_event=channels.feed) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        yield Served(channels.open(seen.session, CHANNEL, UNIQUEID), wire, channels)


Doing = Callable[[AsyncAgi], Awaitable[Any]]


@pytest.mark.parametrize(
    ("doing", "command", "result", "value"),
    [
        (lambda agi: agi.answer(), "ANSWER", "200 result=0", None),
        (lambda agi: agi.play(["zh/welcome"], "12"), 'STREAM FILE "zh/welcome" "12"', "200 result=0 endpos=8000", ""),
        (lambda agi: agi.play(["zh/welcome"], "12"), 'STREAM FILE "zh/welcome" "12"', "200 result=50 endpos=9", "2"),
        (lambda agi: agi.say_digits("120"), 'SAY DIGITS "120" ""', "200 result=0", None),
        (lambda agi: agi.set_variable("A", 'x "y\\'), r'SET VARIABLE A "x \"y\\"', "200 result=1", None),
        (lambda agi: agi.exec("Playback", "a&b"), 'EXEC Playback "a&b"', "200 result=0", None),
        (lambda agi: agi.hangup(), "HANGUP", "200 result=1", None),
        (
            lambda agi: agi.record("/srv/m", longest_s=60, silence_s=3),
            'RECORD FILE "/srv/m" wav "#" 60000 s=3',
            "200 result=35 (dtmf) endpos=16000",
            Recorded(2.0, "key"),
        ),
        (
            lambda agi: agi.record("/srv/m", longest_s=1),
            'RECORD FILE "/srv/m" wav "#" 1000',
            "200 result=0 (timeout) endpos=8000",
            Recorded(1.0, "time"),
        ),
        (
            lambda agi: agi.record("/srv/m", longest_s=1),
            'RECORD FILE "/srv/m" wav "#" 1000',
            "200 result=-1 (hangup) endpos=4000",
            Recorded(0.5, "hangup"),
        ),
        (
            lambda agi: agi.gosub("hotline-message", ("speak", 5, 120)),
            'GOSUB hotline-message s 1 "speak,5,120"',
            "100 result=0 Trying...\n200 result=0 Gosub complete",
            None,
        ),
        (lambda agi: agi.gosub("hotline-x"), "GOSUB hotline-x s 1", "200 result=0 Gosub complete", None),
        (lambda agi: agi.variable("SAID"), "GET FULL VARIABLE ${SAID}", "200 result=1 (no)", "no"),
        (lambda agi: agi.variable("SAID"), "GET FULL VARIABLE ${SAID}", "200 result=0", ""),
    ],
)
async def test_commands_and_answers(doing: Doing, command: str, result: str, value: object) -> None:
    async with served() as call:
        assert await call.carries_out(doing(call.agi), command, result) == value


@pytest.mark.parametrize(
    ("note", "given"),
    [
        ("OK/3", Digits("3")),
        ("OK/", Digits("")),
        ("TIMEOUT/", Timeout()),
        ("TIMEOUT/12", Digits("12")),
        ("OK/*", Digits("*")),
        ("OK/#", Digits("#")),
    ],
)
async def test_gather_asks_for_the_keys_in_the_same_breath(note: str, given: object) -> None:
    async with served() as call:
        gathering = asyncio.create_task(call.agi.gather(["zh/a", "zh/b"], 5.5, 1))
        reading = await call.command()
        assert reading["Command"] == 'EXEC Read "HOTLINE_DIGITS,zh/a&zh/b,1,t(),1,5.5"'
        asking = await call.command()
        assert asking["Command"] == "GET FULL VARIABLE ${READSTATUS}/${HOTLINE_DIGITS}"
        call.executed(reading, "200 result=0")
        call.executed(asking, f"200 result=1 ({note})")
        assert await gathering == given


async def test_longer_input_ends_with_the_hash_key() -> None:
    async with served() as call:
        gathering = asyncio.create_task(call.agi.gather(["zh/number"], 8, 14))
        assert (await call.command())["Command"] == 'EXEC Read "HOTLINE_DIGITS,zh/number,14,,1,8"'
        call.executed(await call.command(), "200 result=1 (OK/20260101000001)")
        assert await gathering == Digits("20260101000001")


@pytest.mark.parametrize("note", ["ERROR/", "/"])
async def test_a_missing_prompt_or_application_is_an_error_not_silence(note: str) -> None:
    async with served() as call:
        gathering = asyncio.create_task(call.agi.gather(["zh/missing"], 5, 1))
        await call.command()
        call.executed(await call.command(), f"200 result=1 ({note})")
        with pytest.raises(AgiFailed, match="zh/missing"):
            await gathering


class TestCallerGone:
    """However the caller leaves, whoever waits for a command gets ChannelGone."""

    @pytest.mark.parametrize(
        ("name", "fields"), [("Hangup", {"Cause": "16"}), ("AsyncAGIEnd", {}), ("AsyncAGIEnd", {"Foreign": "x"})]
    )
    async def test_during_a_command(self, name: str, fields: dict[str, str]) -> None:
        async with served() as call:
            playing = asyncio.create_task(call.agi.play(["zh/welcome"]))
            await call.command()
            call.says(name, **fields)
            with pytest.raises(ChannelGone, match=UNIQUEID):
                await playing

    async def test_with_the_result_minus_one_before_it(self) -> None:
        async with served() as call:
            playing = asyncio.create_task(call.agi.play(["zh/welcome"]))
            call.executed(await call.command(), "200 result=-1")
            call.says("AsyncAGIEnd")
            with pytest.raises(ChannelGone):
                await playing

    async def test_between_two_commands(self) -> None:
        async with served() as call:
            call.says("Hangup", Cause="16")
            await eventually(lambda: call.agi.gone, "told")
            with pytest.raises(ChannelGone):
                await call.agi.answer()
            await call.wire.no_action()

    async def test_when_asterisk_no_longer_knows_the_channel(self) -> None:
        async with served() as call:
            answering = asyncio.create_task(call.agi.answer())
            call.wire.answer(await call.wire.action(), "Error", Message=f"Channel {CHANNEL} does not exist.")
            with pytest.raises(ChannelGone, match="does not exist"):
                await answering

    async def test_when_the_channel_is_dead(self) -> None:
        async with served() as call:
            answering = asyncio.create_task(call.agi.answer())
            dead = "511 Command Not Permitted on a dead channel or intercept routine"
            call.executed(await call.command(), dead)
            with pytest.raises(ChannelGone):
                await answering

    async def test_between_the_two_commands_of_gather(self) -> None:
        async with served() as call:
            gathering = asyncio.create_task(call.agi.gather(["zh/a"], 5, 1))
            await call.command()
            call.wire.answer(await call.wire.action(), "Error", Message="Failed to add AGI command")
            with pytest.raises(ChannelGone):
                await gathering


@pytest.mark.parametrize(
    "result",
    [
        "510 Invalid or unknown command",
        "520-Invalid command syntax.  Proper usage follows:\nX\n520 End",
        "200 result=-2",
    ],
)
async def test_a_refused_command_on_a_living_channel_is_an_error(result: str) -> None:
    async with served() as call:
        running = asyncio.create_task(call.agi.exec("NoSuchApplication"))
        call.executed(await call.command(), result)
        with pytest.raises(AgiFailed, match="EXEC NoSuchApplication"):
            await running


async def test_a_command_that_never_ends_is_given_up() -> None:
    async with served() as call:
        playing = asyncio.create_task(call.agi.play(["zh/welcome"], longest_s=0.1))
        await call.command()
        with pytest.raises(AmiTimeout, match="STREAM on"):
            await playing


async def test_losing_the_connection_fails_what_waits() -> None:
    async with served() as call:
        playing = asyncio.create_task(call.agi.play(["zh/welcome"]))
        await call.command()
        call.channels.connection_lost(call.agi.session)
        with pytest.raises(AmiDisconnected):
            await playing


async def test_results_of_others_are_not_taken() -> None:
    async with served() as call:
        answering = asyncio.create_task(call.agi.answer())
        action = await call.command()
        call.executed({"CommandID": "somebody-else"}, "200 result=9")
        call.executed({}, "200 result=9")
        call.wire.send(event("AsyncAGIEnd", Channel="PJSIP/other-1", Uniqueid="node1-1700000000.99"))
        call.executed(action, "200 result=0")
        await answering


@pytest.mark.parametrize(
    "doing",
    [
        lambda agi: agi.gather(["a,b"], 5, 1),
        lambda agi: agi.gather(["a&b"], 5, 1),
        lambda agi: agi.gather(["${X}"], 5, 1),
        lambda agi: agi.play(["a b"]),
        lambda agi: agi.play(["a"], "x"),
        lambda agi: agi.say_digits("1a"),
        lambda agi: agi.set_variable("A B", "x"),
        lambda agi: agi.set_variable("A", "x\r\ny"),
        lambda agi: agi.exec("Read x", ""),
        lambda agi: agi.gosub("a,b"),
        lambda agi: agi.gosub("a", ("${X}",)),
        lambda agi: agi.gosub("a", ("x,y",)),
        lambda agi: agi.variable("SHELL(id)"),
    ],
)
async def test_what_would_mean_something_else_is_refused(doing: Doing) -> None:
    async with served() as call:
        with pytest.raises(ValueError, match=r"^not |cannot"):
            await doing(call.agi)
        await call.wire.no_action()
