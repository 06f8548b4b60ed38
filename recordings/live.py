"""Text while they talk: partial and final texts of one leg, from PCM as it comes or from a raw file as it grows.

Asterisk writes a file through a buffer of 32768 bytes (main/file.c): following a raw file is two seconds behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import vosk

from recordings import wav
from recordings.listening import Listener
from recordings.transcript import Word, text_of

_POLL_S = 0.2
_STEP_SAMPLES = 2 * wav.SAMPLE_RATE


@dataclass(frozen=True)
class LiveText:
    """What was heard; times in seconds of the leg's audio. A text that is not final replaces the one before it."""

    text: str
    start_s: float
    end_s: float
    final: bool


class LiveLeg:
    """One leg's texts. Recognition is work for a processor: feed it in a thread or a process of its own."""

    def __init__(self, model: vosk.Model) -> None:
        self._listener = Listener(model)
        self._fed_samples = 0
        self._since_s = 0.0
        self._partial = ""

    def feed(self, pcm: bytes) -> tuple[LiveText, ...]:
        """Take 8 kHz 16-bit mono PCM of any length; returns what is new."""
        self._fed_samples += len(pcm) // wav.SAMPLE_BYTES
        return (*self._final(self._listener.feed(pcm)), *self._new_partial())

    def finish(self) -> tuple[LiveText, ...]:
        """The leg is over; returns the last text."""
        return self._final(self._listener.finish())

    def _final(self, words: Sequence[Word]) -> tuple[LiveText, ...]:
        if not words:
            return ()
        self._partial, self._since_s = "", words[-1].end_s
        return (LiveText(text_of(words), words[0].start_s, words[-1].end_s, final=True),)

    def _new_partial(self) -> tuple[LiveText, ...]:
        text = self._listener.partial.replace(" ", "")
        if not text or text == self._partial:
            return ()
        self._partial = text
        return (LiveText(text, self._since_s, self._fed_samples / wav.SAMPLE_RATE, final=False),)


async def follow(path: Path, model: vosk.Model, over: asyncio.Event) -> AsyncIterator[LiveText]:
    """The texts of a raw file that Asterisk is writing, which may not exist yet.

    Ends when the file is closed, or when `over` is set and all that is there has been heard.
    """
    leg = LiveLeg(model)
    position = 0
    while True:
        ending = over.is_set()
        pcm, last = await asyncio.to_thread(_read_on, path, position)
        position += len(pcm) // wav.SAMPLE_BYTES
        if pcm:
            for text in await asyncio.to_thread(leg.feed, pcm):
                yield text
        elif last or ending:
            break
        else:
            await asyncio.sleep(_POLL_S)
    for text in await asyncio.to_thread(leg.finish):
        yield text


def _read_on(path: Path, position: int) -> tuple[bytes, bool]:
    """The next samples, and whether the file is closed."""
    try:
        info = wav.inspect(path)
    except (FileNotFoundError, wav.WavError):  # the header comes with the first two seconds of audio
        return b"", False
    return b"".join(wav.read_blocks(info, position, _STEP_SAMPLES)), info.closed
