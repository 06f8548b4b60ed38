"""All calls of all nodes: takes the ordered AMI streams, keeps one actor per call, and is what HTTP and CLI talk to."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ami_bridge.conference import Mode, Post
from app.calls.actor import CallActor
from app.calls.events import CallEvent
from app.calls.node import NodeLink

log = structlog.get_logger(__name__)

_HOUR_S = 3600.0


class NoSuchCall(LookupError):  # noqa: N818 - named for what is the matter
    """No call with this id is in progress."""


class NoSuchOperator(LookupError):  # noqa: N818 - named for what is the matter
    """No operator has this id."""


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
    """The service's calls. Nodes are added before `run`."""

    def __init__(self, hourly_ceiling: int) -> None:
        self.nodes: dict[str, NodeLink] = {}
        self._ceiling = Ceiling(hourly_ceiling, deque())

    def add(self, node: NodeLink) -> None:
        self.nodes[node.name] = node

    async def run(self) -> None:
        """Drive every node until cancelled."""
        async with asyncio.TaskGroup() as group:
            for node in self.nodes.values():
                group.create_task(node.run(), name=f"node {node.name}")

    def actor(self, call_id: str) -> CallActor:
        """The actor of a call in progress. Raises NoSuchCall."""
        for node in self.nodes.values():
            actor = node.actors.get(call_id)
            if actor is not None and not actor.ended:
                return actor
        raise NoSuchCall(call_id)

    def in_progress(self) -> list[CallActor]:
        return [actor for node in self.nodes.values() for actor in node.actors.values() if not actor.ended]

    async def summon(self, call_id: str, unit_id: str, unit_name: str, mode: Mode, posts: tuple[Post, ...]) -> str:
        """Ring a unit's duty phone for a call; returns the attempt id.

        Raises NoSuchCall, OutboundCeiling, and what `CallActor.summon` raises.
        """
        actor = self.actor(call_id)
        self._ceiling.take(time.monotonic())
        attempt: str = await actor.ask(lambda: actor.summon(unit_id, unit_name, mode, posts))
        return attempt
