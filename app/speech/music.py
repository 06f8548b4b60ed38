"""Hold music made by arithmetic: a slow pentatonic melody of soft bell tones. Nobody's composition but ours."""

from __future__ import annotations

import math
from array import array
from functools import cache

from pydub import AudioSegment

SAMPLE_RATE = 8000
BEAT_S = 0.75
ATTACK_S = 0.01
DECAY_S = 0.9
# MIDI note numbers, None is a rest; the pentatonic scale on C has no dissonances to be caught on.
MELODY = (
    *(72, 67, 69, 64, 67, None, 64, 62, 60, None, 62, 64, 67, 69, 67, None),
    *(69, 72, 74, 72, 69, None, 67, 64, 62, None, 64, 67, 64, 62, 60, None),
)
BASS = (48, 55, 53, 55, 57, 52, 53, 55)
PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.0, 0.12))
"""Frequency and strength of each overtone, relative to the note."""
FULL_SCALE = 9000


def hold_music() -> AudioSegment:
    """About 24 s of music, 8 kHz, 16-bit, mono; it can be repeated without a seam."""
    beats = len(MELODY)
    mix = [0.0] * round(beats * BEAT_S * SAMPLE_RATE)
    for beat, note in enumerate(MELODY):
        if note is not None:
            _strike(mix, beat, note, 0.5)
    for bar, note in enumerate(BASS):
        _strike(mix, bar * beats // len(BASS), note, 0.35)
    samples = array("h", (round(FULL_SCALE * value) for value in mix))
    return AudioSegment(samples.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def _strike(mix: list[float], beat: int, note: int, strength: float) -> None:
    """Add one bell tone; what rings past the end goes on at the beginning."""
    start = round(beat * BEAT_S * SAMPLE_RATE)
    for index, value in enumerate(_bell(note), start):
        mix[index % len(mix)] += strength * value


@cache
def _bell(note: int) -> list[float]:
    """One struck tone, at full strength, until it has died away."""
    turn = 2 * math.pi * 440.0 * 2 ** ((note - 69) / 12)
    tone = []
    for index in range(round(4 * DECAY_S * SAMPLE_RATE)):
        seconds = index / SAMPLE_RATE
        wave = sum(part * math.sin(turn * times * seconds) for times, part in PARTIALS)
        tone.append(min(1.0, seconds / ATTACK_S) * math.exp(-seconds / DECAY_S) * wave)
    return tone
