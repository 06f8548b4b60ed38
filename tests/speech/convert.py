"""Turns the test speech into what SIPp's `rtp_stream` plays: raw G.711 A-law at 8 kHz, no header."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pydub import AudioSegment

BYTES_PER_SECOND = 8000


def to_alaw(wav: Path, target: Path, *, lead_s: float = 0.0, tail_s: float = 0.0) -> float:
    """Write `wav` as raw A-law with silence around it; returns its length in seconds."""
    speech = AudioSegment.from_wav(wav).set_channels(1)
    silence = AudioSegment.silent(round(lead_s * 1000), speech.frame_rate)
    sound = silence + speech + AudioSegment.silent(round(tail_s * 1000), speech.frame_rate)
    sound.export(target, format="alaw", parameters=["-ar", str(BYTES_PER_SECOND), "-ac", "1"]).close()
    return target.stat().st_size / BYTES_PER_SECOND


def from_alaw(raw: Path, target: Path) -> None:
    """Write raw A-law as 8 kHz 16-bit mono WAV. ffmpeg must be told the rate before the file, which pydub cannot."""
    source = ("-f", "alaw", "-ar", str(BYTES_PER_SECOND), "-ac", "1", "-i", str(raw))
    subprocess.run(("ffmpeg", "-v", "error", "-y", *source, str(target)), check=True, timeout=60)
