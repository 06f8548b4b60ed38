"""What a telephone hears: received RTP (RFC 3550) with the kernel's own arrival times, and tones found in it."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import wave
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

from app.demo.speech import Line, raw_speech
from tests.system.asterisk_fixture import SAMPLE_RATE, write_tone

# Linux, asm-generic/socket.h: arrival times in nanoseconds; the socket module does not name it.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")
_HEADER_BYTES = 12
_ANCILLARY_BYTES = 64
_LARGEST = 2048
_AUDIBLE = 1000.0
_KEY_ROWS = {697.0: "123", 770.0: "456", 852.0: "789", 941.0: "*0#"}
_KEY_COLUMNS = (1209.0, 1336.0, 1477.0)
# 20 ms of A-law silence.
_SAMPLES = SAMPLE_RATE // 50
_SILENCE = b"\xd5" * _SAMPLES


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet's audio. `at` is when it arrived, in seconds since the epoch; `samples` are linear, 8 kHz."""

    at: float
    samples: tuple[int, ...]

    def has_tone(self, hertz: float) -> bool:
        """Whether a tone of this frequency is clearly heard in the frame."""
        return _amplitude(self.samples, hertz) > _AUDIBLE


class Ear:
    """A UDP port that receives a phone's audio instead of the phone."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.frames: list[Frame] = []
        self.source: tuple[str, int] | None = None

    def heard(self, hertz: float) -> Iterator[float]:
        """When each frame with this tone arrived."""
        return (frame.at for frame in self.frames if frame.has_tone(hertz))

    def finds(self, sounds: Sequence[Path]) -> list[Path]:
        """The first of these sounds that were heard, in this order, each after the one before."""
        heard = [sample for frame in self.frames for sample in frame.samples]
        found: list[Path] = []
        position = 0
        for sound in sounds:
            position = _find(_excerpt(sound), heard, position) + 1
            if not position:
                break
            found.append(sound)
        return found


@asynccontextmanager
async def ear(port: int, *, breathes: bool = False) -> AsyncIterator[Ear]:
    """Listen on this port; one that `breathes` sends silence back, as telephones do that have nothing to say."""
    listener = Ear(port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        receiver.bind(("127.0.0.1", port))
        receiver.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.add_reader(receiver, _receive, receiver, listener)
        breath = loop.create_task(_breathe(receiver, listener)) if breathes else None
        try:
            yield listener
        finally:
            loop.remove_reader(receiver)
            if breath:
                breath.cancel()


def longest_gap(times: Sequence[float], start: float, end: float) -> float:
    """The longest time without an arrival within `start` to `end`; the whole of it when nothing arrived."""
    inside = [start, *(at for at in times if start <= at <= end), end]
    return max(later - earlier for earlier, later in pairwise(inside))


def tone(directory: Path, hertz: float, seconds: float) -> Path:
    """A tone as SIPp plays it."""
    return raw_speech(Line(write_tone(directory / f"tone{hertz:g}.wav", seconds, hertz), 0.0), directory)


def key_tones(directory: Path, key: str) -> Path:
    """A key as the tones that it makes in the line (ITU-T Q.23), a fifth of a second, then silence; for SIPp."""
    low = next(hertz for hertz, keys in _KEY_ROWS.items() if key in keys)
    high = _KEY_COLUMNS[_KEY_ROWS[low].index(key)]
    times = [n / SAMPLE_RATE for n in range(SAMPLE_RATE // 5)]
    samples = [int(8000 * (math.sin(math.tau * low * t) + math.sin(math.tau * high * t))) for t in times]
    samples += [0] * SAMPLE_RATE
    path = directory / f"key{'star' if key == '*' else key}.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(array("h", samples).tobytes())
    return raw_speech(Line(path, 0.0), directory)


def file_has_tone(sound: Path, hertz: float) -> bool:
    """Whether a WAV file (16 bit, mono) has a clearly heard tone of this frequency anywhere."""
    with wave.open(str(sound)) as opened:
        samples = memoryview(opened.readframes(opened.getnframes())).cast("h")
    frames = (samples[at : at + SAMPLE_RATE // 50].tolist() for at in range(0, len(samples), SAMPLE_RATE // 50))
    return any(_amplitude(frame, hertz) > _AUDIBLE for frame in frames)


def _excerpt(sound: Path) -> Sequence[int]:
    """A tenth of a second of a sound (16 bit, 8 kHz), where it is loudest: enough to know it by."""
    with wave.open(str(sound)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    size = SAMPLE_RATE // 10
    starts = range(0, max(1, len(samples) - size), size)
    loudest = max(starts, key=lambda start: sum(map(abs, samples[start : start + size])))
    return samples[loudest : loudest + size]


def _find(wanted: Sequence[int], heard: Sequence[int], start: int) -> int:
    """Where the samples are heard, as near as A-law keeps them; -1 when they are not."""
    limits = [(sample - 40 - abs(sample) // 8, sample + 40 + abs(sample) // 8) for sample in wanted]
    for offset in range(start, len(heard) - len(wanted)):
        if all(low <= heard[offset + n] <= high for n, (low, high) in enumerate(limits)):
            return offset
    return -1


def _receive(receiver: socket.socket, listener: Ear) -> None:
    data, ancillary, _, listener.source = receiver.recvmsg(_LARGEST, _ANCILLARY_BYTES)
    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2][: _TIMESPEC.size])
    payload = data[_HEADER_BYTES:]
    listener.frames.append(Frame(seconds + nanoseconds / 1e9, tuple(_LINEAR[byte] for byte in payload)))


async def _breathe(sender: socket.socket, listener: Ear) -> None:
    """Packets of silence every 20 ms (RFC 3550, section 5.1; payload type 8), to where the last sound came from."""
    for number in count():
        if listener.source:
            header = struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, number * _SAMPLES & 0xFFFFFFFF, listener.port)
            with suppress(OSError):
                sender.sendto(header + _SILENCE, listener.source)
        await asyncio.sleep(_SAMPLES / SAMPLE_RATE)


def _amplitude(samples: Sequence[int], hertz: float) -> float:
    """How strong one frequency is (a discrete Fourier transform at one point)."""
    if not samples:
        return 0.0
    turn = 2 * math.pi * hertz / SAMPLE_RATE
    real = sum(sample * math.cos(turn * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def _from_a_law(byte: int) -> int:
    """One A-law sample as linear (ITU-T G.711)."""
    byte ^= 0x55
    exponent, mantissa = (byte >> 4) & 7, (byte & 15) << 4
    magnitude = mantissa + 8 if exponent == 0 else (mantissa + 0x108) << (exponent - 1)
    return magnitude if byte & 0x80 else -magnitude


_LINEAR = tuple(_from_a_law(byte) for byte in range(256))
