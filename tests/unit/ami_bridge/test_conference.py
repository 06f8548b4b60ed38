"""The three-party call's transition table: what is allowed, what is refused, and that nobody is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_bridge import conference
from ami_bridge.conference import Command, Phase, RefusedError, Signal, ThereAlreadyError, ThreeParty
from ami_bridge.errands import Kind, Manner, Mode, Post

A, B, LEADER = Post("A", "甲", "8001"), Post("B", "乙", "8002"), Post("leader", "丙", "8003")


def talking() -> ThreeParty:
    state, _ = conference.operator_joined(ThreeParty("node1-1.1"))
    return state


def in_conference() -> ThreeParty:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.JOIN, (A,))
    state, _ = conference.accepted(state, summons.attempt_id)
    return state


def test_accepting_moves_citizen_and_operator_into_the_conference() -> None:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.JOIN, (A, B, LEADER))
    assert summons.attempt_id == "node1-1.1-u1"
    state, commands = conference.accepted(state, summons.attempt_id)
    assert (state.phase, commands) == (Phase.CONFERENCE, (Command.MOVE_BOTH,))
    assert state.units == {"node1-1.1-u1": "water"}


def test_posts_are_rung_in_turn_and_then_the_unit_counts_as_not_reached() -> None:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.JOIN, (A, B, LEADER))
    rung = [summons.post]
    while True:
        state, following = conference.attempt_failed(state, summons.attempt_id)
        if following is None:
            break
        summons = following
        rung.append(summons.post)
    assert rung == [A, B, LEADER]
    assert not state.summons
    assert state.phase is Phase.TALKING


def test_two_units_may_ring_at_once_and_both_join() -> None:
    state, first = conference.summon(talking(), "water", "水务局", Mode.JOIN, (A,))
    state, second = conference.summon(state, "power", "供电局", Mode.JOIN, (B,))
    state, moved = conference.accepted(state, second.attempt_id)
    state, nothing = conference.accepted(state, first.attempt_id)
    assert moved == (Command.MOVE_BOTH,)
    assert nothing == ()
    assert state.units == {first.attempt_id: "water", second.attempt_id: "power"}


def test_consulting_holds_the_citizen_and_bringing_in_ends_the_hold() -> None:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.CONSULT, (A,))
    state, commands = conference.accepted(state, summons.attempt_id)
    assert (state.phase, commands) == (Phase.CONSULT, (Command.MOVE_OPERATOR_HOLD_CITIZEN,))
    state, commands = conference.step(state, Signal.BRING_CITIZEN)
    assert (state.phase, commands) == (Phase.CONFERENCE, (Command.MOVE_CITIZEN,))


def test_the_unit_leaving_a_consultation_gives_the_citizen_back_to_the_operator() -> None:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.CONSULT, (A,))
    state, _ = conference.accepted(state, summons.attempt_id)
    state, commands = conference.unit_left(state, summons.attempt_id)
    assert (state.phase, commands) == (Phase.CONFERENCE, (Command.MOVE_CITIZEN,))


def test_the_operator_may_leave_the_other_two_talking() -> None:
    state, commands = conference.transfer(in_conference())
    assert commands == (Command.HANG_UP_OPERATOR,)
    state, commands = conference.operator_left(state)
    assert (state.phase, commands) == (Phase.CONFERENCE, ())
    state, commands = conference.unit_left(state, "node1-1.1-u1")
    assert (state.phase, commands) == (Phase.ALONE, (Command.CANCEL_ATTEMPTS, Command.RELEASE_CITIZEN))


def test_handing_over_without_a_unit_is_refused() -> None:
    with pytest.raises(RefusedError, match="operator hands over"):
        conference.transfer(talking())


def test_the_citizen_leaving_ends_everything_in_every_phase() -> None:
    for state in (talking(), in_conference()):
        over, commands = conference.citizen_left(state)
        assert over.phase is Phase.OVER
        assert set(commands) == {Command.CANCEL_ATTEMPTS, Command.HANG_UP_UNITS, Command.HANG_UP_OPERATOR}


def test_a_phone_cancelled_because_the_citizen_left_does_not_ring_the_next_post() -> None:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.JOIN, (A, B))
    state, _ = conference.citizen_left(state)
    _, following = conference.attempt_failed(state, summons.attempt_id)
    assert following is None


def test_a_unit_without_a_duty_phone_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="water"):
        conference.summon(talking(), "water", "水务局", Mode.JOIN, ())


def test_a_unit_that_rings_already_is_not_rung_a_second_time_and_the_refusal_names_who_rings() -> None:
    state, summons = conference.summon(talking(), "water", "水务局", Mode.JOIN, (A, B))
    with pytest.raises(ThereAlreadyError) as refused:
        conference.summon(state, "water", "水务局", Mode.CONSULT, (A, B))
    assert (refused.value.party_id, refused.value.ringing) == (summons.attempt_id, True)


def test_a_unit_in_the_conference_is_not_rung_and_may_be_rung_again_once_it_has_left() -> None:
    state = in_conference()
    with pytest.raises(ThereAlreadyError) as refused:
        conference.summon(state, "water", "水务局", Mode.JOIN, (A,))
    assert (refused.value.party_id, refused.value.ringing) == ("node1-1.1-u1", False)
    state, _ = conference.unit_left(state, "node1-1.1-u1")
    _, again = conference.summon(state, "water", "水务局", Mode.JOIN, (A,))
    assert again.attempt_id == "node1-1.1-u2"


def test_a_service_number_is_somebody_else_than_a_unit_of_that_name_and_is_not_rung_twice() -> None:
    police = Manner(Kind.SERVICE, needs_key=False, shows_caller=True, urgent=True)
    line = (Post("line", "公安报警", "110"),)
    state, first = conference.summon(talking(), "110", "公安报警", Mode.JOIN, line, police)
    assert (first.manner, first.errand.account) == (police, "service:110/line/join")
    with pytest.raises(ThereAlreadyError):
        conference.summon(state, "110", "公安报警", Mode.JOIN, line, police)
    _, unit = conference.summon(state, "110", "一一〇单位", Mode.JOIN, (A,))
    assert unit.kind is Kind.UNIT


def test_a_citizen_can_be_put_on_hold_and_taken_back_as_often_as_wanted_with_and_without_a_unit() -> None:
    for begins in (talking(), in_conference()):
        state = begins
        for _ in range(3):
            state, held = conference.step(state, Signal.HOLD)
            assert state.phase is Phase.CONSULT
            assert held[0] in {Command.HOLD_CITIZEN, Command.MOVE_OPERATOR_HOLD_CITIZEN}
            state, taken_back = conference.step(state, Signal.BRING_CITIZEN)
            assert (state.phase, taken_back) == (Phase.CONFERENCE, (Command.MOVE_CITIZEN,))


def test_nobody_is_summoned_before_an_operator_talks() -> None:
    with pytest.raises(RefusedError):
        conference.summon(ThreeParty("c"), "water", "水务局", Mode.JOIN, (A,))


@given(st.lists(st.sampled_from(["join", "consult", "accept", "fail", "unit", "operator", "transfer", "in", "hold"])))
def test_in_no_order_of_events_is_a_citizen_left_alone_in_the_conference(actions: list[str]) -> None:
    state = talking()
    for action in actions:
        try:
            state = _act(state, action)
        except RefusedError:
            continue
        if state.phase in {Phase.CONFERENCE, Phase.CONSULT}:
            assert state.operator_present or state.units


def _act(state: ThreeParty, action: str) -> ThreeParty:
    ringing = next(iter(state.summons), "")
    unit = next(iter(state.units), "")
    match action:
        case "join" | "consult":
            return conference.summon(state, f"unit-{state.attempts_made}", "水务局", Mode(action), (A, B))[0]
        case "accept" if ringing:
            return conference.accepted(state, ringing)[0]
        case "fail":
            return conference.attempt_failed(state, ringing)[0]
        case "unit":
            return conference.unit_left(state, unit)[0]
        case "operator":
            return conference.operator_left(state)[0]
        case "transfer":
            return conference.transfer(state)[0]
        case "in":
            return conference.step(state, Signal.BRING_CITIZEN)[0]
        case "hold":
            return conference.step(state, Signal.HOLD)[0]
    return state
