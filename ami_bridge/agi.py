"""AsyncAGI as awaitables: answer, play, gather, record, run subroutines on a channel that waits in `AGI(agi:async)`.

A command is queued by the AMI action AGI and has ended when `AsyncAGIExec` says so with its CommandId; that event comes
with the ordered event stream, hence `AgiChannels.feed`. The channel takes the next command at most 100 ms later, 20 ms
when audio arrives (Asterisk, res_agi.c).
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from ami_bridge.errors import AgiFailed, AmiActionFailed, AmiDisconnected, AmiTimeout, ChannelGone
from ami_bridge.events import AsyncAgiEnd, AsyncAgiExec, Event, Hangup

# A command that only sets something; includes the time until Asterisk looks for it.
COMMAND_S = 5.0
# The longest a caller may have to listen to in one command.
PROMPT_S = 120.0
# result=-1 says that a command failed or that the caller hung up; the hangup follows at once.
_HANGUP_FOLLOWS_S = 0.3
_DEAD_CHANNEL = 511
_RESULT = re.compile(r"(\d{3})[ -](?:result=(\S*))?\s*(?:\((.*)\))?(?:\s*endpos=(\d+))?", re.DOTALL)
# Anything else could end the argument of a dialplan application, or mean a variable.
_FILE = re.compile(r"[^\s,&|\"'\\()\[\]{}$]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Of the dialplan functions only these: others, such as SHELL, do more than set something.
_VARIABLE = re.compile(_NAME.pattern + r"|TIMEOUT\(absolute\)|CHANNEL\(language\)")
_KEYS = re.compile(r"[0-9*#]*")
_RECORDING_ENDS = {"dtmf": "key", "timeout": "time", "hangup": "hangup", "waitfor": "hangup"}
_SAMPLES_PER_S = 8000
_CONTEXT = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_CONSTANT = re.compile(r"[A-Za-z0-9-]+")
# GOSUB answers twice, at its beginning and at its end; both come as one text (app_stack.c, handle_gosub).
_TRYING = re.compile(r"100 [^\n]*\n")
_numbers = itertools.count(1)


class Actions(Protocol):
    """What is needed of an AMI session."""

    async def action(self, name: str, fields: dict[str, str], *, timeout_s: float = ...) -> dict[str, str]:
        """Carry out one action."""
        ...


@dataclass(frozen=True, slots=True)
class AgiResult:
    """An answer such as `200 result=1 (timeout) endpos=8000`."""

    code: int
    result: str
    note: str
    endpos: int
    text: str


@dataclass(frozen=True, slots=True)
class Digits:
    """The keys a caller pressed; empty when it was only the closing `#`."""

    keys: str


@dataclass(frozen=True, slots=True)
class Timeout:
    """The caller pressed nothing in time."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message was recorded. `ended_by` is `key`, `time` (or silence) or `hangup`."""

    seconds: float
    ended_by: str


def parse_result(text: str) -> AgiResult:
    """Read an AGI answer. Raises ValueError when it is none."""
    match = _RESULT.match(_TRYING.sub("", text, count=1))
    if match is None:
        raise ValueError(f"not an AGI answer: {text[:80]!r}")
    code, result, note, endpos = match.groups(default="")
    return AgiResult(int(code), result, note, int(endpos or 0), text.strip())


def quote(value: str) -> str:
    """One AGI argument, whatever it contains (res_agi.c, parse_args). Raises ValueError for a line break."""
    if any(character in value for character in "\r\n\0"):
        raise ValueError("an AGI argument cannot hold a line break")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def prompt_list(files: Sequence[str]) -> str:
    """Prompts as dialplan applications take them, `a&b`. Raises ValueError for a name that would not stay one."""
    for file in files:
        if not _FILE.fullmatch(file):
            raise ValueError(f"not usable as the name of a prompt: {file!r}")
    return "&".join(files)


class AgiChannels:
    """The channels under our AGI control; to be fed with every event, in order."""

    def __init__(self) -> None:
        self._channels: dict[str, AsyncAgi] = {}

    def open(self, session: Actions, channel: str, uniqueid: str) -> AsyncAgi:
        """Take control of a channel that raised AsyncAGIStart."""
        opened = AsyncAgi(session, channel, uniqueid)
        self._channels[uniqueid] = opened
        return opened

    def feed(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case AsyncAgiExec(uniqueid=uniqueid) if uniqueid in self._channels:
                self._channels[uniqueid].executed(event)
            case AsyncAgiEnd(uniqueid=uniqueid) if uniqueid in self._channels:
                self._channels.pop(uniqueid).end(ChannelGone(uniqueid, "hung up or left AsyncAGI"))
            case Hangup(uniqueid=uniqueid) if uniqueid in self._channels:
                self._channels.pop(uniqueid).end(ChannelGone(uniqueid))
            case _:
                pass

    def connection_lost(self, session: Actions) -> None:
        """Answers will not come any more: fail all waiting commands with AmiDisconnected."""
        lost = [uniqueid for uniqueid, channel in self._channels.items() if channel.session is session]
        for uniqueid in lost:
            self._channels.pop(uniqueid).end(AmiDisconnected(f"connection lost while channel {uniqueid} was served"))


class AsyncAgi:
    """Commands to one channel. Each raises ChannelGone when the caller hangs up or the channel is moved elsewhere,
    AgiFailed when Asterisk refuses the command, AmiTimeout and AmiDisconnected when the outcome is unknown."""

    def __init__(self, session: Actions, channel: str, uniqueid: str) -> None:
        self.session = session
        self.channel = channel
        self.uniqueid = uniqueid
        self._waiting: dict[str, asyncio.Future[AgiResult | Exception]] = {}
        self._ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    @property
    def gone(self) -> bool:
        """Whether the channel takes no more commands."""
        return self._ended.done()

    async def answer(self) -> None:
        """Answer the call."""
        await self.command("ANSWER")

    async def play(self, files: Sequence[str], escape_digits: str = "", *, longest_s: float = PROMPT_S) -> str:
        """Play prompts one after another; a key of `escape_digits` stops them and is returned, else empty."""
        _require(_KEYS, escape_digits, "a set of keys")
        prompt_list(files)
        for file in files:
            answer = await self.command(f"STREAM FILE {quote(file)} {quote(escape_digits)}", timeout_s=longest_s)
            if answer.result != "0":
                return chr(int(answer.result))
        return ""

    async def gather(
        self, files: Sequence[str], timeout_s: float, max_digits: int, *, longest_s: float = PROMPT_S
    ) -> Digits | Timeout:
        """Play prompts that the first key interrupts, then wait `timeout_s` for each of up to `max_digits` keys.

        `#` ends longer input; where a single key is wanted it is a key like any other. GET DATA takes one file only, so
        this is the application Read; its variable is asked for in the same breath, before the channel idles again.
        """
        terminator = "t()" if max_digits == 1 else ""
        arguments = f"HOTLINE_DIGITS,{prompt_list(files)},{max_digits},{terminator},1,{timeout_s:g}"
        await self._queue(f"EXEC Read {quote(arguments)}")
        longest_s += timeout_s * max_digits
        answer = await self.command("GET FULL VARIABLE ${READSTATUS}/${HOTLINE_DIGITS}", timeout_s=longest_s)
        status, _, keys = answer.note.partition("/")
        if keys or status == "OK":
            return Digits(keys)
        if status != "TIMEOUT":
            raise AgiFailed("EXEC Read", f"{status or 'no status'}; is a prompt missing? {prompt_list(files)}")
        return Timeout()

    async def record(self, file: str, *, longest_s: float, silence_s: int = 0, escape_digits: str = "#") -> Recorded:
        """Record into `<file>.wav` until a key, `longest_s`, so many seconds of silence, or hanging up.

        The directory must be there (`RECORD FILE` makes none); callers' messages go through the dialplan's
        `hotline-message`, which keeps them also when this service dies meanwhile.
        """
        _require(_KEYS, escape_digits, "a set of keys")
        silence = f" s={silence_s}" if silence_s else ""
        command = f"RECORD FILE {quote(file)} wav {quote(escape_digits)} {round(longest_s * 1000)}{silence}"
        answer = await self._result(command, longest_s + COMMAND_S)
        ended_by = _RECORDING_ENDS.get(answer.note)
        if ended_by is None:
            raise AgiFailed("RECORD FILE", answer.text)
        return Recorded(answer.endpos / _SAMPLES_PER_S, ended_by)

    async def gosub(self, context: str, arguments: Sequence[str | int] = (), *, longest_s: float = PROMPT_S) -> None:
        """Run a subroutine of the dialplan (`<context>,s,1`). `arguments` are constants: never a caller's words."""
        _require(_CONTEXT, context, "a context")
        for argument in map(str, arguments):
            _require(_CONSTANT, argument, "a constant")
        given = f" {quote(','.join(map(str, arguments)))}" if arguments else ""
        await self.command(f"GOSUB {context} s 1{given}", timeout_s=longest_s)

    async def variable(self, name: str) -> str:
        """The value of a channel variable; empty when it is not set."""
        _require(_NAME, name, "the name of a variable")
        return (await self.command(f"GET FULL VARIABLE ${{{name}}}")).note

    async def say_digits(self, digits: str, *, longest_s: float = PROMPT_S) -> None:
        """Say digits one by one in the channel's language."""
        _require(_KEYS, digits, "a text of digits")
        await self.command(f'SAY DIGITS {quote(digits)} ""', timeout_s=longest_s)

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or function, such as `TIMEOUT(absolute)`."""
        _require(_VARIABLE, name, "the name of a variable")
        await self.command(f"SET VARIABLE {name} {quote(value)}")

    async def exec(self, application: str, arguments: str = "", *, longest_s: float = PROMPT_S) -> None:
        """Run a dialplan application. `arguments` are the application's own, commas and all: never a caller's words."""
        _require(_NAME, application, "the name of an application")
        await self.command(f"EXEC {application} {quote(arguments)}", timeout_s=longest_s)

    async def hangup(self) -> None:
        """Hang the channel up."""
        await self.command("HANGUP")

    async def command(self, command: str, *, timeout_s: float = COMMAND_S) -> AgiResult:
        """Carry out a command and return its answer; a negative result is an error."""
        answer = await self._result(command, timeout_s)
        if answer.code == _DEAD_CHANNEL:
            raise ChannelGone(self.uniqueid)
        if answer.code != 200 or answer.result.startswith("-"):
            await self._gone_within(_HANGUP_FOLLOWS_S)
            raise AgiFailed(command.partition('"')[0].strip(), answer.text)
        return answer

    def executed(self, event: AsyncAgiExec) -> None:
        """Called by `AgiChannels.feed`."""
        waiting = self._waiting.pop(event.command_id, None)
        if waiting and not waiting.done():
            waiting.set_result(parse_result(unquote(event.result)))

    def end(self, why: Exception) -> None:
        """Called by `AgiChannels`: no command can be answered any more."""
        if not self._ended.done():
            self._ended.set_result(why)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(why)
        self._waiting.clear()

    async def _result(self, command: str, timeout_s: float) -> AgiResult:
        command_id = f"hotline-{next(_numbers)}"
        waiting: asyncio.Future[AgiResult | Exception] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = waiting
        try:
            async with asyncio.timeout(timeout_s):
                await self._queue(command, command_id)
                answer = await waiting
        except TimeoutError:
            verb = command.partition(" ")[0]
            raise AmiTimeout(f"{verb} on {self.uniqueid} did not end within {timeout_s} s") from None
        finally:
            self._waiting.pop(command_id, None)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _queue(self, command: str, command_id: str = "") -> None:
        if self._ended.done():
            raise self._ended.result()
        fields = {"Channel": self.channel, "Command": command}
        if command_id:
            fields["CommandID"] = command_id
        try:
            await self.session.action("AGI", fields)
        except AmiActionFailed as refused:
            # Asterisk knows no such channel, or the channel is not in AsyncAGI.
            raise ChannelGone(self.uniqueid, refused.reason) from None

    async def _gone_within(self, seconds: float) -> None:
        """Raise what ended the channel, if anything does so soon."""
        await asyncio.wait((self._ended,), timeout=seconds)
        if self._ended.done():
            raise self._ended.result()


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"not {what}: {value!r}")
