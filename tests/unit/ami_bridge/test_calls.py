"""The live model takes any events in any order, and the same events always give the same result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_bridge import changes as c
from ami_bridge import events as e
from ami_bridge.calls import Calls, State, fold
from ami_bridge.errands import Outcome
from ami_bridge.model import attempt_call_id

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CITIZEN = ("node1", AT, "PJSIP/trunk-1", "n-1")
UNIT = ("node1", AT, "PJSIP/trunk-2", "n-1-u1")
OPERATOR = ("node1", AT, "PJSIP/op1001-3", "n-2")
_OPERATOR_FIELDS = ("hotline", "op1001", "PJSIP/op1001-3", "n-2")

started = e.Newchannel(*CITIZEN, "n-1", "138", "张三", "from-trunk", "12345")
unit_rings = e.Newchannel(*UNIT, "n-1-u1", "12345", "", "from-trunk", "s")
called = e.AgentCalled(*CITIZEN, *_OPERATOR_FIELDS)
joined = (called, e.BridgeEnter(*OPERATOR, "b"), e.BridgeEnter(*CITIZEN, "b"))


def heads() -> st.SearchStrategy[tuple[str, datetime, str, str]]:
    """The head of an event of one of few channels, so that they often meet."""
    times = st.integers(0, 100).map(lambda seconds: AT + timedelta(seconds=seconds))
    channels = st.sampled_from(["n-1", "n-2", "n-3", "n-1-u1", "n-1-u2", "n-2-u1", "n-9-u1", ""])
    nodes = st.sampled_from(["node1", "node2"])
    return st.tuples(nodes, times, channels.map("PJSIP/x-{}".format), channels)


def events() -> st.SearchStrategy[e.Event]:
    """Any event that the model looks at."""
    ids = st.sampled_from(["n-1", "n-2", "n-3", "n-1-u1"])
    flags, small = st.booleans(), st.integers(0, 5)

    def of(make: type[e.Event], *fields: st.SearchStrategy[object]) -> st.SearchStrategy[e.Event]:
        return st.builds(lambda head, rest: make(*head, *rest), heads(), st.tuples(*fields))

    words = st.just("hotline")
    results = st.sampled_from(["accepted", "declined", "no-key", "nonsense"])
    operator = (words, st.sampled_from(["op1", "op2"]), ids, ids)
    return st.one_of(
        of(e.Newchannel, ids, words, words, st.sampled_from(["from-trunk", "other"]), words),
        of(e.Hangup, st.sampled_from([0, 16, 17, 19, 999])),
        of(e.HotlineCaller, words, flags, words),
        of(e.DialRefused),
        of(e.BridgeEnter, words),
        of(e.BridgeLeave, words),
        of(e.ConferenceJoin, words, flags),
        of(e.ConferenceLeave, words),
        of(e.ConferenceMute, words, flags),
        of(e.ConferenceTalking, words, flags),
        of(e.QueueCallerJoin, words, small),
        of(e.QueueCallerLeave, words),
        of(e.QueueCallerAbandon, words, small, small),
        of(e.AgentCalled, *operator),
        of(e.AgentRingNoAnswer, *operator),
        of(e.HoldMusic, flags),
        of(e.HotlineUnitKey, results),
        of(e.HotlineMessage, words),
        of(e.HotlineCallback, words),
        of(e.HotlineKey, words, words),
        of(e.HotlineQueued, words),
        of(e.HotlineLanguage, st.sampled_from(["zh-CN", "en"])),
        of(e.HotlineSatisfaction, words),
        of(e.AsyncAgiEnd),
        st.builds(e.OriginateResponse, st.just("node1"), st.just(AT), st.sampled_from(["n-1-u1", "n-1"]), flags, small),
    )


@settings(max_examples=500)
@given(st.lists(events(), max_size=60))
def test_any_events_in_any_order_never_raise_and_leave_the_model_whole(happened: list[e.Event]) -> None:
    calls = Calls()
    told = [change for event in happened for change in fold(calls, event)]
    ended = [change.call_id for change in told if isinstance(change, c.CallCleared)]
    begun = [change.call_id for change in told if isinstance(change, c.CallStarted)]
    assert sorted(begun) == sorted([*ended, *calls])
    for call_id, call in calls.items():
        assert call.call_id == call_id
        assert call.citizen.uniqueid == call_id
        assert any(not party.gone for party in call.parties.values())
        assert (call.state is State.ENDED) == call.citizen.gone
        assert all(calls.of_channel(uniqueid) is call for uniqueid in call.parties)


@given(st.lists(events(), max_size=60))
def test_the_same_events_always_give_the_same_changes(happened: list[e.Event]) -> None:
    ours, theirs = Calls(), Calls()
    assert [fold(ours, event) for event in happened] == [fold(theirs, event) for event in happened]
    assert dict(ours) == dict(theirs)


_TOLD_EACH_TIME = (e.HotlineKey, e.HotlineSatisfaction, e.QueueCallerAbandon, e.ConferenceTalking, e.OriginateResponse)


@given(st.lists(events(), max_size=40))
def test_an_event_that_says_what_is_known_changes_nothing(happened: list[e.Event]) -> None:
    calls = Calls()
    for event in happened:
        fold(calls, event)
        before = dict(calls)
        if not isinstance(event, _TOLD_EACH_TIME):
            assert fold(calls, event) == ()
            assert dict(calls) == before


def after(*happened: e.Event) -> tuple[Calls, list[c.Change]]:
    calls = Calls()
    return calls, [change for event in happened for change in fold(calls, event)]


def test_a_callers_number_and_name_are_kept_but_not_printed() -> None:
    calls, told = after(started)
    assert (calls["n-1"].caller, calls["n-1"].caller_name) == ("138", "张三")
    assert "张三" not in repr(told) + repr(calls["n-1"])
    assert "138" not in repr(told) + repr(calls["n-1"])


@pytest.mark.parametrize(
    "foreign",
    [
        e.Newchannel(*CITIZEN, "n-0", "", "", "from-trunk", "12345"),  # a leg of another call
        e.Newchannel(*CITIZEN, "n-1", "", "", "from-operator", "12345"),
        unit_rings,  # a duty phone of a call that is over
    ],
)
def test_channels_that_are_no_citizens_begin_no_call(foreign: e.Event) -> None:
    calls, told = after(foreign)
    assert (len(calls), told) == (0, [])


@pytest.mark.parametrize(
    ("happened", "outcome"),
    [
        ((e.Hangup(*UNIT, 17),), Outcome.BUSY),
        ((e.Hangup(*UNIT, 18),), Outcome.NO_ANSWER),
        ((e.Hangup(*UNIT, 19, 480),), Outcome.NO_ANSWER),
        ((e.DialRefused(*UNIT), e.Hangup(*UNIT, 19, 480)), Outcome.UNREACHABLE),
        ((e.DialRefused(*UNIT), e.Hangup(*UNIT, 21, 603)), Outcome.DECLINED),
        # DialEnd comes after the hangup now and then.
        ((e.Hangup(*UNIT, 0, 302),), Outcome.REFUSED),
        ((e.Hangup(*UNIT, 16, 487),), Outcome.CANCELLED),
        ((e.DialRefused(*UNIT), e.Hangup(*UNIT, 21, 407)), Outcome.REFUSED),
        ((e.DialRefused(*UNIT), e.Hangup(*UNIT, 1)), Outcome.WRONG_NUMBER),
        ((e.Hangup(*UNIT, 1),), Outcome.FAILED),
        ((e.Hangup(*UNIT, 34),), Outcome.FAILED),
        ((e.Hangup(*UNIT, 16),), Outcome.CANCELLED),
        ((e.OriginateResponse("node1", AT, "n-1-u1", True, 4), e.Hangup(*UNIT, 16)), Outcome.NO_KEY),
        ((e.HotlineUnitKey(*UNIT, "declined"), e.Hangup(*UNIT, 16)), Outcome.DECLINED),
        (
            (
                e.OriginateResponse("node1", AT, "n-1-u1", True, 4),
                e.HotlineUnitKey(*UNIT, "accepted"),
                e.Hangup(*UNIT, 16),
            ),
            Outcome.FAILED,
        ),
    ],
)
def test_why_a_duty_phone_came_to_nothing(happened: tuple[e.Event, ...], outcome: Outcome) -> None:
    _, told = after(started, *joined, unit_rings, *happened)
    failed = told[-1]
    assert isinstance(failed, c.UnitAttemptFailed)
    refused = any(isinstance(event, e.DialRefused) for event in happened)
    codes = [event.code for event in happened if isinstance(event, e.Hangup)]
    theirs = refused or codes[-1] == 302
    assert (failed.attempt, failed.outcome, failed.code) == ("n-1-u1", outcome, codes[-1] if theirs else 0)


def test_a_duty_phone_without_a_channel_fails_at_once() -> None:
    _, told = after(started, *joined, e.OriginateResponse("node1", AT, "n-1-u1", False, 0))
    assert told[-1] == c.UnitAttemptFailed("n-1", AT, "n-1-u1", Outcome.FAILED)


def test_a_failed_attempt_is_told_once() -> None:
    failure = e.OriginateResponse("node1", AT, "n-1-u1", False, 3)
    for happened in ((failure, e.Hangup(*UNIT, 19)), (e.Hangup(*UNIT, 19), failure)):
        _, told = after(started, *joined, unit_rings, *happened)
        assert [type(change) for change in told].count(c.UnitAttemptFailed) == 1


def test_when_everybody_else_has_left_the_citizen_is_after_the_conversation() -> None:
    calls, _ = after(started, *joined, e.Hangup(*OPERATOR, 16))
    assert calls["n-1"].state is State.AFTER


def test_hold_music_of_the_queue_is_no_hold() -> None:
    queued = e.QueueCallerJoin(*CITIZEN, "hotline", 1)
    _, told = after(started, queued, e.HoldMusic(*CITIZEN, True), e.HoldMusic(*CITIZEN, False))
    assert not [change for change in told if isinstance(change, c.CallHeld)]


def test_the_call_is_cleared_when_the_last_channel_is_gone() -> None:
    calls, told = after(started, *joined, e.Hangup(*CITIZEN, 16))
    assert calls["n-1"].state is State.ENDED
    assert isinstance(told[-1], c.CallEnded)
    last = fold(calls, e.Hangup(*OPERATOR, 16))
    assert [type(change) for change in last] == [c.OperatorLeft, c.CallCleared]
    assert len(calls) == 0


@pytest.mark.parametrize(
    ("uniqueid", "call_id"),
    [
        ("node1-1700000000.12-u1", "node1-1700000000.12"),
        ("node1-1700000000.12-u10", "node1-1700000000.12"),
        ("node1-1700000000.12", None),
        ("node1-u1700000000.12", None),
        ("-u1", None),
        ("n-u", None),
    ],
)
def test_attempt_ids_name_their_call(uniqueid: str, call_id: str | None) -> None:
    assert attempt_call_id(uniqueid) == call_id


def test_a_message_and_a_callback_of_the_citizen_are_told_with_their_node() -> None:
    calls = Calls()
    fold(calls, started)
    assert fold(calls, e.HotlineMessage(*CITIZEN, "queue")) == (c.MessageBegun("n-1", AT, "queue"),)
    assert fold(calls, e.HotlineCallback(*CITIZEN, "speak")) == (c.CallbackBooked("n-1", AT, "speak"),)
    assert fold(calls, e.HotlineMessage(*OPERATOR, "queue")) == ()


def test_a_call_has_one_message_and_one_callback_however_often_the_citizen_takes_that_way() -> None:
    calls, told = after(started, e.HotlineMessage(*CITIZEN, "queue"), e.HotlineCallback(*CITIZEN, "queue"))
    assert [type(change) for change in told[-2:]] == [c.MessageBegun, c.CallbackBooked]
    assert fold(calls, e.HotlineMessage(*CITIZEN, "speak")) == ()
    assert fold(calls, e.HotlineCallback(*CITIZEN, "speak")) == ()


def test_a_trusted_network_says_who_calls_and_a_hidden_caller_is_forgotten() -> None:
    calls = Calls()
    fold(calls, started)
    told = fold(calls, e.HotlineCaller(*CITIZEN, "13912345678", False, ""))
    assert told == (c.CallerIdentified("n-1", AT, "13912345678", False, ""),)
    assert fold(calls, e.HotlineCaller(*CITIZEN, "13912345678", False, "")) == ()
    assert (calls["n-1"].caller, calls["n-1"].caller_name) == ("13912345678", "张三")
    fold(calls, e.HotlineCaller(*CITIZEN, "", True, ""))
    assert (calls["n-1"].caller, calls["n-1"].caller_name) == ("", "")
