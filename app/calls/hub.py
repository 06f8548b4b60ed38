"""All calls of all nodes: takes the ordered AMI streams, keeps one actor per call, and is what HTTP and CLI talk to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from ami_bridge.arrangement import Wanted
from ami_bridge.errands import STAFF
from ami_bridge.errors import AmiDisconnected
from ami_bridge.model import Role
from app.calls.actor import CallActor
from app.calls.node import NodeLink
from app.calls.seats import NoTelephone, Seats
from app.operators.book import RosterBook
from app.settings import Settings
from ivr.menu import DEFAULT_LANGUAGE

log = structlog.get_logger(__name__)

_HOUR_S = 3600.0


class NoSuchCall(LookupError):  # noqa: N818 - named for what is the matter
    """No call with this id is in progress."""


class Engaged(Exception):  # noqa: N818 - named for what is the matter
    """The telephone is in a call, or rings for one."""


class OutboundCeiling(Exception):  # noqa: N818 - named for what is the matter
    """So many duty phones were rung within the hour that something must be wrong (toll fraud, a loop)."""


@dataclass(slots=True)
class Ceiling:
    """At most `limit` outbound calls in any hour; times are monotonic seconds."""

    limit: int
    made: deque[float]

    def take(self, now: float) -> None:
        """Count one call. Raises OutboundCeiling, counting nothing."""
        while self.made and self.made[0] <= now - _HOUR_S:
            self.made.popleft()
        if len(self.made) >= self.limit:
            raise OutboundCeiling(
                f"{self.limit} outbound calls within an hour; raise units.hourly_ceiling if that is right"
            )
        self.made.append(now)


class Hub:
    """The service's calls, and the operators' seats. Nodes are added before `run`."""

    def __init__(self, settings: Settings, book: RosterBook | None = None) -> None:
        self.nodes: dict[str, NodeLink] = {}
        self.refused_lines: Counter[str] = Counter()
        self.book = book or RosterBook(settings)
        self.seats = Seats(self.nodes, self.book, lambda: datetime.now(settings.zone))
        self._ceiling = Ceiling(settings.units.hourly_ceiling, deque())

    def add(self, node: NodeLink) -> None:
        self.nodes[node.name] = node

    async def run(self) -> None:
        """Drive every node until cancelled."""
        async with asyncio.TaskGroup() as group:
            for node in self.nodes.values():
                group.create_task(node.run(), name=f"node {node.name}")
            group.create_task(self.seats.run(), name="seats")

    def actor(self, call_id: str) -> CallActor:
        """The actor of a call in progress. Raises NoSuchCall."""
        for node in self.nodes.values():
            actor = node.actors.get(call_id)
            if actor is not None and not actor.ended:
                return actor
        raise NoSuchCall(call_id)

    def in_progress(self) -> list[CallActor]:
        return [actor for node in self.nodes.values() for actor in node.actors.values() if not actor.ended]

    async def summon(self, call_id: str, wanted: Wanted) -> str:
        """Ring somebody's telephone for a call; returns the attempt id.

        Raises NoSuchCall, OutboundCeiling, and what `CallActor.summon` raises.
        """
        actor = self._counted(call_id, wanted)
        attempt: str = await actor.ask(lambda: actor.summon(wanted))
        return attempt

    async def hand_over(self, call_id: str, wanted: Wanted, operator: str = "") -> str:
        """The operator leaves, whoever is wanted gets the citizen; returns the attempt id. Raises as `summon`."""
        actor = self._counted(call_id, wanted)
        attempt: str = await actor.ask(lambda: actor.hand_over(wanted, operator))
        return attempt

    def node_with_phone(self, operator_id: str) -> NodeLink:
        """The node where an operator's telephone could ring now. Raises NoTelephone, Engaged."""
        served = [node for node in self.nodes.values() if node.served]
        here = [node for node in served if node.operator(operator_id).registered]
        if not here:
            raise NoTelephone(f"The telephone of {operator_id} is not registered with Asterisk: switch it on first.")
        if any(node.operator(operator_id).busy for node in served):
            raise Engaged(f"{operator_id} is in a call, or rings for one.")
        return here[0]

    def any_node(self) -> NodeLink:
        """A node over which anybody outside could be rung. Raises AmiDisconnected."""
        served = [node for node in self.nodes.values() if node.served]
        if not served:
            raise AmiDisconnected("no node is connected")
        return served[0]

    def count_out(self) -> None:
        """A telephone outside is about to be rung. Raises OutboundCeiling."""
        self._ceiling.take(time.monotonic())

    def _counted(self, call_id: str, wanted: Wanted) -> CallActor:
        """The call's actor; a telephone outside is counted."""
        actor = self.actor(call_id)
        if not wanted.manner.urgent and wanted.manner.kind not in STAFF:
            self._ceiling.take(time.monotonic())
        return actor

    def is_live(self, node: str, call_id: str) -> bool:
        """Whether Asterisk still has this call, as far as we know."""
        return node in self.nodes and call_id in self.nodes[node].calls

    async def is_gone(self, node: str, call_id: str) -> bool:
        """Whether Asterisk, asked now, does not have this call; False where it cannot be asked."""
        return await self.nodes[node].gone(call_id)

    def refused_line(self, node: str) -> None:
        """A line of the node's journal is no record."""
        self.refused_lines[node] += 1

    def operators_of(self, call_id: str) -> frozenset[str] | None:
        """The operators who take part in a call now; None when it is not in progress."""
        for node in self.nodes.values():
            call = node.calls.get(call_id)
            if call is not None:
                return frozenset(p.name for p in call.parties.values() if p.role is Role.OPERATOR and p.present)
        return None

    def node_of(self, call_id: str) -> NodeLink:
        """The node that has a call in progress. Raises NoSuchCall."""
        for node in self.nodes.values():
            if call_id in node.calls:
                return node
        raise NoSuchCall(call_id)

    def trunks(self) -> list[dict[str, Any]]:
        """Every trunk of every node: whether it is up and why not, the calls that go out over it and how many may."""
        return [
            {
                "node": node.name,
                "name": trunk.name,
                "up": trunk.up and node.connected,
                "why": trunk.why if node.connected else "the node is not connected",
                "calls": trunk.calls,
                "most_calls": trunk.most_calls,
                "priority": trunk.priority,
                "weight": trunk.weight,
            }
            for node in self.nodes.values()
            for trunk in node.trunks.now(node.calls)
        ]

    def waiting(self) -> list[dict[str, Any]]:
        """The calls that wait for an operator, in order."""
        places = [(node.calls.position(call), call) for node in self.nodes.values() for call in node.calls.values()]
        waiting = sorted((place, call.started_at, call) for place, call in places if place)
        return [
            {
                "call_id": call.call_id,
                "node": call.node,
                "queue": call.queue,
                "position": place,
                "category": call.category,
                "language": call.language or DEFAULT_LANGUAGE,
                "since": since,
            }
            for place, since, call in waiting
        ]
