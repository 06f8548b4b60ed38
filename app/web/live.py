"""The live feed: every message is numbered, so that a browser that comes back asks for what it missed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_KEPT = 5000
_LAGGING = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """One numbered message. `topic` is calls, queue, operators, nodes, text, transcript or tickets."""

    number: int
    topic: str
    data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"n": self.number, "topic": self.topic, "data": dict(self.data)}


class LiveFeed:
    """Numbers messages and hands them to every subscriber, each at its own pace.

    The last 5,000 are kept for those who reconnect. `epoch` tells one run of the service from another: numbers of an
    earlier run mean nothing here, and such a client must load everything anew.
    """

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._next = 1
        self._kept: deque[Message] = deque(maxlen=_KEPT)
        self._subscribers: set[asyncio.Queue[Message | None]] = set()

    @property
    def last(self) -> int:
        """The number of the latest message, 0 before the first."""
        return self._next - 1

    def publish(self, topic: str, data: Mapping[str, Any]) -> None:
        """Number a message and queue it for everyone; never blocks."""
        message = Message(self._next, topic, data)
        self._next += 1
        self._kept.append(message)
        for queue in list(self._subscribers):
            if queue.qsize() >= _LAGGING:
                self._drop(queue)
            else:
                queue.put_nowait(message)

    def since(self, number: int) -> list[Message] | None:
        """What came after message `number`, or None when that is no longer kept."""
        oldest = self._kept[0].number if self._kept else self._next
        if number + 1 < oldest or number > self.last:
            return None
        return [message for message in self._kept if message.number > number]

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Queue[Message | None]]:
        """Receive messages from now on; None means: too slow, reconnect."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue()
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)

    def _drop(self, queue: asyncio.Queue[Message | None]) -> None:
        self._subscribers.discard(queue)
        queue.put_nowait(None)
