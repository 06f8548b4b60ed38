"""What a caller presses is told from what a caller says."""

from __future__ import annotations

import pytest

from recordings import wav
from recordings.tones import is_key_tone
from tests.speech.speeches import long_speeches
from tests.support.sounds import KEYS, mixed, noise, tone

FRAME_S = 0.03
FRAME_BYTES = 480


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("strength", [300, 2000, 15000])
def test_every_key_is_heard_loud_and_soft(key: str, strength: int) -> None:
    assert is_key_tone(tone(KEYS[key], FRAME_S, strength))


def test_a_key_is_heard_on_a_noisy_line() -> None:
    assert is_key_tone(mixed(tone(KEYS["5"], FRAME_S, 4000), noise(FRAME_S, 400, seed=1)))


@pytest.mark.parametrize("hertz", [(450,), (697,), (1209,), (1100,), (2100,), (440, 480), (300, 600, 900)])
def test_other_tones_are_no_keys(hertz: tuple[int, ...]) -> None:
    assert not is_key_tone(tone(hertz, FRAME_S))


def test_silence_and_noise_are_no_keys() -> None:
    assert not is_key_tone(bytes(FRAME_BYTES))
    assert not any(is_key_tone(noise(FRAME_S, 3000, seed)) for seed in range(50))


@pytest.mark.parametrize("role", long_speeches())
def test_no_moment_of_speech_is_taken_for_a_key(role: str) -> None:
    pcm = wav.read_pcm(wav.inspect(long_speeches()[role].path))
    frames = [pcm[start : start + FRAME_BYTES] for start in range(0, len(pcm), FRAME_BYTES)]
    assert sum(map(is_key_tone, frames)) == 0
