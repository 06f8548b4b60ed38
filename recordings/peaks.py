"""How loud a track is over time, for drawing it."""

from __future__ import annotations

import audioop
from pathlib import Path

from recordings import wav

PER_SECOND = 10
_BLOCK_BYTES = wav.SAMPLE_RATE // PER_SECOND * wav.SAMPLE_BYTES
_FULL = 32768


def peaks(path: Path) -> list[int]:
    """The loudest sample of each tenth of a second, in hundredths of full scale. Raises wav.WavError, OSError."""
    found: list[int] = []
    rest = b""
    for block in wav.read_blocks(wav.inspect(path)):
        rest += block
        whole = len(rest) - len(rest) % _BLOCK_BYTES
        found += [_peak(rest[start : start + _BLOCK_BYTES]) for start in range(0, whole, _BLOCK_BYTES)]
        rest = rest[whole:]
    return [*found, _peak(rest)] if rest else found


def _peak(pcm: bytes) -> int:
    return round(audioop.max(pcm, wav.SAMPLE_BYTES) * 100 / _FULL)
