"""Text to speech with Kokoro-82M v1.0: Mandarin or English text in, 24 kHz samples out.

Inputs of the model as published with Kokoro v1.0: token ids between two zeros, the voice's style row for that
many tokens, and the speed.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydub import AudioSegment

from app.speech import english
from app.speech.assets import Assets

SAMPLE_RATE = 24_000
LONGEST = 509
"""Tokens the model takes at once: a voice has 510 style rows."""

NUDGES = (1.0, 0.97, 1.03, 0.94, 1.06)
"""Now and then the half-precision model overflows on one text; a small change of speed avoids it."""

_DIGITS = "零一二三四五六七八九"
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Synthesiser:
    """One loaded model. Not safe to share between threads."""

    def __init__(self, assets: Assets, *, threads: int = 2) -> None:
        """Raises ImportError when the `prompts` extra is not installed."""
        import onnxruntime  # noqa: PLC0415 - only with the `prompts` extra

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(assets.model), options)
        self._tokens: Mapping[str, int] = json.loads(assets.tokens.read_text())["vocab"]
        self._voices = assets.voices
        self._mandarin = _phonemiser(assets.phonemes)
        self._english = english.load_dictionary(assets.phonemes)

    def say(self, text: str, *, voice: str, speed: float = 1.0) -> AudioSegment:
        """Speak Mandarin or English text: 24 kHz, 16-bit, mono, as the model made it.

        Raises ValueError for a voice that is not there or cannot say it, for text too long to say at once, and for an
        English word that is not in the dictionary.
        """
        ids = list(self._ids(text))
        if len(ids) > LONGEST:
            raise ValueError(f"too long to say at once: {text[:20]}... ({len(ids)} phonemes, at most {LONGEST})")
        for nudge in NUDGES:
            wave = self._run(ids, voice, speed * nudge)
            if wave is not None:
                return AudioSegment(wave, sample_width=2, frame_rate=SAMPLE_RATE, channels=1)
        raise ValueError(f"the voice {voice!r} makes no sound of: {text}")

    def _run(self, ids: list[int], voice: str, speed: float) -> bytes | None:
        """16-bit samples, or None where half precision overflowed."""
        import numpy  # noqa: PLC0415 - only with the `prompts` extra

        feed = {
            "input_ids": numpy.array([[0, *ids, 0]], dtype=numpy.int64),
            "style": self._style(voice, len(ids)),
            "speed": numpy.array([speed], dtype=numpy.float32),
        }
        (wave,) = self._session.run(None, feed)
        if not numpy.isfinite(wave).all():
            return None
        samples: bytes = (numpy.clip(wave[0], -1.0, 1.0) * 32767).astype("<i2").tobytes()
        return samples

    def _ids(self, text: str) -> Iterator[int]:
        phonemes = self._mandarin(spoken(text))[0] if is_mandarin(text) else english.phonemes(text, self._english)
        return (self._tokens[phoneme] for phoneme in phonemes if phoneme in self._tokens)

    def _style(self, voice: str, length: int) -> Any:
        import numpy  # noqa: PLC0415 - only with the `prompts` extra

        path = self._voices / f"{voice}.bin"
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in self._voices.glob("*.bin")))
            raise ValueError(f"no voice {voice!r}; there are {known}")
        return numpy.fromfile(path, dtype=numpy.float32).reshape(-1, 1, 256)[length]


def is_mandarin(text: str) -> bool:
    """Whether a text is to be spoken in Mandarin: it has Chinese characters."""
    return _HAN.search(text) is not None


def spoken(text: str) -> str:
    """The text with long numbers (such as 12345) spelled digit by digit, the way a telephone number is read."""
    return re.sub(r"[0-9]{4,}", lambda found: "".join(_DIGITS[int(digit)] for digit in found[0]), text)


def _phonemiser(wheel: Path) -> Any:
    """The Mandarin part of misaki, used straight out of its wheel: its other languages need far more."""
    if str(wheel) not in sys.path:
        sys.path.append(str(wheel))
    return importlib.import_module("misaki.zh").ZHG2P()
