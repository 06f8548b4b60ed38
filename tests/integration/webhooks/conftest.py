"""A desk, and a receiver on 127.0.0.1 that keeps what it gets and answers what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.db.pool import Database
from app.webhooks import outbox
from app.webhooks.signature import HEADER, verify
from tests.integration.tickets.desk import ZONE, Desk, fill_directory

SECRET = "the-receivers-own-secret"


@dataclass
class Receiver:
    """Answers `status`, after `go` is set; `got` are the bodies it was sent, in order."""

    status: int = 200
    go: asyncio.Event = field(default_factory=asyncio.Event)
    got: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.raw.append(await request.read())
        self.got.append(json.loads(self.raw[-1]))
        self.ids.append(request.headers["Hotline-Delivery"])
        self.headers.append(request.headers[HEADER])
        await self.go.wait()
        return web.Response(status=self.status)

    def believes(self, now: datetime) -> bool:
        """Whether every signature is right."""
        at = int(now.timestamp())
        return all(verify(SECRET, header, body, at) for header, body in zip(self.headers, self.raw, strict=True))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    made.go.set()
    app = web.Application()
    app.router.add_post("/tickets", made.take)
    async with TestServer(app, host="127.0.0.1") as server:
        made.url = str(server.make_url("/tickets"))
        yield made


@pytest.fixture
async def desk(database: Database) -> Desk:
    await fill_directory(database)
    return Desk(database, datetime.now(ZONE))


@pytest.fixture
async def webhook(desk: Desk, receiver: Receiver) -> int:
    async with desk.database.transaction() as connection:
        return (await outbox.add(connection, receiver.url, SECRET)).id
