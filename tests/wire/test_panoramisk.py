"""What panoramisk 1.4 gets wrong on the wire: each fault shown on panoramisk itself, then absent from our session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from panoramisk import Manager
from panoramisk.call_manager import CallManager

from ami_bridge.agi import AgiChannels, AgiResult
from ami_bridge.errors import AmiDisconnected, AmiInjection, AmiLoginRefused, AmiTimeout
from ami_bridge.events import Hangup, OriginateResponse
from ami_bridge.session import Deadlines
from tests.wire.peer import (
    GREETING,
    QUIET_S,
    Peer,
    Wire,
    event,
    eventually,
    fake_asterisk,
    hangup,
    session_to,
)

NAME = "市民张三"
CALL = event("Hangup", Channel=f"PJSIP/{NAME}", Uniqueid="node1-1700000000.1", Cause="16")
CUT = CALL.index(NAME.encode()) + 4  # inside the second character


@asynccontextmanager
async def plain(peer: Peer, **config: Any) -> AsyncIterator[Manager]:
    """panoramisk as it comes, connecting again without delay."""
    manager = Manager(
        loop=asyncio.get_running_loop(),
        host="127.0.0.1",
        port=peer.port,
        username="hotline",
        secret="secret",
        reconnect_timeout=0,
        **config,
    )
    await manager.connect()
    try:
        yield manager
    finally:
        manager.connect = lambda: None  # no reconnecting after the test
        manager.close()
        await asyncio.sleep(0)


@contextmanager
def loop_errors() -> Iterator[list[dict[str, Any]]]:
    """Collect what the event loop reports instead of printing it."""
    errors: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: errors.append(context))
    try:
        yield errors
    finally:
        loop.set_exception_handler(None)


async def unanswered(future: asyncio.Future[Any]) -> bool:
    """Whether a future is still waiting after QUIET_S."""
    await asyncio.wait({future}, timeout=QUIET_S)
    return not future.done()


def agi_answers(wire: Wire, action: dict[str, str]) -> None:
    """Asterisk's two answers to an AGI command."""
    wire.answer(action, Message="Added AGI command to queue")
    wire.send(
        event(
            "AsyncAGIExec",
            Channel=action["Channel"],
            Uniqueid="node1-1700000000.1",
            Result="200%20result%3D1%20(OK)%0A",
            CommandId=action["CommandID"],
        )
    )


class TestAgiCommands:
    """`send_agi_command` and `QueueAdd` never resolve with Asterisk 12 and later."""

    async def test_panoramisk_waits_for_ever_for_an_agi_command(self) -> None:
        async with fake_asterisk() as peer, plain(peer) as manager:
            wire = await peer.logged_in()
            future = manager.send_agi_command("PJSIP/trunk-1", "ANSWER")
            agi_answers(wire, await wire.action())
            assert await unanswered(future)

    async def test_panoramisk_waits_for_ever_for_queue_add(self) -> None:
        async with fake_asterisk() as peer, plain(peer) as manager:
            wire = await peer.logged_in()
            future = manager.send_action({"Action": "QueueAdd", "Queue": "hotline", "Interface": "PJSIP/op1001"})
            wire.answer(await wire.action(), Message="Added interface to queue")
            assert await unanswered(future)

    async def test_our_agi_command_resolves(self) -> None:
        channels = AgiChannels()
        async with fake_asterisk() as peer, session_to(peer, on_event=channels.feed) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            agi = channels.open(seen.session, "PJSIP/trunk-1", "node1-1700000000.1")
            command = asyncio.create_task(agi.command("ANSWER"))
            agi_answers(wire, await wire.action())
            assert await command == AgiResult(200, "1", "OK", 0, "200 result=1 (OK)")

    async def test_our_queue_add_resolves(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            adding = asyncio.create_task(seen.session.action("QueueAdd", {"Queue": "hotline"}))
            wire.answer(await wire.action(), Message="Added interface to queue")
            assert (await adding)["Message"] == "Added interface to queue"


class TestUnansweredAction:
    """An unanswered action is sent again after a reconnect: the duty phone rings twice."""

    async def test_panoramisk_sends_it_again(self) -> None:
        async with fake_asterisk() as peer, plain(peer) as manager:
            wire = await peer.logged_in()
            manager.send_action({"Action": "Originate", "Channel": "PJSIP/110@trunk"})
            assert (await wire.action())["Action"] == "Originate"
            wire.close()
            again = await peer.logged_in()
            assert (await again.action())["Action"] == "Originate"

    async def test_ours_fails_and_is_never_sent_again(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            originating = asyncio.create_task(seen.session.action("Originate", {"Channel": "PJSIP/110@trunk"}))
            assert (await wire.action())["Action"] == "Originate"
            wire.close()
            with pytest.raises(AmiDisconnected):
                await originating
            again = await peer.logged_in()
            await eventually(lambda: seen.ups == 2, "up again")
            await again.no_action()


class TestSplitCharacter:
    """UTF-8 split over two TCP segments loses a character."""

    async def test_panoramisk_loses_it(self) -> None:
        names: list[str] = []
        async with fake_asterisk() as peer, plain(peer) as manager:
            manager.register_event("Hangup", lambda _manager, message: names.append(message.channel))
            wire = await peer.logged_in()
            await wire.send_apart(CALL[:CUT], CALL[CUT:])
            await eventually(lambda: bool(names), "an event")
        assert names == ["PJSIP/市张三"]

    async def test_ours_keeps_it(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await wire.send_apart(CALL[:CUT], CALL[CUT:])
            await eventually(lambda: bool(seen.events), "an event")
        assert isinstance(seen.events[0], Hangup)
        assert seen.events[0].channel == "PJSIP/市民张三"


class TestInjection:
    """CR/LF in a value injects a second action."""

    EVIL = "x\r\n\r\nAction: Hangup\r\nActionID: evil\r\nChannel: PJSIP/trunk-1"

    async def test_panoramisk_sends_two_actions(self) -> None:
        async with fake_asterisk() as peer, plain(peer) as manager:
            wire = await peer.logged_in()
            manager.send_action({"Action": "Setvar", "Variable": "V", "Value": self.EVIL})
            assert [(await wire.action())["Action"] for _ in range(2)] == ["Setvar", "Hangup"]

    @pytest.mark.parametrize("value", [EVIL, "x\ny", "x\ry", "x\0y"])
    async def test_ours_sends_nothing(self, value: str) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            for fields in ({"Value": value}, {"Variable": ["ok", value]}, {value: "x"}):
                with pytest.raises(AmiInjection):
                    await seen.session.action("Setvar", fields)
            with pytest.raises(AmiInjection):
                await seen.session.action(value)
            await wire.no_action()


class TestCallbackError:
    """An exception in a synchronous callback drops the connection."""

    async def test_panoramisk_drops_the_connection(self) -> None:
        def broken(_manager: Manager, _message: Any) -> None:
            raise RuntimeError("a bug")

        async with fake_asterisk() as peer, plain(peer) as manager:
            manager.register_event("Hangup", broken)
            wire = await peer.logged_in()
            with loop_errors() as errors:
                wire.send(hangup(1))
                await wire.closed()
                assert isinstance(errors[0]["exception"], RuntimeError)

    async def test_ours_logs_it_and_goes_on(self, capsys: pytest.CaptureFixture[str]) -> None:
        received: list[str] = []

        def broken(happened: object) -> None:
            assert isinstance(happened, Hangup)
            received.append(happened.uniqueid)
            if len(received) == 1:
                raise RuntimeError("a bug")

        async with fake_asterisk() as peer, session_to(peer, on_event=broken) as seen:
            wire = await peer.logged_in()
            wire.send(hangup(1) + hangup(2))
            await eventually(lambda: len(received) == 2, "both events")
            assert (seen.downs, peer.connections) == (0, 1)
        logged = capsys.readouterr().out
        assert "ami.event_failed" in logged
        assert "RuntimeError: a bug" in logged


class TestTimedOutAction:
    """A timed-out action stays in `responses` for ever; without a connection an action breaks or hangs."""

    async def test_panoramisk_remembers_it_for_ever(self) -> None:
        async with fake_asterisk() as peer, plain(peer) as manager:
            wire = await peer.logged_in()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(manager.send_action({"Action": "Status"}), 0.05)
            assert (await wire.action())["Action"] == "Status"
            assert any(action.action == "Status" for action in manager.protocol.responses.values())

    async def test_ours_forgets_it(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            with pytest.raises(AmiTimeout, match=r"node1 did not answer Status within 0\.05 s"):
                await seen.session.action("Status", timeout_s=0.05)
            link = seen.session._link
            assert link is not None
            assert not [a for a in link.protocol.responses.values() if a.action == "Status"]

    async def test_panoramisk_breaks_before_it_is_connected(self) -> None:
        with pytest.raises(AttributeError):
            Manager(loop=asyncio.get_running_loop()).send_action({"Action": "Status"})

    async def test_panoramisk_hangs_while_the_connection_is_gone(self) -> None:
        async with fake_asterisk() as peer, plain(peer) as manager:
            wire = await peer.logged_in()
            manager.connect = lambda: None
            wire.close()
            await eventually(lambda: manager.protocol.closed, "connection lost")
            assert await unanswered(manager.send_action({"Action": "Status"}))

    async def test_ours_says_that_it_is_not_connected(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            with pytest.raises(AmiDisconnected, match="not connected to node1; Status was not sent"):
                await seen.session.action("Status")
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            wire.close()
            await eventually(lambda: not seen.session.connected, "down")
            with pytest.raises(AmiDisconnected):
                await seen.session.action("Status")


class TestHalfOpenLink:
    """Unanswered pings do not reconnect: a half-open link goes unseen."""

    async def test_panoramisk_never_notices(self) -> None:
        async with fake_asterisk() as peer, plain(peer, ping_delay=0, ping_interval=1) as manager:
            await peer.logged_in()
            await asyncio.sleep(2.2)
            pings = [action for action in manager.protocol.responses.values() if action.action == "Ping"]
            assert len(pings) >= 2
            assert (manager.protocol.closed, peer.connections) == (False, 1)

    async def test_ours_connects_again(self) -> None:
        deadlines = Deadlines(connect=2.0, booted=2.0, ping=1, silence=1.5)
        async with fake_asterisk() as peer, session_to(peer, deadlines=deadlines) as seen:
            await peer.logged_in()
            await eventually(lambda: peer.connections == 2, "a new connection")
            assert seen.downs == 1

    async def test_ours_stays_while_pings_are_answered(self) -> None:
        deadlines = Deadlines(connect=2.0, booted=2.0, ping=1, silence=1.5)
        async with fake_asterisk() as peer, session_to(peer, deadlines=deadlines) as seen:
            wire = await peer.logged_in()
            answering = asyncio.create_task(wire.closed())
            await asyncio.sleep(2.2)
            assert (seen.downs, peer.connections) == (0, 1)
            answering.cancel()


class TestWrongPassword:
    """With a wrong password panoramisk reconnects for ever, silently."""

    @staticmethod
    async def refuse(peer: Peer) -> None:
        wire = await peer.wire()
        wire.send(GREETING)
        wire.answer(await wire.action(), "Error", Message="Authentication failed")
        wire.close()

    async def test_panoramisk_tries_for_ever(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            async with fake_asterisk() as peer, plain(peer) as manager:
                for _ in range(4):
                    await self.refuse(peer)
                await eventually(lambda: peer.connections >= 5, "a fifth attempt")
                assert not manager.authenticated
        assert "Authentication failed" not in caplog.text

    async def test_ours_gives_up_and_says_why(self) -> None:
        with pytest.RaisesGroup(pytest.RaisesExc(AmiLoginRefused, match="as 'hotline': Authentication failed")):
            async with fake_asterisk() as peer, session_to(peer):
                await self.refuse(peer)
                await asyncio.sleep(QUIET_S)
        assert peer.connections == 1


class TestOriginateResponse:
    """`OriginateResponse` is swallowed by the pending action."""

    @staticmethod
    def answers(wire: Wire, action: dict[str, str], *, event_first: bool = False) -> None:
        failed = event(
            "OriginateResponse",
            ActionID=action["ActionID"],
            Response="Failure",
            Channel="PJSIP/110@trunk",
            Reason="5",
            Uniqueid="node1-1700000000.1-u1",
        )
        if event_first:
            wire.send(failed)
        wire.answer(action, Message="Originate successfully queued")
        if not event_first:
            wire.send(failed)

    async def test_panoramisk_never_delivers_the_event(self) -> None:
        delivered: list[Any] = []
        async with fake_asterisk() as peer, plain(peer) as manager:
            manager.register_event("OriginateResponse", lambda _manager, message: delivered.append(message))
            wire = await peer.logged_in()
            future = manager.send_action({"Action": "Originate", "Async": "true"})
            self.answers(wire, await wire.action())
            await asyncio.wait_for(future, 2)
            await asyncio.sleep(QUIET_S)
        assert delivered == []

    @pytest.mark.parametrize("event_first", [False, True])
    async def test_ours_resolves_on_the_answer_and_delivers_the_event(self, event_first: bool) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            originating = asyncio.create_task(seen.session.action("Originate", {"Async": "true"}))
            self.answers(wire, await wire.action(), event_first=event_first)
            assert (await originating)["Message"] == "Originate successfully queued"
            await eventually(lambda: bool(seen.events), "the event")
        assert isinstance(seen.events[0], OriginateResponse)
        assert (seen.events[0].attempt_id, seen.events[0].success) == ("node1-1700000000.1-u1", False)


class TestOrder:
    """Coroutine callbacks run as unordered tasks; `CallManager` cuts the Uniqueid at the dot."""

    async def test_panoramisk_finishes_events_out_of_order(self) -> None:
        finished: list[str] = []

        async def handle(_manager: Manager, message: Any) -> None:
            if message.uniqueid.endswith(".1"):
                await asyncio.sleep(0.05)  # the first event needs a look-up, say
            finished.append(message.uniqueid)

        async with fake_asterisk() as peer, plain(peer) as manager:
            manager.register_event("Hangup", handle)
            wire = await peer.logged_in()
            wire.send(hangup(1) + hangup(2))
            await eventually(lambda: len(finished) == 2, "both events")
        assert finished == ["node1-1700000000.2", "node1-1700000000.1"]

    async def test_panoramisk_takes_two_calls_of_one_second_for_one(self) -> None:
        manager = CallManager(loop=asyncio.get_running_loop())
        for number in (1, 2):
            message = type("Message", (), {"uniqueid": f"1700000000.{number}", "uniqueid1": ""})()
            manager.handle_calls(manager, message)
        assert list(manager.calls_queues) == ["1700000000"]

    async def test_ours_delivers_in_order_with_full_ids(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            wire.send(b"".join(hangup(number) for number in range(500)))
            await eventually(lambda: len(seen.events) == 500, "all events")
        ids = [happened.uniqueid for happened in seen.events if isinstance(happened, Hangup)]
        assert ids == [f"node1-1700000000.{number}" for number in range(500)]
