"""AMI fields to typed events."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from ami_bridge import events as e
from ami_bridge.reading import display_name, event_time, operator_of, operator_of_channel, parse

AT = datetime(2026, 11, 23, 4, 34, 12, 982586, tzinfo=UTC)
STAMP = {"Timestamp": "1795408452.982586"}
CHANNEL = {"Channel": "PJSIP/trunk-00000006", "Uniqueid": "node1-1795408452.8", "Linkedid": "node1-1795408452.8"}
HEAD = ("node1", AT, CHANNEL["Channel"], CHANNEL["Uniqueid"])
OPERATOR = {
    "Queue": "hotline",
    "Interface": "PJSIP/op1001",
    "MemberName": "op1001",
    "DestChannel": "PJSIP/op1001-00000007",
    "DestUniqueid": "node1-1795408453.9",
}
OPERATOR_FIELDS = ("hotline", "op1001", "PJSIP/op1001-00000007", "node1-1795408453.9")
MEMBER = {
    "Queue": "hotline",
    "Interface": "PJSIP/op1001",
    "Penalty": "4",
    "Status": "6",
    "Paused": "1",
    "PausedReason": "培训",
}

# Fields as Asterisk 22.10 sent them, without those that nobody reads.
SAMPLES: list[tuple[str, dict[str, str], e.Event]] = [
    (
        "Newchannel",
        CHANNEL | {"CallerIDNum": "13800001111", "CallerIDName": "张三", "Context": "from-trunk", "Exten": "12345"},
        e.Newchannel(*HEAD, CHANNEL["Linkedid"], "13800001111", "张三", "from-trunk", "12345"),
    ),
    (
        "Newchannel",
        CHANNEL | {"CallerIDNum": "<unknown>", "CallerIDName": "<unknown>", "Context": "from-trunk", "Exten": "12345"},
        e.Newchannel(*HEAD, CHANNEL["Linkedid"], "", "", "from-trunk", "12345"),
    ),
    ("Hangup", CHANNEL | {"Cause": "16", "Cause-txt": "Normal Clearing"}, e.Hangup(*HEAD, 16)),
    ("Hangup", CHANNEL | {"Cause": "17", "TechCause": "486"}, e.Hangup(*HEAD, 17, 486)),
    (
        "DialEnd",
        {"DestChannel": CHANNEL["Channel"], "DestUniqueid": CHANNEL["Uniqueid"], "DialStatus": "NOANSWER"},
        e.DialRefused(*HEAD),
    ),
    (
        "BlindTransfer",
        {
            "Result": "Invalid",
            "TransfererChannel": CHANNEL["Channel"],
            "TransfererUniqueid": CHANNEL["Uniqueid"],
            "IsExternal": "Yes",
            "Context": "hotline-refer",
            "Extension": "1002",
        },
        e.TransferRefused(*HEAD, "1002"),
    ),
    ("BridgeEnter", CHANNEL | {"BridgeUniqueid": "b1", "BridgeType": "basic"}, e.BridgeEnter(*HEAD, "b1")),
    ("BridgeLeave", CHANNEL | {"BridgeUniqueid": "b1"}, e.BridgeLeave(*HEAD, "b1")),
    ("ConfbridgeJoin", CHANNEL | {"Conference": "c1", "Muted": "No"}, e.ConferenceJoin(*HEAD, "c1", False)),
    ("ConfbridgeJoin", CHANNEL | {"Conference": "c1", "Muted": "Yes"}, e.ConferenceJoin(*HEAD, "c1", True)),
    ("ConfbridgeLeave", CHANNEL | {"Conference": "c1"}, e.ConferenceLeave(*HEAD, "c1")),
    ("ConfbridgeMute", CHANNEL | {"Conference": "c1"}, e.ConferenceMute(*HEAD, "c1", True)),
    ("ConfbridgeUnmute", CHANNEL | {"Conference": "c1"}, e.ConferenceMute(*HEAD, "c1", False)),
    (
        "ConfbridgeTalking",
        CHANNEL | {"Conference": "c1", "TalkingStatus": "on"},
        e.ConferenceTalking(*HEAD, "c1", True),
    ),
    (
        "ConfbridgeTalking",
        CHANNEL | {"Conference": "c1", "TalkingStatus": "off"},
        e.ConferenceTalking(*HEAD, "c1", False),
    ),
    ("QueueCallerJoin", CHANNEL | {"Queue": "hotline", "Position": "2"}, e.QueueCallerJoin(*HEAD, "hotline", 2)),
    ("QueueCallerLeave", CHANNEL | {"Queue": "hotline"}, e.QueueCallerLeave(*HEAD, "hotline")),
    (
        "QueueCallerAbandon",
        CHANNEL | {"Queue": "hotline", "Position": "1", "OriginalPosition": "3", "HoldTime": "12"},
        e.QueueCallerAbandon(*HEAD, "hotline", 1, 12),
    ),
    ("AgentCalled", CHANNEL | OPERATOR, e.AgentCalled(*HEAD, *OPERATOR_FIELDS)),
    ("AgentConnect", CHANNEL | OPERATOR, e.AgentConnect(*HEAD, *OPERATOR_FIELDS)),
    ("AgentRingNoAnswer", CHANNEL | OPERATOR, e.AgentRingNoAnswer(*HEAD, *OPERATOR_FIELDS)),
    ("QueueMemberAdded", MEMBER, e.Member("node1", AT, "hotline", "op1001", e.Device.RINGING, True, "培训", 4)),
    (
        "QueueMemberStatus",
        MEMBER | {"Status": "1", "Paused": "0", "PausedReason": ""},
        e.Member("node1", AT, "hotline", "op1001", e.Device.IDLE, False, "", 4),
    ),
    (
        "QueueMemberPause",
        MEMBER | {"Status": "99"},
        e.Member("node1", AT, "hotline", "op1001", e.Device.UNKNOWN, True, "培训", 4),
    ),
    ("QueueMemberRemoved", MEMBER, e.MemberRemoved("node1", AT, "hotline", "op1001")),
    (
        "DeviceStateChange",
        {"Device": "PJSIP/op1001", "State": "UNAVAILABLE"},
        e.DeviceChanged("node1", AT, "op1001", e.Device.UNAVAILABLE),
    ),
    ("AsyncAGIStart", CHANNEL | {"Env": "agi_request%3A%20async%0A"}, e.AsyncAgiStart(*HEAD)),
    (
        "AsyncAGIExec",
        CHANNEL | {"CommandId": "c1", "Result": "200%20result%3D1%0A"},
        e.AsyncAgiExec(*HEAD, "c1", "200%20result%3D1%0A"),
    ),
    ("AsyncAGIExec", CHANNEL | {"Result": "x"}, e.AsyncAgiExec(*HEAD, "", "x")),
    ("AsyncAGIEnd", CHANNEL, e.AsyncAgiEnd(*HEAD)),
    (
        "OriginateResponse",
        {"Response": "Failure", "Channel": "PJSIP/110@trunk", "Reason": "3", "Uniqueid": "c-u1", "Exten": "s"},
        e.OriginateResponse("node1", AT, "c-u1", False, 3),
    ),
    ("UserEvent", CHANNEL | {"UserEvent": "HotlineKey", "Node": "main", "Key": "3"}, e.HotlineKey(*HEAD, "main", "3")),
    (
        "UserEvent",
        CHANNEL | {"UserEvent": "HotlineQueued", "Category": "help"},
        e.HotlineQueued(*HEAD, "help"),
    ),
    (
        "UserEvent",
        CHANNEL | {"UserEvent": "HotlineUnitKey", "Result": "accepted"},
        e.HotlineUnitKey(*HEAD, "accepted"),
    ),
    (
        "UserEvent",
        CHANNEL | {"UserEvent": "HotlineRefer", "Number": "1002", "Operator": "PJSIP/op1001-00000007"},
        e.HotlineRefer(*HEAD, "1002", "PJSIP/op1001-00000007"),
    ),
    ("UserEvent", CHANNEL | {"UserEvent": "HotlineSatisfaction", "Key": ""}, e.HotlineSatisfaction(*HEAD, "")),
    ("MusicOnHoldStart", CHANNEL | {"Class": "default"}, e.HoldMusic(*HEAD, True)),
    ("MusicOnHoldStop", CHANNEL, e.HoldMusic(*HEAD, False)),
]


@pytest.mark.parametrize(
    ("name", "fields", "event"), SAMPLES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_asterisk_sends_becomes_a_typed_event(name: str, fields: dict[str, str], event: e.Event) -> None:
    assert parse(name, fields | STAMP, "node1") == event


def test_every_event_that_is_asked_for_has_a_sample() -> None:
    assert {name for name, _, _ in SAMPLES} | {"FullyBooted"} == e.NEEDED_EVENTS


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("VarSet", {}),
        ("DeviceStateChange", {"Device": "Queue:hotline", "State": "RINGING"}),
        ("UserEvent", CHANNEL | {"UserEvent": "Foreign"}),
        ("", {}),
    ],
)
def test_other_events_are_none_of_ours(name: str, fields: dict[str, str]) -> None:
    assert parse(name, fields | STAMP, "node1") is None


def test_the_time_is_exact_to_the_microsecond() -> None:
    stamps = ["1795408452.000001", "1795408452.999999", "1795408452"]
    assert [event_time({"Timestamp": stamp}).microsecond for stamp in stamps] == [1, 999999, 0]


def test_without_timestamps_the_error_says_what_to_set() -> None:
    with pytest.raises(ValueError, match=r"timestampevents=yes in manager\.conf"):
        parse("Hangup", CHANNEL | {"Cause": "16"}, "node1")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="AMI event Hangup of node1 has no field 'Cause'"):
        parse("Hangup", CHANNEL | STAMP, "node1")


@pytest.mark.parametrize("operator", ["op1001", "op-1001", "a.b_c"])
def test_the_operator_behind_an_interface_and_a_channel(operator: str) -> None:
    assert operator_of(f"PJSIP/{operator}") == operator
    assert operator_of_channel(f"PJSIP/{operator}-0000000a") == operator


def test_a_callers_number_and_name_are_not_printed_with_the_event() -> None:
    name, fields, _ = SAMPLES[0]
    shown = repr(parse(name, fields | STAMP, "node1"))
    assert "13800001111" not in shown
    assert "张三" not in shown


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('"市民张三" <sip:136@127.0.0.1>;tag=1'.encode("gbk"), "市民张三"),
        ("张三 <sip:136@127.0.0.1>".encode("gbk"), "张三"),
        (b'"a\rb \\"c\\"" <sip:136@127.0.0.1>', 'a b "c"'),
        (b"<sip:136@127.0.0.1>", ""),
    ],
)
def test_a_name_is_read_from_the_header_in_whatever_encoding(header: bytes, name: str) -> None:
    assert display_name(b64encode(header).decode()) == name


@pytest.mark.parametrize("text", ["", "not base64!", "AA"])
def test_what_is_no_header_has_no_name(text: str) -> None:
    assert display_name(text) == ""


def test_a_ring_that_was_answered_was_not_refused() -> None:
    fields = {"DestChannel": CHANNEL["Channel"], "DestUniqueid": CHANNEL["Uniqueid"], "DialStatus": "ANSWER"}
    assert parse("DialEnd", fields | STAMP, "node1") is None


def test_a_hand_over_that_asterisk_has_done_is_told_by_the_dialplan_and_not_here() -> None:
    fields = {"Result": "Success", "TransfererChannel": "x", "TransfererUniqueid": "y", "Extension": "1002"}
    assert parse("BlindTransfer", fields | STAMP, "node1") is None
