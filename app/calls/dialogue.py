"""The menu with one caller: the pure interpreter on one side, AsyncAGI on the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import structlog

from ami_bridge import agi as asterisk
from ami_bridge import verbs
from ami_bridge.session import AmiSession
from app.calls.events import Kind
from app.operators.choose import Place
from ivr import interpreter as ivr
from ivr.menu import DEFAULT_LANGUAGE, Menu

log = structlog.get_logger(__name__)

# The dialplan takes the caller back this long after the last step's own time is over (`takeover_seconds`).
_TAKEOVER_S = 20

Lookup = Callable[[str | None], Awaitable[ivr.Input]]
Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller in the menu: the channel's commands, how prompts become sounds, how tickets are looked up.

    `seconds` is how long a prompt takes. `tell` keeps a call event (kind and data). `number_known`: the caller can be
    called back. `choose_queue` says for a category, a language and the menu's own queue where to wait. `ring_service`
    has an emergency number rung for the caller, and returns at once.
    """

    channel: str
    agi: asterisk.AsyncAgi
    session: AmiSession
    sound: Callable[[str], str]
    seconds: Callable[[str], float]
    lookup: Lookup
    tell: Tell
    number_known: bool
    choose_queue: Callable[[str, str, str], Place]
    ring_service: Callable[[str], None]


async def run(menu: Menu, caller: Caller, now: datetime) -> None:
    """Walk the menu until the caller is queued. Raises ChannelGone when the caller hangs up, AmiError otherwise.

    Whatever goes wrong, the dialplan's absolute timeout hands the caller to the fallback menu.
    """
    step, language = ivr.start(menu, now), DEFAULT_LANGUAGE
    while True:
        if step.state.language != language:
            language = step.state.language
            await _speak(caller, language)
        for key in step.keys:
            caller.tell(Kind.KEY, node=key.node, key=key.key)
        answer = await _carry_out(caller, step.command, step.state.node)
        if answer is None:
            return
        step = ivr.step(menu, step.state, answer)


async def _carry_out(  # noqa: PLR0911 - one per command
    caller: Caller, command: ivr.Command, node: str
) -> ivr.Input | None:
    """Do one command of a node; None when it was the last. Messages and callbacks are told by the dialplan itself."""
    match command:
        case ivr.Gather(prompts, max_digits, timeout_s):
            await _extend(caller, _spoken(caller, prompts) + timeout_s * max_digits)
            given = await caller.agi.gather([caller.sound(p) for p in prompts], timeout_s, max_digits)
            return ivr.Digits(given.keys) if isinstance(given, asterisk.Digits) else ivr.Timeout()
        case ivr.Play(prompts):
            await _extend(caller, _spoken(caller, prompts))
            await caller.agi.play([caller.sound(prompt) for prompt in prompts])
            return ivr.Done()
        case ivr.Lookup(number):
            return await caller.lookup(number)
        case ivr.Record(max_s, silence_s):
            await _extend(caller, max_s)
            await caller.agi.gosub("hotline-message", (node, silence_s, max_s), longest_s=max_s + _TAKEOVER_S)
            return ivr.NotServed() if await caller.agi.variable("HOTLINE_SAID") == "no" else ivr.Done()
        case ivr.BookCallback() if not caller.number_known:
            return ivr.NotServed()
        case ivr.BookCallback():
            await caller.agi.gosub("hotline-callback", (node,))
            return ivr.Done()
        case ivr.ToQueue(category, language, queue, service):
            if service:
                caller.ring_service(service)
            await _to_queue(caller, category, caller.choose_queue(category, language, queue))
            return None
        case ivr.HangUpCall():
            await caller.agi.hangup()
            return None
        case _:
            assert_never(command)


def _spoken(caller: Caller, prompts: Sequence[str]) -> float:
    return sum(map(caller.seconds, prompts))


async def _extend(caller: Caller, seconds: float) -> None:
    """Move the dialplan's absolute timeout on: it strikes only if this service dies."""
    await verbs.set_variable(caller.session, caller.channel, "TIMEOUT(absolute)", str(round(seconds) + _TAKEOVER_S))


async def _speak(caller: Caller, language: str) -> None:
    """From now on Asterisk's own prompts to the caller (queue, message, closing question) are in this language."""
    for name in ("HOTLINE_LANGUAGE", "CHANNEL(language)"):
        await verbs.set_variable(caller.session, caller.channel, name, language)
    caller.tell(Kind.LANGUAGE, language=language)


async def _to_queue(caller: Caller, category: str, place: Place) -> None:
    variables = {"HOTLINE_CATEGORY": category, "HOTLINE_QUEUE": place.queue, "QUEUE_PRIO": str(place.priority)}
    if not caller.number_known:
        variables["HOTLINE_HIDDEN"] = "1"
    for name, value in variables.items():
        await verbs.set_variable(caller.session, caller.channel, name, value)
    await verbs.redirect(caller.session, caller.channel, verbs.Target("hotline-queue", "s"))
