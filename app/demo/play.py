"""The demonstration's one call: a citizen dials, an operator answers, a unit is conferenced in, all three speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ami_bridge.arrangement import Wanted
from ami_bridge.errands import Post
from app.calls.actor import CallActor
from app.demo.scenarios import Action, Caller, Press, Speak, Wait, answering, citizen, register
from app.demo.sipp import Line, Phone, phone
from app.demo.speech import Script, raw_speech
from app.demo.stage import HOST, OPERATOR, UNIT, Ports
from app.main import Service

CITIZEN = Caller("13812345678", "市民张三")
_STEP_S = 20.0
_LOOK_S = 0.02
_REGISTER_S = 10.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Phones:
    """Everything needed to put phones on the stage. `directory` holds their scenarios and logs."""

    ports: Ports
    directory: Path

    def line(self, port: int, media: int) -> Line:
        return Line(HOST, port, f"{HOST}:{self.ports.sip}", self.ports.rtp + 500 + media)


async def play(service: Service, phones: Phones, script: Script, say: Say) -> str:
    """Make the call and wait until it has ended; returns its id. Raises PhoneError, TimeoutError."""
    await log_in(service, phones, OPERATOR.id)
    say("话务员已登录：王芳 (op1001)")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_operator(phones, script))
        duty = await stack.enter_async_context(_duty_phone(phones, script))
        caller = await stack.enter_async_context(_citizen(phones, script))
        say("市民拨打 12345，按 4（求助）")
        actor = await _until(lambda: next(iter(service.hub.in_progress()), None), "a call arrives")
        await _until(lambda: actor.state.phase == "talking", "an operator answers")
        say("话务员应答，通话开始")
        await asyncio.sleep(script.summon_after)
        await service.hub.summon(actor.call_id, Wanted(UNIT.id, UNIT.name, duty_posts()))
        say("话务员呼叫市水务局值班电话，通话继续")
        await _until(lambda: actor.state.phase == "conference", "the unit joins")
        say("值班员按 1 接入，三方通话")
        await caller.finished(script.longest)
        await duty.finished(_STEP_S)
        await _until(lambda: actor.ended, "the call ends")
    say("通话结束")
    return actor.call_id


def duty_posts() -> tuple[Post, ...]:
    """The posts of the demonstration's unit, in the order in which they are rung."""
    return tuple(
        Post("leader" if contact.post == "leader" else contact.post, contact.name, contact.phone)
        for contact in UNIT.contacts
    )


async def log_in(service: Service, phones: Phones, operator_id: str) -> None:
    """Register an operator's phone and make the operator ready. Raises PhoneError, TimeoutError."""
    await register_phone(service, phones, operator_id, phones.ports.operator)
    await service.hub.seats.wish(operator_id, "ready", "")


async def register_phone(service: Service, phones: Phones, operator_id: str, port: int) -> None:
    """Register an operator's phone, and wait until the service has heard of it. Raises PhoneError, TimeoutError."""
    scenario = register(operator_id, service.secrets.get(operator_id), port=port)
    async with phone(f"register-{operator_id}", scenario, phones.line(port, 0), phones.directory) as sip:
        await sip.finished(_REGISTER_S)
    # The telephone has its answer before the service has heard of it.
    nodes = service.hub.nodes.values()
    await _until(lambda: any(node.operator(operator_id).registered for node in nodes), "the telephone is registered")


@asynccontextmanager
async def _operator(phones: Phones, script: Script) -> AsyncIterator[Phone]:
    speech = raw_speech(script.operator, phones.directory)
    scenario = answering([Speak(speech)], rings=0.3)
    async with phone("operator", scenario, phones.line(phones.ports.operator, 20), phones.directory) as sip:
        yield sip


@asynccontextmanager
async def _duty_phone(phones: Phones, script: Script) -> AsyncIterator[Phone]:
    speech = raw_speech(script.unit, phones.directory)
    actions: list[Action] = [Press("1", 1.0), Speak(speech), Wait(script.unit_stays)]
    scenario = answering(actions, rings=0.5, hang_up=False)
    async with phone("duty", scenario, phones.line(phones.ports.duty, 40), phones.directory) as sip:
        yield sip


@asynccontextmanager
async def _citizen(phones: Phones, script: Script) -> AsyncIterator[Phone]:
    speech = raw_speech(script.citizen, phones.directory)
    actions: list[Action] = [Press("4", 1.5), Speak(speech), Wait(script.citizen_stays)]
    scenario = citizen(CITIZEN, "12345", actions, hang_up=True)
    async with phone("citizen", scenario, phones.line(phones.ports.citizen, 60), phones.directory) as sip:
        yield sip


async def _until(condition: Callable[[], object], what: str) -> CallActor:
    """Wait until the condition gives something, and return that. Raises TimeoutError naming what was waited for."""
    try:
        async with asyncio.timeout(_STEP_S):
            while not (found := condition()):  # noqa: ASYNC110 - anything may fulfil it
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise TimeoutError(f"waited {_STEP_S:g} s in vain until {what}") from None
    return found  # type: ignore[return-value]
