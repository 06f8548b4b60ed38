"""WAV files as Asterisk leaves them: 8 kHz 16-bit mono, possibly still growing or with a header never finished."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SAMPLE_RATE = 8000
SAMPLE_BYTES = 2
# What Asterisk writes before the first sample (format_wav.c, WAV_HEADER_SIZE).
HEADER_BYTES = 44
BLOCK_SAMPLES = 60 * SAMPLE_RATE

_PCM = 1
_EXTENSIBLE = 0xFFFE


class WavError(Exception):
    """A file that is not 8 kHz 16-bit mono PCM; the text names the file and what is wrong."""


@dataclass(frozen=True)
class WavInfo:
    """Where the samples of a file lie.

    `closed` tells whether the writer finished the header: Asterisk writes the data length only when it closes the
    file (format_wav.c, update_header), so a file in use or one of a killed Asterisk says 0.
    """

    path: Path
    offset: int
    samples: int
    closed: bool

    @property
    def seconds(self) -> float:
        return self.samples / SAMPLE_RATE


def inspect(path: Path) -> WavInfo:
    """Read the header; a data length of 0 or beyond the end of the file means that the rest of the file is data.

    Raises WavError, and OSError (FileNotFoundError) when the file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if file.read(4) != b"RIFF" or len(file.read(4)) < 4 or file.read(4) != b"WAVE":
            raise WavError(f"{path}: not a WAV file")
        declared = _find_data(file, path)
        offset = file.tell()
    available = size - offset
    closed = 0 < declared <= available
    return WavInfo(path, offset, (declared if closed else available) // SAMPLE_BYTES, closed)


def _find_data(file: BinaryIO, path: Path) -> int:
    """Leave `file` at the first sample and return the data length that the header declares."""
    known_format = False
    while len(header := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", header)
        if name == b"data":
            if not known_format:
                raise WavError(f"{path}: no format before the data")
            return int(length)
        body = file.read(length + length % 2)
        if name == b"fmt ":
            _check_format(body, path)
            known_format = True
    raise WavError(f"{path}: the header is cut off")


def _check_format(body: bytes, path: Path) -> None:
    if len(body) < 16:
        raise WavError(f"{path}: the header is cut off")
    coding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if coding not in {_PCM, _EXTENSIBLE} or (channels, rate, bits) != (1, SAMPLE_RATE, 8 * SAMPLE_BYTES):
        raise WavError(
            f"{path}: want 8000 Hz 16-bit mono PCM, found {rate} Hz {bits}-bit {channels} channels, coding {coding}"
        )


def read_blocks(info: WavInfo, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Samples `start` to `start + length` as PCM blocks of at most a minute; less when the file ends before."""
    left = info.samples - start if length is None else min(length, info.samples - start)
    with info.path.open("rb") as file:
        file.seek(info.offset + start * SAMPLE_BYTES)
        while left > 0:
            block = file.read(min(left, BLOCK_SAMPLES) * SAMPLE_BYTES)
            if not block:
                return
            left -= len(block) // SAMPLE_BYTES
            yield block


def read_pcm(info: WavInfo) -> bytes:
    """All samples of a file."""
    return b"".join(read_blocks(info))


def silence(samples: int) -> Iterator[bytes]:
    """`samples` of digital silence in blocks of at most a minute."""
    while samples > 0:
        block = min(samples, BLOCK_SAMPLES)
        yield bytes(block * SAMPLE_BYTES)
        samples -= block


def write(path: Path, blocks: Iterable[bytes]) -> None:
    """Write PCM blocks as a WAV file. Raises OSError."""
    with path.open("wb") as file, wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(SAMPLE_BYTES)
        out.setframerate(SAMPLE_RATE)
        for block in blocks:
            out.writeframesraw(block)
