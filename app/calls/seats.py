"""The operators' seats over all nodes: one state each, one wish on every node, nobody rung twice at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from ami_bridge.calls import Call, State
from ami_bridge.errors import AmiActionFailed, AmiDisconnected
from ami_bridge.operators import (
    SYSTEM_REASONS,
    MemberStep,
    Operator,
    OperatorState,
    Wish,
    plan_skills,
    plan_wish,
    settle,
)
from app.calls.node import NodeLink
from app.operators.book import RosterBook
from app.operators.choose import memberships, overflow
from app.operators.roster import Roster
from app.operators.states import StateChange

log = structlog.get_logger(__name__)

_BUSY_FIRST = (
    OperatorState.TALKING,
    OperatorState.RINGING,
    OperatorState.WRAP_UP,
    OperatorState.READY,
    OperatorState.PAUSED,
    OperatorState.OFFLINE,
)
# A caller who was sent on is looked at again after so many seconds.
_SENT_ON = timedelta(seconds=5)
_TICK_S = 1.0


class NoSuchOperator(LookupError):  # noqa: N818 - named for what is the matter
    """No operator has this id."""


class NoTelephone(Exception):  # noqa: N818 - named for what is the matter
    """The operator has no telephone that could ring; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Seat:
    """How one operator stands, seen over all nodes. `then` is the reason of a break that begins after the call."""

    state: OperatorState
    reason: str = ""
    node: str = ""
    since: datetime | None = None
    then: str = ""


class Seats:
    """Operators as the screens know them. `kept` is told every change of state."""

    def __init__(self, nodes: Mapping[str, NodeLink], book: RosterBook, now: Callable[[], datetime]) -> None:
        self._nodes = nodes
        self._book = book
        self._now = now
        self._wishes: dict[str, tuple[Wish, str]] = {}
        self._noted: dict[str, tuple[OperatorState, str]] = {}
        self._last_calls: dict[str, str] = {}
        self._sent_on: dict[str, datetime] = {}
        self.kept: Callable[[StateChange], None] = lambda _: None

    async def run(self) -> None:
        """End wrap-ups and send on callers who waited too long, every second, until cancelled."""
        while True:
            now = self._now()
            for operator in self._book.current.on_duty:
                self._settle(operator.id, now)
            self._overflow(now)
            await asyncio.sleep(_TICK_S)

    # How they stand.

    def seat(self, operator_id: str) -> Seat:
        """How an operator stands on the node where something is going on for them."""
        now = datetime.now(UTC)
        found = [(name, one) for name, one in self._on_nodes(operator_id).items()]
        if not found:
            return Seat(OperatorState.OFFLINE)
        node, one = min(found, key=lambda item: _BUSY_FIRST.index(item[1].state(now)))
        return Seat(one.state(now), one.shown_reason(now), node, one.since, one.break_after())

    def operators(self) -> list[dict[str, Any]]:
        """Every operator on duty."""
        return [self._shown(each.id, each.name, each.skills) for each in self._book.current.on_duty]

    def _shown(self, operator_id: str, name: str, skills: Mapping[str, int]) -> dict[str, Any]:
        seat = self.seat(operator_id)
        shown = {"id": operator_id, "name": name, "state": seat.state.value, "reason": seat.reason, "node": seat.node}
        return shown | {"since": seat.since, "break_after": seat.then, "skills": dict(skills)}

    def queues(self) -> list[dict[str, Any]]:
        """Every queue: who waits there, how long, and how its operators stand."""
        roster, now = self._book.current, datetime.now(UTC)
        seats = {each.id: (self.seat(each.id).state.value, memberships(each, roster)) for each in roster.on_duty}
        return [
            {
                "name": queue.name,
                "title": queue.title,
                **self._waiting_in(queue.name, now),
                "operators": dict(Counter(state for state, belongs in seats.values() if queue.name in belongs)),
            }
            for queue in roster.queues
        ]

    def _waiting_in(self, queue: str, now: datetime) -> dict[str, Any]:
        waited = [
            now - since for node, call in self._waiting() if call.queue == queue for since in [_since(node, call)]
        ]
        talking = [
            call
            for node in self._nodes.values()
            for call in node.calls.values()
            if call.queue == queue and call.operator is not None
        ]
        longest = max(waited, default=timedelta())
        return {"waiting": len(waited), "longest_wait_s": round(longest.total_seconds(), 1), "talking": len(talking)}

    # What they wish.

    async def wish(self, operator_id: str, wish: Wish, reason: str) -> None:
        """Make an operator ready, paused or away, on every node that can be reached; the others follow when they can.

        Raises NoSuchOperator, NoTelephone, and what Asterisk's actions raise when no node did it.
        """
        operator = self._book.current.operator(operator_id)
        if operator is None:
            raise NoSuchOperator(operator_id)
        reached = [node for node in self._nodes.values() if node.served]
        if self._nodes and not reached:
            raise AmiDisconnected("no node is connected")
        if wish == "ready" and reached and not any(node.operator(operator_id).registered for node in reached):
            raise NoTelephone(f"The telephone of {operator_id} is not registered with Asterisk: switch it on first.")
        before = self._wishes.get(operator_id)
        self._wishes[operator_id] = (wish, reason)
        if wish == "ready":
            self._end_wrap_up(operator_id)
        wanted = memberships(operator, self._book.current)
        plans = [(node, plan_wish(node.operator(operator_id), wanted, wish, reason)) for node in reached]
        work = (self._carry_out(node, operator_id, steps) for node, steps in plans)
        done = await asyncio.gather(*work, return_exceptions=True)
        failed = [error for error in done if isinstance(error, BaseException)]
        for error in failed:
            log.warning("operator's wish not done on a node", operator=operator_id, error=type(error).__name__)
        if failed and len(failed) == len(reached):
            self._wishes.pop(operator_id)
            if before:
                self._wishes[operator_id] = before
            raise failed[0]

    async def _carry_out(self, node: NodeLink, operator_id: str, steps: Iterable[MemberStep]) -> None:
        """Do every step that Asterisk takes; AmiActionFailed only when it took none, say for an unknown queue."""
        refused: list[AmiActionFailed] = []
        steps = tuple(steps)
        for step in steps:
            try:
                await node.member_step(operator_id, step)
            except AmiActionFailed as error:
                log.warning("not a member as wished", operator=operator_id, queue=step.queue, why=error.reason)
                refused.append(error)
        if refused and len(refused) == len(steps):
            raise refused[0]

    async def _bring(self, node: NodeLink, operator_id: str, steps: Iterable[MemberStep]) -> None:
        """As `_carry_out`, where nobody waits for the outcome."""
        with suppress(AmiActionFailed):
            await self._carry_out(node, operator_id, steps)

    async def node_up(self, node: NodeLink) -> None:
        """A node was looked at: bring it to what operators wish, or learn that from it after a restart."""
        roster = self._book.current
        for name in sorted({operator for _, operator in node.operators.memberships(node.name)}):
            self._learn(node, name)
        for operator in roster.on_duty:
            wanted = memberships(operator, roster)
            wish, reason = self._wishes.get(operator.id, ("away", ""))
            await self._bring(node, operator.id, plan_wish(node.operator(operator.id), wanted, wish, reason))
        for name in sorted({operator for _, operator in node.operators.memberships(node.name)}):
            if roster.operator(name) is None:
                await self._bring(node, name, plan_wish(node.operator(name), {}, "away", ""))

    def _learn(self, node: NodeLink, name: str) -> None:
        """What Asterisk kept of an operator nobody has told us anything about yet."""
        if name in self._wishes:
            return
        one = node.operator(name)
        asked_for = all(one.queues.values()) and one.reason not in SYSTEM_REASONS
        self._wishes[name] = ("paused", one.reason) if asked_for else ("ready", "")

    async def follow(self, roster: Roster) -> None:
        """Bring members up to date with a changed roster: skills, queues, and who is no operator any more."""
        known = {name for node in self._nodes.values() for _, name in node.operators.memberships(node.name)}
        for name in sorted(known):
            operator = roster.operator(name)
            for node in (each for each in self._nodes.values() if each.served):
                wanted = memberships(operator, roster) if operator else {}
                await self._bring(node, name, plan_skills(node.operator(name), wanted))
            if operator is None:
                self._wishes.pop(name, None)

    # What happens to them.

    def changed(self, names: Iterable[str], at: datetime) -> None:
        """Something happened to these operators on some node."""
        for name in names:
            if self._book.current.operator(name):
                self._settle(name, at)
                self._note(name, at)

    def paused(self, operator_id: str, reason: str) -> None:
        """The service itself paused an operator who does not answer."""
        self._wishes[operator_id] = ("paused", reason)

    def ticket_filed(self, operator_id: str, call_id: str | None) -> None:
        """The operator has done with a call's ticket: the time after the call ends, if it was that call's."""
        if call_id is None or self._last_calls.get(operator_id) != call_id:
            return
        self._end_wrap_up(operator_id)
        self._settle(operator_id, self._now())

    def took_call(self, operator_id: str, call_id: str) -> None:
        """An operator joined a call."""
        self._last_calls[operator_id] = call_id

    def _end_wrap_up(self, operator_id: str) -> None:
        for name, node in self._nodes.items():
            if (name, operator_id) in node.operators:
                node.operators.put(name, operator_id, self._now(), wrap_up_until=None)

    def _settle(self, operator_id: str, at: datetime) -> None:
        for node, step in settle(self._on_nodes(operator_id), at):
            self._nodes[node].spawn_member_step(operator_id, step)

    def _note(self, operator_id: str, at: datetime) -> None:
        seat = self.seat(operator_id)
        if self._noted.get(operator_id) != (seat.state, seat.reason):
            self._noted[operator_id] = (seat.state, seat.reason)
            self.kept(StateChange(operator_id, at, seat.state.value, seat.reason))

    def _on_nodes(self, operator_id: str) -> dict[str, Operator]:
        return {
            name: node.operators[name, operator_id]
            for name, node in self._nodes.items()
            if node.served and (name, operator_id) in node.operators
        }

    # Who waits too long.

    def _waiting(self) -> list[tuple[NodeLink, Call]]:
        return [
            (node, call)
            for node in self._nodes.values()
            if node.served
            for call in node.calls.values()
            if call.state is State.QUEUED
        ]

    def _overflow(self, now: datetime) -> None:
        self._sent_on = {call_id: at for call_id, at in self._sent_on.items() if now - at < _SENT_ON}
        for node, call in self._waiting():
            if call.ringing or call.call_id in self._sent_on:
                continue
            waited = (now - _since(node, call)).total_seconds()
            place = overflow(self._book.current, call.queue, waited, now)
            if place is not None:
                self._sent_on[call.call_id] = now
                node.send_to_queue(call, place.queue, place.priority)


def _since(node: NodeLink, call: Call) -> datetime:
    return node.queued_at.get(call.call_id, call.started_at)
