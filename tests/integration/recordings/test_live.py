"""Text while they talk, from a raw file that grows."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import vosk

from recordings import wav
from recordings.accuracy import character_error_rate
from recordings.listening import load_model
from recordings.live import LiveLeg, LiveText, follow
from recordings.live_listener import LiveListener
from recordings.recogniser import ModelMissingError

Spoken = Mapping[str, tuple[Path, str]]
BUFFER_BYTES = 32768


@pytest.fixture(scope="module")
def loaded(model: Path) -> vosk.Model:
    return load_model(model)


def finals(texts: list[LiveText]) -> str:
    return "".join(text.text for text in texts if text.final)


def test_partial_texts_grow_and_the_final_text_is_what_was_said(loaded: vosk.Model, spoken: Spoken) -> None:
    path, text = spoken["greeting"]
    pcm = wav.read_pcm(wav.inspect(path)) + bytes(2 * wav.SAMPLE_RATE)
    leg = LiveLeg(loaded)
    heard = [heard for at in range(0, len(pcm), 3200) for heard in leg.feed(pcm[at : at + 3200])]
    heard += leg.finish()
    partials = [text for text in heard if not text.final]
    assert partials
    assert len(partials[-1].text) > len(partials[0].text)
    assert character_error_rate(text, finals(heard)) <= 0.1
    assert all(text.start_s < text.end_s <= len(pcm) / 16000 for text in heard)


async def grow(path: Path, finished: bytes, over: asyncio.Event) -> None:
    """Write the file as Asterisk does: whole buffers, a header without a length, the length at the end."""
    growing = finished[:40] + bytes(4) + finished[44:]
    with path.open("wb") as file:
        for at in range(0, len(growing), BUFFER_BYTES):
            await asyncio.sleep(0.05)
            file.write(growing[at : at + BUFFER_BYTES])
            file.flush()
        file.seek(40)
        file.write(finished[40:44])
    over.set()


@pytest.mark.parametrize("killed", [False, True])
async def test_a_growing_file_is_heard_to_its_end(
    tmp_path: Path, loaded: vosk.Model, spoken: Spoken, killed: bool
) -> None:
    path, text = spoken["greeting"]
    finished = path.read_bytes()
    if killed:  # the header never gets its length: only the event tells that the call is over
        finished = finished[:40] + bytes(4) + finished[44:]
    raw, over = tmp_path / "citizen-c.1.wav", asyncio.Event()
    async with asyncio.timeout(60.0), asyncio.TaskGroup() as group:
        group.create_task(grow(raw, finished, over))
        heard = [heard async for heard in follow(raw, loaded, over)]
    assert character_error_rate(text, finals(heard)) <= 0.1


async def test_a_call_that_is_over_before_anything_was_written_has_no_text(tmp_path: Path, loaded: vosk.Model) -> None:
    over = asyncio.Event()
    over.set()
    async with asyncio.timeout(10.0):
        assert [heard async for heard in follow(tmp_path / "none.wav", loaded, over)] == []


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - another process changes it; the caller has the deadline
        await asyncio.sleep(0.02)


@asynccontextmanager
async def listening(model: Path, heard: dict[str, list[LiveText]]) -> AsyncIterator[LiveListener]:
    """A listener at work, with its process up."""
    listener = LiveListener(model, lambda leg, text: heard.setdefault(leg, []).append(text), restart_s=0)
    async with asyncio.timeout(60.0), asyncio.TaskGroup() as group:
        running = group.create_task(listener.run())
        await until(lambda: bool(children()))
        yield listener
        running.cancel()


def children() -> list[int]:
    """The live recognition processes of this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command, status = (path / "cmdline").read_bytes(), (path / "stat").read_text()
        except OSError:
            continue
        if b"recordings.live_worker" in command and int(status.rpartition(")")[2].split()[1]) == os.getpid():
            found.append(int(path.name))
    return found


async def test_two_legs_are_heard_at_once_by_a_process_of_their_own_which_ends_with_us(
    tmp_path: Path, model: Path, spoken: Spoken
) -> None:
    heard: dict[str, list[LiveText]] = {}
    names = ("greeting", "thanks")
    async with listening(model, heard) as listener:
        for name in names:
            (tmp_path / f"{name}.wav").write_bytes(spoken[name][0].read_bytes())
            listener.begin(name, tmp_path / f"{name}.wav")
        await until(lambda: all(any(text.final for text in heard.get(name, ())) for name in names))
    assert {name: character_error_rate(spoken[name][1], finals(heard[name])) <= 0.1 for name in names} == {
        "greeting": True,
        "thanks": True,
    }
    assert children() == []


async def test_when_the_process_dies_the_next_call_is_heard_again(tmp_path: Path, model: Path, spoken: Spoken) -> None:
    heard: dict[str, list[LiveText]] = {}
    (tmp_path / "greeting.wav").write_bytes(spoken["greeting"][0].read_bytes())
    async with listening(model, heard) as listener:
        [first] = children()
        os.kill(first, signal.SIGKILL)
        await until(lambda: children() not in ([], [first]))
        while not heard:
            listener.begin("greeting", tmp_path / "greeting.wav")
            await asyncio.sleep(0.5)
    assert heard["greeting"]


def test_without_a_model_there_is_no_listener_and_the_reason_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="no speech model there"):
        LiveListener(tmp_path, lambda _leg, _text: None)
