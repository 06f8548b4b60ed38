"""A browser registers with the live feed: it gets the state as its person may see it, then every change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import WSCloseCode, web

from app.db.pool import DatabaseUnavailable
from app.people.model import Person
from app.web.keys import LIVE, TELLER, ZONE
from app.web.live import Change, LiveFeed, Told
from app.web.views import dumps
from app.web.watching import Watch

_NUMBER = re.compile(r"[0-9]{1,15}")


async def follow(
    socket: web.WebSocketResponse, request: web.Request, who: Person, queue: asyncio.Queue[Told | None], watch: Watch
) -> None:
    """Send what was missed or the whole state, then what comes out of `queue`, until told to register anew.

    Each change is shown to `watch`, too: the pages that somebody looks at change with it.
    """
    feed = request.app[LIVE]
    send = sender(socket, request)

    try:
        await request.app[TELLER].count_for(who)
    except DatabaseUnavailable:
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"database away")
        return
    last = feed.last
    for message in _beginning(feed, who, request.query):
        await send(message)
    while (told := await queue.get()) is not None:
        if not isinstance(told, Change) or told.number <= last:
            continue
        watch.told(told)
        if (shown := told.shown(who)) is not None:
            await send(shown)
    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"register anew")


def sender(socket: web.WebSocketResponse, request: web.Request) -> Callable[[Mapping[str, Any]], Awaitable[None]]:
    """What sends a numbered message to the browser."""

    async def send(message: Mapping[str, Any]) -> None:
        await socket.send_str(dumps({"n": message["seq"], **message}, request.app[ZONE]))

    return send


def _beginning(feed: LiveFeed, who: Person, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was missed after the number asked for; the whole state where that is not known any more."""
    since = asked.get("since", "")
    if _NUMBER.fullmatch(since) and asked.get("epoch", feed.epoch) == feed.epoch:
        missed = feed.missed(who, int(since))
        if missed is not None:
            return missed
    return [{"type": "snapshot", "seq": feed.last, "epoch": feed.epoch, "state": feed.state(who)}]
