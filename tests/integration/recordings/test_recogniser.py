"""Recognition processes: right words at right times, and trouble with one file is trouble with that file only."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from recordings import wav
from recordings.accuracy import character_error_rate
from recordings.recogniser import (
    AudioUnreadableError,
    ModelMissingError,
    Recogniser,
    RecogniserCrashedError,
    RecognitionTimedOutError,
)
from tests.support.sounds import KEYS, noise, tone

Spoken = Mapping[str, tuple[Path, str]]
RATE = wav.SAMPLE_RATE


def pcm_of(path: Path) -> bytes:
    return wav.read_pcm(wav.inspect(path))


def written(path: Path, *blocks: bytes) -> Path:
    wav.write(path, blocks)
    return path


def quiet(seconds: float) -> bytes:
    return bytes(round(seconds * RATE) * wav.SAMPLE_BYTES)


def worker_processes() -> list[int]:
    """The recognition processes that this process has started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in children if b"recordings.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60.0):
        while not condition():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.01)


def is_dead(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_words_come_with_times_on_the_tracks_clock(tmp_path: Path, model: Path, spoken: Spoken) -> None:
    path, text = spoken["greeting"]
    speech = pcm_of(path)
    seconds = len(speech) / wav.SAMPLE_BYTES / RATE
    track = written(tmp_path / "track.wav", quiet(7.5), speech, quiet(20.25), speech, quiet(3))
    async with Recogniser(model) as recogniser:
        words = await recogniser.recognise(track)
    second = 7.5 + seconds + 20.25
    early = [word for word in words if word.start_s < second - 1]
    late = [word for word in words if word.start_s >= second - 1]
    assert character_error_rate(text, "".join(word.text for word in early)) <= 0.1
    assert character_error_rate(text, "".join(word.text for word in late)) <= 0.1
    assert early[0].start_s == pytest.approx(7.5, abs=0.4)
    assert early[-1].end_s == pytest.approx(7.5 + seconds, abs=0.6)
    assert late[0].start_s == pytest.approx(second, abs=0.4)
    assert all(0 <= word.confidence <= 1 and word.start_s < word.end_s for word in words)


async def test_one_file_leaves_nothing_behind_for_the_next(tmp_path: Path, model: Path, spoken: Spoken) -> None:
    (first, said), (second, answered) = spoken["greeting"], spoken["please-wait"]
    cut_off = written(tmp_path / "cut.wav", quiet(2), pcm_of(first)[: 3 * RATE * wav.SAMPLE_BYTES])
    async with Recogniser(model) as recogniser:
        alone = await recogniser.recognise(second)
        await recogniser.recognise(cut_off)
        assert worker_processes()
        behind = await recogniser.recognise(written(tmp_path / "b.wav", quiet(5), pcm_of(second), quiet(5)))
        again = await recogniser.recognise(first)
    assert character_error_rate(answered, "".join(word.text for word in behind)) <= 0.1
    assert character_error_rate(said, "".join(word.text for word in again)) <= 0.1
    assert behind[0].start_s == pytest.approx(alone[0].start_s + 5.0, abs=0.2)
    assert behind[-1].end_s == pytest.approx(alone[-1].end_s + 5.0, abs=0.2)


async def test_silence_clicks_and_empty_files_have_no_words(tmp_path: Path, model: Path) -> None:
    click = b"\xff\x7f" * 80
    async with Recogniser(model) as recogniser:
        assert await recogniser.recognise(written(tmp_path / "a.wav", quiet(30))) == ()
        assert await recogniser.recognise(written(tmp_path / "b.wav", *(quiet(1) + click for _ in range(5)))) == ()
        assert await recogniser.recognise(written(tmp_path / "c.wav")) == ()


async def test_keys_fax_tones_and_noise_have_no_words(tmp_path: Path, model: Path) -> None:
    keys = [part for hertz in KEYS.values() for part in (tone(hertz, 0.2, 12000), quiet(0.7))]
    fax = [part for _ in range(2) for part in (tone((1100,), 0.5), quiet(3))]
    async with Recogniser(model) as recogniser:
        assert await recogniser.recognise(written(tmp_path / "keys.wav", quiet(1), *keys)) == ()
        assert await recogniser.recognise(written(tmp_path / "fax.wav", quiet(1), *fax, tone((2100,), 3))) == ()
        assert await recogniser.recognise(written(tmp_path / "noise.wav", quiet(1), noise(3, 2000, seed=1))) == ()


async def test_keys_pressed_while_speaking_leave_the_words(tmp_path: Path, model: Path, spoken: Spoken) -> None:
    path, text = spoken["greeting"]
    track = written(tmp_path / "track.wav", pcm_of(path), tone(KEYS["1"], 0.3), quiet(1), tone(KEYS["2"], 0.3))
    async with Recogniser(model) as recogniser:
        words = await recogniser.recognise(track)
    assert character_error_rate(text, "".join(word.text for word in words)) <= 0.1


async def test_a_long_silence_costs_next_to_nothing(tmp_path: Path, model: Path) -> None:
    hour = written(tmp_path / "hour.wav", *(quiet(60) for _ in range(60)))
    async with Recogniser(model) as recogniser:
        await recogniser.recognise(written(tmp_path / "a.wav", quiet(1)))
        (pid,) = worker_processes()
        before = processor_s(pid)
        assert await recogniser.recognise(hour) == ()
        assert processor_s(pid) - before < 20.0


async def test_progress_is_told_in_seconds_of_audio(tmp_path: Path, model: Path) -> None:
    heard: list[float] = []
    async with Recogniser(model) as recogniser:
        await recogniser.recognise(written(tmp_path / "a.wav", quiet(12)), on_heard=heard.append)
    assert heard == [5.0, 10.0, 12.0]


@pytest.fixture
def long_speech(tmp_path: Path, spoken: Spoken) -> Path:
    """More speech than can be recognised before a test has stopped it."""
    return written(tmp_path / "long.wav", *(pcm_of(spoken["greeting"][0]) for _ in range(100)))


async def test_a_killed_process_fails_its_file_and_no_other(
    tmp_path: Path, model: Path, spoken: Spoken, long_speech: Path
) -> None:
    path, text = spoken["greeting"]
    async with Recogniser(model, processes=2) as recogniser:
        heard = asyncio.Event()
        doomed = asyncio.create_task(recogniser.recognise(long_speech, on_heard=lambda _: heard.set()))
        async with asyncio.timeout(60.0):
            await heard.wait()
        (pid,) = worker_processes()
        other = asyncio.create_task(recogniser.recognise(path))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(RecogniserCrashedError, match=r"long\.wav: the recognition process ended \(signal 9\)"):
            await doomed
        assert character_error_rate(text, "".join(word.text for word in await other)) <= 0.1
        again = await recogniser.recognise(path)
        assert character_error_rate(text, "".join(word.text for word in again)) <= 0.1


async def test_a_process_that_dies_between_files_is_replaced(tmp_path: Path, model: Path) -> None:
    silent = written(tmp_path / "a.wav", quiet(1))
    async with Recogniser(model) as recogniser:
        await recogniser.recognise(silent)
        (pid,) = worker_processes()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: is_dead(pid))
        assert await recogniser.recognise(silent) == ()


async def test_a_file_past_its_deadline_is_stopped(model: Path, long_speech: Path, tmp_path: Path) -> None:
    silent = written(tmp_path / "a.wav", quiet(1))
    async with Recogniser(model) as recogniser:
        with pytest.raises(RecognitionTimedOutError, match=r"long\.wav: not recognised within 1 s"):
            await recogniser.recognise(long_speech, deadline_s=1.0)
        assert worker_processes() == []
        assert await recogniser.recognise(silent) == ()


async def test_cancelling_ends_the_work_at_once(model: Path, long_speech: Path, tmp_path: Path) -> None:
    async with Recogniser(model) as recogniser:
        heard = asyncio.Event()
        working = asyncio.create_task(recogniser.recognise(long_speech, on_heard=lambda _: heard.set()))
        async with asyncio.timeout(60.0):
            await heard.wait()
        started = time.monotonic()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert worker_processes() == []
        assert time.monotonic() - started < 2.0
        assert await recogniser.recognise(written(tmp_path / "a.wav", quiet(1))) == ()


async def test_leaving_ends_every_process(model: Path, tmp_path: Path) -> None:
    async with Recogniser(model, processes=2) as recogniser:
        await recogniser.recognise(written(tmp_path / "a.wav", quiet(1)))
        assert len(worker_processes()) == 1
    assert worker_processes() == []


async def test_the_event_loop_is_not_held_up(model: Path, spoken: Spoken) -> None:
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    async with Recogniser(model) as recogniser:
        ticking = asyncio.create_task(tick())
        await recogniser.recognise(spoken["greeting"][0])
        ticking.cancel()
    assert longest < 1.0


async def test_a_file_that_cannot_be_read_is_named_and_the_process_kept(tmp_path: Path, model: Path) -> None:
    (tmp_path / "rubbish.wav").write_bytes(b"rubbish")
    async with Recogniser(model) as recogniser:
        await recogniser.recognise(written(tmp_path / "a.wav", quiet(1)))
        kept = worker_processes()
        for name in ("rubbish.wav", "nothing.wav"):
            with pytest.raises(AudioUnreadableError, match=name):
                await recogniser.recognise(tmp_path / name, deadline_s=30.0)
        assert worker_processes() == kept


def test_a_folder_without_a_model_is_refused_before_any_process_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"am/final\.mdl"):
        Recogniser(tmp_path)


async def test_a_broken_model_is_an_error_and_not_a_hang(tmp_path: Path) -> None:
    for name in ("am/final.mdl", "conf/model.conf"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"rubbish")
    async with Recogniser(tmp_path) as recogniser:
        with pytest.raises(RecogniserCrashedError, match="loading the model"):
            await recogniser.recognise(written(tmp_path / "a.wav", quiet(1)))
