"""What operators are doing, and the rule for one who does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from ami_bridge import events as e
from ami_bridge.operators import MISSED_LIMIT, Operators, OperatorState, PauseOperator, fold_operators

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WRAP_UP = timedelta(seconds=10)
KEY = ("node1", "op1001")
LEG = ("PJSIP/op1001-00000007", "node1-1.9")
_CALLER = ("node1", AT, "PJSIP/trunk-1", "node1-1.8")
_OPERATOR = ("hotline", "op1001", *LEG)


def member(
    *, device: e.Device = e.Device.IDLE, paused: bool = False, reason: str = "", queue: str = "hotline"
) -> e.Member:
    return e.Member("node1", AT, queue, "op1001", device, paused, reason)


CALLED = e.AgentCalled(*_CALLER, *_OPERATOR)
NO_ANSWER = e.AgentRingNoAnswer(*_CALLER, *_OPERATOR)
CONNECTED = e.AgentConnect(*_CALLER, *_OPERATOR)
HUNG_UP = e.Hangup("node1", AT, *LEG, 16)


def after(*events: e.Event) -> tuple[Operators, list[PauseOperator]]:
    """The operators after these events, and the commands given meanwhile."""
    operators = Operators(WRAP_UP)
    return operators, [command for event in events for command in fold_operators(operators, event)]


def missed(times: int) -> Iterable[e.Event]:
    return (event for _ in range(times) for event in (CALLED, NO_ANSWER, HUNG_UP))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([member()], OperatorState.READY),
        ([member(paused=True, reason="培训")], OperatorState.PAUSED),
        ([member(device=e.Device.UNAVAILABLE)], OperatorState.OFFLINE),
        ([member(device=e.Device.UNAVAILABLE, paused=True)], OperatorState.OFFLINE),
        ([member(), e.MemberRemoved("node1", AT, "hotline", "op1001")], OperatorState.OFFLINE),
        ([member(), CALLED], OperatorState.RINGING),
        ([member(), CALLED, NO_ANSWER], OperatorState.READY),
        ([member(), CALLED, HUNG_UP], OperatorState.READY),
        ([member(), CALLED, CONNECTED], OperatorState.TALKING),
        ([member(), CALLED, CONNECTED, member(paused=True)], OperatorState.TALKING),
        ([member(), CALLED, CONNECTED, HUNG_UP], OperatorState.WRAP_UP),
        ([member(), CALLED, CONNECTED, HUNG_UP, member(paused=True)], OperatorState.PAUSED),
        ([member(), CALLED, CONNECTED, HUNG_UP, CALLED], OperatorState.RINGING),
        ([member(device=e.Device.IN_USE)], OperatorState.TALKING),
        ([member(paused=True), member(queue="help")], OperatorState.READY),
        ([member(), CALLED, e.BridgeEnter("node1", AT, *LEG, "b")], OperatorState.TALKING),
    ],
)
def test_states(events: list[e.Event], state: OperatorState) -> None:
    operators, _ = after(*events)
    assert operators[KEY].state(AT) is state


def test_wrap_up_ends_by_itself() -> None:
    operators, _ = after(member(), CALLED, CONNECTED, HUNG_UP)
    assert operators[KEY].state(AT + WRAP_UP - timedelta(seconds=1)) is OperatorState.WRAP_UP
    assert operators[KEY].state(AT + WRAP_UP) is OperatorState.READY


def test_the_reason_of_a_pause_is_kept_while_it_lasts() -> None:
    operators, _ = after(member(paused=True, reason="培训"))
    assert operators[KEY].reason == "培训"
    fold_operators(operators, member())
    assert operators[KEY].reason == ""


def test_an_operator_who_does_not_answer_is_paused_after_three_times_in_a_row() -> None:
    _, commands = after(member(), *missed(MISSED_LIMIT - 1))
    assert commands == []
    _, commands = after(member(), *missed(MISSED_LIMIT))
    assert commands == [PauseOperator("node1", "hotline", "op1001", "no-answer")]


def test_in_every_queue() -> None:
    _, commands = after(member(), member(queue="help"), *missed(MISSED_LIMIT))
    assert {command.queue for command in commands} == {"hotline", "help"}


def test_answering_once_forgives_what_was_missed() -> None:
    _, commands = after(member(), *missed(MISSED_LIMIT - 1), CALLED, CONNECTED, HUNG_UP, *missed(MISSED_LIMIT - 1))
    assert commands == []


def test_coming_back_from_a_pause_forgives_what_was_missed() -> None:
    _, commands = after(
        member(), *missed(MISSED_LIMIT), member(paused=True, reason="no-answer"), member(), *missed(MISSED_LIMIT - 1)
    )
    assert len(commands) == 1


def test_a_ring_that_the_caller_ended_is_not_the_operators_fault() -> None:
    _, commands = after(member(), *(event for _ in range(5) for event in (CALLED, HUNG_UP)))
    assert commands == []


def test_the_same_operator_id_on_two_nodes_is_two_operators() -> None:
    operators, _ = after(member(), e.Member("node2", AT, "hotline", "op1001", e.Device.UNAVAILABLE, False, ""))
    assert {key: operator.state(AT) for key, operator in operators.items()} == {
        ("node1", "op1001"): OperatorState.READY,
        ("node2", "op1001"): OperatorState.OFFLINE,
    }


def test_the_memberships_of_a_node() -> None:
    operators, _ = after(member(), member(queue="help"), e.MemberRemoved("node1", AT, "hotline", "op1001"))
    assert operators.memberships("node1") == (("help", "op1001"),)
    assert operators.memberships("node2") == ()


def test_events_of_strangers_change_nothing() -> None:
    operators, commands = after(
        HUNG_UP, e.MemberRemoved("node1", AT, "hotline", "op9"), e.BridgeEnter("node1", AT, *LEG, "b")
    )
    assert (dict(operators), commands) == ({}, [])
