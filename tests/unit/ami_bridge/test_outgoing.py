"""A call that goes out: the asker first, then the far end, and nobody is called twice, for nobody, or forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ami_bridge import arrangement as arr
from ami_bridge import events as e
from ami_bridge import resync
from ami_bridge.arrangement import Arrangement, Place, RefusedError, Wanted
from ami_bridge.calls import Calls, fold
from ami_bridge.changes import CallCleared, CallEnded, CitizenJoined, CitizenKey, CitizenUnreached
from ami_bridge.errands import CALLED, Kind, Mode, Outcome, Post, Summons, own_people
from ami_bridge.model import State, attempt_call_id, call_of, is_outgoing, outgoing_call, outgoing_id, party_of
from ami_bridge.moves import HangUp, Ring, moves

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
CALL = outgoing_id("node1", NOW, 1)
ASKER, FAR = f"{CALL}-o1", f"{CALL}-c2"
OPERATOR = Wanted("op1001", "王芳", (Post.of_operator("op1001"),), manner=own_people(Kind.OPERATOR), asked_by="wang")
CITIZEN = Summons(CALLED, "caller", "", Mode.JOIN, "", Post("line", "", "13800001111"), asked_by="wang")


def asked() -> Arrangement:
    return arr.call_out(Arrangement(CALL), OPERATOR, CITIZEN)


def waiting() -> Arrangement:
    """The asker is in the room, the far end rings."""
    return arr.accepted(asked(), ASKER)


def talking() -> Arrangement:
    return arr.far_accepted(waiting())


def test_every_try_to_reach_the_far_end_is_the_same_party() -> None:
    assert [party_of(each) for each in (FAR, f"{CALL}-c3", ASKER, CALL)] == [CALL, CALL, ASKER, CALL]


def test_its_id_is_no_other_calls_and_no_attempts() -> None:
    assert is_outgoing(CALL)
    assert not is_outgoing("node1-1700000000.12")
    assert not is_outgoing(ASKER)
    assert attempt_call_id(CALL) is None
    assert attempt_call_id(ASKER) == attempt_call_id(FAR) == CALL
    assert outgoing_id("node1", NOW, 2) != CALL


def test_a_channel_belongs_to_its_call_whichever_channel_is_the_oldest() -> None:
    assert call_of(CALL, ASKER) == CALL
    assert call_of(ASKER, ASKER) == CALL
    assert call_of("node1-17.9", ASKER) == CALL
    assert call_of("node1-17.9", "node1-17.8") == "node1-17.8"


def test_the_asker_is_rung_first_and_the_far_end_once_they_are_in_the_room() -> None:
    assert moves(Arrangement(CALL), asked()) == (Ring(asked().summons[ASKER]),)
    far = waiting().far
    assert far is not None
    assert (far.attempt_id, far.post.phone) == (FAR, "13800001111")
    assert moves(asked(), waiting()) == (Ring(far),)
    assert waiting().phase == "calling"


def test_who_answers_enters_the_room_by_themselves() -> None:
    assert moves(waiting(), talking()) == ()
    assert (talking().phase, [one.place for one in talking().inside]) == ("conference", [Place.TALK])


def test_whoever_is_not_reached_ends_the_call_and_the_asker_is_let_go() -> None:
    over = arr.attempt_failed(waiting(), FAR, (), "busy")
    assert over.citizen is Place.GONE
    assert set(moves(waiting(), over)) == {HangUp(CALL), HangUp(ASKER)}


def test_the_next_trunk_is_a_try_of_its_own() -> None:
    again = arr.attempt_failed(waiting(), FAR, (replace(CITIZEN.post, tried=("first",)),), "failed")
    assert again.far is not None
    assert again.far.attempt_id == f"{CALL}-c3"
    assert moves(waiting(), again) == (Ring(again.far),)


def test_an_asker_who_does_not_answer_calls_nobody() -> None:
    over = arr.attempt_failed(asked(), ASKER, (), "no-answer")
    assert over.citizen is Place.GONE
    assert moves(asked(), over) == ()


def test_an_asker_who_hangs_up_stops_the_ringing() -> None:
    over = arr.left(waiting(), ASKER)
    assert moves(waiting(), over) == (HangUp(CALL),)


def test_nobody_else_is_brought_in_before_the_far_end_is_there() -> None:
    unit = Wanted("water", "水务局", (Post("A", "", "87650001"),))
    with pytest.raises(RefusedError, match="calling"):
        arr.summon(waiting(), unit)
    assert arr.summon(talking(), unit).summons


def test_a_call_goes_out_once() -> None:
    with pytest.raises(RefusedError):
        arr.call_out(waiting(), OPERATOR, CITIZEN)


def test_an_operator_is_found_for_who_answers_and_finds_nobody() -> None:
    alone = replace(waiting(), others={})
    assert arr.far_accepted(alone).citizen is Place.QUEUE


class OneCall(RuleBasedStateMachine):
    """Whatever happens in whatever order: one ring at the far end at a time, and none for nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.state = asked()
        self.rings = 0
        self.ringing = False

    def become(self, after: Arrangement) -> None:
        for step in moves(self.state, after):
            if isinstance(step, Ring) and step.summons.kind is Kind.CITIZEN:
                assert not self.ringing, "rung twice at once"
                self.ringing, self.rings = True, self.rings + 1
            if isinstance(step, HangUp) and step.party_id == CALL:
                self.ringing = False
        self.state = arr.without_gone(after)

    @rule()
    def the_asker_answers(self) -> None:
        if ASKER in self.state.summons:
            self.become(arr.accepted(self.state, ASKER))

    @rule()
    def the_asker_is_gone(self) -> None:
        ringing = ASKER in self.state.summons
        self.become(arr.attempt_failed(self.state, ASKER) if ringing else arr.left(self.state, ASKER))

    @precondition(lambda self: self.ringing)
    @rule(other_trunk=st.booleans())
    def the_far_end_is_not_reached(self, other_trunk: bool) -> None:
        assert self.state.far
        self.ringing = False
        posts = (self.state.far.post,) if other_trunk and self.rings < 3 else ()
        self.become(arr.attempt_failed(self.state, self.state.far.attempt_id, posts, "busy"))

    @precondition(lambda self: self.ringing)
    @rule()
    def the_far_end_answers(self) -> None:
        self.ringing = False
        self.become(arr.far_accepted(self.state))

    @precondition(lambda self: self.state.citizen in {Place.TALK, Place.AFTER, Place.QUEUE})
    @rule()
    def the_far_end_hangs_up(self) -> None:
        self.become(arr.citizen_left(self.state))

    @invariant()
    def all_is_well(self) -> None:
        assert not list(arr.faults(self.state))
        if self.ringing:
            assert self.state.citizen is Place.RINGING
            assert self.state.inside


TestOneCall = OneCall.TestCase
TestOneCall.settings = settings(max_examples=200, stateful_step_count=12)


def channel(uniqueid: str, second: float, *more: e.Event, name: str = "PJSIP/trunk-0000000a") -> list[e.Event]:
    began = e.Newchannel("node1", at(second), name, uniqueid, uniqueid, "", "", "from-trunk", "s")
    return [began, *more]


def at(second: float) -> datetime:
    return NOW + timedelta(seconds=second)


def begun() -> Calls:
    calls = Calls()
    call = outgoing_call(CALL, "node1", "13800001111", NOW)
    calls.put_party(call, call.citizen)
    return calls


def asker_in_room() -> list[e.Event]:
    return channel(
        ASKER,
        0.1,
        e.OriginateResponse("node1", at(1), ASKER, True, 4),
        e.HotlineUnitKey("node1", at(1), "PJSIP/op1001-0000000a", ASKER, "accepted"),
        e.ConferenceJoin("node1", at(1), "PJSIP/op1001-0000000a", ASKER, CALL, False),
        name="PJSIP/op1001-0000000a",
    )


def answered() -> list[e.Event]:
    return channel(
        CALL,
        1.1,
        e.OriginateResponse("node1", at(4), CALL, True, 4),
        e.HotlineUnitKey("node1", at(6), "PJSIP/trunk-0000000a", CALL, "accepted"),
        e.ConferenceJoin("node1", at(6), "PJSIP/trunk-0000000a", CALL, CALL, False),
    )


def hung_up(uniqueid: str, second: float, cause: int = 16, code: int = 0) -> e.Hangup:
    return e.Hangup("node1", at(second), "", uniqueid, cause, code)


def told(calls: Calls, events: list[e.Event]) -> list[object]:
    return [change for event in events for change in fold(calls, event)]


def test_the_model_follows_it_from_ring_to_ring_to_talk_to_its_end() -> None:
    calls = begun()
    assert calls[CALL].state is State.CALLING
    told(calls, asker_in_room())
    assert calls[CALL].state is State.CALLING
    changes = told(calls, answered())
    assert next(change for change in changes if isinstance(change, CitizenKey)).outcome is Outcome.ACCEPTED
    assert any(isinstance(change, CitizenJoined) for change in changes)
    assert calls[CALL].state is State.CONFERENCE
    ends = told(calls, [hung_up(CALL, 60), hung_up(ASKER, 60.1)])
    assert [type(change) for change in ends if isinstance(change, CallEnded | CallCleared)] == [CallEnded, CallCleared]
    assert CALL not in calls


@pytest.mark.parametrize(
    ("cause", "code", "outcome"),
    [
        (17, 486, Outcome.BUSY),
        (19, 0, Outcome.NO_ANSWER),
        (18, 480, Outcome.NO_ANSWER),
        (1, 404, Outcome.WRONG_NUMBER),
        (21, 403, Outcome.REFUSED),
        (34, 503, Outcome.FAILED),
    ],
)
def test_whoever_is_not_reached_leaves_the_call_as_it_was_before(cause: int, code: int, outcome: Outcome) -> None:
    calls = begun()
    told(calls, [*asker_in_room(), *channel(CALL, 1.1)])
    [change] = told(calls, [hung_up(CALL, 5, cause, code)])
    assert isinstance(change, CitizenUnreached)
    assert change.outcome is outcome
    assert (calls[CALL].state, calls[CALL].citizen.channel, calls[CALL].citizen.gone) == (State.CALLING, "", False)


def test_a_ring_for_which_there_is_no_channel_has_failed() -> None:
    calls = begun()
    [change] = told(calls, [e.OriginateResponse("node1", at(2), CALL, False, 0)])
    assert isinstance(change, CitizenUnreached)
    assert change.outcome is Outcome.FAILED


def test_what_is_left_of_a_call_that_is_over_makes_no_call() -> None:
    assert told(Calls(), channel(CALL, 1)) == []


def test_a_call_is_closed_where_whom_it_called_has_no_channel() -> None:
    calls = begun()
    told(calls, asker_in_room())
    changes = told(calls, [hung_up(CALL, 3), hung_up(ASKER, 3.1)])
    assert [type(change).__name__ for change in changes] == ["CallEnded", "OperatorLeft", "CallCleared"]


def shown(*uniqueids: str, conference: bool = True) -> resync.Snapshot:
    channels = {
        uniqueid: resync.Channel(
            f"PJSIP/op1001-{n:08x}" if "-o" in uniqueid[-4:] else f"PJSIP/trunk-{n:08x}",
            uniqueid,
            ASKER,
            "",
            "",
            "hotline-called" if uniqueid == CALL else "hotline-unit",
            "s",
            conference,
            "ConfBridge" if conference else "AppDial2",
            "room" if conference else "",
            timedelta(seconds=3),
            conference=CALL if conference else "",
        )
        for n, uniqueid in enumerate(uniqueids)
    }
    return resync.Snapshot("node1", channels, {}, ())


def test_a_look_at_asterisk_finds_it_by_any_of_its_channels() -> None:
    assert resync.call_ids(shown(ASKER)) == resync.call_ids(shown(ASKER, CALL)) == {CALL}


def test_a_restarted_service_finds_both_in_the_room() -> None:
    calls = begun()
    for event in resync.missed_events(calls, shown(ASKER, CALL), NOW):
        fold(calls, event)
    assert calls[CALL].state is State.CONFERENCE
    assert {party.uniqueid for party in calls[CALL].parties.values() if party.joined_at} == {CALL, ASKER}


def test_a_restarted_service_finds_the_asker_who_waits_and_the_far_end_that_is_not_there_is_not_gone() -> None:
    calls = begun()
    for event in resync.missed_events(calls, shown(ASKER), NOW):
        fold(calls, event)
    assert (calls[CALL].state, calls[CALL].citizen.gone) == (State.CALLING, False)


def test_who_is_in_a_call_that_nobody_knows_is_hung_up() -> None:
    assert [one.uniqueid for one in resync.orphans(shown(ASKER, CALL), Calls())] == [ASKER, CALL]
    assert resync.orphans(shown(ASKER, CALL), begun()) == ()
