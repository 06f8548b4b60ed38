"""The live feed: the state that screens share, and numbered messages: whoever comes back asks for what was missed."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.people.model import Person
from app.web.items import HELD, TICKETS, Item, see

_KEPT = 5000
_LAGGING = 2000
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """One numbered event. `topic` is calls, queue, operators, nodes, text, transcript or tickets."""

    number: int
    topic: str
    data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"n": self.number, "topic": self.topic, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Change:
    """One numbered change of the state: what a thing was and what it is; None where it was not or is no more."""

    number: int
    topic: str
    key: str
    before: Item | None
    item: Item | None

    def shown(self, who: Person) -> dict[str, Any] | None:
        """The change as this person may have it; None when nothing changed for them."""
        was, now = see(who, self.topic, self.key, self.before), see(who, self.topic, self.key, self.item)
        found = now or was
        if found is None or was == now:
            return None
        return change(self.number, self.topic, found[0], now[1] if now else None)


Told = Message | Change


class LiveFeed:
    """Numbers messages and hands them to every subscriber, each at its own pace.

    The last 5,000 are kept for those who reconnect. `epoch` tells one run of the service from another; `first` is the
    number of the first message, and higher in every run, so that a number alone is never taken for another run's.
    """

    def __init__(self, epoch: str, first: int = 1) -> None:
        self.epoch = epoch
        self.people: Counter[Person] = Counter()
        self._next = first
        self._kept: deque[Told] = deque(maxlen=_KEPT)
        self._subscribers: set[asyncio.Queue[Told | None]] = set()
        self._held: dict[str, dict[str, Item]] = {topic: {} for topic in HELD}
        self._tickets: OrderedDict[str, Item] = OrderedDict()

    @property
    def last(self) -> int:
        """The number of the latest message, one less than the first before there is any."""
        return self._next - 1

    def publish(self, topic: str, data: Mapping[str, Any]) -> None:
        """Number an event and queue it for everyone; never blocks."""
        self._queue(Message(self._number(), topic, data))

    def put(self, topic: str, key: str, item: Item | None) -> None:
        """Change the state; what is so already is no change. None takes the thing away."""
        held = self._held[topic]
        before = held.get(key)
        if item == before:
            return
        if item is None:
            del held[key]
        else:
            held[key] = item
        self._queue(Change(self._number(), topic, key, before, item))

    def tell(self, topic: str, key: str, item: Item) -> None:
        """Tell a change of what is not part of the state; of tickets it is known who saw the last one."""
        before = self._tickets.pop(key, None) if topic == TICKETS else None
        if topic == TICKETS:
            self._tickets[key] = item
            if len(self._tickets) > _REMEMBERED:
                self._tickets.popitem(last=False)
        self._queue(Change(self._number(), topic, key, before, item))

    def held(self, topic: str) -> Mapping[str, Item]:
        """What the state holds of a topic."""
        return self._held[topic]

    def state(self, who: Person) -> dict[str, dict[str, Any]]:
        """The whole state as this person may see it."""
        return {
            topic: dict(found for key, item in things.items() if (found := see(who, topic, key, item)))
            for topic, things in self._held.items()
        }

    def since(self, number: int) -> list[Message] | None:
        """The events after message `number`, or None when they are no longer kept."""
        kept = self._after(number)
        return None if kept is None else [told for told in kept if isinstance(told, Message)]

    def changes_after(self, number: int) -> list[Change] | None:
        """The changes after message `number`, or None when they are no longer kept."""
        kept = self._after(number)
        return None if kept is None else [told for told in kept if isinstance(told, Change)]

    def missed(self, who: Person, number: int) -> list[dict[str, Any]] | None:
        """What this person missed after message `number`; None when that is no longer kept.

        A thing that changed several times is told once, as it is now: what has been protected since is not told again
        as it was.
        """
        kept = self._after(number)
        if kept is None:
            return None
        latest: dict[tuple[str, str], list[Change]] = {}
        for told in kept:
            if isinstance(told, Change):
                place = told.key if told.topic in HELD or told.topic == TICKETS else f"{told.key} {told.number}"
                latest.setdefault((told.topic, place), []).append(told)
        found = [message for changes in latest.values() if (message := self._summed_up(who, changes))]
        return sorted(found, key=lambda message: int(message["seq"]))

    def forget(self) -> None:
        """Something was missed: whoever follows must register anew."""
        self._number()
        self._kept.clear()
        for queue in list(self._subscribers):
            self._drop(queue)

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Queue[Told | None]]:
        """Receive messages from now on; None means: too slow, reconnect."""
        queue: asyncio.Queue[Told | None] = asyncio.Queue()
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)

    @contextmanager
    def register(self, who: Person) -> Iterator[asyncio.Queue[Told | None]]:
        """As `subscribe`, for a person whose counts are to be kept."""
        self.people[who] += 1
        try:
            with self.subscribe() as queue:
                yield queue
        finally:
            self.people[who] -= 1
            if not self.people[who]:
                del self.people[who]

    def _summed_up(self, who: Person, changes: list[Change]) -> dict[str, Any] | None:
        last = changes[-1]
        item = self._held[last.topic].get(last.key) if last.topic in HELD else last.item
        now = see(who, last.topic, last.key, item)
        if now:
            return change(last.number, last.topic, *now)
        seen = (see(who, each.topic, each.key, one) for each in changes for one in (each.before, each.item))
        was = next((found for found in seen if found), None)
        return change(last.number, last.topic, was[0], None) if was else None

    def _after(self, number: int) -> list[Told] | None:
        oldest = self._kept[0].number if self._kept else self._next
        if number + 1 < oldest or number > self.last:
            return None
        return [told for told in self._kept if told.number > number]

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _queue(self, told: Told) -> None:
        self._kept.append(told)
        for queue in list(self._subscribers):
            if queue.qsize() >= _LAGGING:
                self._drop(queue)
            else:
                queue.put_nowait(told)

    def _drop(self, queue: asyncio.Queue[Told | None]) -> None:
        self._subscribers.discard(queue)
        queue.put_nowait(None)


def change(number: int, topic: str, name: str, value: Any) -> dict[str, Any]:
    """A change as it is sent."""
    return {"type": "change", "seq": number, "topic": topic, "id": name, "value": value}
