"""English text to the phonemes Kokoro was trained on, word by word from misaki's dictionary of American English.

No tagger and no guessing: prompts are few and fixed, and a word that the dictionary lacks is an error that names it.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TOKEN = re.compile(r"[a-z']+|[.,?!;:]")
_VOWELS = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻɐ"
_STRESS = "ˈˌ"
_SIBILANT, _VOICELESS = "szʃʒʧʤ", "ptkfθ"
_DICTIONARY = "misaki/data/us_gold.json"


def load_dictionary(wheel: Path) -> Mapping[str, str]:
    """Phonemes by word, of words with several readings the usual one; read straight out of misaki's wheel."""
    with zipfile.ZipFile(wheel) as archive:
        entries = json.loads(archive.read(_DICTIONARY))
    usual = {word: said if isinstance(said, str) else said["DEFAULT"] for word, said in entries.items()}
    return {word.lower(): said for word, said in usual.items()} | usual


def phonemes(text: str, dictionary: Mapping[str, str]) -> str:
    """What Kokoro says for an English text; figures are read digit by digit.

    Raises ValueError naming a word that is not in the dictionary.
    """
    tokens = _TOKEN.findall(_spelled(text).lower())
    sounds = [token if not token[0].isalpha() else _word(token, dictionary) for token in tokens]
    return "".join(_joined(tokens, sounds)).strip()


def _spelled(text: str) -> str:
    return re.sub(r"[0-9]", lambda digit: f" {_DIGITS[int(digit[0])]} ", text)


def _joined(tokens: list[str], sounds: list[str]) -> Iterator[str]:
    for token, sound, following in zip(tokens, sounds, [*sounds[1:], ""], strict=True):
        before_vowel = following.lstrip(_STRESS)[:1] in _VOWELS if following.lstrip(_STRESS) else False
        weak = {"the": "ði" if before_vowel else "ðə", "to": "tʊ" if before_vowel else "tə", "a": "ɐ"}.get(token)
        yield f" {weak or sound}" if token[0].isalpha() else sound


def _word(word: str, dictionary: Mapping[str, str]) -> str:
    if word in dictionary:
        return dictionary[word]
    stem = dictionary.get(word.removesuffix("s"))
    if stem is None or not word.endswith("s"):
        raise ValueError(f"the English dictionary has no word {word!r}: write it another way")
    if stem[-1] in _SIBILANT:
        return f"{stem}ᵻz"
    return f"{stem}s" if stem[-1] in _VOICELESS else f"{stem}z"
