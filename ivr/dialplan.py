"""Compiles a menu into Asterisk dialplan, so that callers hear the same menu while the service is away.

Asterisk 22: `Read`, `GotoIf`, `GotoIfTime`, `UserEvent`, `CELGenUserEvent`, `Gosub`. Only constants of the menu and
the keys that `Read` collected (0-9, *, #, A-D) ever stand in an expression or an argument. Messages are recorded and
callbacks booked by the subroutines `hotline-message` and `hotline-callback` (docs/architecture.md, dialplan contract).

What the dialplan cannot know: public holidays (it keeps the hours of the weekday) and tickets (their progress leads
where the menu says it does while they cannot be looked up).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from ivr.hours import DAYS, Hours, Span
from ivr.menu import (
    DEFAULT_LANGUAGE,
    REPEAT,
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

QUEUE = "hotline-queue,s,1"
ASKED = "HOTLINE_ASKED"
ATTEMPT = "HOTLINE_ATTEMPT"
KEY = "HOTLINE_KEY"
SAY = "HOTLINE_SAY"
"""Prompts still to be said before the next question, each followed by `&`."""
SAID = "HOTLINE_SAID"
HIDDEN = "HOTLINE_HIDDEN"
_SAFE_PATH = re.compile(r"[A-Za-z0-9_./-]+")


def context_name(menu: Menu) -> str:
    """The dialplan context of a menu."""
    return f"hotline-menu-{menu.name}"


def compile_dialplan(menu: Menu, *, prompt_path: str) -> str:
    """The context `hotline-menu-<name>`, to be called at `s,1`; it ends in `hotline-queue,s,1` or hangs up.

    `prompt_path` is the prompt folder as Asterisk sees it.
    Raises ValueError for a path with characters that mean something to the dialplan.
    """
    if not _SAFE_PATH.fullmatch(prompt_path):
        raise ValueError(f"prompt_path {prompt_path!r}: only letters, digits and _ . / - are safe in a dialplan")
    lines = list(_Compiler(menu, prompt_path.rstrip("/")).lines())
    first, *rest = lines
    body = [f"exten => s,1,{first.application}", *(line.render() for line in rest)]
    return "\n".join([f"[{context_name(menu)}]", *body, ""])


@dataclass(frozen=True)
class _Line:
    application: str
    label: str = ""

    def render(self) -> str:
        priority = f"n({self.label})" if self.label else "n"
        return f" same => {priority},{self.application}"


@dataclass(frozen=True)
class _Place:
    """A node in the language it is heard in."""

    node_id: str
    language: str


class _Compiler:
    def __init__(self, menu: Menu, prompt_path: str) -> None:
        self._menu = menu
        self._prompt_path = prompt_path

    def lines(self) -> Iterator[_Line]:
        yield _Line("Set(TIMEOUT(absolute)=0)")
        yield _Line(f"Set({ASKED}=0)")
        yield _Line(f"Set({SAY}=)")
        yield from _speak(self._menu.language, told=self._menu.language != DEFAULT_LANGUAGE)
        if self._menu.hours is not None:
            yield from self._opening(self._menu.hours)
        yield _Line(f"Goto({self._label(_Place(self._root(), self._menu.language))})")
        for place in self._places():
            yield from _labelled(self._label(place), self._node(place, self._menu.nodes[place.node_id]))

    def _root(self) -> str:
        return self._menu.start if self._menu.hours is None else self._menu.hours.closed

    def _opening(self, hours: Hours) -> Iterator[_Line]:
        label = self._label(_Place(self._menu.start, self._menu.language))
        for spans, days in _same_days(hours).items():
            for span in spans:
                when = f"{_clock(span.start)}-{_clock(span.end - 1)}"  # Asterisk counts the last minute in
                yield _Line(f"GotoIfTime({when},{'&'.join(days)},*,*,{hours.timezone}?{label})")

    def _places(self) -> list[_Place]:
        """Every node in every language it can be heard in, in the order they are first led to."""
        menu = self._menu
        places = [_Place(root, menu.language) for root in menu.roots]
        for place in places:  # grows while it is walked
            for target in self._leads_to(place):
                if target not in places:
                    places.append(target)
        return places

    def _leads_to(self, place: _Place) -> Iterator[_Place]:
        node = self._menu.nodes[place.node_id]
        language = place.language
        match node:
            case Say():
                yield _Place(node.next, language)
            case SwitchLanguage():
                yield _Place(node.next, node.language)
            case Message() | Callback():
                yield _Place(node.next, language)
                yield _Place(self._menu.operator, language)
            case Progress():
                yield _Place(node.unavailable, language)
            case Choose():
                for target in (*node.keys.values(), node.silence, node.wrong, self._menu.operator):
                    if target != REPEAT:
                        yield _Place(target, language)
            case Queue() | HangUp():
                return
            case _:
                assert_never(node)

    def _label(self, place: _Place) -> str:
        plain = place.language == self._menu.language
        return place.node_id if plain else f"{place.node_id}--{place.language}"

    def _node(self, place: _Place, node: Node) -> Iterator[_Line]:
        match node:
            case Say():
                yield from self._say(place, node.prompts, node.next)
                yield self._goto(place, node.next)
            case SwitchLanguage():
                yield from _speak(node.language, told=True)
                yield self._goto(_Place(place.node_id, node.language), node.next)
            case Choose():
                yield from self._choose(place, node)
            case Progress():
                yield self._goto(place, node.unavailable)
            case Message():
                yield from self._message(place, node)
            case Callback():
                yield _Line(f'GotoIf($["${{{HIDDEN}}}" = "1"]?{self._operator(place)})')
                yield _Line(f"Gosub(hotline-callback,s,1({place.node_id}))")
                yield self._goto(place, node.next)
            case Queue():
                yield from self._play(place, node.prompts)
                yield _Line(f"Set(HOTLINE_CATEGORY={node.category})")
                if node.queue:
                    yield _Line(f"Set(HOTLINE_QUEUE={node.queue})")
                yield _Line(f"Goto({QUEUE})")
            case HangUp():
                yield from self._play(place, node.prompts)
                yield _Line("Hangup()")
            case _:
                assert_never(node)

    def _say(self, place: _Place, prompts: Sequence[str], following: str) -> Iterator[_Line]:
        """Prompts before a question are said with it, so that a key interrupts them; others are said now."""
        if self._comes_to_question(following):
            yield _Line(f"Set({SAY}=${{{SAY}}}{self._files(place, prompts)}&)")
        else:
            yield from self._play(place, prompts)

    def _comes_to_question(self, node_id: str) -> bool:
        node = self._menu.nodes[node_id]
        while isinstance(node, Say | SwitchLanguage | Progress):
            node = self._menu.nodes[node.unavailable if isinstance(node, Progress) else node.next]
        return isinstance(node, Choose)

    def _choose(self, place: _Place, node: Choose) -> Iterator[_Line]:
        label = self._label(place)
        yield _Line(f"Set({ATTEMPT}=1)")
        asked_enough = f"$[${{{ASKED}}} >= {self._menu.max_questions}]"
        yield _Line(f"GotoIf({asked_enough}?{self._operator(place)})", f"{label}--ask")
        yield _Line(f"Set({ASKED}=$[${{{ASKED}}} + 1])")
        files = self._files(place, node.prompts)
        yield _Line(f"Read({KEY},${{{SAY}}}{files},1,,1,{node.timeout_s:g})")
        yield _Line(f"Set({SAY}=)")
        yield _Line(f'GotoIf($["${{{KEY}}}" != ""]?{label}--pressed)')
        yield _Line(f'GotoIf($["${{READSTATUS}}" != "OK"]?{label}--silent)')
        yield _Line(f"Set({KEY}=#)")  # `#` alone ends Read with nothing read
        yield from self._pressed(place, node, label)
        yield from self._wrong(place, node, label)
        yield from self._silent(place, node, label)

    def _pressed(self, place: _Place, node: Choose, label: str) -> Iterator[_Line]:
        yield _Line(f"UserEvent(HotlineKey,Node: {place.node_id},Key: ${{{KEY}}})", f"{label}--pressed")
        yield _Line(f"CELGenUserEvent(HOTLINE_KEY,{place.node_id}/${{{KEY}}})")
        for key, target in node.keys.items():
            to = f"{label}--ask" if target == REPEAT else self._label(_Place(target, place.language))
            yield _Line(f'GotoIf($["${{{KEY}}}" = "{key}"]?{to})')

    def _wrong(self, place: _Place, node: Choose, label: str) -> Iterator[_Line]:
        wrong = self._label(_Place(node.wrong, place.language))
        yield _Line(f"GotoIf($[${{{ATTEMPT}}} >= {node.attempts}]?{wrong})")
        yield _Line(f"Set({ATTEMPT}=$[${{{ATTEMPT}}} + 1])")
        if node.wrong_prompts:
            yield _Line(f"Set({SAY}={self._files(place, node.wrong_prompts)}&)")
        yield _Line(f"Goto({label}--ask)")

    def _silent(self, place: _Place, node: Choose, label: str) -> Iterator[_Line]:
        if node.silence != REPEAT:
            yield _Line(f"Goto({self._label(_Place(node.silence, place.language))})", f"{label}--silent")
            return
        wrong = self._label(_Place(node.wrong, place.language))
        yield _Line(f"GotoIf($[${{{ATTEMPT}}} >= {node.attempts}]?{wrong})", f"{label}--silent")
        yield _Line(f"Set({ATTEMPT}=$[${{{ATTEMPT}}} + 1])")
        yield _Line(f"Goto({label}--ask)")

    def _message(self, place: _Place, node: Message) -> Iterator[_Line]:
        yield from self._play(place, node.prompts)
        yield _Line(f"Gosub(hotline-message,s,1({place.node_id},{node.silence_s},{node.max_s}))")
        yield _Line(f'GotoIf($["${{{SAID}}}" = "no"]?{self._operator(place)})')
        yield self._goto(place, node.next)

    def _operator(self, place: _Place) -> str:
        return self._label(_Place(self._menu.operator, place.language))

    def _play(self, place: _Place, prompts: Sequence[str]) -> Iterator[_Line]:
        yield _Line(f"Playback({self._files(place, prompts)})" if prompts else "NoOp()")

    def _files(self, place: _Place, prompts: Sequence[str]) -> str:
        return "&".join(f"{self._prompt_path}/{place.language}/{prompt}" for prompt in prompts)

    def _goto(self, place: _Place, target: str) -> _Line:
        return _Line(f"Goto({self._label(_Place(target, place.language))})")


def _speak(language: str, *, told: bool) -> Iterator[_Line]:
    """From here on the queue's prompts and the closing question are in this language too."""
    yield _Line(f"Set(HOTLINE_LANGUAGE={language})")
    yield _Line(f"Set(CHANNEL(language)={language})")
    if told:
        yield _Line(f"UserEvent(HotlineLanguage,Language: {language})")
        yield _Line(f"CELGenUserEvent(HOTLINE_LANGUAGE,{language})")


def _labelled(label: str, lines: Iterator[_Line]) -> Iterator[_Line]:
    first = next(lines)
    yield _Line(first.application, label)
    yield from lines


def _same_days(hours: Hours) -> dict[tuple[Span, ...], list[str]]:
    """Days that keep the same hours, together."""
    together: dict[tuple[Span, ...], list[str]] = {}
    for day, spans in zip(DAYS, hours.week, strict=True):
        together.setdefault(spans, []).append(day)
    return together


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
