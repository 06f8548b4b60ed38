"""The test speech itself: there, of the right kind, and understood by the recogniser over A-law."""

import json
import wave
from pathlib import Path

import pytest

from tests.speech.cer import character_error_rate, normalise
from tests.speech.convert import BYTES_PER_SECOND, to_alaw
from tests.speech.generate import stale_speeches
from tests.speech.recognise import recognise
from tests.speech.speeches import ROLES, Speech, long_speeches, short_speeches

LONG = long_speeches()
SHORT = short_speeches()
ALL = [*LONG.values(), *(side for call in SHORT for side in call.values())]


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        return float(sound.getnframes() / 8000)


def test_every_sound_was_made_of_its_present_text() -> None:
    assert stale_speeches() == []


def test_three_sides_speak_8_to_11_seconds_each() -> None:
    assert tuple(LONG) == ROLES
    assert all(8 <= seconds(side.path) <= 11 for side in LONG.values())


def test_twenty_calls_of_three_short_sentences_that_all_differ() -> None:
    assert [tuple(call) for call in SHORT] == [ROLES] * 20
    texts = [side.text for call in SHORT for side in call.values()]
    assert len(set(texts)) == 60
    assert all(1.5 <= seconds(side.path) <= 4.5 for call in SHORT for side in call.values())


def test_no_two_sentences_could_be_taken_for_each_other() -> None:
    texts = [side.text for side in ALL]
    nearest = min(character_error_rate(one, other) for one in texts for other in texts if one != other)
    assert nearest > 0.5


def test_each_sides_words_are_said_by_that_side_alone() -> None:
    for role, side in LONG.items():
        others = [other.text for name, other in LONG.items() if name != role]
        for word in side.words:
            assert word in side.text
            assert not any(word in other for other in others)


@pytest.mark.parametrize("side", LONG.values(), ids=lambda side: side.role)
def test_the_recogniser_understands_each_side_over_the_telephone(side: Speech) -> None:
    heard = recognise(side.path, alaw=True)
    assert character_error_rate(side.text, heard) <= 0.05
    assert all(word in heard for word in side.words)


def test_a_law_is_one_byte_a_sample_with_silence_where_wanted(tmp_path: Path) -> None:
    length = to_alaw(LONG["unit"].path, tmp_path / "unit.alaw", lead_s=1.0, tail_s=0.5)
    assert length == pytest.approx(seconds(LONG["unit"].path) + 1.5, abs=0.01)
    raw = (tmp_path / "unit.alaw").read_bytes()
    assert set(raw[: BYTES_PER_SECOND // 2]) <= {0xD5, 0x55}  # silence in G.711 A-law


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("三天，两次！", "3天2次", 0.0),
        ("十五号", "15号", 0.0),
        ("今天很好", "今天好", 0.25),
        ("一二", "", 1.0),
        ("", "", 0.0),
    ],
)
def test_the_error_rate_counts_characters_not_spelling(said: str, heard: str, rate: float) -> None:
    assert character_error_rate(said, heard) == rate
    assert normalise(normalise(said)) == normalise(said)


def test_the_record_names_no_sound_that_is_gone() -> None:
    record = json.loads((Path(__file__).parent / "spoken.json").read_text())
    assert all((Path(__file__).parent / name).is_file() for name in record)
