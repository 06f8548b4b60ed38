"""Asterisk's journal tells a call that the service did not see, in the same steps as the live stream would."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.calls import journal
from app.calls.events import Kind
from app.calls.journal import JournalError
from app.calls.record import fold

CALL, OPERATOR, UNIT = "node1-1700000000.1", "node1-1700000001.2", "node1-1700000000.1-u1"


def line(
    kind: str,
    at: float,
    uniqueid: str,
    *,
    linked: str = CALL,
    channel: str = "",
    user: str = "",
    extra: str = "",
    cause: int | None = None,
    account: str = "",
    source: str = "",
) -> str:
    names = {CALL: "PJSIP/trunk-in-00000001", OPERATOR: "PJSIP/op1001-00000002", UNIT: "PJSIP/trunk-00000003"}
    number, dialled = ("13800000000", "12345") if uniqueid == CALL else ("", "s")
    told = f'{{"extra":"{extra}"}}' if extra else ""
    told = told if cause is None else f'{{"hangupcause":{cause},"hangupsource":"{source}","dialstatus":""}}'
    fields = [
        kind,
        f"{1_700_000_000 + at:.6f}",
        number,
        dialled,
        channel or names[uniqueid],
        "",
        uniqueid,
        linked,
        user,
        told,
        "",
        "张三" if uniqueid == CALL else "",
        account,
    ]
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


def test_the_language_that_the_fallback_menu_was_heard_in_is_known() -> None:
    lines = [
        line("CHAN_START", 0, CALL),
        line("USER_DEFINED", 2, CALL, user="HOTLINE_LANGUAGE", extra="en"),
        line("HANGUP", 3, CALL),
    ]
    events = journal.events_of(CALL, "node1", [journal.parse(each) for each in lines])
    assert fold(CALL, events).language == "en"
    assert fold(CALL, [event for event in events if event.kind is not Kind.LANGUAGE]).language == "zh-CN"


CONVERSATION = [
    line("CHAN_START", 0, CALL),
    line("USER_DEFINED", 1, CALL, user="HOTLINE_FALLBACK", extra="full"),
    line("USER_DEFINED", 2, CALL, user="HOTLINE_KEY", extra="main/3"),
    line("USER_DEFINED", 3, CALL, user="HOTLINE_QUEUED", extra="complaint"),
    line("CHAN_START", 3.1, OPERATOR),
    line("BRIDGE_ENTER", 5, OPERATOR),
    line("BRIDGE_ENTER", 5.001, CALL),
    line("CHAN_START", 8, UNIT, linked=UNIT),
    line("ANSWER", 9, UNIT, linked=UNIT, account="water/B/consult"),
    line("USER_DEFINED", 10, UNIT, linked=UNIT, user="HOTLINE_UNIT", extra="accepted"),
    line("BRIDGE_ENTER", 10.01, UNIT, linked=UNIT),
    line("BRIDGE_EXIT", 10.02, CALL),
    line("BRIDGE_EXIT", 10.02, OPERATOR),
    line("BRIDGE_ENTER", 10.03, CALL),
    line("BRIDGE_ENTER", 10.03, OPERATOR),
    line("BRIDGE_EXIT", 20, CALL),
    line("HANGUP", 20, CALL),
    line("HANGUP", 20.01, OPERATOR),
    line("HANGUP", 20.02, UNIT, linked=UNIT),
]


def lines(texts: list[str]) -> list[journal.Line]:
    return [journal.parse(text) for text in texts]


def test_a_call_that_nobody_saw_has_its_whole_record() -> None:
    record = fold(CALL, journal.events_of(CALL, "node1", lines(CONVERSATION)))
    assert record.conversation
    assert (record.keys, record.category, record.operator_id) == (("3",), "complaint", "op1001")
    assert (record.caller, record.dialled, record.node) == ("13800000000", "12345", "node1")
    assert (record.caller_name, record.answered_at is not None) == ("张三", True)
    (attempt,) = record.attempts.values()
    assert (attempt.unit_id, attempt.post, attempt.mode, attempt.outcome) == ("water", "B", "consult", "accepted")
    assert [party.role for party in record.parties.values()] == ["citizen", "operator", "unit"]
    assert record.ended_at is not None


@pytest.mark.parametrize(
    ("answered", "key", "cause", "source", "outcome"),
    [
        (False, "", 17, "PJSIP/trunk-00000003", "busy"),
        (False, "", 19, "", "no-answer"),
        (False, "", 19, "PJSIP/trunk-00000003", "unreachable"),
        (False, "", 21, "PJSIP/trunk-00000003", "refused"),
        (False, "", 16, "", "cancelled"),
        (False, "", 34, "PJSIP/trunk-00000003", "failed"),
        (True, "", 16, "", "no-key"),
        (True, "declined", 16, "", "declined"),
        (True, "no-key", 16, "", "no-key"),
    ],
)
def test_what_came_of_a_duty_phone_is_read_from_its_key_or_its_hangup(
    answered: bool, key: str, cause: int, source: str, outcome: str
) -> None:
    rung = [line("CHAN_START", 8, UNIT, linked=UNIT)]
    rung += [line("ANSWER", 9, UNIT, linked=UNIT)] if answered else []
    rung += [line("USER_DEFINED", 10, UNIT, linked=UNIT, user="HOTLINE_UNIT", extra=key)] if key else []
    rung.append(line("HANGUP", 11, UNIT, linked=UNIT, cause=cause, account="water/A/join", source=source))
    record = fold(CALL, journal.events_of(CALL, "node1", lines([*CONVERSATION[:7], *rung, *CONVERSATION[15:18]])))
    (attempt,) = record.attempts.values()
    assert (attempt.unit_id, attempt.post, attempt.trunk, attempt.outcome) == ("water", "A", "trunk", outcome)
    assert [party.role for party in record.parties.values()] == ["citizen", "operator"]


@pytest.mark.parametrize("extra", ["", "not JSON", "[1]", '{"hangupcause":"x"}'])
def test_a_hangup_without_a_cause_that_can_be_read_has_none(extra: str) -> None:
    (gone,) = lines([line("HANGUP", 1, CALL)])
    assert replace(gone, extra=extra).cause == 0


def test_a_message_and_a_callback_are_told_once_however_often_they_are_learned() -> None:
    left = [
        line("USER_DEFINED", 5, CALL, user="HOTLINE_MESSAGE", extra="queue"),
        line("USER_DEFINED", 9, CALL, user="HOTLINE_CALLBACK", extra="queue"),
    ]
    told = journal.events_of(CALL, "node1", lines([*CONVERSATION[:4], *left, CONVERSATION[16]]))
    record = fold(CALL, told)
    assert record.message_at is not None
    assert record.callback_at is not None
    assert (record.callback_at - record.message_at).total_seconds() == pytest.approx(4)
    live = [replace(event, at=event.at.replace(microsecond=1), source="ami") for event in told]
    for kind in (Kind.MESSAGE, Kind.CALLBACK):
        assert len({event.key for event in (*told, *live) if event.kind is kind}) == 1


def test_the_bridged_intervals_are_told_for_every_recorder() -> None:
    record = fold(CALL, journal.events_of(CALL, "node1", lines(CONVERSATION)))
    seconds = {leg.role: [round((end - start).total_seconds(), 3) for start, end in leg.bridged] for leg in record.legs}
    assert seconds == {"citizen": [5.019, 9.97], "operator": [5.02, 9.98], "unit": [10.01]}


def test_a_call_still_in_progress_is_not_told_as_ended() -> None:
    events = journal.events_of(CALL, "node1", lines(CONVERSATION[:7]))
    assert Kind.ENDED not in {event.kind for event in events}
    assert Kind.LEGS not in {event.kind for event in events}


def test_a_unit_is_of_the_call_its_name_says_whatever_asterisk_links_it_to() -> None:
    (unit,) = lines([CONVERSATION[7]])
    assert (unit.call_id, unit.role) == (CALL, "unit")
    assert not unit.begins_call


def test_only_a_call_from_a_trunk_begins_a_call() -> None:
    (citizen,) = lines([CONVERSATION[0]])
    operator = journal.parse(line("CHAN_START", 0, OPERATOR, linked=OPERATOR))
    assert citizen.begins_call
    assert not operator.begins_call


@pytest.mark.parametrize("text", ["", "a,b", '"unfinished', CONVERSATION[0].replace("1700000000.000000", "soon", 1)])
def test_a_line_that_cannot_be_read_is_an_error_that_shows_it(text: str) -> None:
    with pytest.raises(JournalError):
        journal.parse(text)


FORGED = CONVERSATION[0].replace("张三", "a\rForged: yes")


def test_a_lone_carriage_return_in_a_name_ends_no_line() -> None:
    texts = [FORGED, *CONVERSATION[1:]]
    data = "".join(f"{text}\n" for text in texts).encode() + b'"CHAN_START","17'
    read = [journal.read_line(raw) for raw in journal.cut(data)]
    assert len(read) == len(CONVERSATION)
    record = fold(CALL, journal.events_of(CALL, "node1", read))
    assert (record.caller_name, record.conversation) == ("a\rForged: yes", True)


@pytest.mark.parametrize("separator", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nothing_but_a_line_feed_ends_a_line(separator: str) -> None:
    data = f"{FORGED.replace(chr(13), separator)}\n".encode()
    assert [journal.read_line(raw).caller_name for raw in journal.cut(data)] == [f"a{separator}Forged: yes"]


def test_a_line_torn_by_a_power_cut_costs_only_itself() -> None:
    torn = (CONVERSATION[3][:40] + CONVERSATION[0]).encode()
    assert journal.read_line(torn) == journal.parse(CONVERSATION[0])
    named = CONVERSATION[0].replace("张三", '""CHAN_START"",""1700000000.000000"",')
    with pytest.raises(JournalError):
        journal.read_line(named[1:].encode())


def test_names_in_the_encoding_of_chinese_exchanges_are_read() -> None:
    assert journal.read_line(CONVERSATION[0].encode("gb18030")).caller_name == "张三"


def test_a_call_that_asterisk_lost_ends_with_its_last_sign_of_life_and_was_bridged_until_then() -> None:
    last = lines(CONVERSATION[:7])[-1].at + timedelta(minutes=3)
    record = fold(CALL, journal.events_of(CALL, "node1", lines(CONVERSATION[:7]), last_seen=last))
    assert (record.conversation, record.ended_at) == (True, last)
    assert {leg.role: leg.bridged[-1][1] for leg in record.legs} == {"citizen": last, "operator": last}
    [ended] = [
        event
        for event in journal.events_of(CALL, "node1", lines(CONVERSATION[:7]), last_seen=last)
        if event.kind is Kind.ENDED
    ]
    assert ended.data["lost"] is True


def test_a_duty_phone_that_rang_when_asterisk_was_lost_is_not_left_ringing() -> None:
    texts = [*CONVERSATION[:7], CONVERSATION[7]]
    record = fold(CALL, journal.events_of(CALL, "node1", lines(texts), last_seen=lines(texts)[-1].at))
    (attempt,) = record.attempts.values()
    assert (attempt.outcome, attempt.ended_at) == ("cancelled", record.ended_at)


def test_a_call_that_asterisk_ended_is_not_told_as_lost() -> None:
    told = journal.events_of(CALL, "node1", lines(CONVERSATION))
    assert [event.data for event in told if event.kind is Kind.ENDED] == [{"cause": 0}]
