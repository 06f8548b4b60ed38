"""Messages go from the raw files to the store whole, once, and only when something was said."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recordings import naming, wav
from recordings.messages import discard_raw_messages, raw_messages, something_said, store_messages
from recordings.store import sha256

CALL = "node1-1700000000.1"
AT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # already the 24th in Shanghai
VOICE = struct.pack("<160h", *(3000, -3000) * 80)
QUIET = struct.pack("<160h", *(20, -20) * 80)


def left(raw_dir: Path, number: int, *frames: bytes, closed: bool = True) -> Path:
    """A raw message of 20 ms frames; not closed, it is one of an Asterisk that was killed."""
    path = naming.raw_message_path(raw_dir, CALL, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    wav.write(path, frames)
    if not closed:
        content = path.read_bytes()
        path.write_bytes(content[:40] + bytes(4) + content[44:])
    return path


async def test_a_message_is_stored_with_its_length_and_checksum(tmp_path: Path) -> None:
    left(tmp_path / "raw", 0, *[VOICE] * 100)
    (message,) = await store_messages(tmp_path / "raw", CALL, tmp_path / "store", AT, settle_s=0)
    assert message.path == tmp_path / "store/2026/11/24" / CALL / "message.wav"
    assert (message.name, message.seconds, message.sha256) == ("message", 2.0, sha256(message.path))


async def test_several_messages_of_a_call_are_all_kept(tmp_path: Path) -> None:
    for number in (0, 1, 11):
        left(tmp_path / "raw", number, *[VOICE] * (50 + number))
    stored = await store_messages(tmp_path / "raw", CALL, tmp_path / "store", AT, settle_s=0)
    assert {message.name: message.seconds for message in stored} == {
        "message": 1.0,
        "message-2": 1.02,
        "message-12": 1.22,
    }


async def test_storing_again_after_a_crash_gives_the_same_and_so_it_does_when_the_raw_file_is_gone(
    tmp_path: Path,
) -> None:
    raw, store = tmp_path / "raw", tmp_path / "store"
    left(raw, 0, *[VOICE] * 100)
    first = await store_messages(raw, CALL, store, AT, settle_s=0)
    assert await store_messages(raw, CALL, store, AT, settle_s=0) == first
    discard_raw_messages(raw, CALL)
    assert not (raw / CALL).exists()
    assert await store_messages(raw, CALL, store, AT, settle_s=0) == first


async def test_a_message_of_a_killed_asterisk_is_whole(tmp_path: Path) -> None:
    left(tmp_path / "raw", 0, *[VOICE] * 100, closed=False)
    (message,) = await store_messages(tmp_path / "raw", CALL, tmp_path / "store", AT, settle_s=0)
    assert message.seconds == 2.0
    assert wav.inspect(message.path).closed


async def test_of_silence_nothing_is_stored(tmp_path: Path) -> None:
    left(tmp_path / "raw", 0, *[QUIET] * 300)
    left(tmp_path / "raw", 1, *[VOICE] * 10)
    left(tmp_path / "raw", 2).write_bytes(b"")
    assert await store_messages(tmp_path / "raw", CALL, tmp_path / "store", AT, settle_s=0) == ()
    assert len(raw_messages(tmp_path / "raw", CALL)) == 3


@pytest.mark.parametrize(("frames", "said"), [([QUIET] * 300, False), ([QUIET] * 300 + [VOICE], True)])
def test_a_single_word_in_a_long_silence_counts(tmp_path: Path, frames: list[bytes], said: bool) -> None:
    assert something_said(wav.inspect(left(tmp_path, 0, *frames))) is said


async def test_files_that_are_no_messages_are_left_alone(tmp_path: Path) -> None:
    left(tmp_path / "raw", 0, *[VOICE] * 100)
    leg = naming.raw_leg_path(tmp_path / "raw", CALL, "citizen", CALL)
    leg.write_bytes(b"audio")
    await store_messages(tmp_path / "raw", CALL, tmp_path / "store", AT, settle_s=0)
    discard_raw_messages(tmp_path / "raw", CALL)
    assert list((tmp_path / "raw" / CALL).iterdir()) == [leg]
