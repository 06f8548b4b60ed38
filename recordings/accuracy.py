"""How well speech was recognised: character error rate, and words of others that do not belong. Pure."""

from __future__ import annotations

import unicodedata

from recordings.numerals import readable

_DIGITS = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")


def normalised(text: str) -> str:
    """Only what was said: no punctuation, no spaces, one way of writing numbers, full width and case folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    spoken = "".join(character for character in folded if character.isalnum() or character == "%")
    return readable(spoken).translate(_DIGITS)


def character_error_rate(reference: str, hypothesis: str) -> float:
    """Edits (insertions, deletions, substitutions) per character of the reference, after normalising both.

    Can exceed 1. With an empty reference: 0.0 when nothing was recognised either, else 1.0.
    """
    wanted, found = normalised(reference), normalised(hypothesis)
    if not wanted:
        return float(bool(found))
    return edit_distance(wanted, found) / len(wanted)


def edit_distance(wanted: str, found: str) -> int:
    """The Levenshtein distance of two strings."""
    row = list(range(len(found) + 1))
    for line, character in enumerate(wanted, 1):
        diagonal, row[0] = row[0], line
        for column, other in enumerate(found, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (character != other)),
            )
    return row[-1]


def foreign_phrases(hypothesis: str, own: str, others: str, length: int = 3) -> tuple[str, ...]:
    """Phrases of `length` characters in `hypothesis` that `others` said and `own` did not; empty is as it should be."""
    said, mine, theirs = (_phrases(normalised(text), length) for text in (hypothesis, own, others))
    return tuple(sorted((said & theirs) - mine))


def _phrases(text: str, length: int) -> set[str]:
    return {text[start : start + length] for start in range(len(text) - length + 1)}
