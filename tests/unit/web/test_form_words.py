"""Whatever can be wrong in a filled form is told in Chinese too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.units import phone
from app.units.hours import HoursError, parse_hours
from app.web.form_words import form_words

UNITS = Path(phone.__file__).parent
HAN = re.compile(r"[一-鿿]")
# What names a file or a text only, or is caught and said in other words.
QUIET = {"{}", "{} cannot be read: {}", "{} is {}"}


def template(node: ast.expr) -> str | None:
    """A text of the source with its places to fill; None for what is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join("{}" if isinstance(part, ast.FormattedValue) else str(template(part)) for part in parts)
    return None


def said() -> Iterator[str]:
    """Every text that a problem of a form is made with."""
    for source in UNITS.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Problem"), args=[_, _, text, *_]):
                    found = template(text)
                case ast.Call(func=ast.Name(id="ValueError"), args=[text]):
                    found = template(text)
                case _:
                    continue
            if found is not None and found not in QUIET:
                yield found


def test_every_problem_of_a_form_has_its_chinese() -> None:
    texts = [text.replace("{}", "X") for text in said()]
    assert len(texts) > 20
    assert [text for text in texts if not HAN.search(form_words(text).zh.replace("分管领导", ""))] == []


@pytest.mark.parametrize(
    "number", ["3.5e10", "2024-05-01", "13800000001 13800000002", "87654321转8", "5718765432", "abc"]
)
def test_each_way_a_number_is_wrong_is_said_in_chinese(number: str) -> None:
    with pytest.raises(phone.NumberError) as caught:
        phone.parse_number(number)
    assert "not a telephone number" not in form_words(str(caught.value)).zh


@pytest.mark.parametrize("what", ["neither the id nor the name of a unit", "no post: A, B or 分管领导"])
def test_what_a_roster_does_not_know_is_said_in_chinese(what: str) -> None:
    assert form_words(f"'供水' is {what}").zh.startswith("'供水'不是")


def test_hours_and_rows_are_said_in_chinese() -> None:
    with pytest.raises(HoursError) as caught:
        parse_hours("always open")
    assert form_words(str(caught.value)).zh.startswith("'always open'不是值班时间")
    warning = form_words("row 7: 供水公司: 经办人B has no telephone number to dial")
    assert warning.zh == "第7行：供水公司：经办人B没有可拨打的电话"
    assert warning.what == "row 7: 供水公司: 经办人B has no telephone number to dial"


def test_what_has_no_chinese_stands_for_itself() -> None:
    assert form_words("something new").zh == "something new"
