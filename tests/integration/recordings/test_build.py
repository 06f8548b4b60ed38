"""Raw legs as Asterisk writes them become aligned tracks and a mixed copy, whatever state the files are in."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import struct
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordings import media, naming, store, wav
from recordings.build import BuiltRecording, build_recording
from recordings.tracks import Bridged, Leg

START = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)
CALL = "node1-1790000000.1"
RATE = wav.SAMPLE_RATE


def tone(seconds: float, hertz: float, amplitude: int = 8000) -> bytes:
    samples = round(seconds * RATE)
    return struct.pack(
        f"<{samples}h", *(round(amplitude * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(samples))
    )


def bridged(*intervals: tuple[float, float | None]) -> tuple[Bridged, ...]:
    def at(seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)

    return tuple((at(start), None if end is None else at(end)) for start, end in intervals)


def raw(directory: Path, role: naming.Role, uniqueid: str, pcm: bytes) -> Path:
    path = naming.raw_leg_path(directory, CALL, role, uniqueid)
    path.parent.mkdir(parents=True, exist_ok=True)
    wav.write(path, [pcm])
    return path


async def build(legs: Sequence[Leg], store_dir: Path, settle_s: float = 5.0) -> BuiltRecording:
    return await build_recording(legs, clock_start=START, call_id=CALL, store_dir=store_dir, settle_s=settle_s)


def loud(path: Path) -> list[int]:
    """The tenths of a second in which a track is not silent."""
    pcm = wav.read_pcm(wav.inspect(path))
    step = 2 * RATE // 10
    return [number for number in range(len(pcm) // step) if any(pcm[number * step : (number + 1) * step])]


async def test_three_parties_are_aligned_and_mixed(tmp_path: Path) -> None:
    citizen = raw(tmp_path / "raw", "citizen", CALL, tone(2, 400) + tone(1, 500))
    operator = raw(tmp_path / "raw", "operator", "node1-1790000000.2", tone(3, 600))
    unit = raw(tmp_path / "raw", "unit", f"{CALL}-u2", tone(0.5, 800))
    built = await build(
        [
            Leg("citizen", "citizen", citizen, bridged((0, 2), (3, 4))),
            Leg("operator", "operator", operator, bridged((0, 3))),
            Leg("unit", "unit-1", unit, bridged((3.2, 3.7))),
        ],
        tmp_path / "store",
    )
    directory = tmp_path / "store/2026/10/01" / CALL
    assert [track.path for track in built.tracks] == [
        directory / "citizen.wav",
        directory / "operator.wav",
        directory / "unit-1.wav",
    ]
    assert [track.seconds for track in built.tracks] == [4.0, 4.0, 4.0]
    assert loud(built.tracks[0].path) == [*range(20), *range(30, 40)]
    assert loud(built.tracks[1].path) == [*range(30)]
    assert loud(built.tracks[2].path) == [*range(32, 37)]
    assert all(track.problems == () for track in built.tracks)
    assert not built.raw_needed
    assert built.mixed.path == directory / "mixed.opus"
    assert len(media.decode(built.mixed.path)) / 2 / RATE == pytest.approx(4.0, abs=0.05)
    checksums = [(part.path, part.sha256) for part in built.tracks] + [(built.mixed.path, built.mixed.sha256)]
    for path, checksum in checksums:
        assert checksum == hashlib.sha256(path.read_bytes()).hexdigest()


async def test_running_it_again_changes_nothing_even_without_the_raw_files(tmp_path: Path) -> None:
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    legs = [Leg("citizen", "citizen", path, bridged((0, 1)))]
    first = await build(legs, tmp_path / "store")
    written = {file: file.stat().st_mtime_ns for file in (tmp_path / "store").rglob("*")}
    assert await build(legs, tmp_path / "store") == first
    store.discard_raw(tmp_path / "raw", CALL)
    assert await build(legs, tmp_path / "store") == first
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "store").rglob("*")} == written


async def test_a_run_that_died_half_way_is_done_over_with_the_same_result(tmp_path: Path) -> None:
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    legs = [Leg("citizen", "citizen", path, bridged((0, 1)))]
    first = await build(legs, tmp_path / "store")
    directory = first.mixed.path.parent
    (directory / naming.MANIFEST).unlink()
    first.tracks[0].path.write_bytes(b"half")
    naming.partial(first.mixed.path).write_bytes(b"half")
    assert await build(legs, tmp_path / "store") == first
    assert store.sha256(first.tracks[0].path) == first.tracks[0].sha256


async def test_a_leg_learned_of_later_is_added_while_the_raw_files_are_there(tmp_path: Path) -> None:
    citizen = Leg("citizen", "citizen", raw(tmp_path / "raw", "citizen", CALL, tone(1, 400)), bridged((0, 1)))
    unit = Leg("unit", "unit-1", raw(tmp_path / "raw", "unit", f"{CALL}-u1", tone(1, 400)), bridged((1, 2)))
    await build([citizen], tmp_path / "store")
    built = await build([citizen, unit], tmp_path / "store")
    assert [(track.name, track.seconds) for track in built.tracks] == [("citizen", 2.0), ("unit-1", 2.0)]


async def test_legs_of_one_party_share_a_track(tmp_path: Path) -> None:
    one = raw(tmp_path / "raw", "operator", "node1-1790000000.2", tone(1, 400))
    two = raw(tmp_path / "raw", "operator", "node1-1790000000.5", tone(1, 400))
    legs = [
        Leg("operator", "operator", two, bridged((3, 4))),
        Leg("operator", "operator", one, bridged((0, 1))),
    ]
    built = await build(legs, tmp_path / "store")
    assert [track.name for track in built.tracks] == ["operator"]
    assert loud(built.tracks[0].path) == [*range(10), *range(30, 40)]


async def test_missing_empty_and_unreadable_files_are_silence_and_say_so(tmp_path: Path) -> None:
    good = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    empty = raw(tmp_path / "raw", "operator", "node1-1790000000.2", b"")
    nothing = good.with_name("unit-x-u1.wav")
    nothing.touch()
    rubbish = good.with_name("unit-x-u2.wav")
    rubbish.write_bytes(b"not audio at all, whatever it says")
    legs = [
        Leg("citizen", "citizen", good, bridged((0, 1))),
        Leg("operator", "operator", empty, bridged((0, 1))),
        Leg("unit", "unit-1", good.with_name("unit-x-u0.wav"), bridged((0, 1))),
        Leg("unit", "unit-2", nothing, bridged((0, 1))),
        Leg("unit", "unit-3", rubbish, bridged((0, 1))),
    ]
    built = await build(legs, tmp_path / "store", settle_s=0.0)
    assert [track.problems for track in built.tracks] == [
        (),
        ("empty",),
        ("missing",),
        ("empty",),
        ("unreadable",),
    ]
    assert [loud(track.path) for track in built.tracks[1:]] == [[], [], [], []]
    assert {track.seconds for track in built.tracks} == {1.0}
    assert built.raw_needed


async def test_a_file_that_does_not_fit_its_intervals_says_so(tmp_path: Path) -> None:
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    legs = [
        Leg("citizen", "citizen", path, bridged((0, 20))),
        Leg("operator", "operator", path, ()),
    ]
    built = await build(legs, tmp_path / "store")
    assert [track.problems for track in built.tracks] == [("length",), ("unplaced",)]
    assert loud(built.tracks[0].path) == [*range(10)]


def unfinished(path: Path) -> bytes:
    """Make the header what Asterisk has there while the file is open; returns the finished content."""
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes(4) + content[44 : len(content) // 2])
    return content


async def test_it_waits_until_asterisk_has_closed_the_file(tmp_path: Path) -> None:
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    content = unfinished(path)
    building = asyncio.create_task(
        build([Leg("citizen", "citizen", path, bridged((0, 1)))], tmp_path / "store", settle_s=30.0)
    )
    await asyncio.sleep(0.1)
    assert not building.done()
    path.write_bytes(content)
    built = await asyncio.wait_for(building, 10.0)
    assert built.tracks[0].problems == ()
    assert loud(built.tracks[0].path) == [*range(10)]


async def test_a_file_of_a_killed_asterisk_is_used_as_it_is_without_waiting(tmp_path: Path) -> None:
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    unfinished(path)
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    legs = [Leg("citizen", "citizen", path, bridged((0, None)))]
    built = await asyncio.wait_for(build(legs, tmp_path / "store", settle_s=3600.0), 10.0)
    assert loud(built.tracks[0].path) == [*range(4)]


async def test_a_call_without_legs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no legs"):
        await build([], tmp_path)


@pytest.mark.parametrize("full", ["citizen.wav", "mixed.opus", naming.MANIFEST])
async def test_a_full_disk_loses_nothing_and_the_next_run_succeeds(tmp_path: Path, full: str) -> None:
    """A real full disk: writing to /dev/full through the hidden file's name."""
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    legs = [Leg("citizen", "citizen", path, bridged((0, 1)))]
    directory = naming.call_directory(tmp_path / "store", CALL, START)
    directory.mkdir(parents=True)
    naming.partial(directory / full).symlink_to("/dev/full")
    with pytest.raises(store.DiskFullError, match="no space left"):
        await build(legs, tmp_path / "store")
    assert path.exists()
    built = await build(legs, tmp_path / "store")
    assert loud(built.tracks[0].path) == [*range(10)]


async def test_the_mixed_copy_can_be_mp3(tmp_path: Path) -> None:
    path = raw(tmp_path / "raw", "citizen", CALL, tone(1, 400))
    built = await build_recording(
        [Leg("citizen", "citizen", path, bridged((0, 1)))],
        clock_start=START,
        call_id=CALL,
        store_dir=tmp_path / "store",
        mixed_format="mp3",
    )
    assert built.mixed.path.name == "mixed.mp3"
    assert len(media.decode(built.mixed.path)) / 2 / RATE == pytest.approx(1.0, abs=0.2)


def test_audio_that_ffmpeg_cannot_read_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.mp3"
    rubbish.write_bytes(b"rubbish")
    with pytest.raises(media.MediaError, match=r"rubbish\.mp3"):
        media.decode(rubbish)
    with pytest.raises(media.MediaError, match="no such file"):
        media.decode(tmp_path / "nothing.wav")
