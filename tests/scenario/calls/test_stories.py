"""Recorded calls, and what the live model says happened on each."""

from __future__ import annotations

import pytest

from ami_bridge.calls import Calls, State, fold
from ami_bridge.changes import CallCleared
from tests.scenario.calls import recorded
from tests.scenario.calls.table import changes, read, seconds, story


def told(table: str) -> list[str]:
    return [line.rstrip() for line in story(Calls(), read(table))]


def test_a_three_party_call() -> None:
    assert told(recorded.THREE_PARTY) == [
        "0.000 CallStarted 12345",
        "0.920 Queued hotline complaint 1",
        "0.922 OperatorRinging op1001 n-2",
        "1.228 OperatorJoined op1001 n-2",
        "1.630 UnitAttemptStarted n-1-u1",
        "1.940 UnitAttemptAnswered n-1-u1",
        "2.545 UnitKey n-1-u1 accepted",
        "2.547 UnitJoined n-1-u1",
        "2.548 ConferenceEntered n-1",
        "2.549 ConferenceEntered n-2",
        "2.582 PartyMuted n-1-u1 True",
        "3.006 PartyMuted n-1-u1 False",
        "3.006 OperatorLeft op1001 n-2",
        "7.911 CallEnded 16",
        "7.912 UnitLeft n-1-u1",
        "7.912 CallCleared 3",
    ]


def test_the_legs_of_a_three_party_call_have_the_times_in_which_they_were_bridged() -> None:
    cleared = changes(Calls(), read(recorded.THREE_PARTY))[-1]
    assert isinstance(cleared, CallCleared)
    legs = {leg.party: (leg.role, leg.name, [(seconds(a), seconds(b)) for a, b in leg.bridged]) for leg in cleared.legs}
    assert legs == {
        "n-1": ("citizen", "", [(1.228, 2.547), (2.548, 7.909)]),
        "n-2": ("operator", "op1001", [(1.228, 2.548), (2.549, 2.885)]),
        "n-1-u1": ("unit", "", [(2.547, 7.910)]),
    }


def test_an_operator_who_does_not_answer_is_passed_over() -> None:
    assert told(recorded.SECOND_OPERATOR) == [
        "0.000 CallStarted 12345",
        "0.818 Queued hotline complaint 1",
        "0.819 OperatorRinging op1001 n-2",
        "4.820 OperatorNoAnswer op1001 n-2",
        "5.823 OperatorRinging op1002 n-3",
        "6.131 OperatorJoined op1002 n-3",
        "7.139 OperatorLeft op1002 n-3",
        "9.818 SatisfactionGiven 5",
        "9.819 CallEnded 16",
        "9.819 CallCleared 2",
    ]


def test_consulting_the_unit_first() -> None:
    assert told(recorded.CONSULT) == [
        "0.000 CallStarted 12345",
        "0.809 Queued hotline complaint 1",
        "0.811 OperatorRinging op1001 n-2",
        "1.128 OperatorJoined op1001 n-2",
        "1.531 UnitAttemptStarted n-1-u1",
        "1.837 UnitAttemptAnswered n-1-u1",
        "2.446 UnitKey n-1-u1 accepted",
        "2.453 UnitJoined n-1-u1",
        "2.455 CallHeld True",
        "2.456 ConferenceEntered n-2",
        "3.458 CallHeld False",
        "3.459 ConferenceEntered n-1",
        "3.973 UnitLeft n-1-u1",
        "4.383 CallEnded 16",
        "4.385 OperatorLeft op1001 n-2",
        "4.385 CallCleared 3",
    ]


def test_how_each_duty_phone_came_to_nothing() -> None:
    ends = [line.split()[2:] for line in told(recorded.DUTY_PHONES) if "UnitAttemptFailed" in line]
    assert ends == [
        ["n-1-u1", "busy", "486"],
        ["n-1-u2", "no-answer", "0"],
        ["n-1-u3", "declined", "0"],
        ["n-1-u4", "no-key", "0"],
        ["n-1-u5", "wrong-number", "404"],
        ["n-1-u6", "declined", "603"],
        ["n-1-u7", "failed", "0"],
        ["n-1-u8", "cancelled", "0"],
        ["n-1-u9", "no-answer", "0"],
    ]


def test_giving_up_while_an_operator_is_rung() -> None:
    assert told(recorded.GIVEN_UP) == [
        "0.000 CallStarted 12345",
        "0.810 Queued hotline complaint 1",
        "0.811 OperatorRinging op1001 n-2",
        "2.813 CallerAbandoned 1 2",
        "2.813 CallEnded 0",
        "2.813 OperatorRingingStopped op1001 n-2",
        "2.813 CallCleared 0",
    ]


def test_the_fallback_menu_reports_its_keys() -> None:
    assert told(recorded.FALLBACK) == [
        "0.000 CallStarted 12346",
        "0.502 KeyPressed main 1",
        "0.504 Queued hotline consult 1",
        "0.506 OperatorRinging op1001 n-2",
        "0.812 OperatorJoined op1001 n-2",
        "1.817 OperatorLeft op1001 n-2",
        "2.509 SatisfactionGiven 5",
        "2.510 CallEnded 16",
        "2.510 CallCleared 2",
    ]


def test_hanging_up_in_the_menu() -> None:
    assert told(recorded.MENU_ONLY) == ["0.000 CallStarted 12345", "1.211 CallEnded 0", "1.211 CallCleared 0"]


def test_places_in_the_queue_move_up() -> None:
    calls = Calls()
    places: list[tuple[int | None, ...]] = []
    for event in read(recorded.TWO_WAITING):
        fold(calls, event)
        now = tuple(calls.position(calls[call_id]) for call_id in ("n-1", "n-2") if call_id in calls)
        if not places or places[-1] != now:
            places.append(now)
    assert places == [(None,), (None, None), (1, None), (1, 2), (None, 1), (1,), (None,), ()]


def test_where_the_citizen_is() -> None:
    calls = Calls()
    states: list[State | None] = []
    for event in read(recorded.CONSULT):
        fold(calls, event)
        state = calls["n-1"].state if "n-1" in calls else None
        if not states or states[-1] is not state:
            states.append(state)
    assert states == [
        State.MENU,
        State.QUEUED,
        State.MENU,  # out of the queue, not yet with the operator
        State.TALKING,
        State.HELD,
        State.TALKING,
        State.CONFERENCE,
        State.ENDED,
        None,
    ]


def test_who_is_in_the_call_at_its_height() -> None:
    calls = Calls()
    for event in read(recorded.THREE_PARTY)[:21]:
        fold(calls, event)
    call = calls["n-1"]
    assert call.operator is not None
    assert (call.operator.name, [unit.uniqueid for unit in call.units], call.ringing) == ("op1001", ["n-1-u1"], ())
    assert all(party.in_conference for party in call.parties.values())


@pytest.mark.parametrize("table", [recorded.THREE_PARTY, recorded.DUTY_PHONES, recorded.SECOND_OPERATOR])
def test_two_calls_at_once_do_not_mix(table: str) -> None:
    alone = changes(Calls(), read(table))
    both = sorted(read(table) + read(table.replace("n-", "m-")), key=lambda event: event.at)
    calls = Calls()
    together = changes(calls, both)
    assert [change for change in together if change.call_id == "n-1"] == alone
    assert [type(change) for change in together if change.call_id == "m-1"] == [type(change) for change in alone]
    assert len(calls) == 0
