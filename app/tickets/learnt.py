"""A plain classifier of short texts: naive Bayes over the pieces of one to three characters that a text holds. Pure.

It learns in seconds from any number of closed tickets, is a table that can be read, and needs no library.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 3
_NOT_TEXT = re.compile(r"[\W_0-9]+")
# Pieces overlap: each adds less than a word of its own would, and what is left is a sober confidence.
_OVERLAP = 0.35
_UNSEEN = 0.1
_HALF_TRUST = 500


@dataclass(frozen=True, slots=True)
class Classifier:
    """How often each piece was seen in texts of each label. `texts`: how many texts of each label."""

    texts: Mapping[str, int]
    pieces: Mapping[str, Mapping[str, int]]

    @property
    def trust(self) -> float:
        """How much weight it deserves beside what is known without it, 0 to 1: little until it has seen hundreds."""
        texts = sum(self.texts.values())
        return texts / (texts + _HALF_TRUST)

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept."""
        return {"texts": dict(self.texts), "pieces": {label: dict(seen) for label, seen in self.pieces.items()}}


def from_json(value: Mapping[str, Any]) -> Classifier:
    """Read what `as_json` gave. Raises KeyError on anything else."""
    return Classifier(value["texts"], value["pieces"])


def learn(examples: Iterable[tuple[str, str]], *, seen: int = 1) -> Classifier:
    """Learn from (text, label) pairs; without any, nothing is known of any label.

    Pieces that fewer than `seen` texts hold are forgotten: they are names and numbers, not words.
    """
    texts: Counter[str] = Counter()
    pieces: dict[str, Counter[str]] = {}
    for text, label in examples:
        texts[label] += 1
        pieces.setdefault(label, Counter()).update(pieces_of(text))
    everywhere = sum(pieces.values(), Counter())
    kept = {label: {piece: n for piece, n in of.items() if everywhere[piece] >= seen} for label, of in pieces.items()}
    return Classifier(texts, kept)


def likelihoods(classifier: Classifier, text: str) -> dict[str, float]:
    """How likely each label is, together 1; empty where nothing was learnt. Rare labels are not at a disadvantage."""
    known = pieces_of(text) & {piece for seen in classifier.pieces.values() for piece in seen}
    scores = {label: sum(_weight(classifier, label, piece) for piece in known) * _OVERLAP for label in classifier.texts}
    most = max(scores.values(), default=0.0)
    shares = {label: math.exp(score - most) for label, score in scores.items()}
    total = sum(shares.values())
    return {label: share / total for label, share in shares.items()}


def _weight(classifier: Classifier, label: str, piece: str) -> float:
    """Log odds of a piece in texts of this label, smoothed (Lidstone)."""
    return math.log((classifier.pieces[label].get(piece, 0) + _UNSEEN) / (classifier.texts[label] + 2 * _UNSEEN))


def pieces_of(text: str) -> set[str]:
    """The pieces of one to three characters of a text, punctuation and figures aside."""
    plain = _NOT_TEXT.sub(" ", text).split()
    return {run[n : n + size] for run in plain for size in range(1, _LONGEST + 1) for n in range(len(run) - size + 1)}
