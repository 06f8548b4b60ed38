"""Hears one party: keeps silence away from the recogniser and puts words back on the track's clock.

A party is silent most of a call, and silence costs Kaldi as much as speech. A voice activity detector (webrtcvad,
30 ms frames) lets speech through with 0.3 s of padding on both sides; after 0.6 s without speech the utterance is over.
One recogniser hears all utterances of a party, because Kaldi adapts to the voice; and then the next party's, because
it has by then unfolded the part of its search graph that people use: a third of the work.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import deque
from itertools import chain
from pathlib import Path

import vosk
import webrtcvad

from recordings.tones import is_key_tone
from recordings.transcript import Word
from recordings.wav import SAMPLE_BYTES, SAMPLE_RATE

_FRAME_SAMPLES = SAMPLE_RATE * 30 // 1000
_FRAME_BYTES = _FRAME_SAMPLES * SAMPLE_BYTES
_AGGRESSIVENESS = 2
_ONSET_FRAMES = 3
_PADDING_FRAMES = 10
_HANGOVER_FRAMES = 2 * _PADDING_FRAMES
# Breath and noise are rated 0.1 to 0.2; of 350 words said over a noisy line three were below, and none of them right.
_LEAST_CONFIDENCE = 0.25
# Kaldi traces back through its lattice at each call: feed it larger bites than a frame.
_BITE_BYTES = SAMPLE_RATE * SAMPLE_BYTES * 4 // 10


def load_model(path: Path) -> vosk.Model:
    """A Vosk model, without Kaldi's log on standard error. Raises Exception (vosk's own) when it is no model."""
    vosk.SetLogLevel(-1)
    return vosk.Model(str(path))


class Listener:
    """Words from 8 kHz 16-bit mono PCM, piece by piece; times are seconds from a party's first sample.

    After `finish` it hears the next party. Not safe to share between threads; the model is.
    """

    def __init__(self, model: vosk.Model) -> None:
        self._recogniser = vosk.KaldiRecognizer(model, SAMPLE_RATE)
        self._recogniser.SetWords(True)
        self._heard_samples = 0
        self._begin()

    def _begin(self) -> None:
        """Forget the party before, but for what the recogniser counts its time from."""
        self._detector = webrtcvad.Vad(_AGGRESSIVENESS)
        self._remainder = b""
        self._waiting: deque[bytes] = deque(maxlen=_PADDING_FRAMES)
        self._bite = bytearray()
        self._frames = 0
        self._voiced_in_a_row = 0
        self._quiet = _HANGOVER_FRAMES
        self._clock = _Clock()

    @property
    def heard_s(self) -> float:
        """Seconds that the recogniser has heard, of all parties, silence left out."""
        return self._heard_samples / SAMPLE_RATE

    def feed(self, pcm: bytes) -> tuple[Word, ...]:
        """Take audio of any length; returns the words of the utterances that ended in it."""
        pcm = self._remainder + pcm
        whole = len(pcm) - len(pcm) % _FRAME_BYTES
        self._remainder = pcm[whole:]
        frames = (pcm[start : start + _FRAME_BYTES] for start in range(0, whole, _FRAME_BYTES))
        return tuple(chain.from_iterable(self._frame(frame) for frame in frames))

    def finish(self) -> tuple[Word, ...]:
        """No more audio of this party comes; returns the last words."""
        last = self.feed(bytes(_FRAME_BYTES - len(self._remainder)))
        words = (*last, *self._swallow(), *self._flush())
        self._begin()
        return words

    def _flush(self) -> tuple[Word, ...]:
        """Only a recogniser in the middle of something ends for good, and takes no voice over to the next party."""
        self._recogniser.AcceptWaveform(bytes(_FRAME_BYTES))
        self._heard_samples += _FRAME_SAMPLES
        return self._words(self._recogniser.FinalResult())

    @property
    def partial(self) -> str:
        """What the utterance under way sounds like so far; empty between utterances."""
        if self._quiet >= _HANGOVER_FRAMES:
            return ""
        return str(json.loads(self._recogniser.PartialResult()).get("partial", ""))

    def _frame(self, frame: bytes) -> tuple[Word, ...]:
        self._frames += 1
        voiced = self._detector.is_speech(frame, SAMPLE_RATE)
        if voiced and is_key_tone(frame):
            voiced, frame = False, bytes(_FRAME_BYTES)
        self._waiting.append(frame)
        if self._is_speech(voiced=voiced):
            self._quiet = 0
            return self._hear_waiting()
        self._quiet += 1
        if self._quiet <= _PADDING_FRAMES:
            return self._hear_waiting()
        if self._quiet == _HANGOVER_FRAMES:
            return (*self._swallow(), *self._words(self._recogniser.Result()))
        return ()

    def _is_speech(self, *, voiced: bool) -> bool:
        """Within an utterance any voiced frame; to begin one, several in a row: a click is none."""
        self._voiced_in_a_row = self._voiced_in_a_row + 1 if voiced else 0
        return self._voiced_in_a_row >= (1 if self._quiet < _HANGOVER_FRAMES else _ONSET_FRAMES)

    def _hear_waiting(self) -> tuple[Word, ...]:
        first_sample = (self._frames - len(self._waiting)) * _FRAME_SAMPLES
        self._clock.note(self._heard_samples, first_sample)
        for frame in self._waiting:
            self._bite += frame
        self._heard_samples += len(self._waiting) * _FRAME_SAMPLES
        self._waiting.clear()
        return self._swallow() if len(self._bite) >= _BITE_BYTES else ()

    def _swallow(self) -> tuple[Word, ...]:
        bite = bytes(self._bite)
        self._bite.clear()
        if bite and self._recogniser.AcceptWaveform(bite):
            return self._words(self._recogniser.Result())
        return ()

    def _words(self, result: str) -> tuple[Word, ...]:
        found = json.loads(result).get("result", ())
        return tuple(
            Word(word["word"], *self._clock.on_track(word["start"], word["end"]), word["conf"])
            for word in found
            if word["conf"] >= _LEAST_CONFIDENCE
        )


class PlainListener:
    """The recogniser alone, silence and all: what is gained or lost by everything else is measured against it."""

    def __init__(self, model: vosk.Model) -> None:
        self._model = model
        self._heard_samples = 0
        self._recogniser = self._fresh()

    def _fresh(self) -> vosk.KaldiRecognizer:
        recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
        recogniser.SetWords(True)
        return recogniser

    @property
    def heard_s(self) -> float:
        return self._heard_samples / SAMPLE_RATE

    def feed(self, pcm: bytes) -> tuple[Word, ...]:
        self._heard_samples += len(pcm) // SAMPLE_BYTES
        ended = self._recogniser.AcceptWaveform(pcm)
        return _plain_words(self._recogniser.Result()) if ended else ()

    def finish(self) -> tuple[Word, ...]:
        last = _plain_words(self._recogniser.FinalResult())
        self._recogniser = self._fresh()
        return last


def _plain_words(result: str) -> tuple[Word, ...]:
    found = json.loads(result).get("result", ())
    return tuple(Word(word["word"], word["start"], word["end"], word["conf"]) for word in found)


class _Clock:
    """Which moment of the track a moment of what the recogniser heard is."""

    def __init__(self) -> None:
        self._heard: list[int] = []
        self._track: list[int] = []

    def note(self, heard_sample: int, track_sample: int) -> None:
        """From `heard_sample` on, the recogniser hears the track from `track_sample` on."""
        if not self._heard or track_sample - heard_sample != self._track[-1] - self._heard[-1]:
            self._heard.append(heard_sample)
            self._track.append(track_sample)

    def on_track(self, start_s: float, end_s: float) -> tuple[float, float]:
        """A word that begins before the gap and ends behind it was said behind it: utterances are closed off."""
        run = max(0, bisect_left(self._heard, round(end_s * SAMPLE_RATE)) - 1)
        first_s, shift_s = self._track[run] / SAMPLE_RATE, (self._track[run] - self._heard[run]) / SAMPLE_RATE
        return max(first_s, start_s + shift_s), end_s + shift_s
