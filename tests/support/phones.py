"""The telephones of a test city: SIPp processes, and the network behind the trunk that knows them by number."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

from app.demo import scenarios
from app.demo.sipp import Line, Phone, PhoneError, phone
from tests.support.workers import share

HOST = "127.0.0.1"
_Address = tuple[str, int]
_START_S = 5.0
_REGISTER_S = 10.0
_LAST_WORDS_S = 1.0
_MEDIA_PORTS_EACH = 8
_CALL_ID = re.compile(rb"^(?:Call-ID|i):\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_REQUEST = re.compile(rb"^[A-Z]+ sip:([^@;>\s]+)@\S+ SIP/2\.0\r?\n")
_ECHOED = re.compile(rb"^(?:Via|From|To|Call-ID|CSeq):.*\r\n", re.IGNORECASE | re.MULTILINE)


class Network(asyncio.DatagramProtocol):
    """The telephone network behind the trunk: passes SIP between Asterisk and the phones, by the number dialled.

    A number that nobody has is answered with 404 (RFC 3261, section 21.4.5).
    """

    def __init__(self, asterisk: _Address) -> None:
        self.asterisk = asterisk
        self.dialled: list[str] = []
        self._phones: dict[str, _Address] = {}
        self._calls: dict[bytes, _Address] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def connect(self, number: str, port: int) -> None:
        """From now on calls to `number` go to this phone."""
        self._phones[number] = (HOST, port)

    def disconnect(self, number: str) -> None:
        self._phones.pop(number, None)

    def datagram_received(self, data: bytes, source: _Address) -> None:
        assert self._transport is not None
        if data.startswith(b"OPTIONS "):
            self._transport.sendto(_answer(b"200 OK", data), source)
            return
        if source != self.asterisk:
            self._transport.sendto(data, self.asterisk)
            return
        target = self._target(data)
        if target:
            self._transport.sendto(data, target)
        elif data.startswith(b"INVITE "):
            self._transport.sendto(_answer(b"404 Not Found", data), source)

    def _target(self, data: bytes) -> _Address | None:
        found = _CALL_ID.search(data)
        call_id = found[1] if found else b""
        request = _REQUEST.match(data)
        if request and data.startswith(b"INVITE ") and call_id not in self._calls:
            number = request[1].decode()
            self.dialled.append(number)
            if number in self._phones:
                self._calls[call_id] = self._phones[number]
        return self._calls.get(call_id)


def _answer(status: bytes, request: bytes) -> bytes:
    headers = b"".join(_ECHOED.findall(request)).replace(b"\r\nCall-ID", b";tag=network\r\nCall-ID", 1)
    return b"SIP/2.0 " + status + b"\r\n" + headers + b"Content-Length: 0\r\n\r\n"


@asynccontextmanager
async def network(port: int, asterisk: _Address) -> AsyncIterator[Network]:
    """The network, listening where the trunk points to."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Network(asterisk), local_addr=(HOST, port))
    try:
        yield protocol
    finally:
        transport.close()


class Exchange:
    """Puts phones on the table: citizens, operators' phones, duty phones. Every one is a SIPp process."""

    def __init__(self, directory: Path, net: Network, media_ports: range) -> None:
        self.network = net
        self._directory = directory
        self._media = itertools.cycle(range(media_ports.start, media_ports.stop, _MEDIA_PORTS_EACH))
        self._count = itertools.count(1)

    @asynccontextmanager
    async def phone(
        self, name: str, scenario: str, *, port: int = 0, calls: int = 1, rate: float = 1.0
    ) -> AsyncIterator[Phone]:
        """Any phone; it is listening when the block begins, and is gone when it ends."""
        port = port or free_udp_port()
        line = Line(HOST, port, f"{HOST}:{self.network.asterisk[1]}", next(self._media))
        unique = f"{name}-{next(self._count)}"
        async with phone(unique, scenario, line, self._directory, calls=calls, rate=rate) as running:
            await listening(port, running)
            yield running
            # A phone torn away in the middle of a hangup leaves Asterisk repeating its BYE to the next phone there.
            with suppress(TimeoutError, PhoneError):
                await running.finished(_LAST_WORDS_S)

    @asynccontextmanager
    async def citizen(
        self,
        number: str,
        *actions: scenarios.Action,
        dialled: str = "12345",
        name: str = "",
        hang_up: bool = True,
        media_port: int = 0,
    ) -> AsyncIterator[Phone]:
        """A citizen who dials at once, acts, then hangs up or waits for the other side to do so."""
        caller = scenarios.Caller(number, name)
        scenario = scenarios.citizen(caller, dialled, actions, hang_up=hang_up)
        async with self.phone("citizen", heard_at(scenario, media_port)) as running:
            yield running

    @asynccontextmanager
    async def duty(self, number: str, scenario: str, *, calls: int = 1) -> AsyncIterator[Phone]:
        """A duty phone with this number, for so many calls."""
        port = free_udp_port()
        self.network.connect(number, port)
        try:
            async with self.phone(f"duty{number}", scenario, port=port, calls=calls) as running:
                yield running
        finally:
            self.network.disconnect(number)

    async def register(self, user: str, password: str, port: int) -> None:
        """Log an operator's phone in. Raises PhoneError, TimeoutError."""
        scenario = scenarios.register(user, password, port=port)
        async with self.phone(f"register-{user}", scenario, port=port) as sip:
            await sip.finished(_REGISTER_S)


def heard_at(scenario: str, media_port: int) -> str:
    """The scenario with its audio going to `media_port`, where something else listens; 0 leaves it as it is."""
    return scenario.replace("[auto_media_port]", str(media_port)) if media_port else scenario


def free_udp_port() -> int:
    """A UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((HOST, 0))
        port: int = held.getsockname()[1]
        return port


def free_block(size: int, within: range) -> range:
    """A run of UDP ports of this process below those that the kernel hands out, all free a moment ago.

    The one that was given out longest ago, or never: telephones take their ports call by call.
    """
    own = share(within)
    starts = list(range(own.start, own.stop - size, size))
    secrets.SystemRandom().shuffle(starts)
    for block in sorted((range(start, start + size) for start in starts), key=_given_at):
        if _all_free(block):
            _given[block] = next(_turns)
            return block
    raise RuntimeError(f"no {size} free UDP ports in a row")


def _given_at(block: range) -> int:
    """When any port of the block was given out last; 0: never. Ports that are not in use yet look free."""
    turns = (turn for other, turn in _given.items() if block.start < other.stop and other.start < block.stop)
    return max(turns, default=0)


_given: dict[range, int] = {}
_turns = itertools.count(1)


def _all_free(ports: range) -> bool:
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
            try:
                held.bind((HOST, port))
            except OSError:
                return False
    return True


async def listening(port: int, running: Phone) -> None:
    """Wait until a phone has its port (or, quick as some are, has ended already)."""
    async with asyncio.timeout(_START_S):
        while port not in _bound_ports() and not running.ended:  # noqa: ASYNC110 - another process binds it
            await asyncio.sleep(0.02)


def _bound_ports() -> Iterator[int]:
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        yield int(line.split()[1].rpartition(":")[2], 16)
