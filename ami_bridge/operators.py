"""What every operator is doing, folded from events, and the rule for one who keeps not answering: to be paused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ami_bridge import events as e
from ami_bridge.reading import operator_of_channel

# An operator who has not answered so many calls in a row is taken to be away.
MISSED_LIMIT = 3
AWAY_REASON = "no-answer"


class OperatorState(StrEnum):
    """What an operator is doing, as the screens show it."""

    OFFLINE = "offline"
    PAUSED = "paused"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class PauseOperator:
    """Command: pause the operator in this queue; callers go on to others meanwhile."""

    node: str
    queue: str
    operator: str
    reason: str = AWAY_REASON


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator on one node. `queues` says for each queue whether the operator is paused there."""

    operator: str
    queues: Mapping[str, bool] = field(default_factory=dict)
    reason: str = ""
    device: e.Device = e.Device.UNKNOWN
    ringing_for: str = ""
    talking_to: str = ""
    missed: int = 0
    wrap_up_until: datetime | None = None

    def state(self, now: datetime) -> OperatorState:
        """What the operator is doing now; a conversation counts before a pause asked for during it."""
        if self.talking_to:
            return OperatorState.TALKING
        if self.ringing_for:
            return OperatorState.RINGING
        if not self.queues or self.device is e.Device.UNAVAILABLE:
            return OperatorState.OFFLINE
        if all(self.queues.values()):
            return OperatorState.PAUSED
        if self.device in {e.Device.IN_USE, e.Device.ON_HOLD, e.Device.RINGING}:
            return OperatorState.TALKING
        return OperatorState.WRAP_UP if self.wrap_up_until and now < self.wrap_up_until else OperatorState.READY


class Operators(Mapping[tuple[str, str], Operator]):
    """All operators by (node, operator id). `wrap_up` is the queue's `wrapuptime`."""

    def __init__(self, wrap_up: timedelta) -> None:
        self.wrap_up = wrap_up
        self._operators: dict[tuple[str, str], Operator] = {}

    def __getitem__(self, key: tuple[str, str]) -> Operator:
        return self._operators[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._operators)

    def __len__(self) -> int:
        return len(self._operators)

    def memberships(self, node: str) -> tuple[tuple[str, str], ...]:
        """The (queue, operator) pairs of a node, for the comparison after a reconnect."""
        return tuple(
            (queue, name) for (where, name), operator in self.items() if where == node for queue in operator.queues
        )

    def put(self, node: str, name: str, **changes: Any) -> Operator:
        """Keep the operator with these changes."""
        operator = replace(self._operators.get((node, name)) or Operator(name), **changes)
        self._operators[node, name] = operator
        return operator


def fold_operators(operators: Operators, event: e.Event) -> tuple[PauseOperator, ...]:
    """Take in one event; return what must be done about it. Never raises, whatever events come."""
    handler = _HANDLERS.get(type(event))
    return handler(operators, event) if handler else ()


def _member(operators: Operators, event: e.Member) -> tuple[PauseOperator, ...]:
    before = operators.get((event.node, event.operator)) or Operator(event.operator)
    returned = before.queues.get(event.queue, False) and not event.paused
    operators.put(
        event.node,
        event.operator,
        queues={**before.queues, event.queue: event.paused},
        reason=event.reason if event.paused else "",
        device=event.device,
        missed=0 if returned else before.missed,
    )
    return ()


def _removed(operators: Operators, event: e.MemberRemoved) -> tuple[PauseOperator, ...]:
    before = operators.get((event.node, event.operator))
    if before:
        queues = {queue: paused for queue, paused in before.queues.items() if queue != event.queue}
        operators.put(event.node, event.operator, queues=queues, missed=0)
    return ()


def _called(operators: Operators, event: e.AgentCalled) -> tuple[PauseOperator, ...]:
    operators.put(event.node, event.operator, ringing_for=event.operator_uniqueid, wrap_up_until=None)
    return ()


def _no_answer(operators: Operators, event: e.AgentRingNoAnswer) -> tuple[PauseOperator, ...]:
    before = operators.get((event.node, event.operator)) or Operator(event.operator)
    operator = operators.put(event.node, event.operator, ringing_for="", missed=before.missed + 1)
    if operator.missed < MISSED_LIMIT:
        return ()
    return tuple(
        PauseOperator(event.node, queue, event.operator)
        for queue in (operator.queues or {event.queue: False})
        if not operator.queues.get(queue, False)
    )


def _connected(operators: Operators, event: e.AgentConnect) -> tuple[PauseOperator, ...]:
    operators.put(event.node, event.operator, ringing_for="", talking_to=event.operator_uniqueid, missed=0)
    return ()


def _bridged(operators: Operators, event: e.BridgeEnter) -> tuple[PauseOperator, ...]:
    """After a reconnect this is how an answer is learned that was missed."""
    name = operator_of_channel(event.channel)
    operator = operators.get((event.node, name))
    if operator and operator.ringing_for == event.uniqueid:
        operators.put(event.node, name, ringing_for="", talking_to=event.uniqueid, missed=0)
    return ()


def _hung_up(operators: Operators, event: e.Hangup) -> tuple[PauseOperator, ...]:
    name = operator_of_channel(event.channel)
    operator = operators.get((event.node, name))
    if operator is None:
        return ()
    if operator.talking_to == event.uniqueid:
        operators.put(event.node, name, talking_to="", wrap_up_until=event.at + operators.wrap_up)
    elif operator.ringing_for == event.uniqueid:
        operators.put(event.node, name, ringing_for="")
    return ()


_HANDLERS: Mapping[type[Any], Callable[[Operators, Any], tuple[PauseOperator, ...]]] = {
    e.Member: _member,
    e.MemberRemoved: _removed,
    e.AgentCalled: _called,
    e.AgentRingNoAnswer: _no_answer,
    e.AgentConnect: _connected,
    e.BridgeEnter: _bridged,
    e.Hangup: _hung_up,
}
