"""ffmpeg: any audio to 8 kHz PCM, PCM to the copy for listening. Every run has a deadline."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

from recordings.naming import MixedFormat
from recordings.wav import SAMPLE_BYTES, SAMPLE_RATE

_PCM = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1")
_ENCODERS: dict[MixedFormat, tuple[str, ...]] = {
    "opus": ("libopus", "-b:a", "24k", "-application", "voip", "-f", "ogg"),
    "mp3": ("libmp3lame", "-b:a", "32k", "-write_xing", "0", "-f", "mp3"),
}
_PROBE_DEADLINE_S = 20.0


class MediaError(Exception):
    """ffmpeg is missing or refused the audio; the text says which file and what ffmpeg said."""


def decode(path: Path, *, deadline_s: float = 600.0) -> bytes:
    """Any audio that ffmpeg reads as 8 kHz 16-bit mono PCM. Raises MediaError."""
    if not path.is_file():
        raise MediaError(f"{path}: no such file")
    command = ["-i", f"file:{path}", "-vn", *_PCM, "-"]
    pcm = _ffmpeg(command, b"", deadline_s, str(path))
    if not pcm:
        raise MediaError(f"{path}: there is no audio in it")
    return pcm


def decode_as_telephone(path: Path, *, deadline_s: float = 600.0) -> bytes:
    """As `decode`, but as the telephone carries it: 300 to 3400 Hz, through A-law (ITU-T G.711). Raises MediaError."""
    if not path.is_file():
        raise MediaError(f"{path}: no such file")
    band = ("-af", f"aresample={SAMPLE_RATE},highpass=f=300,lowpass=f=3400")
    a_law = ("-f", "alaw", "-ar", str(SAMPLE_RATE), "-ac", "1")
    coded = _ffmpeg(["-i", f"file:{path}", "-vn", *band, *a_law, "-"], b"", deadline_s, str(path))
    return _ffmpeg([*a_law, "-i", "pipe:0", *_PCM, "-"], coded, deadline_s, str(path))


def encode(pcm: bytes, audio_format: MixedFormat) -> bytes:
    """8 kHz 16-bit mono PCM compressed; the same samples give the same bytes. Raises MediaError.

    ffmpeg writes to a pipe, because ffmpeg 5 ends with status 0 when the disk is full at the end of a file.
    """
    encoder, *options = _ENCODERS[audio_format]
    bitexact = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
    command = [*_PCM, "-i", "pipe:0", "-c:a", encoder, *bitexact, *options, "-"]
    seconds = len(pcm) / SAMPLE_BYTES / SAMPLE_RATE
    return _ffmpeg(command, pcm, 60.0 + seconds, f"{audio_format} encoder")


def usable_format(wanted: MixedFormat) -> MixedFormat:
    """`wanted`, or the other one when this ffmpeg cannot write it. Raises MediaError when it can write neither."""
    encoders = _encoders()
    for audio_format in (wanted, *_ENCODERS):
        if _ENCODERS[audio_format][0] in encoders:
            return audio_format
    names = ", ".join(encoder for encoder, *_ in _ENCODERS.values())
    raise MediaError(f"this ffmpeg has none of the encoders {names}: install Debian's ffmpeg")


@functools.cache
def _encoders() -> frozenset[str]:
    listing = _ffmpeg(["-encoders"], b"", _PROBE_DEADLINE_S, "list of encoders").decode()
    return frozenset(fields[1] for line in listing.splitlines() if len(fields := line.split()) > 1)


def _ffmpeg(arguments: list[str], given: bytes, deadline_s: float, what: str) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise MediaError("ffmpeg is not installed: apt-get install ffmpeg")
    command = [program, "-nostdin", "-hide_banner", "-loglevel", "error", *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=deadline_s, check=True)
    except subprocess.TimeoutExpired as error:
        raise MediaError(f"{what}: ffmpeg was not done after {deadline_s:.0f} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise MediaError(f"{what}: ffmpeg: {said[-1] if said else f'exit status {error.returncode}'}") from error
    return done.stdout
