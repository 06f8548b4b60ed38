"""Text while they talk, from a raw file that grows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
import vosk

from recordings import wav
from recordings.accuracy import character_error_rate
from recordings.listening import load_model
from recordings.live import LiveLeg, LiveText, follow

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
