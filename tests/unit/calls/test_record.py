"""The record of a call is what its events say, in whatever order they arrive."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from app.calls.events import CallEvent, Kind
from app.calls.record import fold

CALL = "node1-1700000000.1"
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def event(kind: Kind, second: float, **data: object) -> CallEvent:
    return CallEvent(CALL, kind, START + timedelta(seconds=second), data)


CONVERSATION = [
    event(Kind.STARTED, 0, node="node1", caller="13800000000", caller_name="张三", dialled="12345"),
    event(Kind.KEY, 2, node="main", key="3"),
    event(Kind.QUEUED, 2.5, category="complaint"),
    event(Kind.OPERATOR_RINGING, 2.6, operator="op1001"),
    event(Kind.OPERATOR_JOINED, 5, operator="op1001", party="node1-1700000000.2"),
    event(Kind.ATTEMPT_STARTED, 20, attempt=f"{CALL}-u1", unit="water", unit_name="水务局", post="A", mode="join"),
    event(Kind.ATTEMPT_ENDED, 30, attempt=f"{CALL}-u1", outcome="no-answer"),
    event(Kind.ATTEMPT_STARTED, 30.1, attempt=f"{CALL}-u2", unit="water", unit_name="水务局", post="B", mode="join"),
    event(Kind.ATTEMPT_ANSWERED, 33, attempt=f"{CALL}-u2"),
    event(Kind.ATTEMPT_ENDED, 36, attempt=f"{CALL}-u2", outcome="accepted"),
    event(Kind.UNIT_JOINED, 36, attempt=f"{CALL}-u2"),
    event(Kind.UNIT_LEFT, 60, attempt=f"{CALL}-u2"),
    event(Kind.OPERATOR_LEFT, 62, operator="op1001", party="node1-1700000000.2"),
    event(Kind.SATISFACTION, 65, key="1"),
    event(Kind.ENDED, 66, cause=16),
]


def test_a_three_party_conversation_is_told_whole() -> None:
    record = fold(CALL, CONVERSATION)
    assert record.conversation
    assert record.missed_reason is None
    assert record.keys == ("3",)
    assert record.category == "complaint"
    assert record.waited_seconds == 5
    assert record.operator_id == "op1001"
    assert [(a.post, a.outcome) for a in record.attempts.values()] == [("A", "no-answer"), ("B", "accepted")]
    assert [(p.role, p.name) for p in record.parties.values()] == [
        ("citizen", ""),
        ("operator", "op1001"),
        ("unit", "water"),
    ]
    assert record.parties[CALL].left_at == START + timedelta(seconds=66)


def test_the_order_of_arrival_does_not_matter() -> None:
    shuffled = list(CONVERSATION)
    random.Random(7).shuffle(shuffled)  # noqa: S311  (not a secret)
    assert fold(CALL, shuffled) == fold(CALL, CONVERSATION)


def test_hanging_up_in_the_menu_and_in_the_queue_are_told_apart() -> None:
    started, _key, queued = CONVERSATION[:3]
    assert fold(CALL, [started, event(Kind.ENDED, 3)]).missed_reason == "menu"
    in_queue = fold(CALL, [started, queued, event(Kind.ENDED, 9)])
    assert (in_queue.missed_reason, in_queue.waited_seconds) == ("queue", 9)


def test_a_phone_still_ringing_when_the_call_ends_counts_as_cancelled() -> None:
    record = fold(CALL, [*CONVERSATION[:6], event(Kind.ENDED, 25)])
    assert [a.outcome for a in record.attempts.values()] == ["cancelled"]


def test_an_event_survives_the_spool() -> None:
    for original in CONVERSATION:
        assert CallEvent.from_dict(original.as_dict()) == original


def test_the_same_step_learned_twice_has_the_same_key() -> None:
    live = event(Kind.OPERATOR_JOINED, 5, operator="op1001", party="node1-1700000000.2")
    journal = CallEvent(CALL, Kind.OPERATOR_JOINED, START + timedelta(seconds=5.001), live.data, "journal")
    assert live.key == journal.key


def test_a_caller_who_left_a_message_and_asked_to_be_called_back_is_missed_and_both_are_known() -> None:
    left = [event(Kind.MESSAGE, 30, node="queue"), event(Kind.MESSAGE, 60, node="queue")]
    record = fold(CALL, [*CONVERSATION[:3], *left, event(Kind.CALLBACK, 70, node="queue"), event(Kind.ENDED, 75)])
    assert (record.conversation, record.missed_reason) == (False, "queue")
    assert record.message_at == START + timedelta(seconds=30)
    assert record.callback_at == START + timedelta(seconds=70)


def test_a_caller_whom_a_trusted_network_asserts_is_the_caller_and_one_who_hides_has_no_number() -> None:
    asserted = event(Kind.IDENTIFIED, 0.1, caller="13912345678", caller_name="", hidden=False)
    hidden = fold(CALL, [*CONVERSATION, event(Kind.IDENTIFIED, 0.1, caller="", caller_name="", hidden=True)])
    assert fold(CALL, [*CONVERSATION, asserted]).caller == "13912345678"
    assert (hidden.caller, hidden.caller_name) == ("", "")
