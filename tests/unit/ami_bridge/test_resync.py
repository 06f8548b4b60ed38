"""After any outage, at any moment of any call, the missed events lead to what Asterisk says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ami_bridge import events as e
from ami_bridge.calls import Call, Calls, Party, Role, State, fold
from ami_bridge.changes import CallCleared, CallEnded
from ami_bridge.resync import (
    Channel,
    MemberNow,
    Snapshot,
    Waiting,
    member_events,
    missed_events,
    orphans,
    read_snapshot,
)
from tests.scenario.calls import recorded
from tests.scenario.calls.table import START, read

NOW = START + timedelta(minutes=1)
TABLES = {name: value for name, value in vars(recorded).items() if name.isupper()}
by_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


def folded(events: list[e.Event]) -> Calls:
    calls = Calls()
    for event in events:
        fold(calls, event)
    return calls


def snapshot_of(calls: Calls) -> Snapshot:
    """What Asterisk would show of these calls."""
    parties = [(call, party) for call in calls.values() for party in call.parties.values() if not party.gone]
    places = {call_id: calls.position(call) for call_id, call in calls.items()}
    return Snapshot(
        "node1",
        {party.uniqueid: _channel(call, party) for call, party in parties},
        {call_id: Waiting(calls[call_id].queue, place) for call_id, place in places.items() if place},
        (),
    )


def _channel(call: Call, party: Party) -> Channel:
    citizen = party.role is Role.CITIZEN
    return Channel(
        channel=party.channel,
        uniqueid=party.uniqueid,
        linkedid=party.uniqueid if party.role is Role.UNIT else call.call_id,
        caller=call.caller if citizen else "12345",
        caller_name=call.caller_name if citizen else "",
        context=_context(call) if citizen else "hotline-unit",
        exten="12345",
        up=citizen or party.answered or party.joined_at is not None,
        application="",
        bridge="b" if party.bridged_since else "",
        age=NOW - START,
        conference=call.call_id if party.in_conference else "",
        muted=party.muted,
    )


def _context(call: Call) -> str:
    return {State.MENU: "from-trunk", State.HELD: "hotline-hold"}.get(call.state, "hotline-queue")


def seen(calls: Calls) -> dict[str, object]:
    """What must agree after the look: living calls, where the citizen is, who is there and how."""
    return {
        call_id: (
            call.caller,
            State.MENU if call.state is State.AFTER else call.state,
            calls.position(call),
            {
                (p.uniqueid, p.role, p.channel, p.present, p.in_conference, p.muted, p.bridged_since is not None)
                for p in call.parties.values()
                if not p.gone
            },
        )
        for call_id, call in calls.items()
        if call.state is not State.ENDED
    }


def settled(call: Call) -> bool:
    """Whether nobody is on the way from one bridge to another: the next events tell where they went."""
    return (
        (call.citizen.in_conference or call.state is not State.CONFERENCE)
        and (call.operator is None or call.operator.bridged_since is not None)
        and all(unit.in_conference for unit in call.units)
    )


@by_table
def test_an_outage_of_any_length_at_any_moment_is_made_up_for(table: str) -> None:
    events = read(table)
    for end in range(len(events) + 1):
        truth = folded(events[:end])
        if not all(map(settled, truth.values())):
            continue
        snapshot = snapshot_of(truth)
        for start in range(end + 1):
            believed = folded(events[:start])
            for event in missed_events(believed, snapshot, NOW):
                fold(believed, event)
            assert seen(believed) == seen(truth), f"lost after {start} events, back after {end}"


@by_table
def test_nothing_is_made_up_when_nothing_was_missed(table: str) -> None:
    events = read(table)
    for end in range(len(events) + 1):
        calls = folded(events[:end])
        assert missed_events(calls, snapshot_of(calls), NOW) == ()


@by_table
def test_events_that_came_during_the_look_do_no_harm_afterwards(table: str) -> None:
    events = read(table)
    for start in range(len(events)):
        for end in range(start, len(events)):
            calls = folded(events[:start])
            missed = missed_events(calls, snapshot_of(folded(events[:end])), NOW)
            told = [change for event in (*missed, *events[start:]) for change in fold(calls, event)]
            endings = [(type(change), change.call_id) for change in told if isinstance(change, CallEnded | CallCleared)]
            assert len(calls) == 0
            assert len(endings) == len(set(endings))


@by_table
def test_calls_of_another_node_are_left_alone(table: str) -> None:
    events = read(table)
    calls = folded(events[: len(events) // 2])
    assert missed_events(calls, Snapshot("node2", {}, {}, ()), NOW) == ()


def test_a_call_lost_in_an_outage_ends_for_everybody_the_citizen_first() -> None:
    calls = folded(read(recorded.THREE_PARTY)[:21])
    missed = missed_events(calls, Snapshot("node1", {}, {}, ()), NOW)
    assert [type(event) for event in missed] == [e.Hangup] * 3
    told = [type(change).__name__ for event in missed for change in fold(calls, event)]
    assert told == ["CallEnded", "OperatorLeft", "UnitLeft", "CallCleared"]


def test_a_citizen_on_hold_with_nobody_is_found_there_after_a_restart() -> None:
    begun = e.Newchannel("node1", START, "PJSIP/trunk-in-1", "n-1", "n-1", "", "", "from-trunk", "12345")
    calls = folded([begun, e.HoldMusic("node1", START, "PJSIP/trunk-in-1", "n-1", True)])
    found = folded(list(missed_events(Calls(), snapshot_of(calls), NOW)))
    assert (calls["n-1"].state, found["n-1"].state) == (State.HELD, State.HELD)


def test_waiting_callers_found_after_a_restart_keep_their_order() -> None:
    truth = folded(read(recorded.TWO_WAITING)[:10])
    snapshot = snapshot_of(truth)
    backwards = replace(snapshot, channels=dict(reversed(list(snapshot.channels.items()))))
    calls = Calls()
    for event in missed_events(calls, backwards, NOW):
        fold(calls, event)
    assert [calls.position(calls[call_id]) for call_id in ("n-1", "n-2")] == [1, 2]


def test_a_unit_without_a_citizen_is_an_orphan_and_no_call() -> None:
    truth = snapshot_of(folded(read(recorded.THREE_PARTY)[:21]))
    left = replace(truth, channels={"n-1-u1": truth.channels["n-1-u1"]})
    assert [channel.uniqueid for channel in orphans(left, Calls())] == ["n-1-u1"]
    assert missed_events(Calls(), left, NOW) == ()
    assert orphans(truth, Calls()) == ()


def test_channels_that_belong_to_no_call_are_left_alone() -> None:
    stranger = Channel("PJSIP/op1-1", "n-8", "n-8", "", "", "from-operator", "9", True, "", "", timedelta())
    assert missed_events(Calls(), Snapshot("node1", {"n-8": stranger}, {}, ()), NOW) == ()


def test_a_menu_to_be_taken_up_again_is_recognised() -> None:
    fields = {
        "Channel": "PJSIP/trunk-1",
        "Uniqueid": "n-1",
        "Linkedid": "n-1",
        "CallerIDNum": "<unknown>",
        "CallerIDName": "<unknown>",
        "Context": "from-trunk",
        "Exten": "12345",
        "ChannelState": "6",
        "Application": "AGI",
        "BridgeId": "",
        "Duration": "00:00:07",
    }
    snapshot = read_snapshot("node1", [fields], [], [])
    assert snapshot.channels["n-1"].in_async_agi
    (event,) = missed_events(Calls(), snapshot, NOW)
    assert isinstance(event, e.Newchannel)
    assert (event.exten, event.at) == ("12345", NOW - timedelta(seconds=7))


def test_members_are_told_as_they_are_and_those_who_are_gone_as_removed() -> None:
    now = MemberNow("hotline", "op1001", e.Device.IDLE, False, "")
    told = member_events([("hotline", "op1001"), ("hotline", "op1002")], Snapshot("node1", {}, {}, (now,)), NOW)
    assert told == (
        e.MemberRemoved("node1", NOW, "hotline", "op1002"),
        e.Member("node1", NOW, "hotline", "op1001", e.Device.IDLE, False, ""),
    )
