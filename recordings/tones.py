"""Key tones (ITU-T Q.23) told from speech, frame by frame: what a caller presses is not what a caller says."""

from __future__ import annotations

import math
from array import array

from recordings.wav import SAMPLE_RATE

_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
# A vowel has its strength in many harmonics; a key has all of it in two tones.
_SHARE_OF_TWO_TONES = 0.8
# Q.24: the two tones differ by 8 dB at most; here in power, with room for the telephone line.
_MOST_TWIST = 16.0


def is_key_tone(pcm: bytes) -> bool:
    """Whether a frame of 8 kHz 16-bit mono PCM, 20 to 40 ms long, is nothing but a key's two tones."""
    samples = array("h", pcm)
    total = sum(sample * sample for sample in samples)
    if not total:
        return False
    low, high = (max(_power(samples, tone) for tone in tones) for tones in (_LOW_HZ, _HIGH_HZ))
    balanced = low <= _MOST_TWIST * high and high <= _MOST_TWIST * low
    return balanced and low + high >= _SHARE_OF_TWO_TONES * total


def _power(samples: array[int], tone_hz: int) -> float:
    """The energy of one tone in the frame, in the unit of the sum of squares (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * tone_hz / SAMPLE_RATE)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return 2 * (last * last + before * before - turn * last * before) / len(samples)
