"""Speech recognition: audio seconds per CPU second, over those of `vosk-transcriber` on the same three tracks."""

from __future__ import annotations

import asyncio
import resource
import sys
import wave
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from app.settings import load_settings
from app.setup.models import model_path
from bench.figures import Figure, Target
from bench.measurement import Conditions, Measurement
from recordings.recogniser import Recogniser
from recordings.wav import SAMPLE_BYTES, SAMPLE_RATE
from tests.speech.speeches import ROLES, long_speeches

TARGET = Target("transcription_ratio", "ratio", 1.5, at_most=False)
_TRANSCRIBER = Path(sys.executable).with_name("vosk-transcriber")
_RUNS = 3
_PAUSE_S = 0.7
_LONGEST_S = 300.0


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Both start a process, load the model, recognise the tracks of one three-party call, and end."""
    model = model_path(load_settings().speech.model)
    tracks = await asyncio.to_thread(write_tracks, conditions.directory / "tracks")
    ratios, notes = [], []
    for run in range(conditions.runs(_RUNS)):
        conditions.say(f"run {run + 1}: three tracks, both ways")
        ours = await _cpu_s(lambda: _recognise(model, tracks))
        theirs = await _cpu_s(lambda: _transcribe(model, tracks))
        ratios.append(theirs / ours)
        notes.append(f"{ours:.1f}/{theirs:.1f}")
    return [Figure(TARGET, tuple(ratios), f"CPU seconds, ours/vosk-transcriber: {', '.join(notes)}")]


def write_tracks(directory: Path) -> list[Path]:
    """One track per party as the service stores them: as long as the call, silent while the others speak."""
    directory.mkdir(parents=True)
    said = {role: _samples(speech.path) for role, speech in long_speeches().items()}
    return [_write(directory / f"{role}.wav", track) for role, track in in_turns(said, _PAUSE_S).items()]


def in_turns(said: Mapping[str, bytes], pause_s: float) -> dict[str, bytes]:
    """Tracks of equal length in which the parties speak one after the other, with a pause after each."""
    pause = bytes(round(pause_s * SAMPLE_RATE) * SAMPLE_BYTES)
    turns = [(role, said[role] + pause) for role in ROLES]
    return {role: b"".join(turn if who == role else bytes(len(turn)) for who, turn in turns) for role in ROLES}


def _samples(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


def _write(path: Path, samples: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, SAMPLE_BYTES, SAMPLE_RATE, 0, "NONE", "not compressed"))
        file.writeframes(samples)
    return path


async def _cpu_s(work: Callable[[], Awaitable[None]]) -> float:
    """CPU seconds of the processes that `work` starts and waits for; nothing else may be waited for meanwhile."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    async with asyncio.timeout(_LONGEST_S):
        await work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _recognise(model: Path, tracks: Sequence[Path]) -> None:
    async with Recogniser(model) as recogniser:
        for track in tracks:
            if not await recogniser.recognise(track):
                raise RuntimeError(f"no word was recognised in {track.name}")


async def _transcribe(model: Path, tracks: Sequence[Path]) -> None:
    """One run over the folder of tracks: the model is loaded once, as on our side."""
    folder = tracks[0].parent
    output = folder.with_name("texts")
    arguments = ["--model", str(model), "--input", str(folder), "--output", str(output)]
    await asyncio.to_thread(output.mkdir, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        str(_TRANSCRIBER),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        if await process.wait() != 0:
            raise RuntimeError(f"vosk-transcriber ended with status {process.returncode}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


MEASUREMENT = Measurement("speech recognition", (TARGET,), 600, measure)
