"""What a menu must never do: name what is not there, strand a node, go round in circles, or end without a person."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.menu import (
    DEFAULT_LANGUAGE,
    PROGRESS_PROMPTS,
    REPEAT,
    Callback,
    Edge,
    HangUp,
    MenuHead,
    Message,
    Node,
    Progress,
    Queue,
    SwitchLanguage,
    edges,
    own_prompts,
)

Prompts = Mapping[str, Collection[str]]
"""The prompt ids that have words, by language."""


MOST_NODES = 300


@dataclass(frozen=True)
class Problem:
    """One thing wrong, and the path in the YAML text that it is wrong at."""

    path: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Draft:
    """A menu as far as it could be read. `broken` holds the unreadable nodes and whatever nodes they seem to name."""

    head: MenuHead
    nodes: Mapping[str, Node]
    broken: Mapping[str, frozenset[str]]

    def ways(self, node_id: str) -> tuple[Edge, ...]:
        """The ways out of a node that lead to a node that is there."""
        if node_id in self.broken:
            return tuple(Edge((), target, by_key=True) for target in self.broken[node_id])
        return tuple(edge for edge in edges(self.nodes[node_id]) if self.has(edge.target))

    def has(self, node_id: str) -> bool:
        return node_id in self.nodes or node_id in self.broken

    def entries(self) -> tuple[str, ...]:
        """The nodes a call can begin at or be sent to from anywhere."""
        closed = [self.head.hours.closed] if self.head.hours else []
        return tuple(node_id for node_id in (self.head.start, *closed, self.head.operator) if self.has(node_id))


def check(draft: Draft, known: Prompts) -> list[Problem]:
    """Every problem of the menu; empty when it is sound."""
    found = [
        *_unknown_nodes(draft),
        *_unreachable(draft),
        *_missing_prompts(draft, known),
        *_endless(draft),
        *_without_person(draft),
    ]
    if len(draft.nodes) > MOST_NODES:
        found.append(Problem(("nodes",), f"{len(draft.nodes)} nodes; at most {MOST_NODES} are allowed"))
    if REPEAT in draft.nodes:
        found.append(Problem(("nodes", REPEAT), f"{REPEAT!r} means asking again and cannot name a node"))
    return found


def _unknown_nodes(draft: Draft) -> Iterator[Problem]:
    head = draft.head
    named = [Problem(("start",), head.start), Problem(("operator",), head.operator)]
    if head.hours is not None:
        named.append(Problem(("hours", "closed"), head.hours.closed))
    for node_id, node in draft.nodes.items():
        named += [Problem(("nodes", node_id, *edge.path), edge.target) for edge in edges(node)]
    for place in named:
        if place.message and not draft.has(place.message):
            yield Problem(place.path, f"there is no node {place.message!r}{_hint(place.message, draft)}")
    operator = draft.nodes.get(head.operator)
    if operator is not None and not isinstance(operator, Queue):
        yield Problem(("operator",), f"{head.operator!r} is a {operator.kind} node; it must be a queue")


def _hint(name: str, draft: Draft) -> str:
    close = difflib.get_close_matches(name, [*draft.nodes, *draft.broken], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _unreachable(draft: Draft) -> Iterator[Problem]:
    if not draft.has(draft.head.start):
        return  # said already, and everything would seem unreachable
    reached = _reach(draft, draft.entries())
    for node_id in (*draft.nodes, *draft.broken):
        if node_id not in reached:
            yield Problem(("nodes", node_id), f"no key and no path leads to the node {node_id!r}")


def _reach(draft: Draft, starts: Iterable[str], *, stop: Collection[str] = (), keys: bool = True) -> set[str]:
    """The nodes a call can come to; it does not go on from those in `stop`, nor by a key unless `keys`."""
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        node_id = waiting.pop()
        if node_id in reached:
            continue
        reached.add(node_id)
        if node_id not in stop:
            waiting += [edge.target for edge in draft.ways(node_id) if keys or not edge.by_key]
    return reached


def _missing_prompts(draft: Draft, known: Prompts) -> Iterator[Problem]:
    for path, prompt, language in _wordless(draft, known):
        if not _stands_in(draft, known, prompt, language):
            yield Problem(path, f"the prompt {prompt!r} has no words in {language}")


def substitutes(draft: Draft, known: Prompts) -> list[Problem]:
    """Where a caller who chose another language hears Chinese, because a prompt has no words in theirs; no faults."""
    return [
        Problem(path, f"the prompt {prompt!r} has no words in {language}: it is heard in {DEFAULT_LANGUAGE}")
        for path, prompt, language in _wordless(draft, known)
        if _stands_in(draft, known, prompt, language)
    ]


def _stands_in(draft: Draft, known: Prompts, prompt: str, language: str) -> bool:
    """A language without any prompt is more likely a slip of the pen than one that is yet to be recorded."""
    return language != DEFAULT_LANGUAGE and language in known and prompt in _words(draft, known, DEFAULT_LANGUAGE)


def _words(draft: Draft, known: Prompts, language: str) -> set[str]:
    return {*known.get(language, ()), *(draft.head.texts if language == draft.head.language else ())}


def _wordless(draft: Draft, known: Prompts) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Each prompt that can be asked for in a language in which it has no words: where, which, what language."""
    for node_id, language in _spoken_in(draft):
        node = draft.nodes[node_id]
        said = list(own_prompts(node))
        if isinstance(node, Progress):
            said += [("kind", prompt) for prompt in PROGRESS_PROMPTS]
        for field, prompt in said:
            if prompt not in _words(draft, known, language):
                yield ("nodes", node_id, field), prompt, language


def _spoken_in(draft: Draft) -> list[tuple[str, str]]:
    """Every readable node with every language it can be heard in, in the order of the file."""
    reached: set[tuple[str, str]] = set()
    waiting = [(node_id, draft.head.language) for node_id in draft.nodes if _starts_alone(draft, node_id)]
    while waiting:
        here = waiting.pop()
        if here in reached:
            continue
        reached.add(here)
        node = draft.nodes.get(here[0])
        language = node.language if isinstance(node, SwitchLanguage) else here[1]
        waiting += [(edge.target, language) for edge in draft.ways(here[0])]
    order = {node_id: index for index, node_id in enumerate(draft.nodes)}
    readable = [here for here in reached if here[0] in draft.nodes]
    return sorted(readable, key=lambda here: (order[here[0]], here[1]))


def _starts_alone(draft: Draft, node_id: str) -> bool:
    """Where calls begin, and nodes nothing leads to: their prompts are looked at too."""
    return node_id in draft.entries() or node_id not in _reach(draft, draft.entries())


def _endless(draft: Draft) -> Iterator[Problem]:
    """Circles that a caller who presses nothing, or only wrong keys, would never leave."""
    settled: set[str] = set()
    for node_id in draft.nodes:
        path: list[str] = []
        yield from _walk(draft, node_id, path, settled)


def _walk(draft: Draft, node_id: str, path: list[str], settled: set[str]) -> Iterator[Problem]:
    if node_id in path:
        circle = [*path[path.index(node_id) :], node_id]
        yield Problem(("nodes", node_id), f"endless loop without a key being pressed: {' -> '.join(circle)}")
        return
    if node_id in settled:
        return
    path.append(node_id)
    for target in dict.fromkeys(edge.target for edge in draft.ways(node_id) if not edge.by_key):
        yield from _walk(draft, target, path, settled)
    path.pop()
    settled.add(node_id)


def _without_person(draft: Draft) -> Iterator[Problem]:
    """A call may end without a person only after a message or a booked callback, and then only because of a key."""
    ends = {node_id for node_id, node in draft.nodes.items() if isinstance(node, HangUp)}
    served = {node_id for node_id, node in draft.nodes.items() if isinstance(node, Message | Callback)}
    abrupt = ends & _reach(draft, draft.entries(), stop=served)
    for node_id in sorted(abrupt):
        yield Problem(
            ("nodes", node_id),
            f"a call can end at {node_id!r} without a person, a message or a callback; lead it to a queue",
        )
    start = [draft.head.start] if draft.has(draft.head.start) else []
    silent = ends & _reach(draft, start, keys=False)
    for node_id in sorted(silent - abrupt):
        yield Problem(("nodes", node_id), f"a caller who presses nothing ends at {node_id!r} instead of with a person")
