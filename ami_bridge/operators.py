"""What every operator is doing and since when, folded from events, and what must be done about it.

Pauses have reasons. Two are the service's own: WRAP_UP after a call, and ELSEWHERE while another node has the operator
in a call. Like every pause they are kept by Asterisk, so they can be read back after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from ami_bridge import events as e
from ami_bridge.reading import operator_of_channel

# An operator who has not answered so many calls in a row is taken to be away.
MISSED_LIMIT = 3
AWAY_REASON = "no-answer"
WRAP_UP = "wrap-up"
ELSEWHERE = "elsewhere"
SYSTEM_REASONS = frozenset({WRAP_UP, ELSEWHERE})
UNREACHABLE = "unreachable"

# Q.850 causes (chan_pjsip's hangup_cause_sip2cause) with which a ringing ends through no fault of the phone: the caller
# gave up, or another phone answered. A phone that forwards (302) ends with 23, and no AgentRingNoAnswer comes.
_BLAMELESS = frozenset({0, 16, 26})

_IN_CALL = frozenset({e.Device.IN_USE, e.Device.ON_HOLD, e.Device.RINGING})

Wish = Literal["ready", "paused", "away"]


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
class MemberStep:
    """One thing to be done to a membership. `reason` empty ends a pause; `penalty` is how late the operator is rung."""

    what: Literal["add", "remove", "pause", "penalty"]
    queue: str
    reason: str = ""
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator on one node. `queues` says for each queue whether the operator is paused there."""

    operator: str
    queues: Mapping[str, bool] = field(default_factory=dict)
    penalties: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    device: e.Device = e.Device.UNKNOWN
    ringing_for: str = ""
    talking_to: str = ""
    queue: str = ""
    missed: int = 0
    wrap_up_until: datetime | None = None
    since: datetime | None = None

    @property
    def busy(self) -> bool:
        """Whether a call has the operator, or rings; also one that came by no queue."""
        return bool(self.talking_to or self.ringing_for) or self.device in _IN_CALL

    @property
    def registered(self) -> bool:
        """Whether there is a telephone that can be rung."""
        return self.device not in {e.Device.UNAVAILABLE, e.Device.UNKNOWN}

    def wraps_up(self, now: datetime) -> bool:
        """Whether the time after a call is not over yet."""
        return self.wrap_up_until is not None and now < self.wrap_up_until

    def state(self, now: datetime) -> OperatorState:
        """What the operator is doing now; a conversation counts before a pause asked for during it."""
        if self.talking_to:
            return OperatorState.TALKING
        if self.ringing_for:
            return OperatorState.RINGING
        if not self.queues or self.device is e.Device.UNAVAILABLE:
            return OperatorState.OFFLINE
        if all(self.queues.values()):
            return OperatorState.WRAP_UP if self.reason == WRAP_UP else OperatorState.PAUSED
        if self.device in _IN_CALL:
            return OperatorState.TALKING
        return OperatorState.WRAP_UP if self.wraps_up(now) else OperatorState.READY

    def shown_reason(self, now: datetime) -> str:
        """Why the operator is in this state, where that is not plain."""
        match self.state(now):
            case OperatorState.PAUSED:
                return self.reason
            case OperatorState.OFFLINE if self.queues:
                return UNREACHABLE
        return ""

    def break_after(self) -> str:
        """The reason of the pause that begins when the call ends, or empty."""
        paused = bool(self.queues) and all(self.queues.values())
        return self.reason if self.busy and paused and self.reason not in SYSTEM_REASONS else ""


class Operators(Mapping[tuple[str, str], Operator]):
    """All operators by (node, operator id). `wrap_up` gives the time after a call of some queue."""

    def __init__(self, wrap_up: Callable[[str], timedelta]) -> None:
        self.wrap_up = wrap_up
        self._operators: dict[tuple[str, str], Operator] = {}
        self._changed: set[str] = set()

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

    def put(self, node: str, name: str, at: datetime, **changes: Any) -> Operator:
        """Keep the operator with these changes; `since` moves when they are another state."""
        before = self._operators.get((node, name)) or Operator(name)
        operator = replace(before, **changes)
        if operator == before:
            return operator
        if operator.since is None or operator.state(at) is not before.state(at) or operator.reason != before.reason:
            operator = replace(operator, since=at)
        self._operators[node, name] = operator
        self._changed.add(name)
        return operator

    def take_changed(self) -> frozenset[str]:
        """The operators of whom anything was put since this was asked last."""
        changed, self._changed = frozenset(self._changed), set()
        return changed


def fold_operators(operators: Operators, event: e.Event) -> tuple[PauseOperator, ...]:
    """Take in one event; return what must be done about it. Never raises, whatever events come."""
    handler = _HANDLERS.get(type(event))
    return handler(operators, event) if handler else ()


def plan_wish(operator: Operator, wanted: Mapping[str, int], wish: Wish, reason: str) -> tuple[MemberStep, ...]:
    """The steps that make an operator ready, paused or away in the wanted queues (with their penalties), on one node.

    A ready operator who is held back (wrapping up, busy elsewhere) is freed: somebody asked for it.
    """
    if wish == "away":
        return tuple(MemberStep("remove", queue) for queue in operator.queues)
    pause = reason if wish == "paused" else ""
    steps = [MemberStep("remove", queue) for queue in operator.queues if queue not in wanted]
    for queue, penalty in wanted.items():
        if queue not in operator.queues:
            steps.append(MemberStep("add", queue, pause, penalty))
            continue
        if operator.queues[queue] is not bool(pause) or (pause and operator.reason != pause):
            steps.append(MemberStep("pause", queue, pause))
        if operator.penalties.get(queue, 0) != penalty:
            steps.append(MemberStep("penalty", queue, penalty=penalty))
    return tuple(steps)


def plan_skills(operator: Operator, wanted: Mapping[str, int]) -> tuple[MemberStep, ...]:
    """The steps that bring a member's queues and penalties up to date, and leave ready and paused as they are."""
    if not operator.queues:
        return ()
    paused = all(operator.queues.values())
    return plan_wish(operator, wanted, "paused" if paused else "ready", operator.reason)


def settle(nodes: Mapping[str, Operator], now: datetime) -> tuple[tuple[str, MemberStep], ...]:
    """Hold one operator back where needed: on every node but the one with the call, and everywhere while wrapping up.

    Ends what was held back before; pauses that people asked for stay.
    """
    busy = {node for node, operator in nodes.items() if operator.busy}
    wrapping = any(operator.wraps_up(now) for operator in nodes.values())
    steps: list[tuple[str, MemberStep]] = []
    for node, operator in nodes.items():
        hold = ELSEWHERE if busy - {node} else WRAP_UP if wrapping and node not in busy else ""
        for queue, paused in operator.queues.items():
            held = paused and operator.reason in SYSTEM_REASONS
            if (hold and not paused) or (held and operator.reason != hold):
                steps.append((node, MemberStep("pause", queue, hold)))
    return tuple(steps)


def _member(operators: Operators, event: e.Member) -> tuple[PauseOperator, ...]:
    before = operators.get((event.node, event.operator)) or Operator(event.operator)
    returned = before.queues.get(event.queue, False) and not event.paused
    asked_back = returned and before.reason not in SYSTEM_REASONS
    operators.put(
        event.node,
        event.operator,
        event.at,
        queues={**before.queues, event.queue: event.paused},
        penalties={**before.penalties, event.queue: event.penalty},
        reason=event.reason if event.paused else "",
        device=event.device,
        missed=0 if asked_back else before.missed,
        wrap_up_until=None if returned else before.wrap_up_until,
    )
    return ()


def _removed(operators: Operators, event: e.MemberRemoved) -> tuple[PauseOperator, ...]:
    before = operators.get((event.node, event.operator))
    if before:
        queues = {queue: paused for queue, paused in before.queues.items() if queue != event.queue}
        missed = before.missed if queues else 0
        operators.put(event.node, event.operator, event.at, queues=queues, missed=missed)
    return ()


def _device(operators: Operators, event: e.DeviceChanged) -> tuple[PauseOperator, ...]:
    operators.put(event.node, event.operator, event.at, device=event.device)
    return ()


def _called(operators: Operators, event: e.AgentCalled) -> tuple[PauseOperator, ...]:
    ringing = {"ringing_for": event.operator_uniqueid, "queue": event.queue, "wrap_up_until": None}
    operators.put(event.node, event.operator, event.at, **ringing)
    return ()


def _no_answer(operators: Operators, event: e.AgentRingNoAnswer) -> tuple[PauseOperator, ...]:
    return _missed(operators, event.node, event.operator, event.at, event.queue)


def _missed(operators: Operators, node: str, name: str, at: datetime, queue: str) -> tuple[PauseOperator, ...]:
    before = operators.get((node, name)) or Operator(name)
    operator = operators.put(node, name, at, ringing_for="", missed=before.missed + 1)
    if operator.missed < MISSED_LIMIT:
        return ()
    queues = operator.queues or {queue: False}
    return tuple(PauseOperator(node, each, name) for each, paused in queues.items() if not paused)


def _connected(operators: Operators, event: e.AgentConnect) -> tuple[PauseOperator, ...]:
    talking = {"ringing_for": "", "talking_to": event.operator_uniqueid, "queue": event.queue, "missed": 0}
    operators.put(event.node, event.operator, event.at, **talking)
    return ()


def _bridged(operators: Operators, event: e.BridgeEnter) -> tuple[PauseOperator, ...]:
    """After a reconnect this is how an answer is learned that was missed."""
    name = operator_of_channel(event.channel)
    operator = operators.get((event.node, name))
    if operator and operator.ringing_for == event.uniqueid:
        operators.put(event.node, name, event.at, ringing_for="", talking_to=event.uniqueid, missed=0)
    return ()


def _hung_up(operators: Operators, event: e.Hangup) -> tuple[PauseOperator, ...]:
    name = operator_of_channel(event.channel)
    operator = operators.get((event.node, name))
    if operator is None:
        return ()
    if operator.talking_to == event.uniqueid:
        after = operators.wrap_up(operator.queue)
        operators.put(event.node, name, event.at, talking_to="", wrap_up_until=event.at + after if after else None)
    elif operator.ringing_for == event.uniqueid:
        if event.cause not in _BLAMELESS:
            return _missed(operators, event.node, name, event.at, operator.queue)
        operators.put(event.node, name, event.at, ringing_for="")
    return ()


_HANDLERS: Mapping[type[Any], Callable[[Operators, Any], tuple[PauseOperator, ...]]] = {
    e.Member: _member,
    e.MemberRemoved: _removed,
    e.DeviceChanged: _device,
    e.AgentCalled: _called,
    e.AgentRingNoAnswer: _no_answer,
    e.AgentConnect: _connected,
    e.BridgeEnter: _bridged,
    e.Hangup: _hung_up,
}
