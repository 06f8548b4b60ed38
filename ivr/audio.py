"""Brings any recording to what the telephone plays: 8 kHz, 16-bit, mono, trimmed and level."""

from __future__ import annotations

from pathlib import Path

from pydub import AudioSegment
from pydub.exceptions import CouldntDecodeError
from pydub.silence import detect_leading_silence

SAMPLE_RATE = 8000
LEVEL_DBFS = -20.0
"""Average level of speech; leaves headroom for G.711, which clips at 3.17 dBm0 (ITU-T G.711)."""
PEAK_DBFS = -3.0
SILENCE_DBFS = -50.0
MARGIN_MS = 60


class AudioError(ValueError):
    """A sound file that cannot be used; the text names it."""


def read_audio(path: Path) -> AudioSegment:
    """Any file that ffmpeg understands. Raises AudioError."""
    try:
        return AudioSegment.from_file(path)
    except (CouldntDecodeError, OSError, IndexError) as error:
        raise AudioError(f"{path}: not a sound file that ffmpeg understands") from error


def level(sound: AudioSegment) -> AudioSegment:
    """The sound at the average level of all prompts, unless its peaks would then clip. Silence stays as it is."""
    if sound.max == 0:
        return sound
    return sound.apply_gain(min(LEVEL_DBFS - sound.dBFS, PEAK_DBFS - sound.max_dBFS))


def trim(sound: AudioSegment) -> AudioSegment:
    """The sound without the silence at both ends, but for a short margin."""
    start = max(0, detect_leading_silence(sound, SILENCE_DBFS, 5) - MARGIN_MS)
    end = max(0, detect_leading_silence(sound.reverse(), SILENCE_DBFS, 5) - MARGIN_MS)
    return sound[start : len(sound) - end] if start + end < len(sound) else sound


def write_telephone(sound: AudioSegment, path: Path) -> None:
    """Write it as 8 kHz 16-bit mono WAV, resampled by ffmpeg (pydub's own resampler lets aliases through)."""
    draft = path.with_suffix(".part")
    options = ["-ar", str(SAMPLE_RATE), "-ac", "1", "-sample_fmt", "s16", "-bitexact"]
    sound.export(str(draft), format="wav", parameters=options).close()
    draft.replace(path)
