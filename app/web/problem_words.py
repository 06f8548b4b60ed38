"""The words of every kind of problem the server can answer, in Chinese and English: read from `problem_words.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Words:
    """What is told; `{name}` is filled from the problem's `args`."""

    zh: str
    en: str


def _read() -> Mapping[str, Words]:
    return {code: Words(**words) for code, words in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items()}


CODES: Mapping[str, Words] = _read()
"""Code to words; a test holds that every code that is answered anywhere stands here, and no other."""
