"""The live feed over its WebSocket: staff see all, a unit only that something happened to its own tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import WSCloseCode, WSMsgType

from app.people import accounts
from app.settings import WebSettings
from tests.integration.web.conftest import Web


async def follow(web: Web, who: str, query: str = "?after=") -> Any:
    headers = {"Authorization": f"Bearer {web.secrets[who]}"}
    return await web.client.ws_connect(f"/api/live{query}", headers=headers)


async def test_a_unit_hears_of_its_own_tickets_and_of_no_caller(web: Web) -> None:
    own, other = await web.desk.dispatched("water"), await web.desk.dispatched("urban-management")
    async with await follow(web, "water") as unit, await follow(web, "operator") as staff:
        for socket in (unit, staff):
            assert (await socket.receive_json(timeout=10))["topic"] == "hello"
        web.feed.publish("calls", {"call_id": "c", "data": {"caller": "13812345678"}})
        web.feed.publish("tickets", {"number": other})
        web.feed.publish("tickets", {"number": own, "call": "c"})

        assert await unit.receive_json(timeout=10) == {"n": 3, "topic": "tickets", "data": {"number": own}}
        assert [(await staff.receive_json(timeout=10))["n"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("after", ["x", "²", "-1", "9" * 5000])
async def test_a_strange_place_in_the_feed_means_reload(web: Web, after: str) -> None:
    async with await follow(web, "operator", f"?epoch=epoch&after={after}") as socket:
        assert (await socket.receive_json(timeout=10))["data"] == {"reload": True}


async def test_who_comes_back_gets_what_was_missed(web: Web) -> None:
    web.feed.publish("queue", {"a": 1})
    web.feed.publish("queue", {"a": 2})
    async with await follow(web, "operator", "?epoch=epoch&after=1") as socket:
        assert (await socket.receive_json(timeout=10))["data"] == {"reload": False}
        assert (await socket.receive_json(timeout=10))["data"] == {"a": 2}


async def test_without_the_right_there_is_no_feed(web: Web) -> None:
    for who, status in (("auditor", 403), (None, 401)):
        assert (await web.ask(who, "GET", "/api/live")).status == status


async def test_what_is_being_said_reaches_those_who_may_listen_in_and_no_operator_of_another_call(web: Web) -> None:
    said = {"call": "node1-1.1", "party": "node1-1.1", "role": "citizen", "text": "停水了", "final": True}
    async with (
        await follow(web, "supervisor") as supervisor,
        await follow(web, "operator") as operator,
        await follow(web, "water") as unit,
    ):
        for socket in (supervisor, operator, unit):
            assert (await socket.receive_json(timeout=10))["topic"] == "hello"
        web.feed.publish("text", said)
        web.feed.publish("queue", {})
        assert (await supervisor.receive_json(timeout=10))["data"] == said
        assert (await operator.receive_json(timeout=10))["topic"] == "queue"
        with pytest.raises(TimeoutError):
            await unit.receive_json(timeout=0.2)


@pytest.mark.parametrize("section", [WebSettings(look_again_seconds=0.1)])
async def test_the_feed_ends_for_whoever_is_locked_out(web: Web) -> None:
    async with await follow(web, "operator") as out, await follow(web, "office") as stays:
        for socket in (out, stays):
            assert (await socket.receive_json(timeout=10))["topic"] == "hello"
        async with web.desk.database.transaction() as connection:
            await accounts.disable(connection, "operator", datetime.now(UTC))
        closed = await out.receive(timeout=10)
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, WSCloseCode.POLICY_VIOLATION)
        web.feed.publish("queue", {"a": 1})
        assert (await stays.receive_json(timeout=10))["data"] == {"a": 1}
