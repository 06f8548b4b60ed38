"""Messages that callers left: from the raw files as Asterisk's Record leaves them to the store.

Safe to run again at any moment: a raw file goes only when its message lies in the store and the caller says so.
"""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from recordings import naming, store, wav
from recordings.build import wait_until_closed

# Less than this is a click, not a word.
_LEAST_S = 0.5
_FRAME = wav.SAMPLE_RATE // 50
# Mean amplitude (of 32768) of the loudest 20 ms of a line on which nobody speaks; Asterisk takes 256 for silence.
_SILENT = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredMessage:
    """One message in the store."""

    name: str
    path: Path
    seconds: float
    sha256: str


async def store_messages(
    raw_dir: Path, call_id: str, store_dir: Path, at: datetime, zone: ZoneInfo = naming.SHANGHAI, settle_s: float = 5.0
) -> tuple[StoredMessage, ...]:
    """Put a call's messages into the store and return all that are there; empty when nothing was said in any.

    `at` is the aware time of the first message. Raises NameRefusedError, ValueError, WavError, DiskFullError,
    BusyError, OSError; the raw files are still there then.
    """
    directory = naming.call_directory(store_dir, call_id, at, zone)
    await wait_until_closed([path for _, path in raw_messages(raw_dir, call_id)], settle_s)
    return await asyncio.to_thread(_store_alone, raw_dir, call_id, directory)


def raw_messages(raw_dir: Path, call_id: str) -> tuple[tuple[int, Path], ...]:
    """The raw messages of a call with their numbers, in order. Raises NameRefusedError."""
    found = naming.raw_directory(raw_dir, call_id).glob("message-*.wav")
    numbered = ((naming.raw_message_number(path), path) for path in found)
    return tuple(sorted((number, path) for number, path in numbered if number is not None))


def discard_raw_messages(raw_dir: Path, call_id: str) -> None:
    """Delete a call's raw messages, once the database has them. Raises NameRefusedError, OSError."""
    for _, path in raw_messages(raw_dir, call_id):
        path.unlink(missing_ok=True)
    directory = naming.raw_directory(raw_dir, call_id)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def something_said(info: wav.WavInfo) -> bool:
    """Whether there is more in a message than a quiet line."""
    if info.seconds < _LEAST_S:
        return False
    samples = array("h", wav.read_pcm(info))
    frames = (samples[start : start + _FRAME] for start in range(0, len(samples), _FRAME))
    return any(sum(map(abs, frame)) > _SILENT * len(frame) for frame in frames)


def _store_alone(raw_dir: Path, call_id: str, directory: Path) -> tuple[StoredMessage, ...]:
    raw = raw_messages(raw_dir, call_id)
    # Asterisk makes the file before it writes the header.
    written = [(number, wav.inspect(path)) for number, path in raw if path.stat().st_size]
    said = [(number, info) for number, info in written if something_said(info)]
    if said:
        with store.only_builder(directory):
            for number, info in said:
                target = directory / f"{naming.message_name(number)}.wav"
                store.publish(target, partial(_copy, info))
    elif raw:
        _log.info("nothing was said after the tone", call=call_id)
    stored = sorted(path for path in directory.glob("message*.wav") if naming.is_message(path))
    return tuple(
        StoredMessage(path.stem, path, round(wav.inspect(path).seconds, 3), store.sha256(path)) for path in stored
    )


def _copy(info: wav.WavInfo, target: Path) -> None:
    wav.write(target, wav.read_blocks(info))
