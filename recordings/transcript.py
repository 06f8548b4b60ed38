"""Words by speaker become speaker turns that can be read: order, punctuation from pauses, numbers as digits. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from recordings.numerals import digits_only, readable

# Pauses in seconds. Four of Kaldi's 30 ms frames between two words are a breath: it counts the rest of a pause to the
# words around it. After a second somebody else might have spoken.
COMMA_S = 0.12
STOP_S = 0.7
UTTERANCE_S = 1.0
SAME_TURN_S = 4.0

_QUESTION = re.compile(
    "(?:吗|呢|没有|了没|对不对|好不好|行不行)$"
    "|请问|是不是|有没有|能不能|可不可以|要不要|会不会"
    "|(?:什么|怎么|怎样|为啥|哪里|哪儿|哪个|哪位|哪家|多少|多久|几点|几号|几楼|谁).{0,6}$"
)
_STATEMENT = re.compile("不知道|不清楚|不晓得|不管|没什么|告诉|无论|(?:还|都|也|就)没有$")


@dataclass(frozen=True)
class Word:
    """One recognised word; times in seconds from the start of the track, confidence 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class Speech:
    """What one party said, in time order. `name` tells parties of one role apart: the track's (``unit-1``)."""

    role: str
    name: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Turn:
    """One party speaking without another beginning in a pause; times in seconds, rounded to 0.01."""

    role: str
    name: str
    start: float
    end: float
    text: str

    def as_json(self) -> dict[str, Any]:
        """The turn as a JSON object."""
        return asdict(self)


def transcript(speeches: Iterable[Speech]) -> tuple[Turn, ...]:
    """The conversation in the order in which the parties began to speak.

    Who speaks while another does gets a turn of their own; the other's turn is not cut by it unless there is a pause.
    """
    utterances = [utterance for speech in speeches for utterance in _utterances(speech)]
    merged: list[Speech] = []
    for utterance in sorted(utterances, key=_start):
        if merged and merged[-1].name == utterance.name and _pause(merged[-1], utterance) < SAME_TURN_S:
            merged[-1] = Speech(utterance.role, utterance.name, (*merged[-1].words, *utterance.words))
        else:
            merged.append(utterance)
    return tuple(_turn(utterance) for utterance in merged)


def text_of(words: Sequence[Word]) -> str:
    """One party's words as text: no spaces, pauses as punctuation, numbers as digits."""
    return readable("".join(_punctuated(words)))


def _utterances(speech: Speech) -> Iterator[Speech]:
    words = [word for word in speech.words if _is_speech(word)]
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(words), 1) if b.start_s - a.end_s >= UTTERANCE_S)]
    for start, end in pairwise([*starts, len(words)]):
        if words[start:end]:
            yield Speech(speech.role, speech.name, tuple(words[start:end]))


def _is_speech(word: Word) -> bool:
    """Not one of the recogniser's marks for noise and unknown words, such as [SPK] and <UNK>."""
    return not word.text.startswith(("[", "<"))


def _start(speech: Speech) -> float:
    return speech.words[0].start_s


def _pause(before: Speech, after: Speech) -> float:
    return _start(after) - before.words[-1].end_s


def _turn(speech: Speech) -> Turn:
    start, end = _start(speech), speech.words[-1].end_s
    return Turn(speech.role, speech.name, round(start, 2), round(end, 2), text_of(speech.words))


def _punctuated(words: Sequence[Word]) -> Iterator[str]:
    sentence = ""
    for word, following in zip(words, [*words[1:], None], strict=True):
        sentence += word.text
        mark = _mark(word, following)
        if mark == "。":
            yield sentence + ("？" if _asks(sentence) else "。")
            sentence = ""
        else:
            sentence += mark


def _mark(word: Word, following: Word | None) -> str:
    if following is None:
        return "。"
    pause = round(following.start_s - word.end_s, 3)
    if pause < UTTERANCE_S and digits_only(word.text) and digits_only(following.text):
        return ""  # a telephone number is dictated in groups
    return "。" if pause >= STOP_S else "，" if pause >= COMMA_S else ""


def _asks(sentence: str) -> bool:
    clause = sentence.rpartition("，")[2]
    return bool(_QUESTION.search(clause)) and not _STATEMENT.search(clause)
