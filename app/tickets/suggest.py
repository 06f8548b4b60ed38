"""What a transcript suggests for its ticket: a draft, unit, place, likely duplicates. Pure; a person decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.tickets import topics
from app.tickets.learnt import Classifier, likelihoods
from app.units.model import Unit

MOST = 5
WINDOW = timedelta(days=14)
"""Complaints further apart than this are hardly about the same event."""

_MOST_DRAFT = 4_000
_MOST_TITLE = 40
_CLAUSE_ENDS = re.compile(r"[。！？；，,!?;\n]+")
# What a mention is worth; a suggestion's confidence is 1 - 0.5 ** (sum of its mentions).
_NAME, _KEYWORD, _REMIT, _JOINED = 2.0, 1.0, 0.5, 2.0
_LIKELY, _ALIKE, _SAME_TOPIC = 0.45, 0.25, 0.4
# What a topic's words are worth for a unit that is named after it, or has it among its duties.
_IN_NAME, _IN_REMIT = 0.7, 0.6
_LEARNT, _LEAST_LEARNT, _AS_BEFORE = 2.5, 0.05, "closed tickets"
_URGENT = re.compile(
    "自杀|轻生|跳楼|跳河|不想活|活不下去|割腕|喝农药|着火|起火|失火|火灾|爆炸|(?:煤气|燃气|天然气)(?:泄漏|味)|漏气|中毒"
    "|砍人|持刀|拿刀|杀人|打死|绑架|劫持|昏迷|晕倒|快不行了|大出血|被困|困在|塌了|垮塌|决口|溺水|落水"
    "|集体上访|去市政府(?:闹|讨)|拉横幅|堵(?:路|门)讨|聚集"
)
_WORDS = re.compile(r"[\s、，。；;,./|]+")
_NOT_TEXT = re.compile(r"[\W_]+")
# A place's name is told apart from the words before it by what people say in front of one. 和 joins words, and begins
# or ends many a name: 和平路, 祥和小区; between two streets it stands for their crossing.
_BEFORE = re.compile(
    "反映|投诉|举报|建议|申请|请问|过马路|马路|走路|绕路|让路|炸街|逛街|街上|村里|回村|我家|我们|住在|位于|附近|旁边|门口|隔壁|整个|整条|就是|还有|这里|那里|那边|这边|因为|所以|回家|上班|下班|今年|明年"
    "|(?<![路街巷道])和(?![平谐兴睦顺美家畅瑞泰府小园苑路街巷村镇里花公新县])"
    "|[我你他她们咱是的在到从了就这那哪每个条有住离与跟把被给去来]"
)
_NUMBER = "[0-9一二三四五六七八九十百]+"
# 县, 市 and districts in front of a place; not the 区 of 小区 or the 市 of 超市.
_AREA = "[一-龥]{1,6}?(?:自治县|县|(?<![超城])市(?![场民政])|(?<![小社园校])区|旗)"
_PLACE = re.compile(
    f"(?P<area>(?:{_AREA})*)"
    "(?P<name>[一-龥]{2,6}?(?:大道|街道|新村|小区|花园|公寓|社区|广场|大桥|市场|公园|小学|中学|医院|车站|景区|养老院|工业园|开发区"
    "|(?:家园|新城|名城|世纪城|华庭|豪庭|公馆|雅居)(?:小区)?|路|街|巷|弄|村|苑|桥|镇|乡"
    "|(?<!幼儿)(?<![校乐果菜业])园(?![区林])(?=$|小区|物业|[里外那附0-9])|(?<![县全商长])(?:湾|城)(?=$|小区|物业|[里外那附0-9])"
    "|(?<=[一-龥]{2})(?<![过运])河(?=$|里|边|上|现在|水))"
    "|[东南西北清白黑大小][一-龥]?河(?=$|里|边|上|现在|水)|火车站|高铁站|汽车站|菜市场|开发区|世纪城)"
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


def units(
    text: str, directory: Iterable[Unit], joined: Iterable[str] = (), learnt: Classifier | None = None
) -> tuple[UnitGuess, ...]:
    """The units in charge of what was said, or who joined the call; best first.

    A unit is named by its own name, key words and remit, by the topics that its duties cover, and by what is `learnt`
    from closed tickets.
    """
    joined, spoken_of = frozenset(joined), topics.heard(text, topics.topics())
    likely = likelihoods(learnt, text) if learnt else {}
    found: list[tuple[float, UnitGuess]] = []
    for unit in directory:
        if not unit.active:
            continue
        own = _mentions(text, unit, joined=unit.id in joined)
        mentions = own | {word: worth for word, worth in _duties(unit, spoken_of).items() if word not in "|".join(own)}
        if likely.get(unit.id, 0.0) >= _LEAST_LEARNT:
            mentions[_AS_BEFORE] = _LEARNT * likely[unit.id] * (learnt.trust if learnt else 0.0)
        if mentions:
            sum_ = sum(mentions.values())
            found.append((sum_, UnitGuess(unit.id, unit.name, _confidence(sum_), tuple(mentions))))
    return tuple(guess for _, guess in sorted(found, key=lambda one: (-one[0], one[1].unit))[:MOST])


def _confidence(worth: float) -> float:
    share: float = 1 - 0.5**worth
    return min(0.99, round(share, 2))


def _duties(unit: Unit, spoken_of: Iterable[topics.Heard]) -> dict[str, float]:
    """What speaks for a unit because it deals with such topics: each word once, at what it is worth for the unit."""
    words: dict[str, float] = {}
    for one in spoken_of:
        share = _duty(unit, one.topic)
        for word in one.words if share else ():
            words[word] = max(words.get(word, 0.0), share * one.worth / len(one.words))
    return words


def _duty(unit: Unit, topic: topics.Topic) -> float:
    """How much a topic is a unit's own: what it is called after more than what it does beside."""
    remit = f"{unit.remit} {' '.join(unit.keywords)}"
    if any(word in unit.name for word in topic.duty):
        return _IN_NAME
    return _IN_REMIT if any(word in remit for word in topic.duty) else 0.0


def title(text: str, because: Iterable[str]) -> str:
    """The matter in one line: the first clause with a word that it was known by; empty without any."""
    words = [word for word in because if word in text]
    clauses = (clause.strip() for clause in _CLAUSE_ENDS.split(text))
    return next((clause[:_MOST_TITLE] for clause in clauses if any(word in clause for word in words)), "")


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
        alike = max(
            similarity(content, other.content), max(_held(matter, theirs), _meant(matter, theirs)) if same else 0
        )
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


def urgent(text: str) -> tuple[str, ...]:
    """The words of a text that want a person's eyes now: life in danger, fire, gas, violence, a crowd on its way."""
    return tuple(dict.fromkeys(found.group() for found in _URGENT.finditer(text)))


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


def _meant(one: str, other: str) -> float:
    """Two callers tell of one thing in words of their own: they are alike where most of it is about the same topic."""
    first, second = (topics.heard(text, topics.topics())[:1] for text in (one, other))
    return _SAME_TOPIC if first and second and first[0].topic == second[0].topic else 0.0


def _same_place(one: str, other: str) -> bool:
    return bool(one and other) and (one in other or other in one)


def _pairs(text: str) -> Counter[str]:
    plain = _NOT_TEXT.sub("", text)
    return Counter(plain[n : n + 2] for n in range(len(plain) - 1))
