"""The AMI session of one Asterisk node: stays connected, delivers events in order, carries out actions once.

What panoramisk gets wrong is put right here and in `ami_bridge.link`: an action is never sent again, every wait has a
deadline, a dead link is noticed, a refused login is fatal.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import structlog

from ami_bridge.backoff import backoff
from ami_bridge.errors import AmiActionFailed, AmiDisconnected, AmiError, AmiLoginRefused, AmiTimeout
from ami_bridge.events import NEEDED_EVENTS, Event
from ami_bridge.framing import fields_of
from ami_bridge.link import Fields, Link, ListRequest, Request, plain
from ami_bridge.reading import parse

log = structlog.get_logger(__name__)

ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class AmiNode:
    """Where an Asterisk's manager interface is and who we are there. `tls` connects to `tlsbindaddr`."""

    name: str
    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each wait of a session may last, in seconds.

    `silence` must be longer than `ping` (whole seconds): an idle Asterisk says nothing but its answers to pings.
    `stable` is how long a connection must have lasted for the next attempts to start quickly again.
    """

    connect: float = 5.0
    booted: float = 60.0
    ping: int = 3
    silence: float = 10.0
    stable: float = 30.0


class AmiSession:
    """A connection to one node that comes back by itself.

    `on_event` gets every typed event, in order, while it is received: it must not wait. `on_up` runs after each login,
    once Asterisk is fully booted: the place to look what was missed. `on_down` is called after each loss.
    """

    def __init__(
        self,
        node: AmiNode,
        *,
        on_event: Callable[[Event], None],
        on_up: Callable[[AmiSession], Awaitable[None]],
        on_down: Callable[[AmiSession], None],
        deadlines: Deadlines | None = None,
        delays: Callable[[], Iterator[float]] = backoff,
    ) -> None:
        self.node = node
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._deadlines = deadlines or Deadlines()
        self._delays = delays
        self._link: Link | None = None

    @property
    def connected(self) -> bool:
        """Whether actions can be sent now."""
        return self._link is not None

    async def run(self) -> None:
        """Stay connected until cancelled. Raises AmiLoginRefused, since trying again would not help."""
        delays = self._delays()
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await self._one_connection()
            except AmiLoginRefused:
                raise
            except (AmiError, OSError) as error:
                log.warning("ami.lost", node=self.node.name, error=str(error), error_type=type(error).__name__)
            if asyncio.get_running_loop().time() - started > self._deadlines.stable:
                delays = self._delays()
            await asyncio.sleep(next(delays))

    async def action(self, name: str, fields: Fields | None = None, *, timeout_s: float = ANSWER_S) -> dict[str, str]:
        """Carry out an action once and return the fields of Asterisk's answer.

        A field may hold several values (`Variable`). Raises AmiInjection (nothing sent), AmiActionFailed with
        Asterisk's message, and AmiDisconnected or AmiTimeout when the outcome is unknown: look before doing it again.
        """
        request = Request(name, fields or {})
        return await self._answer(name, request, timeout_s)

    async def collect(
        self, name: str, fields: Fields | None, complete_event: str, *, timeout_s: float = ANSWER_S
    ) -> list[dict[str, str]]:
        """Carry out an action that answers with a list of events; return their fields. Raises as `action` does."""
        request = ListRequest(name, fields or {}, complete_event)
        await self._answer(name, request, timeout_s)
        return request.items_received

    async def _answer(self, name: str, request: Request, timeout_s: float) -> dict[str, str]:
        link = self._link
        if link is None:
            raise AmiDisconnected(f"not connected to {self.node.name}; {name} was not sent")
        link.send_action(request)
        try:
            async with asyncio.timeout(timeout_s):
                answer = await request.future
        except TimeoutError:
            raise AmiTimeout(f"{self.node.name} did not answer {name} within {timeout_s} s") from None
        finally:
            link.protocol.responses.pop(request.id, None)
        if not answer.success:
            raise AmiActionFailed(name, answer.message)
        return plain(answer)

    async def _one_connection(self) -> None:
        link = self._new_link()
        try:
            await self._log_in(link)
            self._link = link
            await self._while_up(link)
        finally:
            was_up, self._link = self._link is not None, None
            link.close()
            if was_up:
                self._on_down(self)

    async def _log_in(self, link: Link) -> None:
        try:
            async with asyncio.timeout(self._deadlines.connect):
                await link.open()
        except TimeoutError:
            raise AmiTimeout(f"no login to {self.node.name} within {self._deadlines.connect} s") from None
        try:
            async with asyncio.timeout(self._deadlines.booted):
                await link.fully_booted()
        except TimeoutError:
            raise AmiTimeout(
                f"{self.node.name} did not report FullyBooted within {self._deadlines.booted} s;"
                " does the manager user read the class 'system'?"
            ) from None
        log.info("ami.up", node=self.node.name, version=link.protocol.version)

    async def _while_up(self, link: Link) -> None:
        """Return never: raises what ended the connection, or what went wrong in `on_up`."""
        caught_up = asyncio.ensure_future(self._on_up(self))
        try:
            while not link.lost.done():
                waiting = (link.lost,) if caught_up.done() else (link.lost, caught_up)
                await asyncio.wait(waiting, timeout=self._silence_left(link), return_when=asyncio.FIRST_COMPLETED)
                if caught_up.done() and not link.lost.done():
                    caught_up.result()
            raise link.loss()
        finally:
            caught_up.cancel()
            await asyncio.gather(caught_up, return_exceptions=True)

    def _silence_left(self, link: Link) -> float:
        """Seconds until the link counts as dead. Raises AmiDisconnected when it already is."""
        left = float(link.protocol.heard_at) + self._deadlines.silence - asyncio.get_running_loop().time()
        if left <= 0:
            raise AmiDisconnected(f"{self.node.name} has been silent for {self._deadlines.silence} s")
        return left

    def _new_link(self) -> Link:
        return Link(
            host=self.node.host,
            port=self.node.port,
            username=self.node.username,
            secret=self.node.secret,
            tls=self.node.tls,
            ping_s=self._deadlines.ping,
            on_event=self._event_received,
            wanted=NEEDED_EVENTS,
        )

    def _event_received(self, name: str, message: bytes) -> None:
        """The edge where a fault in whoever listens must not cost the connection: asyncio would drop it."""
        try:
            event = parse(name, fields_of(message), self.node.name)
            if event is not None:
                self._on_event(event)
        except Exception:
            log.exception("ami.event_failed", node=self.node.name, ami_event=name)
