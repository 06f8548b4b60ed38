"""Streams recorded from a real Asterisk 22 mean the same wherever TCP happens to cut them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ami_bridge.calls import Calls, fold
from ami_bridge.changes import Change
from ami_bridge.events import NEEDED_EVENTS, Event
from ami_bridge.framing import Framer, event_name, fields_of
from ami_bridge.reading import parse
from tests.wire.peer import GREETING, eventually, fake_asterisk, session_to

STREAMS = sorted((Path(__file__).parent / "streams").glob("*.ami"))
by_stream = pytest.mark.parametrize("stream", STREAMS, ids=lambda path: path.stem)


def frames(*pieces: bytes) -> list[bytes]:
    """The messages in a stream that arrives in these pieces."""
    framer = Framer()
    return [message for piece in pieces for message in framer.feed(piece)]


def changes(messages: list[bytes]) -> list[Change]:
    """What the messages say of calls."""
    calls = Calls()
    return [change for event in events(messages) for change in fold(calls, event)]


def events(messages: list[bytes]) -> list[Event]:
    """The typed events among messages."""
    named = [(event_name(message), message) for message in messages]
    typed = [
        parse(name, fields_of(message), "node1")
        for name, message in named
        if name in NEEDED_EVENTS - {"FullyBooted"} and name
    ]
    return [event for event in typed if event]


def test_there_are_recordings() -> None:
    assert len(STREAMS) >= 10


@by_stream
def test_cut_at_every_byte_it_is_the_same(stream: Path) -> None:
    """In pieces of about 4 kB, because cutting the whole at every byte takes time that grows with its square."""
    messages = frames(stream.read_bytes())
    assert len(messages) > 5
    for start in range(0, len(messages), 8):
        wanted = messages[start : start + 9]
        raw = GREETING + b"".join(message + b"\r\n\r\n" for message in wanted)
        assert all(frames(raw[:cut], raw[cut:]) == wanted for cut in range(len(raw)))


@by_stream
def test_byte_by_byte_it_is_the_same(stream: Path) -> None:
    raw = stream.read_bytes()
    assert frames(*(raw[at : at + 1] for at in range(len(raw)))) == frames(raw)


@by_stream
def test_every_call_in_it_is_followed_to_its_end(stream: Path) -> None:
    told = [type(change).__name__ for change in changes(frames(stream.read_bytes()))]
    assert told.count("CallStarted") == told.count("CallEnded") == told.count("CallCleared") >= 1


@by_stream
async def test_through_a_socket_in_pieces_of_any_size_it_is_the_same(stream: Path) -> None:
    raw = stream.read_bytes()  # noqa: ASYNC240 - before anything runs
    after_login = raw.index(b"Event: FullyBooted")
    sizes = random.Random(stream.stem)  # noqa: S311 - the same pieces every time
    async with fake_asterisk() as peer, session_to(peer) as seen:
        wire = await peer.logged_in()
        at = after_login
        while at < len(raw):
            size = sizes.randint(1, 3000)
            await wire.send_apart(raw[at : at + size])
            at += size
        expected = events(frames(raw))
        await eventually(lambda: len(seen.events) == len(expected), "all events")
        assert seen.events == expected
