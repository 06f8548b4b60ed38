"""What a matter is about, from colloquial words, and which units deal with that, before any ticket is closed.

Words are also found by their sound: recognition writes a word as another one that sounds the same. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pypinyin import lazy_pinyin

_FILE = Path(__file__).with_name("topics.yaml")
# What a word found by its sound alone is worth, by its length: two syllables are easily something else.
_BY_SOUND = {2: 0.35, 3: 0.8}
_HAN = re.compile("[一-龥]+")
# Northern and southern speakers, and the recogniser, mix these up.
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@dataclass(frozen=True, slots=True)
class Topic:
    """`says`: colloquial words and what each is worth; `duty`: words in names and remits of the units in charge."""

    name: str
    says: Mapping[str, float]
    duty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """A topic in a text: what its words are worth together, and the words."""

    topic: Topic
    worth: float
    words: tuple[str, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """The topics that ship."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(Topic(entry["topic"], dict(map(_word, entry["says"])), tuple(entry["duty"])) for entry in entries)


def _word(entry: str) -> tuple[str, float]:
    word, _, worth = entry.partition(":")
    return word, float(worth or 1)


def heard(text: str, known: Sequence[Topic]) -> tuple[Heard, ...]:
    """The topics that are spoken of, the likeliest first."""
    sounds = _sounds(text)
    found = []
    for topic in known:
        words = {word: worth * share for word, worth in topic.says.items() if (share := _share(word, text, sounds))}
        said = {word: worth for word, worth in words.items() if not _within(word, words)}
        if said:
            found.append(Heard(topic, sum(said.values()), tuple(said)))
    return tuple(sorted(found, key=lambda one: -one.worth))


def _within(word: str, words: Iterable[str]) -> bool:
    """A word that a longer one holds counts once."""
    return any(word in other and word != other for other in words)


def _share(word: str, text: str, sounds: str) -> float:
    """1 where the word stands in the text, less where only its sound does, 0 where neither."""
    if word in text:
        return 1.0
    share = _BY_SOUND.get(min(len(word), 3), 0.0)
    return share if share and _HAN.fullmatch(word) and _sound_of(word) in sounds else 0.0


@cache
def _sound_of(word: str) -> str:
    return _sounds(word)


def _sounds(text: str) -> str:
    """Syllables without tones, each between spaces; what is no Chinese character breaks the row."""
    return " " + " ".join(map(_plain, lazy_pinyin(text, errors=lambda _: "."))) + " "


def _plain(syllable: str) -> str:
    for one, other in _ALIKE:
        if syllable.startswith(one):
            syllable = other + syllable.removeprefix(one)
    return syllable.removesuffix("g") if syllable.endswith(("ing", "eng")) else syllable
