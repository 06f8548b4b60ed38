"""Reads a menu file and checks it; every problem is reported at once, with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import cache, reduce
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ivr.duplicates import without_duplicates
from ivr.menu import KINDS, Menu, MenuHead, Node
from ivr.menu_checks import Draft, Problem, Prompts, check, substitutes
from ivr.prompts import load_catalogue
from ivr.yaml_source import YamlSource, YamlSourceError, load_yaml

MENUS = Path(__file__).parent / "menus"
Model = TypeVar("Model", bound=BaseModel)
_FRIENDLY = {"extra_forbidden": "unknown key", "missing": "is missing"}


class MenuError(ValueError):
    """A menu that cannot be used. `problems` holds each as `file:line: what`, in the order of the lines."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def shipped_menu(name: str) -> Menu:
    """One of the menus that come with the hotline: `full` or `direct`."""
    path = MENUS / f"{name}.yaml"
    return load_menu(path.read_text(encoding="utf-8"), source=path.name)


def load_menu(text: str, *, source: str = "<text>", known: Prompts | None = None) -> Menu:
    """Read and check one menu. `known` names the prompts that have words, by language; by default those that ship.

    Raises MenuError.
    """
    return read_menu(text, source=source, known=known)[0]


def read_menu(text: str, *, source: str = "<text>", known: Prompts | None = None) -> tuple[Menu, list[str]]:
    """As `load_menu`, with remarks: where callers hear Chinese for want of words, each as `file:line: what`.

    Raises MenuError.
    """
    known = known or _shipped_prompts()
    try:
        clean, repeated = without_duplicates(text)
        document = load_yaml(clean, source)
    except YamlSourceError as error:
        raise MenuError([str(error)]) from error
    except yaml.YAMLError:
        raise MenuError([_syntax_error(text, source)]) from None
    found = list(repeated)
    reader = _Reader(document)
    draft = reader.read()
    found += _placed(document, [*reader.problems, *check(draft, known)])
    if found:
        raise MenuError(_told(source, found))
    remarks = _told(source, _placed(document, substitutes(draft, known)))
    return Menu(**dict(draft.head), nodes=dict(draft.nodes)), remarks


def _placed(document: YamlSource, problems: Iterable[Problem]) -> list[tuple[int, str]]:
    return [(_line(document, problem.path), problem.message) for problem in problems]


def _told(source: str, found: Iterable[tuple[int, str]]) -> list[str]:
    return [f"{source}:{line}: {message}" for line, message in sorted(dict.fromkeys(found))]


@cache
def _shipped_prompts() -> Prompts:
    return load_catalogue()


def _syntax_error(text: str, source: str) -> str:
    try:
        load_yaml(text, source)
    except YamlSourceError as error:
        return str(error)
    return f"{source}:1: not YAML"


class _Reader:
    """Turns plain data into a draft, keeping what can be read beside what cannot."""

    def __init__(self, document: YamlSource) -> None:
        self._data: Mapping[Any, Any] = document.data if isinstance(document.data, Mapping) else {}
        self.problems: list[Problem] = []

    def read(self) -> Draft:
        raw = self._data.get("nodes")
        if not isinstance(raw, Mapping) or not raw:
            self.problems.append(Problem(("nodes",), "a menu needs `nodes`: each an id and what happens there"))
            raw = {}
        nodes = {str(node_id): self._node(str(node_id), value, raw) for node_id, value in raw.items()}
        readable = {node_id: node for node_id, node in nodes.items() if not isinstance(node, frozenset)}
        broken = {node_id: node for node_id, node in nodes.items() if isinstance(node, frozenset)}
        return Draft(self._head(), readable, broken)

    def _head(self) -> MenuHead:
        data = {str(key): value for key, value in self._data.items() if key != "nodes"}
        head = self._read(MenuHead, data, ())
        unnamed = {"name": "unnamed", "start": "", "operator": ""}
        return head or MenuHead.model_construct(**unnamed | {key: data[key] for key in unnamed if key in data})

    def _node(self, node_id: str, value: Any, raw: Mapping[Any, Any]) -> Node | frozenset[str]:
        """The node, or the names of the nodes it seems to lead to when it cannot be read."""
        kind = value.get("kind") if isinstance(value, Mapping) else None
        model = KINDS.get(kind) if isinstance(kind, str) else None
        if model is None:
            self.problems.append(Problem(("nodes", node_id, "kind"), f"`kind` must be one of {', '.join(KINDS)}"))
            return _names(value, raw)
        return self._read(model, value, ("nodes", node_id)) or _names(value, raw)

    def _read(self, model: type[Model], value: Any, around: tuple[str, ...]) -> Model | None:
        """Complains about what is wrong; reads it without that where it can, so that the rest is checked too."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            self._complain(error, around)
            wrong = [item["loc"] for item in error.errors() if item["type"] != "missing"]
        for depth in (None, 1):
            with suppress(ValidationError):
                return model.model_validate(_without(value, [path[:depth] for path in wrong]))
        return None

    def _complain(self, error: ValidationError, around: tuple[str, ...]) -> None:
        for item in error.errors():
            path = tuple(str(part) for part in item["loc"] if part != "[key]")
            message = _FRIENDLY.get(item["type"], item["msg"])
            self.problems.append(Problem(around + path, f"{'.'.join(around + path)}: {message}"))


def _without(value: Any, paths: list[tuple[int | str, ...]]) -> Any:
    """A copy without what lies at the paths; pydantic marks a path to a mapping's key, not its value, by `[key]`."""
    copy = deepcopy(value)
    for path in sorted(set(paths), key=str, reverse=True):  # later items of a list before earlier ones
        *parents, last = [part for part in path if part != "[key]"]
        with suppress(KeyError, IndexError, TypeError):  # a path in what a validator made, not in the text
            holder = reduce(lambda inside, part: inside[part], parents, copy)
            for key in [key for key in holder if str(key) == str(last)] if isinstance(holder, dict) else [last]:
                del holder[key]
    return copy


def _names(value: Any, raw: Mapping[Any, Any]) -> frozenset[str]:
    return frozenset(text for text in _texts(value) if text in raw)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _line(document: YamlSource, path: tuple[str, ...]) -> int:
    """Keys that are numbers in the text are text in the model: try both."""
    both = [int(part) if part.isdecimal() else part for part in path]
    return max(document.line(path), document.line(both))
