"""What operators are doing, and the rule for one who does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from ami_bridge import events as e
from ami_bridge.operators import (
    ELSEWHERE,
    MISSED_LIMIT,
    MemberStep,
    Operator,
    Operators,
    OperatorState,
    PauseOperator,
    fold_operators,
    plan_skills,
    plan_wish,
    settle,
)
from ami_bridge.operators import (
    WRAP_UP as WRAPPING,
)

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
    operators = Operators(lambda queue: WRAP_UP)
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
        ([member(paused=True, reason=WRAPPING)], OperatorState.WRAP_UP),
        ([member(), CALLED, CONNECTED, HUNG_UP, member(paused=True, reason=WRAPPING), member()], OperatorState.READY),
        ([member(), e.DeviceChanged("node1", AT, "op1001", e.Device.UNAVAILABLE)], OperatorState.OFFLINE),
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


@pytest.mark.parametrize("cause", [17, 19, 21, 23, 34, 58])
def test_what_a_phone_does_instead_of_answering_counts_also_when_the_queue_says_nothing(cause: int) -> None:
    """A phone that forwards (302) is only hung up, with cause 23: Asterisk tells of no unanswered ring."""
    refused = e.Hangup("node1", AT, *LEG, cause)
    _, commands = after(member(), *(event for _ in range(MISSED_LIMIT) for event in (CALLED, refused)))
    assert commands == [PauseOperator("node1", "hotline", "op1001", "no-answer")]


def test_an_unanswered_ring_and_its_hangup_count_once() -> None:
    unanswered = (CALLED, NO_ANSWER, e.Hangup("node1", AT, *LEG, 19))
    operators, _ = after(member(), *unanswered, *unanswered)
    assert operators[KEY].missed == 2


def test_a_state_has_a_beginning_that_what_changes_nothing_leaves() -> None:
    later = AT + timedelta(seconds=5)
    again = e.Member("node1", later, "hotline", "op1001", e.Device.IDLE, False, "")
    operators, _ = after(member(), again)
    assert operators[KEY].since == AT
    fold_operators(operators, e.DeviceChanged("node1", later, "op1001", e.Device.UNAVAILABLE))
    assert operators[KEY].since == later


def test_a_pause_asked_for_during_a_call_is_a_break_after_it() -> None:
    operators, _ = after(member(), CALLED, CONNECTED, member(paused=True, reason="用餐"))
    assert (operators[KEY].state(AT), operators[KEY].break_after()) == (OperatorState.TALKING, "用餐")
    fold_operators(operators, HUNG_UP)
    assert (operators[KEY].state(AT), operators[KEY].shown_reason(AT)) == (OperatorState.PAUSED, "用餐")


def test_one_whose_telephone_cannot_be_rung_is_unreachable_and_not_away() -> None:
    operators, _ = after(member(), e.DeviceChanged("node1", AT, "op1001", e.Device.UNAVAILABLE))
    assert operators[KEY].shown_reason(AT) == "unreachable"
    assert Operator("op1001").shown_reason(AT) == ""


READY = Operator("op1001", queues={"hotline": False}, penalties={"hotline": 0}, device=e.Device.IDLE)
HELD = Operator("op1001", queues={"hotline": True}, penalties={"hotline": 0}, reason=ELSEWHERE)
ON_BREAK = Operator("op1001", queues={"hotline": True}, penalties={"hotline": 0}, reason="用餐")
BUSY = Operator("op1001", queues={"hotline": False}, talking_to="x")
AFTER = Operator("op1001", queues={"hotline": False}, wrap_up_until=AT + WRAP_UP)


@pytest.mark.parametrize(
    ("nodes", "steps"),
    [
        ({"a": READY, "b": READY}, []),
        ({"a": BUSY, "b": READY}, [("b", ELSEWHERE)]),
        ({"a": BUSY, "b": HELD}, []),
        ({"a": BUSY, "b": ON_BREAK}, []),
        ({"a": READY, "b": HELD}, [("b", "")]),
        ({"a": AFTER, "b": HELD}, [("a", WRAPPING), ("b", WRAPPING)]),
        ({"a": AFTER}, [("a", WRAPPING)]),
        ({"a": ON_BREAK, "b": ON_BREAK}, []),
    ],
)
def test_nobody_is_rung_on_two_nodes_or_while_wrapping_up(
    nodes: dict[str, Operator], steps: list[tuple[str, str]]
) -> None:
    assert [(node, step.reason) for node, step in settle(nodes, AT)] == steps


def test_the_time_after_a_call_ends_by_unpausing() -> None:
    wrapping = Operator("op1001", queues={"hotline": True}, reason=WRAPPING, wrap_up_until=AT)
    assert settle({"a": wrapping}, AT) == (("a", MemberStep("pause", "hotline", "")),)


def test_a_wish_is_carried_out_in_every_queue_of_the_operators_skills() -> None:
    wanted = {"hotline": 0, "dialect": 4}
    assert plan_wish(Operator("op1001"), wanted, "paused", "培训") == (
        MemberStep("add", "hotline", "培训", 0),
        MemberStep("add", "dialect", "培训", 4),
    )
    assert plan_wish(READY, wanted, "ready", "") == (MemberStep("add", "dialect", "", 4),)
    assert plan_wish(READY, {"dialect": 0}, "away", "") == (MemberStep("remove", "hotline"),)
    assert plan_wish(HELD, {"hotline": 2}, "ready", "") == (
        MemberStep("pause", "hotline", ""),
        MemberStep("penalty", "hotline", penalty=2),
    )


def test_changed_skills_leave_ready_and_paused_as_they_are() -> None:
    assert plan_skills(Operator("op1001"), {"hotline": 0}) == ()
    assert plan_skills(ON_BREAK, {"dialect": 1}) == (
        MemberStep("remove", "hotline"),
        MemberStep("add", "dialect", "用餐", 1),
    )
