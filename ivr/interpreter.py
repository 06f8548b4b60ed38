"""Walks a menu, one call at a time: what the caller did comes in, what to do next goes out.

Pure: no clock, no telephone. `start` gives the first step; `step` takes the outcome of the command of the step before
and gives the next. Whatever comes in, no step raises and the walk ends: with `ToQueue`, or with `HangUpCall` after
a message or a booked callback.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import assert_never

from ivr.hours import Calendar, is_open
from ivr.menu import (
    REPEAT,
    STATUSES,
    Callback,
    Choose,
    HangUp,
    Menu,
    Message,
    Node,
    Progress,
    Queue,
    Say,
    SwitchLanguage,
)

MOST_PROMPTS = 8
"""Sounds in one command: their paths must fit one AMI line (1024 bytes, `inbuf` in Asterisk's manager.c)."""
TICKET_DIGITS = 14
_TICKET = re.compile(r"(\d{8})-?(\d{6})")


@dataclass(frozen=True)
class Gather:
    """Say the prompts (a key interrupts them) and collect keys: `max_digits`, or fewer ended by `#` or silence.

    `timeout_s` seconds of silence count from the end of the prompts, and between keys. Answered by Digits or Timeout.
    """

    prompts: tuple[str, ...]
    max_digits: int
    timeout_s: float


@dataclass(frozen=True)
class Play:
    """Say the prompts to their end. Answered by Done."""

    prompts: tuple[str, ...]


@dataclass(frozen=True)
class Lookup:
    """Find the ticket of this number (`YYYYMMDD-NNNNNN`), or the caller's latest (None).

    Answered by TicketFound, TicketMissing or LookupFailed.
    """

    number: str | None


@dataclass(frozen=True)
class Record:
    """Record a message after a tone: at most `max_s` seconds, ended by `#` or `silence_s` of silence.

    Answered by Done or NotServed.
    """

    max_s: int
    silence_s: int


@dataclass(frozen=True)
class BookCallback:
    """Note that the caller wants to be called back. Answered by Done or NotServed."""


@dataclass(frozen=True)
class ToQueue:
    """The end: to an operator. `category` is empty when none was chosen, `queue` when the menu names none.

    `service` is an emergency number to be rung at once, or empty.
    """

    category: str
    language: str
    queue: str = ""
    service: str = ""


@dataclass(frozen=True)
class HangUpCall:
    """The end: hang up."""


Command = Gather | Play | Lookup | Record | BookCallback | ToQueue | HangUpCall


@dataclass(frozen=True)
class Digits:
    """What was keyed, without the ending `#`; empty when `#` was all."""

    digits: str


@dataclass(frozen=True)
class Timeout:
    """The caller fell silent; `digits` is what had been keyed until then."""

    digits: str = ""


@dataclass(frozen=True)
class Done:
    """A Play, Record or BookCallback is over."""


@dataclass(frozen=True)
class NotServed:
    """Nothing was said after the tone, or there is no number to call back: a person is needed."""


@dataclass(frozen=True)
class TicketFound:
    """`status` is one of `ivr.menu.STATUSES`; any other is treated as a lookup that failed."""

    number: str
    status: str


@dataclass(frozen=True)
class TicketMissing:
    """There is no such ticket that this caller may hear of."""


@dataclass(frozen=True)
class LookupFailed:
    """Tickets cannot be looked up now."""


Input = Digits | Timeout | Done | NotServed | TicketFound | TicketMissing | LookupFailed


@dataclass(frozen=True)
class KeyPress:
    """A key (`0`-`9`, `*`, `#`, `A`-`D`) pressed at a node."""

    node: str
    key: str


class Phase(Enum):
    """What the interpreter is waiting for."""

    PLAYING = auto()
    ASKING = auto()
    LOOKING_UP = auto()
    SERVING = auto()
    ENDED = auto()


@dataclass(frozen=True)
class State:
    """Where a call is in its menu. `pending` prompts are said before anything else; `attempt` counts from 1."""

    node: str
    language: str
    phase: Phase = Phase.PLAYING
    pending: tuple[str, ...] = ()
    attempt: int = 1
    asked: int = 0
    wanted: str | None = None
    tickets_available: bool = True


@dataclass(frozen=True)
class Step:
    """The new state, the command to carry out, and the keys that were pressed to get here."""

    state: State
    command: Command
    keys: tuple[KeyPress, ...] = ()


def start(menu: Menu, now: datetime, *, calendar: Calendar | None = None, tickets_available: bool = True) -> Step:
    """The first step of a call that came in at `now` (with its time zone).

    While `tickets_available` is False nobody is asked for a ticket number.
    """
    closed = menu.hours is not None and not is_open(menu.hours, now, calendar or Calendar())
    root = menu.hours.closed if closed and menu.hours is not None else menu.start
    return _enter(menu, State(root, menu.language, tickets_available=tickets_available), root)


def step(menu: Menu, state: State, given: Input) -> Step:
    """The next step. An input that does not answer the last command counts as silence."""
    node = menu.nodes[state.node]
    match state.phase:
        case Phase.PLAYING:
            return _proceed(menu, state)
        case Phase.ASKING if isinstance(node, Choose):
            return _chosen(menu, state, node, given)
        case Phase.ASKING if isinstance(node, Progress):
            return _numbered(menu, state, node, given)
        case Phase.LOOKING_UP if isinstance(node, Progress):
            return _looked_up(menu, state, node, given)
        case Phase.SERVING if isinstance(node, Message | Callback):
            return _enter(menu, state, menu.operator if isinstance(given, NotServed) else node.next)
        case _:
            return _finish(menu, state, node)


def _enter(menu: Menu, state: State, node_id: str) -> Step:
    """Go to a node, saying what there is to say on the way, until something is to be done."""
    while True:
        node = menu.nodes[node_id]
        if isinstance(node, Progress) and not state.tickets_available:
            node_id = node.unavailable
        elif isinstance(node, SwitchLanguage):
            state, node_id = replace(state, language=node.language), node.next
        elif isinstance(node, Say):
            state, node_id = _saying(state, node.prompts), node.next
        else:
            arrived = replace(state, node=node_id, attempt=1, phase=Phase.PLAYING)
            return _proceed(menu, _saying(arrived, () if isinstance(node, Callback) else node.prompts))


def _saying(state: State, prompts: tuple[str, ...]) -> State:
    return replace(state, pending=state.pending + tuple(f"{state.language}/{prompt}" for prompt in prompts))


def _proceed(menu: Menu, state: State) -> Step:
    """Say what is pending, with the question where there is one; then do what the node is for."""
    node = menu.nodes[state.node]
    asks = isinstance(node, Choose | Progress)
    if len(state.pending) > MOST_PROMPTS or (state.pending and not asks):
        rest = replace(state, phase=Phase.PLAYING, pending=state.pending[MOST_PROMPTS:])
        return Step(rest, Play(state.pending[:MOST_PROMPTS]))
    if isinstance(node, Choose | Progress):
        return _ask(menu, state, node)
    return _finish(menu, state, node)


def _ask(menu: Menu, state: State, node: Choose | Progress) -> Step:
    if state.asked >= menu.max_questions:
        return _enter(menu, replace(state, pending=()), menu.operator)
    most = 1 if isinstance(node, Choose) else TICKET_DIGITS
    asking = replace(state, phase=Phase.ASKING, pending=(), asked=state.asked + 1)
    return Step(asking, Gather(state.pending, most, node.timeout_s))


def _finish(menu: Menu, state: State, node: Node) -> Step:
    match node:
        case Message():
            return Step(replace(state, phase=Phase.SERVING), Record(node.max_s, node.silence_s))
        case Callback():
            return Step(replace(state, phase=Phase.SERVING), BookCallback())
        case Queue():
            to_queue = ToQueue(node.category, state.language, node.queue, node.service)
            return Step(replace(state, phase=Phase.ENDED), to_queue)
        case HangUp():
            return Step(replace(state, phase=Phase.ENDED), HangUpCall())
        case Choose() | Progress() | Say() | SwitchLanguage():  # never rested at without a question
            return _enter(menu, replace(state, pending=()), menu.operator)
        case _:
            assert_never(node)


def _chosen(menu: Menu, state: State, node: Choose, given: Input) -> Step:
    if not isinstance(given, Digits):
        return _silent(menu, state, node)
    key = given.digits[:1] or "#"
    pressed = (KeyPress(state.node, key),)
    target = node.keys.get(key)
    if target is None:
        return replace(_wrong(menu, state, node), keys=pressed)
    if target == REPEAT:
        return replace(_proceed(menu, _saying(state, node.prompts)), keys=pressed)
    return replace(_enter(menu, state, target), keys=pressed)


def _silent(menu: Menu, state: State, node: Choose) -> Step:
    if node.silence != REPEAT:
        return _enter(menu, state, node.silence)
    if state.attempt >= node.attempts:
        return _enter(menu, state, node.wrong)
    return _proceed(menu, _saying(replace(state, attempt=state.attempt + 1), node.prompts))


def _wrong(menu: Menu, state: State, node: Choose | Progress) -> Step:
    if state.attempt >= node.attempts:
        return _enter(menu, state, node.wrong)
    again = replace(state, attempt=state.attempt + 1)
    return _proceed(menu, _saying(again, node.wrong_prompts + node.prompts))


def _numbered(menu: Menu, state: State, node: Progress, given: Input) -> Step:
    digits = given.digits if isinstance(given, Digits | Timeout) else ""
    number = _TICKET.fullmatch(digits)
    if digits and number is None:
        return _wrong(menu, state, node)
    wanted = f"{number[1]}-{number[2]}" if number else None
    return Step(replace(state, phase=Phase.LOOKING_UP, wanted=wanted), Lookup(wanted))


def _looked_up(menu: Menu, state: State, node: Progress, given: Input) -> Step:
    if isinstance(given, TicketFound) and given.status in STATUSES:
        return _enter(menu, _saying(state, _progress_words(state, given)), node.next)
    if isinstance(given, TicketMissing):
        return _enter(menu, _saying(state, ("progress-not-found",)), node.next)
    return _enter(menu, state, node.unavailable)


def _progress_words(state: State, ticket: TicketFound) -> tuple[str, ...]:
    """A caller who keyed the number is not told it again."""
    status = ("progress-status", f"status-{ticket.status}")
    if state.wanted is not None:
        return status
    digits = tuple(f"digit-{digit}" for digit in ticket.number if digit in "0123456789")
    return ("progress-latest", *digits, *status)
