"""One copy for listening: all tracks of a call added up, a minute at a time, and compressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from pydub import AudioSegment

from recordings import media, wav
from recordings.naming import MixedFormat


def mix(tracks: Sequence[Path], audio_format: MixedFormat) -> bytes:
    """The sum of aligned tracks, compressed. Raises WavError, MediaError, OSError."""
    return media.encode(b"".join(_mixed_blocks(tracks)), audio_format)


def _mixed_blocks(tracks: Sequence[Path]) -> Iterator[bytes]:
    blocks = (wav.read_blocks(wav.inspect(track)) for track in tracks)
    for together in zip_longest(*blocks, fillvalue=b""):
        yield _added(together)


def _added(blocks: Sequence[bytes]) -> bytes:
    longest, *others = sorted(blocks, key=len, reverse=True)
    mixed = _segment(longest)
    for other in others:
        if other:
            mixed = mixed.overlay(_segment(other))
    return bytes(mixed.raw_data)


def _segment(pcm: bytes) -> AudioSegment:
    return AudioSegment(data=pcm, sample_width=wav.SAMPLE_BYTES, frame_rate=wav.SAMPLE_RATE, channels=1)
