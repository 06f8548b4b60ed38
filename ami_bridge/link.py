"""One AMI connection: panoramisk's manager and protocol, put right through their own extension points.

A link lives from one connect to the loss of that connection and is then thrown away, so nothing of it (queued actions,
pings, half messages) can reach the next one.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ami_bridge.errors import AmiDisconnected, AmiInjection, AmiLoginRefused, FramingError
from ami_bridge.framing import Framer, event_name, fields_of

Fields = Mapping[str, str | Sequence[str]]
# manager.c reads a line into 1024 bytes and throws longer ones away without an answer.
MAX_LINE = 1022
_numbers = itertools.count(1)


# panoramisk has no types.
class Request(Action):  # type: ignore[misc]
    """An action with one answer. Stays panoramisk's `Action` also when it has a field named Command."""

    multi = False
    # Plain attributes: panoramisk looks these up among the fields, several times for every action.
    id = ""
    action_id = ""

    def __init__(self, name: str, fields: Fields) -> None:
        refuse_injection(name, fields)
        self.id = self.action_id = f"hotline-{next(_numbers)}"
        super().__init__({**fields, "Action": name, "ActionID": self.id})


class ListRequest(Request):
    """An action answered by a list of events that ends with the event `complete`."""

    def __init__(self, name: str, fields: Fields, complete: str) -> None:
        super().__init__(name, fields)
        self.complete = complete

    def add_message(self, message: Message) -> bool:
        """Collect one message; True when it was the last. An error is an answer too."""
        self.responses.append(message)
        last = message.event == self.complete or not message.success
        if last and not self.future.done():
            self.future.set_result(message)
        return last

    @property
    def items_received(self) -> list[dict[str, str]]:
        """The events of the list, without the answer before and the completion after them."""
        return [plain(message) for message in self.responses[1:-1]]


def plain(message: Message) -> dict[str, str]:
    """The fields of a message, without the body panoramisk adds to each."""
    return {key: value for key, value in message.items() if key != "content"}


def _listed(message: bytes) -> bool:
    """Whether this is a line of a list that was asked for: DeviceStateList names them as events, without their time."""
    return b"\nActionID: " in message and b"\nTimestamp: " not in message


def refuse_injection(name: str, fields: Fields) -> None:
    """Raise AmiInjection for a key or value that would not stay one line of text of at most `MAX_LINE` bytes."""
    for key, value in ({"Action": name} | dict(fields)).items():
        for line in (value,) if isinstance(value, str) else value:
            _refuse_line(key, line)


def _refuse_line(key: str, value: str) -> None:
    if any(character in key or character in value for character in "\r\n\0") or ":" in key:
        raise AmiInjection(f"field {key!r} holds a character that would end it; nothing was sent")
    try:
        length = len(f"{key}: {value}".encode())
    except UnicodeEncodeError:
        raise AmiInjection(f"field {key!r} cannot be written as UTF-8; nothing was sent") from None
    if length > MAX_LINE:
        raise AmiInjection(f"field {key!r} is {length} bytes long, Asterisk takes {MAX_LINE}; nothing was sent")


class LinkProtocol(AMIProtocol):  # type: ignore[misc]
    """panoramisk's protocol, framing bytes before decoding and handing events over unparsed."""

    def __init__(self, link: Link, on_event: Callable[[str, bytes], None], wanted: frozenset[str]) -> None:
        self._link = link
        self._on_event = on_event
        self._wanted = wanted
        self._framer = Framer()
        self.responses: dict[str, Action] = {}
        self.heard_at = 0.0
        self.fault: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        super().connection_made(transport)
        # panoramisk sets this only later; a connection lost at once must be reported too.
        self.factory = self._link
        self.heard_at = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio; drops the connection when the stream cannot be followed."""
        self.heard_at = asyncio.get_running_loop().time()
        try:
            messages = self._framer.feed(data)
        except FramingError as error:
            self.fault = error
            self.transport.abort()
            return
        self.version = self._framer.version
        for message in messages:
            self._message_received(message)

    def _message_received(self, message: bytes) -> None:
        name = event_name(message)
        if name == "FullyBooted" and not self._link.booted.done():
            self._link.booted.set_result(None)
        if name is not None and name in self._wanted and not _listed(message):
            self._on_event(name, message)
        elif name is None or self.responses:
            self._answer_received(fields_of(message))

    def _answer_received(self, fields: dict[str, str]) -> None:
        # An event that merely carries an ActionID must not complete an action that has one answer.
        request = self.responses.get(fields.get("ActionID", ""))
        if "Response" in fields or isinstance(request, ListRequest):
            self.handle_message(Message(fields))

    def close(self) -> None:
        """Fail what is unanswered instead of queueing it: panoramisk would send it again after a reconnect."""
        unanswered, self.responses = list(self.responses.values()), {}
        for action in unanswered:
            if isinstance(action, Request) and not action.future.done():
                action.future.set_exception(AmiDisconnected(f"connection lost before {action.action} was answered"))
            else:
                action.future.cancel()
        super().close()
        # A half-open connection never takes what is still unsent; do not wait for it.
        self.transport.abort()


class Link(Manager):  # type: ignore[misc]
    """panoramisk's manager for a single connection: logs in and pings, never reconnects by itself.

    `answered` is the answer to the login; `booted` and `lost` become done when Asterisk says that it is ready and when
    the connection is gone.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        secret: str,
        tls: ssl.SSLContext | None,
        ping_s: int,
        on_event: Callable[[str, bytes], None],
        wanted: frozenset[str],
    ) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            loop=loop,
            host=host,
            port=port,
            username=username,
            secret=secret,
            ssl=tls or False,
            ping_delay=ping_s,
            ping_interval=ping_s,
            protocol_factory=partial(LinkProtocol, self, on_event, wanted),
        )
        self.answered: asyncio.Future[Any] = loop.create_future()
        self.booted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()

    async def open(self) -> None:
        """Connect and log in. Raises OSError, AmiDisconnected, FramingError or AmiLoginRefused."""
        await self.connect()
        answer = await self._unless_lost(self.answered)
        if not answer.success:
            raise AmiLoginRefused(f"Asterisk refused the login as {self.config['username']!r}: {answer.message}")

    async def fully_booted(self) -> None:
        """Wait until Asterisk is ready for calls. Raises AmiDisconnected or FramingError."""
        await self._unless_lost(self.booted)

    async def _unless_lost(self, wanted: asyncio.Future[Any]) -> Any:
        await asyncio.wait((wanted, self.lost), return_when=asyncio.FIRST_COMPLETED)
        if not wanted.done():
            raise self.loss()
        return wanted.result()

    def loss(self) -> Exception:
        """Why the connection is gone."""
        fault: Exception | None = getattr(self.protocol, "fault", None)
        return fault or AmiDisconnected("Asterisk closed the connection")

    def connection_made(self, connected: asyncio.Future[Any]) -> None:
        """Called by panoramisk when connecting has ended; failures reach the caller of `open` instead."""
        if not connected.cancelled() and connected.exception() is None:
            super().connection_made(connected)

    def login(self, future: asyncio.Future[Any]) -> bool:
        """Called by panoramisk with the answer to the login."""
        if future.cancelled():
            return False
        accepted = bool(super().login(future))
        if not self.answered.done():
            self.answered.set_result(future.result())
        return accepted

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the protocol; the session decides when to connect again."""
        self.close()
        if not self.lost.done():
            self.lost.set_result(None)
