"""The dialler at work: every second what is wanted is planned, and what is to be called now is called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from ami_bridge.errors import AmiError
from app.calls import store
from app.calls.events import CallEvent
from app.calls.hub import Hub, OutboundCeiling
from app.calls.node import NodeLink
from app.calls.outgoing import Outgoing, operator_asks
from app.db.pool import Connection, Database, DatabaseUnavailable
from app.dialler import store as lists
from app.dialler.permitted import day_begins, rules_of
from app.dialler.plan import Decision, Standing, Why, plan
from app.dialler.rules import Hours
from app.dialler.store import Listed
from app.matters.clock import Calendar
from app.settings import DiallerSettings

log = structlog.get_logger(__name__)

_EVERY_S = 1.0
# Who did not lift the telephone is not there, whatever the seat says: somebody else is asked.
_IN_VAIN = timedelta(minutes=10)
# What is no more is taken off the list: these have no later.
_OVER: dict[Why, str] = {"done": "done", "exhausted": "exhausted", "never": "never"}


@dataclass(frozen=True, slots=True)
class Ready:
    """An operator who could be asked, and the node that has the telephone."""

    operator_id: str
    node: NodeLink


@dataclass(frozen=True, slots=True)
class Planned:
    """What is on the list, and what is to become of each now."""

    listed: Sequence[Listed]
    decisions: Sequence[Decision]
    state: lists.State
    ready: Sequence[Ready]


class Dialling:
    """`run` dials; `look` says what would be dialled. Postgres is the queue: of all services one plans at a time, and
    what is begun is committed before Asterisk is told, so that whoever dies is taken over by the next.
    """

    def __init__(
        self,
        settings: DiallerSettings,
        zone: ZoneInfo,
        database: Database,
        hub: Hub,
        calendar: Callable[[], Calendar],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._database = database
        self._hub = hub
        self._calendar = calendar
        self._now = now

    async def run(self) -> None:
        """Dial until cancelled, over any absence of Postgres."""
        while self._settings.enabled:
            try:
                await self.step()
            except (DatabaseUnavailable, asyncpg.PostgresError) as error:
                log.info("dialler waits for postgres", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def look(self, connection: Connection) -> Planned:
        """What is on the list, and why each call is made now or not yet."""
        now = self._now().astimezone(self._zone)
        listed, state = await lists.wishes(connection), await lists.state(connection)
        never = [row["number"] for row in await lists.never(connection, now)]
        rules = rules_of(self._settings, never)
        in_call = await lists.in_call(connection)
        ready = self._ready(await lists.asked_in_vain(connection, now - _IN_VAIN))
        standing = Standing(
            max(0, self._settings.lines - len(in_call)),
            len(ready),
            in_call,
            await lists.called_since(connection, day_begins(now)),
            state.paused,
            state.stopped,
        )
        hours = Hours(rules, self._calendar(), self._zone)
        decisions = plan(now, [one.wish for one in listed], standing, rules, hours)
        return Planned(listed, decisions, state, ready)

    async def step(self) -> int:
        """Plan once and call whom it says; how many that were. Raises what Postgres raises."""
        async with self._database.transaction() as connection:
            if not await lists.lock(connection):
                return 0
            begun = await self._begin(connection, await self.look(connection))
        for out, started, node in begun:
            await self._call(out, started, node)
        return len(begun)

    async def _begin(self, connection: Connection, planned: Planned) -> list[tuple[Outgoing, CallEvent, NodeLink]]:
        listed, ready = {one.wish.id: one for one in planned.listed}, list(planned.ready)
        begun = []
        for decision in planned.decisions:
            if (over := _OVER.get(decision.why)) is not None:
                await lists.end(connection, decision.wish.id, self._now(), over)
            elif decision.why == "now" and ready:
                one, asked = listed[decision.wish.id], ready.pop(0)
                out = _outgoing(one, asked)
                started = await store.begin(connection, out, asked.node.name, self._now())
                if started is not None:
                    begun.append((out, started, asked.node))
        return begun

    async def _call(self, out: Outgoing, started: CallEvent, node: NodeLink) -> None:
        """One that cannot be made costs no other; its record says what became of it."""
        try:
            self._hub.count_out()
            await node.call_out(out, started)
        except (AmiError, OutboundCeiling, TimeoutError, ValueError) as error:
            log.warning("not dialled", call=out.call_id, error=type(error).__name__)

    def _ready(self, in_vain: Collection[str]) -> list[Ready]:
        """The operators who may be asked: those who are ready, but for as many as citizens wait."""
        found: dict[str, Ready] = {}
        for node in self._hub.nodes.values():
            for post in node.free_operators("") if node.served else ():
                if post.phone not in in_vain:
                    found.setdefault(post.phone, Ready(post.phone, node))
        spare = len(found) - len(self._hub.waiting())
        return list(found.values())[: max(0, spare)]


def _outgoing(one: Listed, asked: Ready) -> Outgoing:
    return Outgoing(
        asked.node.outgoing_id(),
        one.wish.number,
        one.wish.reason,
        one.wanted_by,
        operator_asks(asked.operator_id, one.wanted_by),
        "caller",
        one.ticket,
        one.call,
        protected=one.protected,
        wish=one.wish.id,
    )
