"""What the test callers say, and where the sound of it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
TEXTS = FOLDER / "texts.yaml"
ROLES = ("citizen", "operator", "unit")


@dataclass(frozen=True)
class Speech:
    """One thing said by one party. `words` are said by no other party of the same call."""

    role: str
    text: str
    voice: str
    path: Path
    words: tuple[str, ...] = ()


def long_speeches() -> dict[str, Speech]:
    """The three sides of one call, 8 to 10 s each, by role."""
    data = _read()
    return {
        role: Speech(role, side["text"], data["voices"][role], FOLDER / f"{role}.wav", tuple(side["words"]))
        for role, side in data["long"].items()
    }


def short_speeches() -> list[dict[str, Speech]]:
    """Twenty calls of short sentences (2 to 4 s), each by role; all sentences differ."""
    data = _read()
    return [
        {
            role: Speech(role, text, data["voices"][role], FOLDER / "short" / f"{number:02d}-{role}.wav")
            for role, text in call.items()
        }
        for number, call in enumerate(data["short"], 1)
    ]


def _read() -> Any:
    return yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
