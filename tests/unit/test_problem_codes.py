"""Every kind of problem that the server can answer has a code, and every code has words in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import app
from app.tickets.refusal import RULES
from app.web.problem_words import CODES
from app.web.problems import code_of

_ROOT = Path(app.__file__).parent
_CHINESE = re.compile(r"[一-鿿]")


def answered() -> set[str]:
    """The codes in the source: of `Problem(status, title)`, `not_found(what)`, and `code=` wherever it is given."""
    return {code for path in _ROOT.rglob("*.py") for code in _codes(path)} | {f"rule-{rule}" for rule in RULES}


def _codes(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if "app.web.problems import" not in source and path.name != "problems.py" and "not_found" not in source:
        return
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        given = next((word.value for word in call.keywords if word.arg == "code"), None)
        if isinstance(given, ast.Constant):
            yield str(given.value)
        elif call.func.id == "not_found" and isinstance(call.args[0], ast.Constant):
            yield code_of(f"No such {call.args[0].value!s}")
        elif call.func.id == "Problem" and given is None and isinstance(call.args[1], ast.Constant):
            yield code_of(str(call.args[1].value))


def test_each_code_the_server_can_answer_has_words_and_no_words_are_for_nothing() -> None:
    known = {code for code in CODES if not code.startswith("http-")}
    assert answered() == known


def test_the_words_are_chinese_and_english_and_want_the_same_arguments() -> None:
    for code, words in CODES.items():
        assert _CHINESE.search(words.zh), code
        assert words.en, code
        assert not _CHINESE.search(words.en), code
        if not code.startswith("rule-"):
            assert set(re.findall(r"\{(\w+)\}", words.zh)) == set(re.findall(r"\{(\w+)\}", words.en)), code
