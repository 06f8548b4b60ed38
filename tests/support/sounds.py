"""Sounds that are no speech, as 8 kHz 16-bit mono PCM: the keys of a telephone, fax tones, noise."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence

RATE = 8000
KEYS = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, key in zip((1209, 1336, 1477, 1633), row, strict=True)
}


def tone(hertz: Sequence[int], seconds: float, strength: int = 6000) -> bytes:
    """The sum of tones, each of `strength` (peak)."""
    steps = range(round(seconds * RATE))
    return array(
        "h", (round(sum(strength * math.sin(math.tau * f * n / RATE) for f in hertz)) for n in steps)
    ).tobytes()


def noise(seconds: float, strength: int, seed: int) -> bytes:
    """White noise of `strength` (root mean square)."""
    source = random.Random(seed)  # noqa: S311 (sounds, no secrets)
    return array("h", (_fit(source.gauss(0, strength)) for _ in range(round(seconds * RATE)))).tobytes()


def mixed(one: bytes, other: bytes) -> bytes:
    """Both at once, as long as the shorter."""
    return array("h", (_fit(a + b) for a, b in zip(array("h", one), array("h", other), strict=False))).tobytes()


def _fit(value: float) -> int:
    return max(-32768, min(32767, round(value)))
