"""Keeps the live feed's calls, operators and queues as they are in the service's memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from app.calls.events import CallEvent
from app.calls.hub import Hub
from app.web.facts import Facts, heard
from app.web.items import CALLS, OPERATORS, QUEUES, TRANSCRIPT, Item
from app.web.live import LiveFeed

log = structlog.get_logger(__name__)

_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What is going on now: each call as its actor shows it, the operators, and who waits."""

    calls: Mapping[str, Mapping[str, Any]]
    operators: Sequence[Mapping[str, Any]] = ()
    waiting: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class OfTicket:
    """What a call's ticket says of it."""

    number: str
    anonymous: bool = False
    confidential: bool = False
    discipline_unit: str | None = None
    units: frozenset[str] = field(default=frozenset())


def sight_of(hub: Hub) -> Sight:
    """What the service's calls, operators and queues are now."""
    calls = {actor.call_id: actor.snapshot() for actor in hub.in_progress()}
    return Sight(calls, hub.seats.operators(), hub.waiting())


class Board:
    """Compares what is with what was told, whenever something happened and every second, and tells the difference."""

    def __init__(self, feed: LiveFeed, look: Callable[[], Sight], queue: str) -> None:
        self._feed = feed
        self._look = look
        self._queue = queue
        self._facts: dict[str, Facts] = {}
        self._tickets: dict[str, OfTicket] = {}
        self._due: asyncio.Handle | None = None

    async def run(self) -> None:
        """Look every second until cancelled: for what changes without an event (a wrap-up that ends)."""
        while True:
            self._refresh_safely()
            await asyncio.sleep(_LOOK_S)

    def heard(self, event: CallEvent) -> None:
        """Something happened on a call; what it led to is told once this turn of the loop is over."""
        self._facts[event.call_id] = heard(self._facts.get(event.call_id, Facts()), event)
        self._soon()

    def ticket(self, call_id: str, known: OfTicket) -> None:
        """A call in progress has this ticket, which may protect its caller."""
        if call_id in self._facts or call_id in self._feed.held(CALLS):
            self._tickets[call_id] = known
            self.refresh()

    def said(self, call_id: str, turn: Mapping[str, Any]) -> None:
        """What somebody says on a call in progress; the operators that take part in it may read it."""
        held = self._feed.held(CALLS).get(call_id)
        operators = held.operators if held else frozenset()
        confidential = bool(held and held.confidential)
        if not confidential:
            self._feed.tell(TRANSCRIPT, call_id, Item(dict(turn), operators=operators))

    def refresh(self) -> None:
        """Tell all that differs from what was told."""
        self._due = None
        now = self._look()
        for gone in self._feed.held(CALLS).keys() - now.calls.keys():
            self._feed.put(CALLS, gone, None)
        self._facts = {call_id: facts for call_id, facts in self._facts.items() if call_id in now.calls}
        self._tickets = {call_id: known for call_id, known in self._tickets.items() if call_id in now.calls}
        for call_id, snapshot in now.calls.items():
            self._feed.put(CALLS, call_id, self._call(call_id, snapshot))
        self._keep(OPERATORS, {str(one["id"]): Item(dict(one)) for one in now.operators})
        self._keep(QUEUES, self._queues(now.waiting))

    def _soon(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_soon(self._refresh_safely)

    def _refresh_safely(self) -> None:
        try:
            self.refresh()
        except Exception:
            # The edge where a fault in what screens are shown never ends the calls they are shown.
            log.exception("fault in showing what goes on")

    def _keep(self, topic: str, items: Mapping[str, Item]) -> None:
        for gone in self._feed.held(topic).keys() - items.keys():
            self._feed.put(topic, gone, None)
        for key, item in items.items():
            self._feed.put(topic, key, item)

    def _call(self, call_id: str, snapshot: Mapping[str, Any]) -> Item:
        facts, ticket = self._facts.get(call_id, Facts()), self._tickets.get(call_id)
        value = {"id": call_id, **facts.as_dict(), "ticket_number": ticket.number if ticket else None, **snapshot}
        named = {str(one["unit_id"]) for one in snapshot.get("summons", ()) if one.get("kind", "unit") == "unit"}
        named |= {str(one["unit_id"]) for one in snapshot.get("parties", ()) if one.get("unit_id")}
        return Item(
            value,
            units=facts.units | named,
            operators=frozenset(facts.operators),
            protected=facts.protected or bool(ticket and ticket.anonymous),
            confidential=bool(ticket and ticket.confidential),
            discipline_unit=ticket.discipline_unit if ticket else None,
        )

    def _queues(self, waiting: Sequence[Mapping[str, Any]]) -> Mapping[str, Item]:
        places: dict[str, list[dict[str, Any]]] = {self._queue: []}
        for one in waiting:
            places.setdefault(str(one.get("queue") or self._queue), []).append(dict(one))
        return {name: Item({"id": name, "name": name, "waiting": found}) for name, found in places.items()}
