"""Evaluates the part of Asterisk's dialplan that compiled menus use, so that tests can hear what a caller would hear.

Written from Asterisk 22's own behaviour (pbx.c, app_read.c, pbx_timing.c), not from the compiler: an application,
an expression or a label it does not know is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

Keys = Callable[[], str | None]
"""Gives the next key the caller presses: `0`-`9`, `*`, `#`, `A`-`D`, or None for silence."""

_LINE = re.compile(r"(?:exten => s,1|\s*same => n(?:\((?P<label>[A-Za-z][\w-]*)\))?),(?P<app>\w+)\((?P<args>.*)\)")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_COMPARE = re.compile(
    r'(?:"(?P<text>[^"]*)" (?P<is>=|!=) "(?P<other>[^"]*)"|(?P<left>\d+) (?P<op>>=|\+) (?P<right>\d+))'
)
_SUBROUTINE = re.compile(
    r"hotline-(?:message,s,1\((?P<message>[a-z0-9-]+,\d+,\d+)\)|(?P<callback>callback),s,1\((?P<node>[a-z0-9-]+)\))"
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_PRIORITIES = 5000


@dataclass
class Heard:
    """Everything that came of one call."""

    prompts: list[str] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    says_something: bool = True
    end: str = ""
    variables: dict[str, str] = field(default_factory=dict)


class Dialplan:
    """One compiled context."""

    def __init__(self, text: str) -> None:
        header, *lines = text.rstrip("\n").split("\n")
        assert re.fullmatch(r"\[hotline-menu-[a-z0-9-]+\]", header)
        self._lines: list[tuple[str, str]] = []
        self._labels: dict[str, int] = {}
        for line in lines:
            found = _LINE.fullmatch(line)
            assert found, f"not a dialplan line: {line}"
            if label := found["label"]:
                assert label not in self._labels, f"label given twice: {label}"
                self._labels[label] = len(self._lines)
            self._lines.append((found["app"], found["args"]))

    def call(self, press: Keys, now: datetime, *, says_something: bool = True, hidden: bool = False) -> Heard:
        """Run one call from priority 1 to its end. The caller speaks after a tone, or not; the number may be hidden."""
        heard = Heard(says_something=says_something, variables={"HOTLINE_HIDDEN": "1" if hidden else ""})
        at = 0
        for _ in range(MOST_PRIORITIES):
            app, args = self._lines[at]
            at = self._run(app, args, heard, press, now, at + 1)
            if heard.end:
                return heard
        raise AssertionError("the call does not end")

    def _run(self, app: str, args: str, heard: Heard, press: Keys, now: datetime, following: int) -> int:
        if app in ("GotoIf", "GotoIfTime"):
            condition, _, label = args.rpartition("?")
            true = _in_time(condition, now) if app == "GotoIfTime" else _evaluate(condition, heard.variables) == "1"
            return self._labels[label] if true else following
        args = _expand(args, heard.variables)
        match app:
            case "Goto" if args == "hotline-queue,s,1":
                heard.end = "queue"
            case "Goto":
                return self._labels[args]
            case "Hangup":
                heard.end = "hangup"
            case _:
                _act(app, args, heard, press)
        return following


def _act(app: str, args: str, heard: Heard, press: Keys) -> None:
    match app:
        case "Set":
            name, _, value = args.partition("=")
            heard.variables[name] = value
        case "Playback":
            heard.prompts += args.split("&")
        case "Read":
            _read(args, heard, press)
        case "UserEvent":
            _user_event(args, heard)
        case "CELGenUserEvent":
            heard.journal.append(args)
        case "Gosub":
            _subroutine(args, heard)
        case _:
            assert app == "NoOp", f"unknown application {app}"


def _read(args: str, heard: Heard, press: Keys) -> None:
    variable, files, digits, options, attempts, timeout = args.split(",")
    assert (digits, options, attempts) == ("1", "", "1")
    assert all(files.split("&")), f"an empty file name in {files}"
    heard.prompts += files.split("&")
    heard.timeouts.append(float(timeout))
    key = press()
    heard.variables[variable] = key if key not in (None, "#") else ""
    heard.variables["READSTATUS"] = "TIMEOUT" if key is None else "OK"


def _subroutine(args: str, heard: Heard) -> None:
    found = _SUBROUTINE.fullmatch(args)
    assert found, f"not a subroutine of the contract: {args}"
    if found["callback"]:
        heard.callbacks.append(found["node"])
        return
    heard.recorded.append(found["message"])
    heard.variables["HOTLINE_SAID"] = "yes" if heard.says_something else "no"


def _user_event(args: str, heard: Heard) -> None:
    name, *headers = args.split(",")
    fields = dict(header.split(": ", 1) for header in headers)
    match name:
        case "HotlineKey":
            heard.keys.append((fields["Node"], fields["Key"]))
        case "HotlineLanguage":
            heard.languages.append(fields["Language"])
        case _:
            raise AssertionError(f"unknown event {name}")


def _expand(text: str, variables: dict[str, str]) -> str:
    plain = _VARIABLE.sub(lambda found: variables.get(found[1], ""), text)
    return re.sub(r"\$\[(.*?)\]", lambda found: _calculate(found[1]), plain)


def _evaluate(condition: str, variables: dict[str, str]) -> str:
    assert condition.startswith("$[")
    return _expand(condition, variables)


def _calculate(expression: str) -> str:
    found = _COMPARE.fullmatch(expression)
    assert found, f"not an expression: {expression}"
    if found["is"]:
        return str(int((found["text"] == found["other"]) == (found["is"] == "=")))
    left, right = int(found["left"]), int(found["right"])
    return str(left + right) if found["op"] == "+" else str(int(left >= right))


def _in_time(condition: str, now: datetime) -> bool:
    """Both the first and the last minute are inside (get_timerange in pbx_timing.c)."""
    times, days, month_days, months, zone = condition.split(",")
    assert (month_days, months) == ("*", "*")
    local = now.astimezone(ZoneInfo(zone))
    first, last = times.split("-")
    return _DAYS[local.weekday()] in days.split("&") and first <= f"{local:%H:%M}" <= last
