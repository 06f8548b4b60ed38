"""The live state: after whatever happened, what a screen made of the messages is what the server would show it anew."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType

from app.calls.events import CallEvent, Kind
from app.jobs.recording import LIVE_CHANNEL
from app.tickets.engine import Outcome
from app.web.board import Sight
from app.web.listen import hear
from tests.integration.tickets.desk import BACK, CALLER, FRONT, NAME, PHONE, REPLY, of_unit
from tests.integration.web.conftest import Web
from tests.support.postgres import eventually

FOLLOWERS = ("operator", "office", "supervisor", "water", "urban", "discipline")
HELD = ("calls", "queues", "operators", "counts")
LISTED = "/api/tickets?list=all&limit=50"
UNITS_ACCOUNTS = frozenset({"water", "urban", "discipline"})
UNITS = ("water", "urban-management", "discipline")


@dataclass
class Screen:
    """What a browser makes of the messages: the snapshot, and each change folded into it."""

    socket: ClientWebSocketResponse
    seq: int = 0
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    pages: dict[str, Any] = field(default_factory=dict)
    catching_up: bool = False

    async def take(self) -> dict[str, Any]:
        message: dict[str, Any] = await self.socket.receive_json(timeout=10)
        if message["type"] == "snapshot":
            self.state = message["state"]
        elif message["type"] == "page":
            self.pages[message["id"]] = message.get("problem", {}).get("code") or message["value"]
            return message
        else:
            assert message["seq"] > self.seq, "out of order"
            self._fold(message)
        self.seq = message["seq"]
        return message

    async def watch(self, *addresses: str) -> None:
        """Say which pages are shown now."""
        await self.socket.send_json({"watch": dict.fromkeys(addresses, self.seq)})

    def _fold(self, message: dict[str, Any]) -> None:
        topic, name, value = message["topic"], message["id"], message["value"]
        if topic not in HELD:
            self.told.append(message)
        elif value is None:
            assert name in self.state[topic] or self.catching_up, "taken away without having been told"
            self.state[topic].pop(name, None)
        else:
            assert self.state[topic].get(name) != value or self.catching_up, "told without need"
            self.state[topic][name] = value

    async def take_all(self) -> None:
        """Everything that has been sent."""
        while True:
            try:
                async with asyncio.timeout(0.05):
                    await self.take()
            except TimeoutError:
                return


async def connect(web: Web, who: str, query: str = "") -> Screen:
    headers = {"Authorization": f"Bearer {web.secrets[who]}"}
    return Screen(await web.client.ws_connect(f"/api/live{query}", headers=headers))


async def registered(web: Web, who: str) -> Screen:
    screen = await connect(web, who)
    assert (await screen.take())["type"] == "snapshot"
    return screen


async def fresh(web: Web, who: str) -> dict[str, dict[str, Any]]:
    """What somebody who comes now is shown."""
    screen = await registered(web, who)
    await screen.socket.close()
    return screen.state


@pytest.fixture
async def city(web: Web) -> AsyncIterator[Web]:
    """The application with whoever listens to the database."""
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(hear(web.desk.database, web.feed, web.teller))
        await eventually(lambda: _listens(web))
        yield web
        listening.cancel()


async def _listens(web: Web) -> bool:
    rows = await web.desk.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'")
    return bool(rows)


def call(call_id: str, *units: str, operator: str = "op1001", phase: str = "talking") -> dict[str, Any]:
    """A call as its actor shows it."""
    return {
        "phase": phase,
        "state": phase,
        "parties": [
            {"party_id": call_id, "role": "citizen", "name": NAME, "joined_at": None},
            {"party_id": f"{call_id}-o", "role": "operator", "name": operator, "joined_at": None},
        ],
        "summons": [
            {"party_id": f"{call_id}-u{n}", "unit_id": unit, "unit_name": unit, "post": "A"}
            for n, unit in enumerate(units)
        ],
    }


def started(web: Web, call_id: str) -> None:
    data = {"caller": PHONE, "caller_name": NAME, "dialled": "12345", "node": "node1"}
    web.board.heard(CallEvent(call_id, Kind.STARTED, web.desk.at, data))


class Life:
    """Random things that happen in a city, all from one seed."""

    def __init__(self, web: Web, seed: int, *, clock: bool = True) -> None:
        self.web = web
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - nothing secret
        self.calls: dict[str, dict[str, Any]] = {}
        self.numbers: list[str] = []
        self.made = 0

    async def step(self) -> None:
        happens: list[Callable[[], Awaitable[None]]] = [
            *(self.call_starts, self.call_changes, self.call_ends, self.operators_change),
            *(self.ticket, self.ticket, self.action, self.action, self.action, self.time_passes),
        ]
        await self.random.choice(happens)()
        self.web.stage.sight = replace(self.web.stage.sight, calls=dict(self.calls))
        self.web.board.refresh()

    async def call_starts(self) -> None:
        self.made += 1
        call_id = f"node1-{self.made}.1"
        await self.web.desk.rows(
            "INSERT INTO calls (id, node, started_at) VALUES ($1, 'node1', now()) RETURNING id", call_id
        )
        self.calls[call_id] = call(call_id)
        started(self.web, call_id)

    async def call_changes(self) -> None:
        if self.calls:
            call_id = self.random.choice(list(self.calls))
            units = self.random.sample(UNITS, self.random.randint(0, 2))
            self.calls[call_id] = call(call_id, *units, phase=self.random.choice(("talking", "conference", "consult")))

    async def call_ends(self) -> None:
        if self.calls:
            self.calls.pop(self.random.choice(list(self.calls)))

    async def operators_change(self) -> None:
        states = ("ready", "paused", "talking", "offline")
        operators = [{"id": f"op100{n}", "name": "张三", "state": self.random.choice(states)} for n in range(3)]
        waiting = [{"call_id": call_id, "position": 1, "since": "x"} for call_id in list(self.calls)[:2]]
        self.web.stage.sight = replace(self.web.stage.sight, operators=operators, waiting=waiting)

    async def ticket(self) -> None:
        category = self.random.choice(("consult", "complaint", "report_economic"))
        caller = CALLER | {"anonymous": self.random.random() < 0.3}
        number = await self.web.desk.receive(category=category, caller=caller, content="停水")
        self.numbers.append(number)
        free = [one for one in self.calls if self.random.random() < 0.5]
        for call_id in free[:1]:
            await self.web.desk.rows(
                "UPDATE tickets SET call_id = $2 WHERE number = $1 "
                "AND NOT EXISTS (SELECT FROM tickets WHERE call_id = $2) RETURNING number",
                *(number, call_id),
            )

    async def action(self) -> None:
        if not self.numbers:
            return
        number, unit, do = self.random.choice(self.numbers), self.random.choice(UNITS), self.web.desk.do
        tries: list[Callable[[], Awaitable[Any]]] = [
            lambda: do(number, "dispatch", FRONT, units=[{"unit": unit}]),
            lambda: do(number, "accept", of_unit(unit), unit=unit),
            lambda: do(number, "return", of_unit(unit), unit=unit, reason="不是", suggested_unit="water"),
            lambda: do(number, "approve-return", BACK),
            lambda: do(number, "urge", FRONT, how="phone"),
            lambda: do(number, "report", of_unit(unit), unit=unit, reply=REPLY, satisfaction="satisfied"),
            lambda: do(number, "follow-up", FRONT, result="satisfied"),
            lambda: do(number, "close", BACK),
        ]
        for attempt in self.random.sample(tries, len(tries)):
            if isinstance(await attempt(), Outcome):
                return

    async def time_passes(self) -> None:
        if self.clock:
            self.web.desk.at += timedelta(hours=self.random.randint(1, 30))


async def settled(web: Web) -> None:
    """Wait until all that the database told has been told on."""
    sent = web.feed.last
    async with web.desk.database.acquire() as connection:
        await connection.execute("SELECT pg_notify('hotline_tickets', $1)", f"marker {sent}")

    async def heard() -> bool:
        return any(message.data.get("number") == f"marker {sent}" for message in web.feed.since(sent) or ())

    await eventually(heard)
    await web.teller.catch_up()


@pytest.mark.parametrize("seed", range(6))
async def test_after_whatever_happened_the_state_from_messages_is_a_fresh_snapshot_for_each_role(
    city: Web, seed: int
) -> None:
    life = Life(city, seed)
    screens = {who: await registered(city, who) for who in FOLLOWERS}
    away = await registered(city, "water")
    for n in range(30):
        await life.step()
        if n == 10:
            await settled(city)
            await away.take_all()
            await away.socket.close()
    await settled(city)
    back = await connect(city, "water", f"?since={away.seq}&epoch=epoch")
    back.state, back.seq, back.catching_up = away.state, away.seq, True
    for who, screen in [*screens.items(), ("water", back)]:
        await screen.take_all()
        assert screen.state == await fresh(city, who), who
        await screen.socket.close()


async def read(web: Web, who: str, address: str) -> Any:
    """What somebody who asks now is answered, or the code of the problem."""
    answer = await web.client.get(address, headers={"Authorization": f"Bearer {web.secrets[who]}"})
    said = await answer.json()
    return said if answer.status == HTTPStatus.OK else said["code"]


@pytest.mark.parametrize("seed", range(3))
async def test_after_whatever_happened_the_pages_somebody_looks_at_are_what_a_fresh_read_gives_for_each_role(
    city: Web, seed: int
) -> None:
    # Limits that pass are no event.
    life = Life(city, seed, clock=False)
    screens = {who: await registered(city, who) for who in FOLLOWERS}
    lists = {who: "/api/tickets?list=open&limit=50" if who in UNITS_ACCOUNTS else LISTED for who in FOLLOWERS}
    for n in range(30):
        await life.step()
        if n % 6:
            continue
        await settled(city)
        for who, screen in screens.items():
            await screen.take_all()
            shown = [lists[who], "/api/calls/missed", *(f"/api/tickets/{number}" for number in life.numbers)]
            for address in shown:
                if address not in screen.pages:
                    screen.pages[address] = await read(city, who, address)
            await screen.watch(*shown)
    await settled(city)
    for who, screen in screens.items():
        assert len(screen.pages) > 2, "something was looked at"

        async def as_read(who: str = who, screen: Screen = screen) -> bool:
            await screen.take_all()
            return screen.pages == {address: await read(city, who, address) for address in screen.pages}

        await eventually(as_read)
        await screen.socket.close()


async def test_a_page_is_sent_once_it_changes_and_not_while_it_does_not(city: Web) -> None:
    life = Life(city, 1, clock=False)
    await life.ticket()
    await life.ticket()
    await settled(city)
    screen = await registered(city, "office")
    mine, other = life.numbers[:2]
    await screen.watch(f"/api/tickets/{mine}")
    await changed(city, other)
    await screen.take_all()
    assert not screen.pages
    await changed(city, mine)
    await eventually(lambda: _shows(screen, f"/api/tickets/{mine}"))
    await screen.socket.close()


async def test_what_changed_between_asking_and_watching_is_sent(city: Web) -> None:
    life = Life(city, 1, clock=False)
    await life.ticket()
    await settled(city)
    screen = await registered(city, "office")
    before = screen.seq
    await changed(city, life.numbers[0])
    await settled(city)
    await screen.take_all()
    screen.seq = before
    await screen.watch(f"/api/tickets/{life.numbers[0]}")
    await eventually(lambda: _shows(screen, f"/api/tickets/{life.numbers[0]}"))
    await screen.socket.close()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("what", "not JSON"),
        ("[]", "not {"),
        ('{"watch": {"/api/people": 1}}', "no page"),
        ('{"watch": {"/api/tickets?q=%00": 1}}', "no database"),
        ('{"watch": {"/api/tickets": true}}', "no number"),
        (json.dumps({"watch": {f"/api/tickets/{n}": 1 for n in range(51)}}), "more than 50"),
    ],
    ids=["no JSON", "a list", "another address", "NUL", "no number", "too many"],
)
async def test_what_cannot_be_watched_ends_the_connection_and_says_why(city: Web, said: str, why: str) -> None:
    screen = await registered(city, "office")
    await screen.socket.send_str(said)
    end = await screen.socket.receive(timeout=10)
    assert (end.type, end.data) == (WSMsgType.CLOSE, WSCloseCode.POLICY_VIOLATION)
    assert why in str(end.extra)


async def _shows(screen: Screen, address: str) -> bool:
    await screen.take_all()
    return address in screen.pages


async def changed(web: Web, number: str) -> None:
    """Somebody writes something into the ticket."""
    async with web.desk.database.acquire() as connection:
        await connection.execute("UPDATE tickets SET version = version + 1 WHERE number = $1", number)
    await settled(web)


async def test_a_unit_sees_the_calls_that_rang_it_and_never_who_calls(city: Web) -> None:
    started(city, "node1-1.1")
    city.stage.sight = Sight({"node1-1.1": call("node1-1.1", "water")})
    city.board.refresh()
    assert (await fresh(city, "operator"))["calls"]["node1-1.1"]["caller"] == PHONE
    unit = (await fresh(city, "water"))["calls"]
    assert unit["node1-1.1"]["summons"][0]["unit_id"] == "water"
    assert PHONE not in json.dumps(unit)
    assert NAME not in json.dumps(unit, ensure_ascii=False)
    other = await fresh(city, "urban")
    assert other["calls"] == other["operators"] == other["queues"] == {}


async def test_a_caller_who_will_not_be_named_is_masked_from_the_moment_the_ticket_says_so(city: Web) -> None:
    started(city, "node1-1.1")
    city.stage.sight = Sight({"node1-1.1": call("node1-1.1")})
    city.board.refresh()
    screen = await registered(city, "operator")
    await city.desk.rows("INSERT INTO calls (id, node, started_at) VALUES ('node1-1.1', 'node1', now()) RETURNING id")
    number = await city.desk.receive(caller=CALLER | {"anonymous": True})
    await city.desk.rows("UPDATE tickets SET call_id = 'node1-1.1' WHERE number = $1 RETURNING number", number)
    await settled(city)
    await screen.take_all()
    held = screen.state["calls"]["node1-1.1"]
    assert (held["caller"], held["caller_name"], held["ticket_number"]) == ("", "", number)
    replayed = await connect(city, "operator", "?since=0&epoch=epoch")
    while (message := await replayed.socket.receive_json(timeout=10))["seq"] < screen.seq:
        assert PHONE not in json.dumps(message)
    await screen.socket.close()
    await replayed.socket.close()


async def test_a_ticket_that_leaves_a_unit_is_told_to_it_as_gone_and_to_others_not_at_all(city: Web) -> None:
    water, urban = await registered(city, "water"), await registered(city, "urban")
    number = await city.desk.dispatched()
    await settled(city)
    await city.desk.done(number, "return", of_unit("water"), unit="water", reason="不是", suggested_unit="城管")
    await city.desk.done(number, "approve-return", BACK)
    await settled(city)
    for screen in (water, urban):
        await screen.take_all()
        await screen.socket.close()
    values = [message["value"] for message in water.told if message["topic"] == "tickets"]
    assert (values[0]["number"], values[-1]) == (number, None)
    assert [message for message in urban.told if message["topic"] in {"tickets", "notices"}] == []
    assert {message["value"]["kind"] for message in water.told if message["topic"] == "notices"} >= {"dispatched"}


async def test_counts_follow_what_is_done(city: Web) -> None:
    screen = await registered(city, "office")
    assert screen.state["counts"]["to-dispatch"] == 0
    number = await city.desk.receive()
    await settled(city)
    await screen.take_all()
    assert screen.state["counts"]["to-dispatch"] == 1
    await city.desk.done(number, "dispatch", units=[{"unit": "water"}])
    await settled(city)
    await screen.take_all()
    assert (screen.state["counts"]["to-dispatch"], screen.state["counts"]["open"]) == (0, 1)
    await screen.socket.close()


@pytest.mark.parametrize("query", ["?since=x", "?since=99999", "?since=0&epoch=another", "?since=²"])
async def test_what_cannot_be_made_up_for_is_a_new_snapshot(city: Web, query: str) -> None:
    screen = await connect(city, "operator", query)
    message = await screen.take()
    assert (message["type"], message["epoch"]) == ("snapshot", "epoch")
    assert message["state"].keys() == set(HELD)
    await screen.socket.close()


async def test_when_something_was_missed_whoever_follows_registers_anew(city: Web) -> None:
    screen = await registered(city, "operator")
    city.feed.forget()
    assert (await screen.socket.receive(timeout=10)).type is WSMsgType.CLOSE
    again = await connect(city, "operator", f"?since={screen.seq}&epoch=epoch")
    assert (await again.take())["type"] == "snapshot"
    await again.socket.close()


async def test_what_is_said_reaches_those_who_may_read_it(city: Web) -> None:
    started(city, "node1-1.1")
    city.board.heard(CallEvent("node1-1.1", Kind.OPERATOR_JOINED, city.desk.at, {"operator": "op1001", "party": "o"}))
    city.stage.sight = Sight({"node1-1.1": call("node1-1.1", "water")})
    city.board.refresh()
    screens = {who: await registered(city, who) for who in ("operator", "supervisor", "water")}
    city.board.said("node1-1.1", {"party": "node1-1.1", "role": "citizen", "text": "停水了", "final": True})
    for who, screen in screens.items():
        await screen.take_all()
        said = [message["value"]["text"] for message in screen.told if message["topic"] == "transcript"]
        assert said == ([] if who == "water" else ["停水了"]), who
        await screen.socket.close()


async def test_that_a_calls_record_has_grown_reaches_those_who_may_look_calls_up(city: Web) -> None:
    screens = {who: await registered(city, who) for who in ("operator", "supervisor", "water")}
    async with city.desk.database.acquire() as connection:
        await connection.execute("SELECT pg_notify($1, 'sound node1-1.1')", LIVE_CHANNEL)
    for who in ("operator", "supervisor"):
        message = await screens[who].take()
        assert (message["topic"], message["id"], message["value"]) == ("records", "node1-1.1", "sound"), who
    await screens["water"].take_all()
    assert not screens["water"].told
    for screen in screens.values():
        await screen.socket.close()
