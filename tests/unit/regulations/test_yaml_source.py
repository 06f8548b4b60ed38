"""YAML with lines: what is read, and how a fault in the text is named."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from ivr.yaml_source import YamlSourceError, load_yaml, problems


class Figure(BaseModel):
    model_config = ConfigDict(extra="forbid")
    days: int


class File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    figures: list[Figure]


def test_every_path_has_the_line_of_its_key() -> None:
    src = load_yaml("a: 1\nb:\n  - c: x\n    d: y\n  - e\n", "f.yaml")
    assert src.data == {"a": 1, "b": [{"c": "x", "d": "y"}, "e"]}
    assert [src.line(["a"]), src.line(["b"]), src.line(["b", 0, "d"]), src.line(["b", 1])] == [1, 2, 4, 5]


def test_an_unknown_path_has_the_line_of_what_is_around_it() -> None:
    src = load_yaml("a:\n  b: 1\nc: 2\n")
    assert src.line(["c", "missing", 3]) == 3
    assert src.line(["nowhere"]) == 1


def test_times_and_telephone_numbers_stay_text() -> None:
    data = load_yaml("open: 17:30\nphone: 051087654321\nmobile: +8613800000000\nnumber: 12\nshare: 0.95\n").data
    assert data == {
        "open": "17:30",
        "phone": "051087654321",
        "mobile": "+8613800000000",
        "number": 12,
        "share": 0.95,
    }


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "already given in line 1"),
        ("a: [1,\nb: 2\n", 3, "expected"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: 1\n[b]: 2\n", 2, "plain word"),
        ("a: &x\n  - *x\n", 1, "contains itself"),
        ("a: 1\nb: \x00\n", 2, "not YAML"),
        ("a: 1\nb: 2026-02-30\n", 2, "day"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, "could not determine a constructor"),
        ("[" * 5000, 1, "nested too deeply"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlSourceError) as caught:
        load_yaml(text, "f.yaml")
    assert caught.value.line == line
    assert message in caught.value.message
    assert str(caught.value).startswith(f"f.yaml:{line}: ")


def test_only_true_and_false_are_booleans() -> None:
    assert load_yaml("on: yes\na: true\nb: False\n").data == {"on": "yes", "a": True, "b": False}


def test_nothing_at_all_is_none() -> None:
    assert load_yaml("# only a comment\n").data is None


def test_each_problem_of_a_model_names_file_line_and_key() -> None:
    src = load_yaml("figures:\n  - days: 3\n  - days: many\n  - days: 1\n    extra: 2\n", "f.yaml")
    with pytest.raises(ValidationError) as caught:
        File.model_validate(src.data)
    found = [text.split(": ")[:2] for text in problems(caught.value, src)]
    assert found == [["f.yaml:3", "figures.1.days"], ["f.yaml:5", "figures.2.extra"]]
