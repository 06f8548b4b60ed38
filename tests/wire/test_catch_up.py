"""What happens while a node is looked at after a lost connection: a call is never set back to where it was before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ami_bridge.calls import State
from app.calls.events import CallEvent
from app.calls.node import NodeContext, NodeLink
from app.calls.ringing import CallSettings
from app.menus import MenuSet
from app.operators.choose import Place
from app.settings import NodeSettings
from tests.wire.peer import Peer, Wire, event, eventually, fake_asterisk, message

CITIZEN = "node1-1700000000.1"
CHANNEL = "PJSIP/trunk-in-00000001"
AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


class Nobody:
    """What a node tells of operators, where there are none."""

    async def node_up(self, node: NodeLink) -> None:
        """Nothing to do."""

    def changed(self, names: Iterable[str], at: datetime) -> None:
        """Nobody to change."""

    def paused(self, operator_id: str, reason: str) -> None:
        """Nobody to pause."""

    def took_call(self, operator_id: str, call_id: str) -> None:
        """Nobody to take calls."""


def shown(context: str, application: str) -> dict[str, str]:
    """The citizen's channel as `CoreShowChannels` shows it."""
    return {
        "Channel": CHANNEL,
        "Uniqueid": CITIZEN,
        "Linkedid": CITIZEN,
        "CallerIDNum": "13900000001",
        "CallerIDName": "",
        "Context": context,
        "Exten": "12345",
        "ChannelState": "6",
        "Application": application,
        "BridgeId": "",
        "Duration": "00:00:05",
        "AccountCode": "",
    }


@asynccontextmanager
async def node_of(peer: Peer, told: list[CallEvent]) -> AsyncIterator[NodeLink]:
    """A node whose Asterisk is the peer."""
    settings = NodeSettings(name="node1", ami_host="127.0.0.1", ami_port=peer.port, ami_secret="x", raw_recordings="/x")
    nobody = Nobody()

    async def announce(_event: CallEvent) -> None:
        return

    async def history(_call_id: str) -> list[CallEvent]:
        return []

    async def dialled(_number: str) -> None:
        return

    context = NodeContext(
        menus=MenuSet({}, {}, "/nowhere"),
        call_settings=lambda ways: CallSettings(ways, "12345", 15, 10, lambda _: "", "", ""),
        trunks=(),
        routes=(),
        emit=told.append,
        announce=announce,
        history=history,
        show=lambda _topic, _data: None,
        overhear=lambda _change: None,
        lookup=lambda _number: pytest.fail("no menu may run"),
        ended_unseen=None,
        now=lambda: AT,
        wrap_up=lambda _queue: timedelta(0),
        choose_queue=lambda _facts: Place("hotline"),
        service=lambda _name: None,
        dialled=dialled,
        seats=lambda: nobody,
    )
    node = NodeLink(settings, context)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(node.run())
        yield node
        running.cancel()


class Asterisk:
    """The peer's part: every look shows what `looks` says next, and the last one ever after."""

    def __init__(self, wire: Wire, looks: list[tuple[dict[str, str], bytes]]) -> None:
        self.wire = wire
        self.looks = looks
        self.looked = 0
        self.asked: list[str] = []
        self._globals: dict[str, str] = {}
        self._waiting: list[dict[str, str]] = []

    async def answer(self) -> None:
        """Answer every action until the connection ends."""
        while True:
            action = await self.wire.action()
            name = action["Action"]
            self.asked.append(name)
            match name:
                case "CoreShowChannels":
                    self._show_channels(action)
                case "QueueStatus":
                    self._list(action, self._waiting)
                case "DeviceStateList":
                    self._list(action, [])
                case "ConfbridgeListRooms":
                    self.wire.answer(action, "Error", Message="No active conferences.")
                case "Getvar":
                    self.wire.answer(
                        action, Variable=action["Variable"], Value=self._globals.get(action["Variable"], "")
                    )
                case "Setvar":
                    self._globals[action["Variable"]] = action["Value"]
                    self.wire.answer(action, Message="Variable Set")
                case _:
                    self.wire.answer(action, Message="Done")

    def _show_channels(self, action: dict[str, str]) -> None:
        channel, meanwhile = self.looks[min(self.looked, len(self.looks) - 1)]
        self.looked += 1
        self.wire.send(meanwhile)
        entry = {"Event": "QueueEntry", "Queue": "hotline", "Position": "1", "Uniqueid": CITIZEN, "Wait": "3"}
        self._waiting = [entry] if channel["Application"] == "Queue" else []
        self._list(action, [{"Event": "CoreShowChannel", **channel}])

    def _list(self, action: dict[str, str], items: list[dict[str, str]]) -> None:
        self.wire.answer(action, EventList="start", Message="Follows")
        for item in items:
            self.wire.send(message(**item, ActionID=action["ActionID"]))
        complete = f"{action['Action']}Complete"
        self.wire.send(message(Event=complete, ActionID=action["ActionID"], EventList="Complete"))


IN_MENU = shown("from-trunk", "AGI")
IN_QUEUE = shown("hotline-queue", "Queue")
BEGINS = event(
    "Newchannel",
    Channel=CHANNEL,
    Uniqueid=CITIZEN,
    Linkedid=CITIZEN,
    CallerIDNum="13900000001",
    CallerIDName="",
    Context="from-trunk",
    Exten="12345",
)
MENU_BEGINS = event("AsyncAGIStart", Channel=CHANNEL, Uniqueid=CITIZEN, Linkedid=CITIZEN, Env="x")


async def test_what_a_newer_look_stands_for_is_not_told_after_it_and_no_menu_runs_on_a_caller_who_waits() -> None:
    told: list[CallEvent] = []
    async with fake_asterisk() as peer, node_of(peer, told) as node:
        # While it is looked the caller arrives and gets a menu; when that look is answered they are in the queue.
        looks = [(IN_MENU, BEGINS + MENU_BEGINS), (IN_QUEUE, b"")]
        asterisk = Asterisk(await peer.logged_in(), looks)
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(asterisk.answer())
            await eventually(lambda: node.served, "the node is served")
            assert asterisk.looked == 2
            assert list(node.calls) == [CITIZEN]
            assert node.calls[CITIZEN].state is State.QUEUED
            assert "AGI" not in asterisk.asked
            assert [one.kind.value for one in told].count("started") == 1
            answering.cancel()


async def test_what_no_look_shows_is_told_although_it_came_while_the_node_was_looked_at() -> None:
    told: list[CallEvent] = []
    key = event(
        "UserEvent",
        UserEvent="HotlineSatisfaction",
        Key="1",
        Channel=CHANNEL,
        Uniqueid=CITIZEN,
        Linkedid=CITIZEN,
    )
    async with fake_asterisk() as peer, node_of(peer, told) as node:
        asterisk = Asterisk(await peer.logged_in(), [(shown("hotline-after", "Read"), key)])
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(asterisk.answer())
            await eventually(lambda: node.served, "the node is served")
            await eventually(lambda: any(one.kind.value == "satisfaction" for one in told), "the key is told")
            assert asterisk.looked == 1
            answering.cancel()
