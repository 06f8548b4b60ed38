"""How far recognised text is from what was said: the character error rate, numbers and punctuation aside."""

from __future__ import annotations

import re

import cn2an

_NOT_SPOKEN = re.compile(r"[^\u4e00-\u9fffA-Za-z]")


def normalise(text: str) -> str:
    """Only the spoken characters, numbers as they are said (`3天` -> `三天`)."""
    return _NOT_SPOKEN.sub("", re.sub(r"\d+", lambda found: cn2an.an2cn(found[0]), text)).replace("两", "二")


def character_error_rate(said: str, recognised: str) -> float:
    """Edits per character said (Levenshtein); 0.0 is perfect."""
    reference, other = normalise(said), normalise(recognised)
    row = list(range(len(other) + 1))
    for index, left in enumerate(reference, 1):
        above, row = row, [index]
        for column, right in enumerate(other, 1):
            row.append(min(row[-1] + 1, above[column] + 1, above[column - 1] + (left != right)))
    return row[-1] / max(1, len(reference))
