"""Finds keys that a YAML text gives twice and blanks the later ones, so that all other problems can be found too."""

from __future__ import annotations

from collections.abc import Iterator

import yaml


def without_duplicates(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The text with every repeated key and its value blanked out, and (line from 1, complaint) for each.

    Lines keep their numbers. Raises yaml.YAMLError for text that is not YAML.
    """
    repeated = list(_repeated(yaml.compose(text, yaml.SafeLoader), frozenset()))
    complaints = []
    for key, value, first in repeated:
        complaints.append((_line(key), f"the key {key.value!r} is already given in line {_line(first)}"))
        start, end = key.start_mark.index, value.end_mark.index
        text = text[:start] + "".join(char if char == "\n" else " " for char in text[start:end]) + text[end:]
    return text, complaints


def _repeated(node: yaml.Node | None, around: frozenset[int]) -> Iterator[tuple[yaml.Node, yaml.Node, yaml.Node]]:
    """Each repeated key with its value and its first place; what is inside a repeated value is not looked at."""
    if id(node) in around:  # an anchor inside itself: the reader of the text complains
        return
    around |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item, around)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, yaml.Node] = {}
        for key, value in node.value:
            first = seen.setdefault(str(key.value), key)
            if first is not key:
                yield key, value, first
            else:
                yield from _repeated(value, around)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
