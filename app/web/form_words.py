"""What is wrong in a filled form, in Chinese beside English: the templates of `form_words.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_suffix(".yaml")
_ROW = re.compile(r"row (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FormWords:
    """The same in both languages; `what` is the English."""

    zh: str
    what: str


def form_words(text: str) -> FormWords:
    """The Chinese of what the directory's forms say in English; what has none stands for itself."""
    row = _ROW.fullmatch(text)
    if row:
        return FormWords(f"第{row[1]}行：{form_words(row[2]).zh}", text)
    for pattern, chinese in _templates().items():
        if found := pattern.fullmatch(text):
            return FormWords(chinese.format(*found.groups()), text)
    return FormWords(text, text)


@cache
def _templates() -> Mapping[re.Pattern[str], str]:
    """The most special ones first: those with the longest fixed words."""
    known: Mapping[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    ordered = sorted(known, key=lambda template: -len(template.replace("{}", "")))
    return {
        re.compile("(.*)".join(map(re.escape, template.split("{}"))), re.DOTALL): known[template]
        for template in ordered
    }
