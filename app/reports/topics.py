"""Terms of Chinese texts without a dictionary: character runs that belong together. Pure.

A run of two to six characters is a term when, however it is cut in two, at least the share `COHESION` of the texts
that hold the rarer piece hold the whole run, and when no longer term says the same. Names of people could pass as
terms: what fewer than `LEAST` texts hold is not told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LEAST = 5
COHESION = 0.3
_LONGEST = 6
_LETTERS = 300
_SAME = 0.8
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
# Characters that no term begins or ends with: particles, pronouns, measure words.
_EDGES = frozenset(
    "的了是在我你他她它们有和就都也很不没被把给让到从向对为与及或但而且因所以这那哪个些啊吗呢吧之于一二三四五六七八九十"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How many of `read` texts hold each run of characters."""

    counts: Mapping[str, int]
    read: int


@dataclass(frozen=True, slots=True)
class Topic:
    term: str
    tickets: int
    before: int


def count_runs(texts: Iterable[str]) -> Terms:
    """Count, over texts, the runs of one to six Chinese characters; of a text the first 300 characters are read."""
    counts: Counter[str] = Counter()
    read = 0
    for text in texts:
        read += 1
        counts.update({run for piece in _HAN.findall(text[:_LETTERS]) for run in _runs(piece)})
    return Terms(counts, read)


def topics(now: Terms, before: Terms, most: int = 50) -> list[Topic]:
    """The terms that most texts hold, with how many held them before."""
    found = [run for run, count in now.counts.items() if count >= LEAST and _is_term(run, now)]
    told = _without_pieces(found, now.counts)
    ranked = sorted(told, key=lambda run: (-now.counts[run], run))[:most]
    return [Topic(run, now.counts[run], before.counts.get(run, 0)) for run in ranked]


def _runs(piece: str) -> Iterable[str]:
    for length in range(1, min(_LONGEST, len(piece)) + 1):
        for start in range(len(piece) - length + 1):
            yield piece[start : start + length]


def _is_term(run: str, terms: Terms) -> bool:
    if len(run) < 2 or run[0] in _EDGES or run[-1] in _EDGES:
        return False
    counts = terms.counts
    rarer = [min(counts[run[:cut]], counts[run[cut:]]) for cut in range(1, len(run))]
    return all(counts[run] >= COHESION * count for count in rarer)


def _without_pieces(runs: Iterable[str], counts: Mapping[str, int]) -> list[str]:
    """Leave out a run where one longer run accounts for most of its texts."""
    covered: dict[str, int] = {}
    kept = list(runs)
    for run in kept:
        for piece in _runs(run):
            if piece != run:
                covered[piece] = max(covered.get(piece, 0), counts[run])
    return [run for run in kept if covered.get(run, 0) < _SAME * counts[run]]
