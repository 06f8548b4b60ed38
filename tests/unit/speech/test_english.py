"""English prompts: every word has its sounds, or the build says which has none."""

import pytest

from app.speech.english import phonemes

WORDS = {
    "press": "pɹˈɛs",
    "the": "ði",
    "a": "A",
    "to": "tu",
    "operator": "ˈɑpəɹˌAɾəɹ",
    "key": "kˈi",
    "one": "wˈʌn",
    "zero": "zˈɪɹO",
    "request": "ɹəkwˈɛst",
    "message": "mˈɛsɪʤ",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Press 1.", "pɹˈɛs wˈʌn."),
        ("Press 10.", "pɹˈɛs wˈʌn zˈɪɹO."),
        ("the key", "ðə kˈi"),
        ("the operator, to press", "ði ˈɑpəɹˌAɾəɹ, tə pɹˈɛs"),
        ("a key", "ɐ kˈi"),
        ("keys, requests, messages", "kˈiz, ɹəkwˈɛsts, mˈɛsɪʤᵻz"),
    ],
)
def test_words_figures_and_plurals_are_said_as_english_says_them(text: str, said: str) -> None:
    assert phonemes(text, WORDS) == said


def test_a_word_that_is_not_in_the_dictionary_is_named() -> None:
    with pytest.raises(ValueError, match="no word 'hotline'"):
        phonemes("press the hotline", WORDS)
