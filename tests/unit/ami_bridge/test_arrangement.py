"""The arrangement of a call: what is allowed, what is refused, what follows, and that nobody is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ami_bridge import arrangement as arr
from ami_bridge.arrangement import Arrangement, Other, Place, RefusedError, ThereAlreadyError, Wanted
from ami_bridge.drawn import diagram
from ami_bridge.errands import Kind, Manner, Mode, Post
from ami_bridge.moves import HangUp, Move, MoveBoth, Ring, Step, Where, moves

CALL = "node1-1.1"
A, B, LEADER = Post("A", "甲", "8001"), Post("B", "乙", "8002"), Post("leader", "丙", "8003")
WATER = Wanted("water", "水务局", (A, B, LEADER))
POWER = Wanted("power", "供电局", (A,))
COLLEAGUE = Wanted("op1002", "李四", (Post("op1002", "李四", "op1002"),), manner=Manner(Kind.OPERATOR, needs_key=False))
POLICE = Wanted("110", "公安", (Post("line", "公安", "110"),), manner=Manner(Kind.SERVICE, False, True, True))
SUPERVISOR = Wanted(
    "sup1", "班长", (Post("sup1", "班长", "sup1"),), Mode.LISTEN, manner=Manner(Kind.SUPERVISOR, needs_key=False)
)


def talking() -> Arrangement:
    return arr.operator_joined(Arrangement(CALL, queue="general"), "n-2", "op1001")


def rung(a: Arrangement, wanted: Wanted) -> tuple[Arrangement, str]:
    after = arr.summon(a, wanted)
    return after, arr.summoned(a, after).attempt_id


def joined(a: Arrangement, wanted: Wanted) -> Arrangement:
    after, attempt = rung(a, wanted)
    return arr.without_gone(arr.accepted(after, attempt))


def consulting(wanted: Wanted = WATER) -> Arrangement:
    return joined(talking(), replace(wanted, mode=Mode.CONSULT))


def places(a: Arrangement) -> dict[str, str]:
    """Where everybody is who is not gone: the citizen as `citizen`, others by whom they are."""
    return {"citizen": a.citizen.value} | {
        other.whom: other.place.value for other in a.others.values() if other.place is not Place.GONE
    }


def steps(before: Arrangement, after: Arrangement) -> list[Step]:
    return [step for step in moves(before, after) if not isinstance(step, Ring)]


def test_a_unit_that_accepts_has_citizen_and_operator_moved_into_the_conference_together() -> None:
    ringing, attempt = rung(talking(), WATER)
    assert attempt == f"{CALL}-u1"
    after = arr.accepted(ringing, attempt)
    assert (after.phase, steps(ringing, after)) == ("conference", [MoveBoth(Where.ROOM, "n-2")])


def test_posts_are_rung_in_turn_and_then_the_talk_goes_on_without_the_unit() -> None:
    a, attempt = rung(talking(), WATER)
    summons = a.summons[attempt]
    seen = [summons.post]
    while summons.remaining:
        before, a = a, arr.attempt_failed(a, summons.attempt_id, summons.remaining)
        summons = arr.summoned(before, a)
        seen.append(summons.post)
    a = arr.attempt_failed(a, summons.attempt_id)
    assert (seen, dict(a.summons), a.phase, a.attempts_made) == ([A, B, LEADER], {}, "talking", 3)


def test_two_units_may_ring_at_once_and_both_join() -> None:
    a, first = rung(talking(), WATER)
    a, second = rung(a, POWER)
    moved = arr.accepted(a, second)
    both = arr.accepted(moved, first)
    assert steps(a, moved) == [MoveBoth(Where.ROOM, "n-2")]
    assert steps(moved, both) == []
    assert places(both) == {"citizen": "talk", "operator:op1001": "talk", "water": "talk", "power": "talk"}


@pytest.mark.parametrize("wanted", [WATER, COLLEAGUE])
def test_consulting_holds_the_citizen_and_bringing_in_ends_the_hold(wanted: Wanted) -> None:
    ringing, attempt = rung(talking(), replace(wanted, mode=Mode.CONSULT))
    consulting = arr.accepted(ringing, attempt)
    assert (consulting.phase, steps(ringing, consulting)) == ("consult", [MoveBoth(Where.HOLD, "n-2")])
    together = arr.bring_in(consulting)
    assert (together.phase, steps(consulting, together)) == ("conference", [Move(Where.ROOM)])


def test_a_consultation_is_refused_in_a_conference_because_the_citizen_would_hear_it() -> None:
    with pytest.raises(RefusedError, match="hold first"):
        arr.summon(joined(talking(), WATER), replace(POWER, mode=Mode.CONSULT))


def test_after_a_hold_in_the_conference_somebody_else_can_be_consulted() -> None:
    held = arr.hold(joined(talking(), WATER))
    assert places(joined(held, replace(POWER, mode=Mode.CONSULT))) == {
        "citizen": "hold",
        "operator:op1001": "consult",
        "water": "consult",
        "power": "consult",
    }


def test_a_consulted_unit_that_leaves_brings_the_citizen_back_to_the_operator() -> None:
    a = consulting()
    after = arr.left(a, f"{CALL}-u1")
    assert (after.phase, steps(a, after)) == ("conference", [Move(Where.ROOM)])


@pytest.mark.parametrize("wanted", [WATER, COLLEAGUE])
def test_an_operator_who_hangs_up_in_a_consultation_leaves_the_citizen_to_whoever_was_asked(wanted: Wanted) -> None:
    a = consulting(wanted)
    after = arr.left(a, "n-2")
    assert (after.phase, steps(a, after)) == ("conference", [Move(Where.ROOM)])


def test_a_colleague_who_was_left_in_charge_can_hold_the_citizen_again() -> None:
    a = arr.without_gone(arr.leave(consulting(COLLEAGUE)))
    assert places(arr.hold(a)) == {"citizen": "hold", "operator:op1002": "consult"}


def test_an_operator_who_vanishes_while_the_citizen_is_on_hold_leaves_them_at_the_head_of_the_queue() -> None:
    held = arr.hold(talking())
    after = arr.left(held, "n-2")
    assert (steps(held, after), after.queue, after.came_back) == ([Move(Where.QUEUE)], "general", "operator-left")


def test_an_operator_who_leaves_last_leaves_the_citizen_at_the_closing_question() -> None:
    a = arr.without_gone(arr.drop(joined(talking(), WATER), f"{CALL}-u1"))
    after = arr.left(a, "n-2")
    assert steps(a, after) == [Move(Where.AFTER)]


def test_a_citizen_whose_unit_hangs_up_last_is_offered_an_operator() -> None:
    handed_over = arr.without_gone(arr.leave(joined(talking(), WATER)))
    after = arr.left(handed_over, f"{CALL}-u1")
    assert steps(handed_over, after) == [Move(Where.OFFER)]


def test_the_queue_itself_sends_a_citizen_on_whose_operator_hangs_up_and_what_still_rings_stops() -> None:
    ringing, attempt = rung(talking(), WATER)
    after = arr.left(ringing, "n-2")
    assert (places(after), steps(ringing, after)) == ({"citizen": "after"}, [HangUp(attempt)])


def test_a_blind_hand_over_keeps_the_citizen_on_music_until_the_unit_answers() -> None:
    a = talking()
    waiting = arr.hand_over(a, WATER)
    attempt = arr.summoned(a, waiting).attempt_id
    assert [type(step) for step in moves(a, waiting)] == [Move, Ring, HangUp]
    assert places(waiting) == {"citizen": "hold", "water": "ringing"}
    waiting = arr.without_gone(waiting)
    assert steps(waiting, arr.accepted(waiting, attempt)) == [Move(Where.ROOM)]


def test_a_hand_over_that_comes_to_nothing_rings_the_operator_and_then_puts_the_citizen_first_in_the_queue() -> None:
    a = arr.without_gone(arr.hand_over(talking(), replace(WATER, posts=(A,))))
    back = arr.attempt_failed(a, f"{CALL}-u1", why="busy")
    ringing = arr.summoned(a, back)
    assert (ringing.attempt_id, ringing.mode, ringing.post.phone) == (f"{CALL}-o2", Mode.BACK, "op1001")
    with_operator = arr.accepted(back, ringing.attempt_id)
    assert places(with_operator) == {"citizen": "talk", "operator:op1001": "talk"}
    queued = arr.attempt_failed(back, ringing.attempt_id, why="no-answer")
    assert (steps(back, queued), queued.came_back) == ([Move(Where.QUEUE)], "水务局: busy")


def test_a_hand_over_in_a_conference_leaves_the_citizen_with_the_unit_meanwhile() -> None:
    a = arr.hand_over(joined(talking(), WATER), COLLEAGUE)
    assert places(a) == {"citizen": "talk", "water": "talk", "operator:op1002": "ringing"}


def test_a_hand_over_to_a_queue_moves_the_citizen_first_and_then_ends_the_others() -> None:
    a = joined(talking(), WATER)
    after = arr.to_queue(a, "english")
    assert steps(a, after) == [Move(Where.QUEUE), HangUp("n-2"), HangUp(f"{CALL}-u1")]
    assert after.queue == "english"


@pytest.mark.parametrize("place", [Place.MENU, Place.QUEUE, Place.AFTER])
def test_110_is_rung_at_every_moment_and_gets_the_citizen_where_they_are(place: Place) -> None:
    a = Arrangement(CALL, place, queue="general")
    ringing, attempt = rung(a, POLICE)
    assert steps(ringing, arr.accepted(ringing, attempt)) == [Move(Where.ROOM)]


def test_only_an_emergency_is_rung_while_nobody_talks() -> None:
    with pytest.raises(RefusedError):
        arr.summon(Arrangement(CALL), WATER)


def test_an_operator_of_the_queue_may_answer_while_110_still_rings() -> None:
    ringing, attempt = rung(Arrangement(CALL, Place.QUEUE), POLICE)
    talk = arr.operator_joined(ringing, "n-2", "op1001")
    assert steps(talk, arr.accepted(talk, attempt)) == [MoveBoth(Where.ROOM, "n-2")]


def test_a_listener_moves_nobody_and_is_sent_off_when_no_operator_is_left() -> None:
    ringing, attempt = rung(talking(), SUPERVISOR)
    listening = arr.accepted(ringing, attempt)
    assert (attempt, steps(ringing, listening)) == (f"{CALL}-v1", [])
    assert places(listening)["supervisor:sup1"] == "listen"
    assert HangUp(attempt) in steps(listening, arr.left(listening, "n-2"))


def test_who_takes_the_call_over_has_the_operator_hung_up_after_the_citizen_was_moved() -> None:
    ringing, attempt = rung(talking(), replace(SUPERVISOR, mode=Mode.TAKE))
    after = arr.accepted(ringing, attempt)
    assert steps(ringing, after) == [Move(Where.ROOM), HangUp("n-2")]
    assert places(after) == {"citizen": "talk", "supervisor:sup1": "talk"}


def test_a_late_key_is_hung_up_on() -> None:
    over = arr.without_gone(arr.citizen_left(rung(talking(), WATER)[0]))
    assert steps(over, arr.accepted(over, f"{CALL}-u1")) == [HangUp(f"{CALL}-u1")]


def test_nobody_is_rung_twice_at_once_and_whoever_left_can_be_rung_again() -> None:
    ringing, attempt = rung(talking(), WATER)
    with pytest.raises(ThereAlreadyError) as there:
        arr.summon(ringing, WATER)
    assert (there.value.party_id, there.value.ringing) == (attempt, True)
    inside = arr.without_gone(arr.accepted(ringing, attempt))
    with pytest.raises(ThereAlreadyError) as there:
        arr.summon(inside, WATER)
    assert not there.value.ringing
    assert rung(arr.left(inside, attempt), WATER)[1] == f"{CALL}-u2"


def test_an_operator_who_is_in_the_call_is_not_rung_as_a_colleague_or_for_a_queue() -> None:
    with pytest.raises(ThereAlreadyError):
        arr.summon(joined(talking(), COLLEAGUE), COLLEAGUE)
    posts = (Post("op1001", "", "op1001"), Post("op1002", "", "op1002"))
    a = talking()
    for_queue = arr.summon(a, Wanted("english", "英语", posts, manner=Manner(Kind.QUEUE, needs_key=False)))
    assert arr.summoned(a, for_queue).post.phone == "op1002"


def test_a_ringing_unit_that_is_let_go_is_not_followed_by_its_next_post() -> None:
    ringing, attempt = rung(talking(), WATER)
    after = arr.drop(ringing, attempt)
    assert (steps(ringing, after), after.phase) == ([HangUp(attempt)], "talking")
    assert arr.attempt_failed(arr.without_gone(after), attempt, (B,)) == arr.without_gone(after)


def test_the_citizen_leaving_ends_everybody() -> None:
    a, ringing = rung(joined(talking(), WATER), POWER)
    ended = {step.party_id for step in steps(a, arr.citizen_left(a)) if isinstance(step, HangUp)}
    assert ended == {"n-2", f"{CALL}-u1", ringing}


def test_a_refusal_says_the_phase_and_changes_nothing() -> None:
    with pytest.raises(RefusedError, match=r"phase talking: bring citizen in"):
        arr.bring_in(talking())
    with pytest.raises(RefusedError, match=r"phase alone: hold"):
        arr.hold(Arrangement(CALL))
    with pytest.raises(RefusedError, match=r"nobody would remain"):
        arr.leave(talking())
    with pytest.raises(ValueError, match="no telephone"):
        arr.summon(talking(), replace(WATER, posts=()))


def test_faults_name_what_must_never_be() -> None:
    assert list(arr.faults(talking())) == []
    assert list(arr.faults(Arrangement(CALL, Place.HOLD))) == ["the citizen hears music for ever"]
    alone = Arrangement(CALL, Place.TALK, in_room=True)
    assert list(arr.faults(alone)) == ["the citizen is alone in the conversation"]
    behind = Arrangement(CALL, Place.AFTER, {"n-2": Other("n-2", Kind.OPERATOR, "op1001", Place.TALK)})
    assert list(arr.faults(behind)) == ["somebody talks with a citizen who is elsewhere"]


def test_the_diagram_in_the_documents_is_drawn_from_this_model() -> None:
    page = Path(__file__).parents[3] / "docs" / "arrangement.md"
    assert page.read_text() == diagram(), "draw it anew: python -m ami_bridge.drawn > docs/arrangement.md"
