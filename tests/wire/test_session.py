"""The session's life on a bad line: it comes back, says once what went wrong, and never does anything twice."""

from __future__ import annotations

import asyncio

import pytest

from ami_bridge.errors import AmiActionFailed, AmiDisconnected, AmiError, AmiInjection
from ami_bridge.events import Hangup
from ami_bridge.framing import MAX_MESSAGE
from ami_bridge.link import MAX_LINE
from ami_bridge.session import AmiSession, Deadlines
from tests.wire.peer import GREETING, Wire, event, eventually, fake_asterisk, hangup, message, session_to


async def test_connects_again_after_each_loss_and_says_so() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        for turn in (1, 2, 3):
            wire = await peer.logged_in()
            await eventually(lambda turn=turn: seen.ups == turn, "up")  # type: ignore[misc]
            wire.close()
            await eventually(lambda turn=turn: seen.downs == turn, "down")  # type: ignore[misc]


async def test_is_up_only_when_asterisk_has_booted() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.wire()
        wire.send(GREETING)
        wire.answer(await wire.action(), Message="Authentication accepted")
        wire.send(hangup(1))
        await eventually(lambda: len(seen.events) == 1, "an event while booting")
        assert (seen.ups, seen.session.connected) == (0, False)
        wire.send(message(Event="FullyBooted", Status="Fully Booted"))
        await eventually(lambda: seen.ups == 1, "up")


@pytest.mark.parametrize(
    ("greeting", "answers_login", "hint"),
    [
        (b"", False, "no login to node1 within 0.3 s"),
        (GREETING, False, "no login to node1 within 0.3 s"),
        (GREETING, True, "does the manager user read the class 'system'?"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", False, "not an Asterisk manager"),
        (b"\x00\xff\xfe garbage", False, "not an Asterisk manager"),
    ],
)
async def test_a_peer_that_never_gets_ready_is_left_with_a_reason(
    greeting: bytes, answers_login: bool, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deadlines = Deadlines(connect=0.3, booted=0.3, ping=1, silence=10.0)
    async with fake_asterisk() as peer, session_to(peer, deadlines=deadlines) as seen:
        wire = await peer.wire()
        wire.send(greeting)
        if answers_login:
            wire.answer(await wire.action(), Message="Authentication accepted")
        await peer.wire()
        assert (seen.ups, seen.downs) == (0, 0)
    assert hint in capsys.readouterr().out


async def test_nobody_listening_is_tried_again() -> None:
    async with fake_asterisk() as peer:
        pass
    async with session_to(peer) as seen:
        await asyncio.sleep(0.2)
        assert not seen.session.connected


async def test_a_connection_closed_before_login_is_tried_again() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        for _ in range(3):
            (await peer.wire()).close()
        await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up at last")


async def test_a_giant_message_ends_the_connection_with_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        wire.send(b"Event: Hangup\r\nChannel: " + b"x" * (MAX_MESSAGE + 1))
        await peer.logged_in()
        await eventually(lambda: seen.ups == 2, "up again")
        assert seen.events == []
    assert f"longer than {MAX_MESSAGE} bytes" in capsys.readouterr().out


async def test_junk_between_messages_harms_only_itself() -> None:
    junk = (
        b"\r\n\r\n\r\n",
        b"no colon at all\r\n\r\n",
        b"Event: \r\n\r\n",
        b"Event: Hangup\r\nChannel: \xff\xfe\x80\r\nUniqueid: u\r\nTimestamp: soon\r\nCause: 16\r\n\r\n",
        b"Event: Hangup\r\n\r\n",
        b"Response: Success\r\nActionID: nobody-asked\r\n\r\n",
        b"Response: Error\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
    )
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        for number, piece in enumerate(junk):
            wire.send(piece + hangup(number))
        await eventually(lambda: len(seen.events) == len(junk), "every good event")
        assert peer.connections == 1


async def test_broken_utf8_is_replaced_not_fatal() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        wire.send(hangup(1).replace(b"PJSIP/trunk", b"PJSIP/\xfftrunk"))
        await eventually(lambda: len(seen.events) == 1, "the event")
    assert isinstance(seen.events[0], Hangup)
    assert seen.events[0].channel == "PJSIP/\N{REPLACEMENT CHARACTER}trunk-00000001"


async def test_a_flood_of_events_arrives_whole_and_actions_still_work() -> None:
    flood = 20_000
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        wire.send(b"".join(map(hangup, range(flood))))
        asking = asyncio.create_task(seen.session.action("CoreStatus"))
        wire.answer(await wire.action(), CoreReloadTime="12:00")
        assert (await asking)["CoreReloadTime"] == "12:00"
        assert len(seen.events) == flood


async def test_unneeded_events_are_not_delivered() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        wire.send(event("VarSet", Variable="X") + event("UserEvent", UserEvent="Foreign") + hangup(1))
        await eventually(lambda: bool(seen.events), "an event")
    assert [type(happened) for happened in seen.events] == [Hangup]


async def test_answers_find_their_actions_in_any_order() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        asking = [asyncio.create_task(seen.session.action("Getvar", {"Variable": f"V{n}"})) for n in range(3)]
        received = [await wire.action() for _ in range(3)]
        for action in reversed(received):
            wire.answer(action, Value=action["Variable"])
        assert [(await answer)["Value"] for answer in asking] == ["V0", "V1", "V2"]


async def test_an_error_answer_carries_asterisks_words() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        asking = asyncio.create_task(seen.session.action("Hangup", {"Channel": "PJSIP/gone-1"}))
        wire.answer(await wire.action(), "Error", Message="No such channel")
        with pytest.raises(AmiActionFailed, match="Hangup: No such channel") as caught:
            await asking
        assert caught.value.reason == "No such channel"


async def test_a_key_may_have_several_values() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        asking = asyncio.create_task(seen.session.action("Originate", {"Variable": ["A=1", "B=二"], "Exten": "s"}))
        raw = await wire._reader.readuntil(b"\r\n\r\n")
        assert b"Variable: A=1\r\n" in raw
        assert "Variable: B=二\r\n".encode() in raw
        asking.cancel()


@pytest.mark.parametrize("value", ["x" * MAX_LINE, "二" * 400, "\ud800"])
async def test_what_asterisk_would_silently_throw_away_is_refused(value: str) -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        with pytest.raises(AmiInjection):
            await seen.session.action("Setvar", {"Value": value})
        await wire.no_action()


class TestLists:
    """Actions that are answered by a list of events."""

    @staticmethod
    async def rooms(wire: Wire, *names: str, complete: bool = True) -> None:
        action = await wire.action()
        wire.answer(action, EventList="start", Message="Confbridge conferences will follow")
        for name in names:
            wire.send(message(Event="ConfbridgeListRooms", ActionID=action["ActionID"], Conference=name))
            wire.send(hangup(1))
        if complete:
            wire.send(message(Event="ConfbridgeListRoomsComplete", ActionID=action["ActionID"], EventList="Complete"))

    async def test_the_items_come_without_the_frame_around_them(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            listing = seen.session.collect("ConfbridgeListRooms", None, "ConfbridgeListRoomsComplete")
            items, _ = await asyncio.gather(listing, self.rooms(wire, "a", "b"))
            assert [item["Conference"] for item in items] == ["a", "b"]
            assert len(seen.events) == 2

    async def test_an_error_instead_of_a_list_is_raised(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            listing = asyncio.create_task(seen.session.collect("ConfbridgeListRooms", None, "x"))
            wire.answer(await wire.action(), "Error", Message="No active conferences.")
            with pytest.raises(AmiActionFailed, match="No active conferences"):
                await listing

    async def test_a_list_cut_by_the_loss_of_the_connection_is_no_list(self) -> None:
        async with fake_asterisk() as peer, session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            collecting = seen.session.collect("ConfbridgeListRooms", None, "ConfbridgeListRoomsComplete")
            listing = asyncio.create_task(collecting)
            await self.rooms(wire, "a", complete=False)
            wire.close()
            with pytest.raises(AmiDisconnected):
                await listing


class TestCatchingUp:
    """`on_up` runs beside the event stream and belongs to its connection."""

    async def test_it_can_ask_while_events_go_on(self) -> None:
        answers: list[dict[str, str]] = []

        async def look(session: AmiSession) -> None:
            answers.append(await session.action("CoreStatus"))

        async with fake_asterisk() as peer, session_to(peer, on_up=look) as seen:
            wire = await peer.logged_in()
            action = await wire.action()
            wire.send(hangup(1))
            wire.answer(action, Message="fine")
            await eventually(lambda: bool(answers), "the answer")
            assert len(seen.events) == 1

    async def test_losing_the_connection_ends_it_and_the_next_one_starts_it_anew(self) -> None:
        ended: list[BaseException] = []

        async def look(session: AmiSession) -> None:
            try:
                await session.action("CoreStatus")
            except (AmiError, asyncio.CancelledError) as error:
                ended.append(error)
                raise

        async with fake_asterisk() as peer, session_to(peer, on_up=look) as seen:
            wire = await peer.logged_in()
            await wire.action()
            wire.close()
            again = await peer.logged_in()
            again.answer(await again.action())
            await eventually(lambda: len(ended) == 1, "the first look ended")
            assert (seen.ups, seen.downs) == (2, 1)

    async def test_an_action_that_fails_in_it_means_a_new_connection(self) -> None:
        async def look(session: AmiSession) -> None:
            await session.action("CoreStatus", timeout_s=0.05)

        async with fake_asterisk() as peer, session_to(peer, on_up=look):
            await peer.logged_in()
            await peer.logged_in()

    async def test_a_bug_in_it_is_not_swallowed(self) -> None:
        async def look(_session: AmiSession) -> None:
            raise RuntimeError("a bug")

        with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="a bug")):
            async with fake_asterisk() as peer, session_to(peer, on_up=look):
                await peer.logged_in()
                await asyncio.sleep(1)


async def test_a_cancelled_action_leaves_nothing_behind() -> None:
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        await eventually(lambda: seen.ups == 1, "up")
        asking = asyncio.create_task(seen.session.action("Originate"))
        action = await wire.action()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        link = seen.session._link
        assert link is not None
        assert action["ActionID"] not in link.protocol.responses
        wire.answer(action)
        wire.send(hangup(1))
        await eventually(lambda: len(seen.events) == 1, "the stream goes on")


async def test_stopping_the_session_closes_the_connection_and_fails_what_waits() -> None:
    async with fake_asterisk() as peer:
        async with session_to(peer) as seen:
            wire = await peer.logged_in()
            await eventually(lambda: seen.ups == 1, "up")
            asking = asyncio.create_task(seen.session.action("Originate"))
            await wire.action()
        with pytest.raises(AmiDisconnected):
            await asking
        await wire.closed()
        assert seen.downs == 1
