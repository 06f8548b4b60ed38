"""YAML that remembers its lines: plain data plus the line of every key, so a complaint can point at the text.

Shared by the menu files and the regulation files. Pure: text in, values out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import ValidationError

Path = tuple[str | int, ...]
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_BOOL = "tag:yaml.org,2002:bool"


class YamlSourceError(ValueError):
    """The text cannot be read as YAML, or says one key twice. `line` counts from 1."""

    def __init__(self, source: str, line: int, message: str) -> None:
        super().__init__(f"{source}:{line}: {message}")
        self.source = source
        self.line = line
        self.message = message


@dataclass(frozen=True)
class YamlSource:
    """Parsed YAML: `data` is plain, `lines` maps a path such as ("steps", 0, "at") to its line (from 1).

    `blanks` are the keys that nothing follows; `null` written out is no blank.
    """

    data: Any
    lines: dict[Path, int] = field(repr=False)
    source: str = "<text>"
    blanks: tuple[Path, ...] = ()

    def line(self, path: Sequence[str | int]) -> int:
        """The line of `path`, or of the nearest thing around it that the text has (1 at worst)."""
        for end in range(len(path), -1, -1):
            if (found := self.lines.get(tuple(path[:end]))) is not None:
                return found
        return 1


def load_yaml(text: str, source: str = "<text>") -> YamlSource:
    """Parse one YAML document of mappings, lists and scalars.

    Raises YamlSourceError for bad syntax, more than one document, a duplicate key, a key that is no scalar,
    or an anchor that contains itself.
    """
    lines: dict[Path, int] = {}
    blanks: list[Path] = []
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = None if node is None else _Builder(loader, lines, blanks, source).build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlSourceError(source, mark.line + 1 if mark else 1, message or "not YAML") from error
    except yaml.YAMLError as error:  # a character YAML does not allow
        raise YamlSourceError(source, _line_of(error, text), f"not YAML: {error}") from error
    except RecursionError as error:
        raise YamlSourceError(source, 1, "nested too deeply") from error
    return YamlSource(data, lines, source, tuple(blanks))


def problems(error: ValidationError, src: YamlSource) -> list[str]:
    """Each problem of a pydantic error as `file:line: key: message`, in the order of the lines."""
    found = [(src.line(path), _dotted(path), text) for path, text in complaints(error)]
    return [f"{src.source}:{line}: {key}: {message}" for line, key, message in sorted(found)]


def complaints(error: ValidationError) -> list[tuple[Path, str]]:
    """Each problem of a pydantic error as its path and a message without pydantic's own wording round it."""
    return [(item["loc"], _message(item["type"], item["msg"])) for item in error.errors()]


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads 17:30 as 1050, 010 as 8 and `on` as true; here only decimal numbers and true/false are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag not in (_INT, _FLOAT, _BOOL)]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_INT, re.compile(r"-?(0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(_FLOAT, re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789"))
_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|True|false|False)$"), list("tTfF"))


@dataclass(frozen=True)
class _Builder:
    """Turns composed nodes into data, noting the line of each path and what is left blank."""

    loader: _Loader
    lines: dict[Path, int]
    blanks: list[Path]
    source: str
    around: list[yaml.Node] = field(default_factory=list)

    def build(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if node in self.around:
            raise YamlSourceError(self.source, node.start_mark.line + 1, "an anchor contains itself")
        self.around.append(node)
        try:
            return self._value(node, path)
        finally:
            self.around.pop()

    def _value(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None:
            self.blanks.append(path)
        try:
            return self.loader.construct_object(node)
        except ValueError as error:  # such as the date 2026-02-30
            raise YamlSourceError(self.source, node.start_mark.line + 1, str(error)) from error

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlSourceError(self.source, line, "a key must be a plain word or number")
            key = self.loader.construct_object(key_node)
            if key in result:
                first = self.lines[(*path, key)]
                raise YamlSourceError(self.source, line, f"the key {key!r} is already given in line {first}")
            self.lines[(*path, key)] = line
            result[key] = self.build(value_node, (*path, key))
        return result


def _message(kind: str, text: str) -> str:
    if kind in ("model_type", "dict_type"):
        return "must be a mapping of keys to values"
    if kind in ("list_type", "tuple_type"):
        return "must be a list"
    if kind == "extra_forbidden":
        return "unknown key, not permitted here"
    if kind == "missing":
        return "is missing"
    return text.removeprefix("Value error, ")


def _line_of(error: yaml.YAMLError, text: str) -> int:
    position = getattr(error, "position", 0)
    return text.count("\n", 0, position) + 1


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path) or "the file"
