"""Builds the stored recording of a call from its raw legs: aligned tracks, the mixed copy, and a manifest.

The manifest is written last and says that the rest is complete: a crash before it means that the next run starts
over, a run after it reads the manifest and changes nothing. Raw files are only read here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import structlog

from recordings import media, mixing, naming, store, tracks, wav
from recordings.naming import MixedFormat, Role
from recordings.tracks import Leg, Piece

# missing: no file; empty: no audio in it; unreadable: not the WAV that Asterisk writes; unplaced: no bridged
# interval known, put at the clock start; length: far shorter or longer than the intervals.
Problem = Literal["missing", "empty", "unreadable", "unplaced", "length"]

_log = structlog.get_logger(__name__)
_POLL_S = 0.05


@dataclass(frozen=True)
class BuiltTrack:
    """One party's track. `problems` is empty when every raw leg was there and fitted its intervals."""

    role: Role
    name: str
    path: Path
    seconds: float
    sha256: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class BuiltMix:
    """The copy for listening."""

    path: Path
    seconds: float
    sha256: str
    audio_format: MixedFormat


@dataclass(frozen=True)
class BuiltRecording:
    """A call's stored audio; all tracks have the same length."""

    call_id: str
    tracks: tuple[BuiltTrack, ...]
    mixed: BuiltMix

    @property
    def raw_needed(self) -> bool:
        """Whether a raw file holds what no track does: do not discard it, a person has to look."""
        return any("unreadable" in track.problems for track in self.tracks)


@dataclass(frozen=True)
class _Source:
    """One leg with what its file turned out to hold."""

    leg: Leg
    pieces: tuple[Piece, ...]
    problem: Problem | None


async def build_recording(
    legs: Sequence[Leg],
    *,
    clock_start: datetime,
    call_id: str,
    store_dir: Path,
    mixed_format: MixedFormat = "opus",
    zone: ZoneInfo = naming.SHANGHAI,
    settle_s: float = 5.0,
) -> BuiltRecording:
    """Build (or find built) the recording of one call, in a thread.

    `clock_start` is the aware time of the first bridging. Waits up to `settle_s` seconds for Asterisk to close files
    that it wrote to lately: the last two seconds of audio reach the disk only then. Safe to run again at any time.

    Raises ValueError (no legs, naive time), NameRefusedError, MediaError, DiskFullError, BusyError (another worker is
    at it), OSError. After any of them the raw files are still there and another run starts over.
    """
    if not legs:
        raise ValueError(f"call {call_id}: no legs to build a recording from")
    directory = naming.call_directory(store_dir, call_id, clock_start, zone)
    await wait_until_closed([leg.path for leg in legs], settle_s)
    return await asyncio.to_thread(_build_alone, legs, clock_start, call_id, directory, mixed_format)


def _build_alone(
    legs: Sequence[Leg], clock_start: datetime, call_id: str, directory: Path, mixed_format: MixedFormat
) -> BuiltRecording:
    with store.only_builder(directory):
        inputs = _fingerprint(legs, clock_start)
        found = _read_manifest(directory, call_id)
        if found is not None and (found[0] == inputs or not any(leg.path.exists() for leg in legs)):
            return found[1]
        built = _build(legs, clock_start, call_id, directory, mixed_format)
        _write_manifest(directory, inputs, built)
        return built


def _build(
    legs: Sequence[Leg], clock_start: datetime, call_id: str, directory: Path, wanted: MixedFormat
) -> BuiltRecording:
    sources = [_source(leg, clock_start) for leg in legs]
    by_name = {leg.name: [source for source in sources if source.leg.name == leg.name] for leg in legs}
    layouts = {
        name: tracks.in_sequence(piece for source in group for piece in source.pieces)
        for name, group in by_name.items()
    }
    samples = tracks.call_length(legs, (piece for layout in layouts.values() for piece in layout), clock_start)
    built = tuple(
        _build_track(directory / naming.track_file(name), group, layouts[name], samples)
        for name, group in by_name.items()
    )
    return BuiltRecording(call_id, built, _build_mix(directory, built, wanted, call_id))


def _source(leg: Leg, clock_start: datetime) -> _Source:
    try:
        info = wav.inspect(leg.path)
    except FileNotFoundError:
        return _Source(leg, (), "missing")
    except wav.WavError:
        return _Source(leg, (), "empty" if leg.path.stat().st_size == 0 else "unreadable")
    problem: Problem | None = None
    if info.samples == 0:
        problem = "empty"
    elif not leg.bridged:
        problem = "unplaced"
    elif not tracks.fits(info.samples, tracks.interval_samples(leg)):
        problem = "length"
    return _Source(leg, tracks.place(leg, info.samples, clock_start), problem)


def _build_track(target: Path, sources: Sequence[_Source], layout: Sequence[Piece], samples: int) -> BuiltTrack:
    store.publish(target, lambda unfinished: wav.write(unfinished, _blocks(layout, samples)))
    leg = sources[0].leg
    problems = tuple(source.problem for source in sources if source.problem is not None)
    return BuiltTrack(leg.role, leg.name, target, samples / wav.SAMPLE_RATE, store.sha256(target), problems)


def _blocks(layout: Sequence[Piece], samples: int) -> Iterable[bytes]:
    position = 0
    for piece in layout:
        yield from wav.silence(piece.target - position)
        yield from wav.read_blocks(wav.inspect(piece.path), piece.source, piece.length)
        position = piece.end
    yield from wav.silence(samples - position)


def _build_mix(directory: Path, built: Sequence[BuiltTrack], wanted: MixedFormat, call_id: str) -> BuiltMix:
    audio_format = media.usable_format(wanted)
    if audio_format != wanted:
        _log.warning("mixed_format_not_available", call_id=call_id, wanted=wanted, used=audio_format)
    target = directory / naming.mixed_file(audio_format)
    mixed = mixing.mix([track.path for track in built], audio_format)
    store.publish(target, lambda unfinished: _write_bytes(unfinished, mixed))
    return BuiltMix(target, built[0].seconds, store.sha256(target), audio_format)


async def wait_until_closed(paths: Iterable[Path], settle_s: float) -> None:
    """Wait, at most `settle_s` seconds, for Asterisk to close files that it wrote to lately."""
    waiting = [path for path in paths if _in_use(path, settle_s)]
    deadline = time.monotonic() + settle_s
    while waiting and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_S)
        waiting = [path for path in waiting if _in_use(path, settle_s)]


def _in_use(path: Path, settle_s: float) -> bool:
    """Whether Asterisk may still be writing: header unfinished and the file touched within `settle_s`."""
    try:
        recent = time.time() - path.stat().st_mtime < settle_s
        return recent and not wav.inspect(path).closed
    except FileNotFoundError:
        return False
    except wav.WavError:
        return recent


def _fingerprint(legs: Sequence[Leg], clock_start: datetime) -> str:
    described = [
        [leg.role, leg.name, leg.path.name, [[_iso(start), _iso(end)] for start, end in leg.bridged]] for leg in legs
    ]
    return hashlib.sha256(json.dumps([_iso(clock_start), described]).encode()).hexdigest()


def _iso(time_or_none: datetime | None) -> str | None:
    return None if time_or_none is None else time_or_none.isoformat()


def _write_manifest(directory: Path, inputs: str, built: BuiltRecording) -> None:
    content = {"inputs": inputs, **asdict(built)}
    text = json.dumps(content, default=lambda path: path.name, indent=1).encode()
    store.publish(directory / naming.MANIFEST, lambda unfinished: _write_bytes(unfinished, text))


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _read_manifest(directory: Path, call_id: str) -> tuple[str, BuiltRecording] | None:
    """What an earlier run built, and from which inputs; None unless all of its files are there."""
    try:
        content = json.loads((directory / naming.MANIFEST).read_text(encoding="utf-8"))
        inputs = content["inputs"]
        built = BuiltRecording(
            call_id,
            tuple(_track_of(directory, track) for track in content["tracks"]),
            BuiltMix(**{**content["mixed"], "path": directory / content["mixed"]["path"]}),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    files = [track.path for track in built.tracks] + [built.mixed.path]
    return (inputs, built) if all(path.is_file() for path in files) else None


def _track_of(directory: Path, content: dict[str, Any]) -> BuiltTrack:
    track = BuiltTrack(**{**content, "path": directory / content["path"]})
    return replace(track, problems=tuple(track.problems))
