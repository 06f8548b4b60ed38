"""Bytes to messages to fields, without a socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_bridge.errors import FramingError
from ami_bridge.framing import MAX_MESSAGE, Framer, event_name, fields_of

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


def test_the_greeting_is_read_once_and_is_no_message() -> None:
    framer = Framer()
    assert framer.feed(GREETING + b"Response: Success\r\n\r\n") == [b"Response: Success"]
    assert framer.version == "11.0.0"


def test_the_greeting_may_come_in_pieces() -> None:
    framer = Framer()
    assert [framer.feed(GREETING[:5]), framer.feed(GREETING[5:-1])] == [[], []]
    assert framer.version is None
    assert framer.feed(b"\nEvent: A\r\n\r\n") == [b"Event: A"]


@pytest.mark.parametrize("first", [b"HTTP/1.1 400", b"\x00", b"\xff\xfe", b"Asterisk Call Manager/" + b"9" * 200])
def test_a_peer_that_is_no_asterisk_is_named_at_once(first: bytes) -> None:
    with pytest.raises(FramingError, match="not an Asterisk manager: it greets with"):
        Framer().feed(first)


def test_superfluous_line_ends_between_messages_are_dropped() -> None:
    raw = GREETING + b"\r\nEvent: A\r\n\r\n\r\nEvent: B\r\n\r\n\r\n\r\nEvent: C\r\n\r\n"
    assert Framer().feed(raw) == [b"Event: A", b"Event: B", b"Event: C"]


def test_a_message_may_be_as_long_as_the_limit_and_no_longer() -> None:
    head = b"Event: "
    framer = Framer()
    longest = head + b"x" * (MAX_MESSAGE - len(head))
    assert framer.feed(GREETING + longest + b"\r\n\r\n") == [longest]
    with pytest.raises(FramingError, match="longer than"):
        framer.feed(longest + b"x\r\n\r\n")


def test_a_message_that_never_ends_is_not_collected_for_ever() -> None:
    framer = Framer()
    framer.feed(GREETING)
    for _ in range(MAX_MESSAGE // 1000):
        framer.feed(b"y" * 1000)
    with pytest.raises(FramingError, match="longer than"):
        framer.feed(b"y")


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda b: b"\r" not in b and b"\n" not in b)), st.data())
def test_any_cut_gives_the_same_messages(messages: list[bytes], data: st.DataObject) -> None:
    raw = GREETING + b"".join(message + b"\r\n\r\n" for message in messages)
    framer = Framer()
    received: list[bytes] = []
    while raw:
        size = data.draw(st.integers(1, len(raw)))
        received += framer.feed(raw[:size])
        raw = raw[size:]
    assert received == messages


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (b"Event: Hangup\r\nChannel: x", "Hangup"),
        (b"Event: Hangup", "Hangup"),
        (b"Event: ", ""),
        (b"Response: Success\r\nEvent: Hangup", None),
    ],
)
def test_the_name_of_an_event(message: bytes, name: str | None) -> None:
    assert event_name(message) == name


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (b"A: 1\r\nB: two words", {"A": "1", "B": "two words"}),
        (b"A: \r\nB: x: y", {"A": "", "B": "x: y"}),
        ("A: 市民张三".encode(), {"A": "市民张三"}),
        (b"A: \xe5\xbc", {"A": "\N{REPLACEMENT CHARACTER}"}),
        (b"no colon\r\nA: 1\r\n", {"A": "1"}),
        (b"A: 1\r\nA: 2", {"A": "2"}),
        (b"A: line\nfeed", {"A": "line\nfeed"}),
        ("A: 市民张三".encode("gbk") + b"\r\nB: 1", {"A": "市民张三", "B": "1"}),
        ("A: 市民".encode("gbk") + "\r\nB: 张三".encode(), {"A": "市民", "B": "张三"}),
        ("A: 市民张三".encode()[:-1], {"A": "市民张\N{REPLACEMENT CHARACTER}"}),
        (rb"CallerIDName: O\'Brien (who\?)", {"CallerIDName": "O'Brien (who?)"}),
        (rb"CallerIDName: a\rForged: yes\\n", {"CallerIDName": r"a Forged: yes\n"}),
        (b"CallerIDName: " + "俓三".encode("gbk").replace(b"\\", b"\\\\"), {"CallerIDName": "俓三"}),
        (rb"Result: 200\'", {"Result": r"200\'"}),
    ],
)
def test_fields(message: bytes, fields: dict[str, str]) -> None:
    assert fields_of(message) == fields


@given(st.binary(max_size=200))
def test_fields_of_anything(message: bytes) -> None:
    fields_of(message)
