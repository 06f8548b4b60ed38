"""What is known of a call that goes out, live, after a restart, and from Asterisk's journal: the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ami_bridge.errands import Kind as Whose
from app.calls import journal
from app.calls.events import CallEvent, Kind
from app.calls.outgoing import Outgoing, far_end, operator_asks, reached
from app.calls.record import CallRecord, fold
from app.calls.restoring import told_by

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
CALL = "node1-out1796000000000.1"
ASKER, FAR = f"{CALL}-o1", f"{CALL}-c2"
OUT = Outgoing(CALL, "13800001111", "call-back", "wang", operator_asks("op1001", "wang"), "caller", call="node1-17.1")
STARTED = OUT.started("node1", NOW)


def event(kind: Kind, second: float, /, **data: object) -> CallEvent:
    return CallEvent(CALL, kind, NOW + timedelta(seconds=second), data)


def rung(attempt: str, second: float) -> CallEvent:
    summons = OUT.far if attempt != ASKER else None
    data = summons.as_data() if summons else {"kind": "operator", "unit": "op1001", "unit_name": "", "post": "op1001"}
    return event(Kind.ATTEMPT_STARTED, second, **{**data, "attempt": attempt, "mode": "join", "trunk": ""})


ASKED = [STARTED, rung(ASKER, 0.1), event(Kind.ATTEMPT_ENDED, 2, attempt=ASKER, outcome="accepted")]
JOINED = event(Kind.OPERATOR_JOINED, 2, operator="op1001", party=ASKER)


def record(*more: CallEvent, ended: float = 60) -> CallRecord:
    return fold(CALL, [*ASKED, JOINED, *more, event(Kind.ENDED, ended, cause=16)])


def test_it_is_a_conversation_from_when_whom_it_calls_can_talk() -> None:
    found = record(
        rung(FAR, 2.1),
        event(Kind.ATTEMPT_ENDED, 9, attempt=FAR, outcome="accepted"),
        event(Kind.CITIZEN_JOINED, 9.1),
    )
    assert (found.outcome, found.reached, found.answered_at) == ("conversation", "person", NOW + timedelta(seconds=9.1))
    assert found.missed_reason is None
    assert {(party.role, party.name) for party in found.parties.values()} == {("citizen", ""), ("operator", "op1001")}


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("busy", "busy"),
        ("no-answer", "no-answer"),
        ("unreachable", "switched-off"),
        ("wrong-number", "wrong-number"),
        ("declined", "refused"),
        ("refused", "refused"),
        ("failed", "failed"),
        ("cancelled", "given-up"),
    ],
)
def test_what_became_of_it_is_told_in_one_word_with_the_carriers_code(outcome: str, word: str) -> None:
    found = record(rung(FAR, 2.1), event(Kind.ATTEMPT_ENDED, 9, attempt=FAR, outcome=outcome, code=486))
    assert (found.outcome, found.reached) == ("not-reached", word)
    assert found.far_attempt is not None
    assert found.far_attempt.code == 486
    assert found.answered_at is None
    assert found.missed_reason is None


def test_a_call_whose_asker_did_not_answer_was_not_dialled() -> None:
    unanswered = event(Kind.ATTEMPT_ENDED, 20, attempt=ASKER, outcome="no-answer")
    found = fold(CALL, [STARTED, rung(ASKER, 0.1), unanswered, event(Kind.ENDED, 20, cause=16)])
    assert (found.outcome, found.reached) == ("not-reached", "not-dialled")
    assert reached("accepted", tried=True, talked=False) == "person"


def test_an_operator_of_the_queue_answers_who_found_nobody_in_the_room() -> None:
    late = event(Kind.OPERATOR_JOINED, 30, operator="op1002", party="node1-17.9")
    found = record(rung(FAR, 2.1), event(Kind.ATTEMPT_ENDED, 9, attempt=FAR, outcome="accepted"), late)
    assert found.answered_at == NOW + timedelta(seconds=30)


def test_a_restarted_service_knows_whom_it_calls_and_whether_it_has_dialled() -> None:
    before = told_by([*ASKED, JOINED])
    assert (before.number, before.started_at) == ("13800001111", NOW)
    assert before.far == far_end("13800001111", "caller", "wang")
    assert before.open == ()
    after = told_by([*ASKED, JOINED, rung(FAR, 2.1)])
    assert after.far is not None
    assert (after.far.attempt_id, after.far.post.phone, after.far.kind) == (FAR, "13800001111", Whose.CITIZEN)
    assert (after.open, after.attempts_made) == ((FAR,), 2)


def line(kind: str, at: float, uniqueid: str, extra: str = "", account: str = "") -> journal.Line:
    names = {ASKER: "PJSIP/op1001-00000001"}
    user = "HOTLINE_UNIT" if kind == "USER_DEFINED" else ""
    fields = [
        kind,
        f"{NOW.timestamp() + at:.6f}",
        "",
        "s",
        names.get(uniqueid, "PJSIP/trunk-00000002"),
        "",
        uniqueid,
        ASKER,
        user,
        extra,
        "",
        "",
        account,
    ]
    return journal.parse(",".join('"' + field.replace('"', '""') + '"' for field in fields))


TALKED = [
    line("CHAN_START", 0.2, ASKER),
    line("ANSWER", 1.9, ASKER),
    line("USER_DEFINED", 2, ASKER, '{"extra":"accepted"}', account="operator:op1001/op1001/join"),
    line("BRIDGE_ENTER", 2, ASKER),
    line("CHAN_START", 2.2, FAR),
    line("ANSWER", 7, FAR, account="citizen:caller/line/join"),
    line("USER_DEFINED", 9, FAR, '{"extra":"accepted"}', account="citizen:caller/line/join"),
    line("BRIDGE_ENTER", 9, FAR),
    line("BRIDGE_EXIT", 50, FAR),
    line("HANGUP", 50, FAR),
    line("BRIDGE_EXIT", 51, ASKER),
    line("HANGUP", 51, ASKER),
]


def test_the_journal_tells_it_to_its_end_although_the_citizens_channel_is_not_the_oldest() -> None:
    assert {each.call_id for each in TALKED} == {CALL}
    assert TALKED[0].begins_call
    assert journal.ended(TALKED, CALL)
    assert not journal.ended(TALKED[:-1], CALL)
    found = fold(CALL, [STARTED, *journal.events_of(CALL, "node1", TALKED)])
    assert (found.outcome, found.reached, found.direction) == ("conversation", "person", "out")
    assert found.ended_at == NOW + timedelta(seconds=51)
    assert {leg.role for leg in found.legs} == {"citizen", "operator"}
    assert set(found.attempts) == {ASKER, FAR}


def test_the_journal_tells_every_try_by_its_number() -> None:
    third, why = f"{CALL}-c3", '{{"hangupcause":{},"hangupsource":"PJSIP/trunk-00000002"}}'
    tries = [
        line("CHAN_START", 2.2, FAR),
        line("HANGUP", 3, FAR, why.format(34), account="citizen:caller/line/join"),
        line("CHAN_START", 3.2, third),
        line("HANGUP", 9, third, why.format(17), account="citizen:caller/line/join"),
    ]
    found = fold(CALL, [STARTED, *journal.events_of(CALL, "node1", [*TALKED[:4], *tries, *TALKED[-2:]])])
    outcomes = {name: attempt.outcome for name, attempt in found.attempts.items() if attempt.kind == "citizen"}
    assert outcomes == {f"{CALL}-c2": "failed", f"{CALL}-c3": "busy"}
    assert found.reached == "busy"
