"""A fake AMI server that says exactly what a test tells it to, and an AMI session under test connected to it.

Only for faults on the wire, which a real Asterisk cannot be made to show.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from ami_bridge.backoff import backoff
from ami_bridge.events import Event
from ami_bridge.session import AmiNode, AmiSession, Deadlines

DEADLINE_S = 5.0
# How long to watch that something does not happen.
QUIET_S = 0.15
GREETING = b"Asterisk Call Manager/11.0.0\r\n"
BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
QUICK = Deadlines(connect=2.0, booted=2.0, ping=1, silence=10.0)


def message(**fields: str) -> bytes:
    """An AMI message of these fields."""
    return "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode() + b"\r\n"


def event(name: str, **fields: str) -> bytes:
    """An AMI event as Asterisk sends it with `timestampevents=yes`."""
    return message(Event=name, Privilege="call,all", Timestamp="1700000000.000001", **fields)


def hangup(number: int) -> bytes:
    """A small event that tests can count."""
    return event("Hangup", Channel=f"PJSIP/trunk-{number:08x}", Uniqueid=f"node1-1700000000.{number}", Cause="16")


class Wire:
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(raw)

    async def send_apart(self, *pieces: bytes) -> None:
        """Send pieces so that each arrives on its own."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0.02)

    async def action(self) -> dict[str, str]:
        """The next action that is no ping. Raises asyncio.IncompleteReadError when the client is gone."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                raw = await self._reader.readuntil(b"\r\n\r\n")
                lines = raw.decode().strip().split("\r\n")
                fields = dict(line.split(": ", 1) for line in lines)
                if fields["Action"] != "Ping":
                    return fields
                self.answer(fields, Ping="Pong")

    async def no_action(self) -> None:
        """Fail when an action comes within QUIET_S."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                raise AssertionError(f"unexpected action: {await self.action()}")

    def answer(self, action: dict[str, str], response: str = "Success", **fields: str) -> None:
        """Answer an action."""
        self.send(message(Response=response, ActionID=action["ActionID"], **fields))

    async def log_in(self) -> None:
        """Greet, accept the login and say that Asterisk is ready."""
        self.send(GREETING)
        self.answer(await self.action(), Message="Authentication accepted")
        self.send(BOOTED)

    async def closed(self) -> None:
        """Wait until the client has closed the connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self.action()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


class Peer:
    """The server."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self._arrived: asyncio.Queue[Wire] = asyncio.Queue()
        self._wires: list[Wire] = []

    async def wire(self) -> Wire:
        """The next connection."""
        async with asyncio.timeout(DEADLINE_S):
            return await self._arrived.get()

    async def logged_in(self) -> Wire:
        """The next connection, logged in."""
        wire = await self.wire()
        await wire.log_in()
        return wire

    def accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Called by asyncio for each connection."""
        self.connections += 1
        wire = Wire(reader, writer)
        self._wires.append(wire)
        self._arrived.put_nowait(wire)

    def close(self) -> None:
        """Close every connection."""
        for wire in self._wires:
            wire.close()


@asynccontextmanager
async def fake_asterisk() -> AsyncIterator[Peer]:
    """A peer on a free port of the loopback."""
    peer = Peer()
    server = await asyncio.start_server(peer.accepted, "127.0.0.1", 0, limit=2**22)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        peer.close()
        server.close()
        await server.wait_closed()


@dataclass
class Seen:
    """What a session under test has told its owner."""

    session: AmiSession = field(init=False)
    events: list[Event] = field(default_factory=list)
    ups: int = 0
    downs: int = 0


@asynccontextmanager
async def session_to(
    peer: Peer,
    *,
    deadlines: Deadlines = QUICK,
    on_event: Callable[[Event], None] | None = None,
    on_up: Callable[[AmiSession], Awaitable[None]] | None = None,
) -> AsyncIterator[Seen]:
    """A running session; ends with the block. What ends the session by itself is raised there."""
    seen = Seen()

    async def up(session: AmiSession) -> None:
        seen.ups += 1
        if on_up:
            await on_up(session)

    def down(_session: AmiSession) -> None:
        seen.downs += 1

    seen.session = AmiSession(
        AmiNode("node1", "127.0.0.1", peer.port, "hotline", "secret"),
        on_event=on_event or seen.events.append,
        on_up=up,
        on_down=down,
        deadlines=deadlines,
        delays=lambda: backoff(first_s=0.02, longest_s=0.05),
    )
    async with asyncio.TaskGroup() as group:
        running = group.create_task(seen.session.run())
        yield seen
        running.cancel()


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds. Raises AssertionError at the deadline."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110 - any condition, not only ours to signal
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {DEADLINE_S} s: {what}") from None
