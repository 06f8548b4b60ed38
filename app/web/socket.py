"""`GET /api/live`: calls, queue, operators, transcripts and tickets as they happen, over a WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from app.web.auth import check
from app.web.keys import LIVE
from app.web.live import LiveFeed, Message

_HEARTBEAT_S = 20.0


async def live(request: web.Request) -> web.WebSocketResponse:
    """Numbered messages. `?epoch=E&after=N` sends what came after message N, or `reload` when that is not kept."""
    check(request, "live.follow")
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S)
    await socket.prepare(request)
    feed = request.app[LIVE]
    with feed.subscribe() as queue:
        await _greet(socket, feed, request.query.get("epoch"), request.query.get("after", ""))
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(_send(socket, queue))
            async for message in socket:
                if message.type in {WSMsgType.ERROR, WSMsgType.CLOSE}:
                    break
            sending.cancel()
    return socket


async def _greet(socket: web.WebSocketResponse, feed: LiveFeed, epoch: str | None, after: str) -> None:
    missed = feed.since(int(after)) if epoch == feed.epoch and after.isdigit() else None
    await _json(socket, {"epoch": feed.epoch, "n": feed.last, "topic": "hello", "data": {"reload": missed is None}})
    for message in missed or ():
        await _json(socket, message.as_dict())


async def _send(socket: web.WebSocketResponse, queue: asyncio.Queue[Message | None]) -> None:
    while not socket.closed:
        message = await queue.get()
        if message is None:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
            return
        await _json(socket, message.as_dict())


async def _json(socket: web.WebSocketResponse, value: dict[str, Any]) -> None:
    await socket.send_str(json.dumps(value, ensure_ascii=False, default=str))
