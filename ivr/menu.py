"""What a menu is: a graph of nodes, each saying something and leading on by a key or by itself.

Read from YAML by `ivr.menu_loader`, walked by `ivr.interpreter`, turned into Asterisk dialplan by `ivr.dialplan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, assert_never

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ivr.hours import Hours

DEFAULT_LANGUAGE = "zh-CN"
"""What callers are spoken to in who have not chosen a language (a tag of BCP 47); its prompts stand in for others'."""
REPEAT = "repeat"
"""Instead of a node: ask the same question again."""

NodeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
PromptId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Key = Annotated[str, Field(pattern=r"^[0-9*]$")]  # `#` ends an entry, so it can never be a choice of its own
Category = Literal["", "consult", "suggestion", "complaint", "help"]
ServiceName = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")]
QueueName = Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9-]{1,31})?$")]
Prompts = Annotated[tuple[PromptId, ...], Field(min_length=1, max_length=6)]
OptionalPrompts = Annotated[tuple[PromptId, ...], Field(max_length=6)]
Seconds = Annotated[float, Field(gt=0, le=60)]
Attempts = Annotated[int, Field(ge=1, le=9)]

STATUSES = (
    "received",
    "dispatched",
    "accepted",
    "processing",
    "returned",
    "extended",
    "replied",
    "redoing",
    "closed",
)  # fmt: skip
"""What a caller can be told of a ticket; each is a prompt `status-<status>`."""

PROGRESS_PROMPTS = (
    "progress-latest",
    "progress-status",
    "progress-not-found",
    *(f"digit-{digit}" for digit in range(10)),
    *(f"status-{status}" for status in STATUSES),
)
"""What the interpreter itself says at a progress node."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_text(value: Any) -> Any:
    """A key may be written 1 or "1"."""
    return {str(key): target for key, target in value.items()} if isinstance(value, dict) else value


class Say(_Part):
    """Says something and goes on."""

    kind: Literal["say"]
    prompts: Prompts
    next: NodeId


class Choose(_Part):
    """Asks for one key. A wrong key asks again until `attempts` are used up, then goes to `wrong`.

    `silence` (no key within `timeout_s` seconds after the prompts) goes its own way; `repeat` counts it as an attempt.
    """

    kind: Literal["choose"]
    prompts: Prompts
    keys: Annotated[dict[Key, NodeId], BeforeValidator(_as_text), Field(min_length=1)]
    timeout_s: Seconds = 5.0
    attempts: Attempts = 3
    wrong_prompts: OptionalPrompts = ()
    silence: NodeId
    wrong: NodeId


class Queue(_Part):
    """Leads to a person: the end of the menu. Without a `queue` the city's routes choose one.

    `service` is an emergency number (110) that is rung at the same moment: whoever answers first has the caller. The
    compiled fallback menu, which can ring nobody, leads to the queue alone.
    """

    kind: Literal["queue"]
    prompts: OptionalPrompts = ()
    category: Category = ""
    queue: QueueName = ""
    service: ServiceName = ""


class Progress(_Part):
    """Asks for a ticket number (14 digits, or none for the caller's latest), tells how it stands, goes to `next`.

    `unavailable` is where callers go while tickets cannot be looked up, `wrong` after too many unusable numbers.
    """

    kind: Literal["progress"]
    prompts: Prompts
    timeout_s: Seconds = 5.0
    attempts: Attempts = 3
    wrong_prompts: OptionalPrompts = ()
    next: NodeId
    wrong: NodeId
    unavailable: NodeId


class Message(_Part):
    """Records a message of at most `max_s` seconds, ended by `#` or by `silence_s` seconds of silence."""

    kind: Literal["message"]
    prompts: Prompts
    max_s: Annotated[int, Field(ge=5, le=600)] = 120
    silence_s: Annotated[int, Field(ge=2, le=60)] = 5
    next: NodeId


class Callback(_Part):
    """Books a call back to the number that is calling."""

    kind: Literal["callback"]
    next: NodeId


class SwitchLanguage(_Part):
    """Goes on in another language."""

    kind: Literal["language"]
    language: LanguageTag
    next: NodeId


class HangUp(_Part):
    """Says goodbye and hangs up; allowed only after a message or a booked callback."""

    kind: Literal["hangup"]
    prompts: OptionalPrompts = ()


Node = Say | Choose | Queue | Progress | Message | Callback | SwitchLanguage | HangUp
KINDS: dict[str, type[Node]] = {
    "say": Say,
    "choose": Choose,
    "queue": Queue,
    "progress": Progress,
    "message": Message,
    "callback": Callback,
    "language": SwitchLanguage,
    "hangup": HangUp,
}


class MenuHead(_Part):
    """Everything of a menu but its nodes.

    `operator` is the queue node of every caller who gets nowhere: after `max_questions` questions, or when the
    service fails. `texts` are prompts of this menu's own.
    """

    name: NodeId
    language: LanguageTag = DEFAULT_LANGUAGE
    start: NodeId
    operator: NodeId
    max_questions: Annotated[int, Field(ge=1, le=99)] = 20
    hours: Hours | None = None
    texts: dict[PromptId, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)


class Menu(MenuHead):
    """A menu that has passed every check of `ivr.menu_checks`."""

    nodes: dict[NodeId, Node]

    @property
    def roots(self) -> tuple[str, ...]:
        """Where calls can begin."""
        return (self.start,) if self.hours is None else (self.start, self.hours.closed)


@dataclass(frozen=True)
class Edge:
    """One way out of a node: where in the node it is written, where it leads, whether a key is needed to take it."""

    path: tuple[str, ...]
    target: str
    by_key: bool = False


def edges(node: Node) -> Iterator[Edge]:
    """Every way out of a node. Asking again (`repeat`) is none: it ends after a number of attempts."""
    match node:
        case Say() | Message() | Callback() | SwitchLanguage():
            yield Edge(("next",), node.next)
        case Choose():
            yield from (Edge(("keys", key), to, by_key=True) for key, to in node.keys.items() if to != REPEAT)
            if node.silence != REPEAT:
                yield Edge(("silence",), node.silence)
            yield Edge(("wrong",), node.wrong)
        case Progress():
            ways = {"next": node.next, "wrong": node.wrong, "unavailable": node.unavailable}
            yield from (Edge((name,), target) for name, target in ways.items())
        case Queue() | HangUp():
            return
        case _:
            assert_never(node)


def own_prompts(node: Node) -> Iterator[tuple[str, str]]:
    """Each prompt a node names: (the field it is in, the prompt id)."""
    for field in ("prompts", "wrong_prompts"):
        for prompt in getattr(node, field, ()):
            yield field, prompt
