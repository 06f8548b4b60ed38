"""A call with a consultation on hold, from raw legs as Asterisk writes them to the transcript."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordings import media, naming, wav
from recordings.accuracy import character_error_rate, foreign_phrases
from recordings.build import BuiltRecording, build_recording
from recordings.naming import Role
from recordings.recogniser import Recogniser
from recordings.tracks import Leg
from recordings.transcript import Speech, transcript

Spoken = Mapping[str, tuple[Path, str]]

CALL = "node1-1790000000.1"
START = datetime(2026, 10, 1, 8, 0, 0, 250_000, tzinfo=UTC)
SECONDS = 36.0
# Seconds of the call's clock: who says what when, and who was bridged from when to when. The citizen is on
# hold from 12 to 20 s; what is said then must not reach the recording.
SCRIPT: Sequence[tuple[float, Role, str]] = (
    (0.3, "operator", "operator-apology"),
    (3.2, "citizen", "citizen"),
    (9.0, "operator", "unit-unavailable"),
    (13.5, "unit", "status-replied"),
    (21.0, "citizen", "satisfaction"),
    (28.0, "unit", "unit"),
    (32.6, "operator", "thanks"),
)
ON_HOLD = (14.0, "please-wait")
BRIDGED: Mapping[Role, Sequence[tuple[float, float]]] = {
    "citizen": ((0.0, 12.0), (20.006, 36.0)),
    "operator": ((0.0, 12.1), (12.106, 36.0)),
    "unit": ((12.9, 35.5),),
}
LOST_S = 0.04


def samples(seconds: float) -> int:
    return round(seconds * wav.SAMPLE_RATE)


def mouth(lines: Sequence[tuple[float, Path]], seed: int) -> bytes:
    """All that one telephone sends during the call: line noise, and the given audio at the given times."""
    noise = random.Random(seed)  # noqa: S311 - audio, not a secret
    sound = noise.choices(range(-12, 13), k=samples(SECONDS))
    for start, path in lines:
        pcm = wav.read_pcm(wav.inspect(path))
        for offset, value in enumerate(struct.unpack(f"<{len(pcm) // 2}h", pcm), samples(start)):
            sound[offset] += value
    return struct.pack(f"<{len(sound)}h", *(max(-32768, min(32767, value)) for value in sound))


def write_raw(path: Path, sound: bytes, bridged: Sequence[tuple[float, float]], *, killed: bool) -> None:
    """What MixMonitor leaves: only the bridged parts, each a little late, and no length when Asterisk was killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wav.write(path, [sound[2 * samples(start + LOST_S) : 2 * samples(end)] for start, end in bridged])
    if killed:
        content = path.read_bytes()
        path.write_bytes(content[:40] + bytes(4) + content[44:])


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, spoken: Spoken) -> BuiltRecording:
    folder = tmp_path_factory.mktemp("conversation")
    legs = []
    for seed, (role, bridged) in enumerate(BRIDGED.items()):
        lines = [(start, spoken[prompt][0]) for start, speaker, prompt in SCRIPT if speaker == role]
        if role == "citizen":
            lines.append((ON_HOLD[0], spoken[ON_HOLD[1]][0]))
        path = naming.raw_leg_path(folder / "raw", CALL, role, f"{CALL}-{seed}")
        write_raw(path, mouth(lines, seed), bridged, killed=role == "citizen")
        times = tuple((START + timedelta(seconds=start), START + timedelta(seconds=end)) for start, end in bridged)
        legs.append(Leg(role, "unit-1" if role == "unit" else role, path, times))
    building = build_recording(legs, clock_start=START, call_id=CALL, store_dir=folder / "store", settle_s=0.1)
    return asyncio.run(building)


def test_all_tracks_and_the_mixed_copy_have_the_length_of_the_call(recording: BuiltRecording) -> None:
    assert [(track.name, track.seconds, track.problems) for track in recording.tracks] == [
        ("citizen", SECONDS, ()),
        ("operator", SECONDS, ()),
        ("unit-1", SECONDS, ()),
    ]
    mixed_s = len(media.decode(recording.mixed.path)) / wav.SAMPLE_BYTES / wav.SAMPLE_RATE
    assert mixed_s == pytest.approx(SECONDS, abs=0.05)


async def test_each_party_is_understood_and_the_turns_are_in_order(
    recording: BuiltRecording, model: Path, spoken: Spoken
) -> None:
    async with Recogniser(model) as recogniser:
        speeches = [
            Speech(track.role, track.name, await recogniser.recognise(track.path)) for track in recording.tracks
        ]
    texts: dict[str, str] = {
        role: "".join(spoken[prompt][1] for _, speaker, prompt in SCRIPT if speaker == role) for role in BRIDGED
    }
    not_recorded = spoken[ON_HOLD[1]][1]
    for speech in speeches:
        heard = "".join(word.text for word in speech.words)
        others = "\n".join([*(text for role, text in texts.items() if role != speech.role), not_recorded])
        assert character_error_rate(texts[speech.role], heard) <= 0.1
        assert foreign_phrases(heard, texts[speech.role], others) == ()
    turns = transcript(speeches)
    assert [turn.role for turn in turns] == [role for _, role, _ in SCRIPT]
    for turn, (start, _, prompt) in zip(turns, SCRIPT, strict=True):
        assert turn.start == pytest.approx(start, abs=0.5)
        assert character_error_rate(spoken[prompt][1], turn.text) <= 0.15
