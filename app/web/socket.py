"""`GET /api/live`: the state that screens share and every change of it, or events as they happen, over a WebSocket."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from app.calls.hub import Hub
from app.calls.live_text import TEXT_TOPIC
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.people.model import Person
from app.people.rights import may
from app.web import register
from app.web.auth import check, still_known
from app.web.keys import DATABASE, HUB, LIVE, SETTINGS
from app.web.live import LiveFeed, Message, Told
from app.web.origin import same_origin
from app.web.problems import Problem
from app.web.watching import NotWatched, Watch

_HEARTBEAT_S = 20.0
# RFC 6455 section 5.5: a control frame carries at most 125 bytes, two of them the code.
_LONGEST_REASON = 123
_NUMBER = re.compile(r"[0-9]{1,15}")


async def live(request: web.Request) -> web.WebSocketResponse:
    """Numbered messages: a snapshot of the state, then its changes; `?since=N` sends what was missed after number N.

    What is registered may say `{"watch": {address: number}}`: all that it shows, and the number of the last message
    before it asked for each. Tickets, pages of tickets, calls, transcripts, missed calls and a unit's rings can be
    watched: what has changed is sent as a message of type `page`, as `GET` would answer it, or with a `problem`.

    With `after` (and `epoch`) numbered events instead, for programs that keep no state: what came after message N, or
    `reload` when that is not kept.
    """
    who = check(request, "live.follow")
    if not same_origin(request):
        raise Problem(403, "Not allowed", "A page of another site may not follow the hotline.")
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S)
    await socket.prepare(request)
    feed = request.app[LIVE]
    if "after" not in request.query:
        watch = Watch(request, who, feed, register.sender(socket, request))
        with feed.register(who) as queue:
            await _follow(socket, request, register.follow(socket, request, who, queue, watch), watch)
        return socket
    with feed.subscribe() as queue:
        view = _View(request.app[DATABASE], request.app[HUB], who)
        await _greet(socket, feed, view, request.query.get("epoch"), request.query.get("after", ""))
        await _follow(socket, request, _send(socket, queue, view))
    return socket


async def _follow(
    socket: web.WebSocketResponse,
    request: web.Request,
    sending: Coroutine[Any, Any, None],
    watch: Watch | None = None,
) -> None:
    """Send until the browser goes away or its login ends; what it says goes to `watch`."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(sending), group.create_task(_end_with_login(socket, request))]
        if watch is not None:
            tasks.append(group.create_task(watch.run()))
        async for message in socket:
            if message.type in {WSMsgType.ERROR, WSMsgType.CLOSE}:
                break
            if watch is not None and message.type is WSMsgType.TEXT:
                await _said(socket, watch, message.data)
        for task in tasks:
            task.cancel()


async def _said(socket: web.WebSocketResponse, watch: Watch, text: str) -> None:
    try:
        watch.said(text)
    except NotWatched as error:
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=str(error).encode()[:_LONGEST_REASON])


async def _end_with_login(socket: web.WebSocketResponse, request: web.Request) -> None:
    """Close the feed of whoever logged out, was locked out, or whose token expired meanwhile."""
    while not socket.closed:
        await asyncio.sleep(request.app[SETTINGS].web.look_again_seconds)
        try:
            known = await still_known(request)
        except DatabaseUnavailable:
            continue
        if not known:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"log in again")


@dataclass(frozen=True, slots=True)
class _View:
    """What one person may follow: staff everything, a unit only that something happened to a ticket of its own."""

    database: Database
    hub: Hub
    person: Person

    async def protected(self, messages: Sequence[Message]) -> list[Message]:
        """What was told of calls while they went on, as their tickets allow by now.

        Without the caller where that is protected; what was said on a confidential call is not told again.
        """
        calls = {call for message in messages if (call := _call_of(message))}
        if not calls:
            return list(messages)
        async with self.database.acquire() as connection:
            rows = await connection.fetch(QUERIES["protected_calls"], list(calls))
        confidential = {row["id"]: row["confidential"] for row in rows}
        told = (
            message for message in messages if not (_is_text(message) and confidential.get(_call_of(message) or ""))
        )
        return [_unnamed(message) if _call_of(message) in confidential else message for message in told]

    async def shows(self, message: Message) -> Mapping[str, Any] | None:
        """The message as this person may have it, or None."""
        if message.topic == TEXT_TOPIC and not self._may_overhear(message.data["call"]):
            return None
        if self.person.role != "unit":
            return message.as_dict()
        if message.topic != "tickets":
            return None
        async with self.database.acquire() as connection:
            number, unit = message.data.get("number"), self.person.unit_id
            if not await connection.fetchval(QUERIES["ticket_concerns"], number, unit):
                return None
        return {"n": message.number, "topic": message.topic, "data": {"number": number}}

    def _may_overhear(self, call_id: str) -> bool:
        """What is being said is for who says it and for those who may listen in."""
        if may(self.person, "call.listen_in"):
            return True
        return self.person.operator_id in (self.hub.operators_of(call_id) or ())


def _call_of(message: Message) -> str | None:
    """The call of an event or of what was said on it."""
    if _is_text(message):
        return str(message.data["call"])
    return str(message.data["call_id"]) if "data" in message.data else None


def _is_text(message: Message) -> bool:
    return message.topic == TEXT_TOPIC


def _unnamed(message: Message) -> Message:
    if "data" not in message.data:
        return message
    said = message.data["data"]
    bare = {key: "" if key in {"caller", "caller_name"} else value for key, value in said.items()}
    return replace(message, data={**message.data, "data": bare})


async def _greet(socket: web.WebSocketResponse, feed: LiveFeed, view: _View, epoch: str | None, after: str) -> None:
    missed = feed.since(int(after)) if epoch == feed.epoch and _NUMBER.fullmatch(after) else None
    await _json(socket, {"epoch": feed.epoch, "n": feed.last, "topic": "hello", "data": {"reload": missed is None}})
    for message in await view.protected(missed or ()):
        await _show(socket, view, message)


async def _send(socket: web.WebSocketResponse, queue: asyncio.Queue[Told | None], view: _View) -> None:
    while not socket.closed:
        message = await queue.get()
        if message is None:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
            return
        if not isinstance(message, Message):
            continue
        try:
            await _show(socket, view, message)
        except DatabaseUnavailable:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"database away")
            return


async def _show(socket: web.WebSocketResponse, view: _View, message: Message) -> None:
    if (shown := await view.shows(message)) is not None:
        await _json(socket, shown)


async def _json(socket: web.WebSocketResponse, value: Mapping[str, Any]) -> None:
    await socket.send_str(json.dumps(value, ensure_ascii=False, default=str))
