"""What a transcript suggests for its ticket: a draft, unit, place, likely duplicates. Pure; a person decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.units.model import Unit

MOST = 5
WINDOW = timedelta(days=14)
"""Complaints further apart than this are hardly about the same event."""

_MOST_DRAFT = 4_000
# What a mention is worth; a suggestion's confidence is 1 - 0.5 ** (sum of its mentions).
_NAME, _KEYWORD, _REMIT, _JOINED = 2.0, 1.0, 0.5, 2.0
_LIKELY, _ALIKE = 0.45, 0.25
_WORDS = re.compile(r"[\s、，。；;,./|]+")
_NOT_TEXT = re.compile(r"[\W_]+")
# A place's name is told apart from the words before it by what people say in front of one. 和 joins words, and begins
# or ends many a name: 和平路, 祥和小区; between two streets it stands for their crossing.
_BEFORE = re.compile(
    "反映|投诉|举报|请问|我家|住在|位于|附近|旁边|门口|隔壁|整个|整条|就是|还有|这里|那里|那边|这边|因为|所以|回家|上班|下班|今年|明年"
    "|(?<![路街巷道])和(?![平谐兴睦顺美家畅瑞泰府小园苑路街巷村镇里花公新县])"
    "|[我你他她们咱是的在到从了就这那哪每个条有住离与跟把被给去来]"
)
_NUMBER = "[0-9一二三四五六七八九十百]+"
# 县, 市 and districts in front of a place; not the 区 of 小区 or the 市 of 超市.
_AREA = "[一-龥]{1,6}?(?:自治县|县|(?<![超城])市(?![场民政])|(?<![小社园校])区|旗)"
_PLACE = re.compile(
    f"(?P<area>(?:{_AREA})*)"
    "(?P<name>[一-龥]{2,6}?(?:大道|街道|新村|小区|花园|公寓|社区|广场|大桥|市场|公园|小学|中学|医院|车站|路|街|巷|弄|村|苑|桥|镇|乡))"
    f"(?P<number>(?:{_NUMBER}(?:号楼|号院|号|弄|栋|幢|单元|楼|室|组))*)"
)
# What a unit's name begins with and nobody says: 民和县水务局. Not the 市 of 城市管理局 or 市场监督管理局.
_OF_WHERE = re.compile("^[一-龥]{0,8}?(?:自治[州县区]|省|(?<!城)市(?![场民政容])|县|区)(?=[一-龥]{3})")


@dataclass(frozen=True, slots=True)
class UnitGuess:
    """A unit that may be in charge; `because` holds the words that speak for it. Confidence from 0 to 1."""

    unit: str
    name: str
    confidence: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Other:
    """An open ticket that may be about the same; `place` is empty where nobody knows it."""

    number: str
    content: str
    place: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A ticket that could be merged with this one. Confidence from 0 to 1."""

    number: str
    confidence: float
    same_place: bool


def draft(turns: Iterable[Mapping[str, Any]]) -> str:
    """What the citizen said, one turn a line, cut where nobody would read on."""
    said = [str(turn["text"]).strip() for turn in turns if turn.get("role") == "citizen"]
    return "\n".join(text for text in said if text)[:_MOST_DRAFT]


def units(text: str, directory: Iterable[Unit], joined: Iterable[str] = ()) -> tuple[UnitGuess, ...]:
    """The units whose name, key words or remit occur in what was said, or who joined the call; best first."""
    joined = frozenset(joined)
    found = []
    for unit in directory:
        if not unit.active:
            continue
        mentions = _mentions(text, unit, joined=unit.id in joined)
        if mentions:
            confidence = round(1 - 0.5 ** sum(mentions.values()), 2)
            found.append(UnitGuess(unit.id, unit.name, confidence, tuple(mentions)))
    return tuple(sorted(found, key=lambda guess: (-guess.confidence, guess.unit))[:MOST])


def place(text: str) -> PlaceGuess | None:
    """The place spoken of: the one with a number first, then the one named most often."""
    named = [one for part in _BEFORE.split(text) for one in _places(part)]
    if not named:
        return None
    times = Counter(one.name for one in named)
    best = max(named, key=lambda one: (bool(one.number), times[one.name]))
    confidence = min(0.9, (0.7 if best.number else 0.4) + 0.1 * times[best.name])
    return PlaceGuess(best.area + best.name + best.number, round(confidence, 2))


def duplicates(content: str, where: str, received_at: datetime, others: Iterable[Other]) -> tuple[Duplicate, ...]:
    """Open tickets on the same matter, at the same place, near in time; the likeliest first.

    At the same place it is enough that the shorter text says nothing else: a note of four words against a whole
    conversation. Two places that are known and differ are two matters.
    """
    found = []
    for other in others:
        there = other.place or _place_of(other.content)
        same = _same_place(where, there)
        if where and there and not same:
            continue
        matter, theirs = (text.replace(where, "").replace(there, "") for text in (content, other.content))
        alike = max(similarity(content, other.content), _held(matter, theirs) if same else 0.0)
        apart = abs(received_at - other.received_at) / WINDOW
        confidence = round(0.6 * alike + 0.3 * same + 0.1 * max(0.0, 1 - apart), 2)
        if alike >= _ALIKE and confidence >= _LIKELY and apart <= 1:
            found.append(Duplicate(other.number, confidence, same))
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.number))[:MOST])


def similarity(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1: the share of their character pairs that both have (Dice's coefficient)."""
    first, second = _pairs(one), _pairs(other)
    total = sum(first.values()) + sum(second.values())
    return 2 * sum((first & second).values()) / total if total else 0.0


def answer(joined: Sequence[str], satisfaction: str | None) -> Mapping[str, str] | None:
    """The answer to put down when a unit was on the line and the caller said how satisfied they are."""
    if not joined or not satisfaction:
        return None
    return {"how": "three_way", "satisfaction": satisfaction}


def _mentions(text: str, unit: Unit, *, joined: bool) -> dict[str, float]:
    lowered = text.lower()
    found = {word: _REMIT for word in _WORDS.split(unit.remit) if len(word) >= 2 and word.lower() in lowered}
    found |= {word: _KEYWORD for word in unit.keywords if word and word.lower() in lowered}
    said = next((name for name in (unit.name, _OF_WHERE.sub("", unit.name)) if name in text), None)
    if said is not None:
        found[said] = _NAME
    if joined:
        found["three-way call"] = _JOINED
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A place as it was named: 民和县, 和平街, 36号院."""

    area: str
    name: str
    number: str


def _places(text: str) -> list[_Place]:
    """The places of a text; names that follow each other without a word between are one: 川口镇史纳村."""
    found: list[_Place] = []
    end = -1
    for match in _PLACE.finditer(text):
        one = _Place(match["area"], match["name"], match["number"])
        if match.start() == end and not found[-1].number:
            before = found.pop()
            one = _Place(before.area, before.name + one.area + one.name, one.number)
        found.append(one)
        end = match.end()
    return found


def _place_of(text: str) -> str:
    guess = place(text)
    return guess.text if guess else ""


def _held(one: str, other: str) -> float:
    """How much of the shorter text the longer one holds, 0 to 1, by their character pairs."""
    first, second = _pairs(one), _pairs(other)
    least = min(sum(first.values()), sum(second.values()))
    return sum((first & second).values()) / least if least else 0.0


def _same_place(one: str, other: str) -> bool:
    return bool(one and other) and (one in other or other in one)


def _pairs(text: str) -> Counter[str]:
    plain = _NOT_TEXT.sub("", text)
    return Counter(plain[n : n + 2] for n in range(len(plain) - 1))
