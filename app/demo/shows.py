"""Short demonstrations of what a call can go through, played by SIP phones and judged by what Asterisk itself shows.

`hotline demo NAME`; the three-party call with speech, transcript and ticket is `app.demo.play`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ami_bridge import verbs
from ami_bridge.arrangement import Wanted
from ami_bridge.errands import Kind, Manner, Mode, Post
from app.calls import store
from app.calls.actor import CallActor
from app.db.queries import QUERIES
from app.demo.play import CITIZEN, Phones, Say, duty_posts, log_in
from app.demo.scenarios import Action, Press, Wait, answering, citizen
from app.demo.sipp import phone
from app.demo.stage import OPERATOR, UNIT
from app.main import Service

_STEP_S = 20.0
_LOOK_S = 0.02
_STAYS = Wait(120)
_ROOM, _MUSIC, _TALK = "三方会议", "等待音乐", "与话务员的通话"


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that must hold, what was seen of it, and whether it did."""

    what: str
    seen: str
    ok: bool


@dataclass(slots=True)
class Shown:
    """What a demonstration showed. `ms` are milliseconds from the request to Asterisk showing its effect."""

    holds: list[Hold] = field(default_factory=list)
    ms: dict[str, float] = field(default_factory=dict)

    def hold(self, what: str, seen: str, wanted: str) -> None:
        self.holds.append(Hold(what, seen, seen == wanted))

    def as_data(self, name: str) -> dict[str, object]:
        """The JSON object of a demonstration."""
        holds = [{"what": one.what, "seen": one.seen, "ok": one.ok} for one in self.holds]
        return {"demo": name, "holds": holds, "ms": {what: round(took, 1) for what, took in self.ms.items()}}


class Stage:
    """One call on the stage, in talk with the operator, and what Asterisk shows of it."""

    def __init__(self, service: Service, actor: CallActor, shown: Shown) -> None:
        self.service = service
        self.actor = actor
        self.shown = shown
        [self._node] = service.hub.nodes.values()

    async def places(self) -> Mapping[str, str]:
        """Where Asterisk has each party, by role."""
        snapshot, call = await verbs.look(self._node.session), self._node.calls.get(self.actor.call_id)
        found: dict[str, str] = {}
        for party in call.parties.values() if call else ():
            channel = snapshot.channels.get(party.uniqueid)
            if channel is not None:
                found[party.role.value] = _place(channel.conference, channel.application, channel.bridge)
        return found

    async def expect(self, what: str, wanted: Mapping[str, str], begun: float | None = None) -> None:
        """Wait until Asterisk has the parties there; if it never does, what it has instead is shown."""
        seen: Mapping[str, str] = {}
        try:
            async with asyncio.timeout(_STEP_S):
                while (seen := await self.places()) != wanted:  # noqa: ASYNC110 - telephones change it
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            pass
        self.shown.hold(what, _said(seen), _said(wanted))
        if begun is not None:
            self.shown.ms[what] = (asyncio.get_running_loop().time() - begun) * 1000

    async def ask(self, work: Callable[[], Awaitable[object]]) -> float:
        """Ask for something; when it was asked."""
        begun = asyncio.get_running_loop().time()
        await self.actor.ask(work)
        return begun


async def hold(stage: Stage, say: Say) -> None:
    """The citizen is put on hold and taken back, twice: nobody is lost."""
    for time in ("第一次", "第二次"):
        begun = await stage.ask(stage.actor.hold)
        say(f"{time}保持：市民听音乐，话务员等候")
        await stage.expect(f"{time}保持", {"citizen": _MUSIC, "operator": _ROOM}, begun)
        begun = await stage.ask(stage.actor.bring_in)
        say(f"{time}取回：双方继续通话")
        await stage.expect(f"{time}取回", {"citizen": _ROOM, "operator": _ROOM}, begun)


async def consult(stage: Stage, say: Say) -> None:
    """The operator asks the unit first while the citizen hears music, then brings the citizen in."""
    await stage.service.hub.summon(stage.actor.call_id, Wanted(UNIT.id, UNIT.name, duty_posts(), Mode.CONSULT))
    say("话务员先咨询市水务局，市民听音乐")
    await stage.expect("咨询时市民听不到内容", {"citizen": _MUSIC, "operator": _ROOM, "unit": _ROOM})
    begun = await stage.ask(stage.actor.bring_in)
    say("咨询结束，市民接入")
    await stage.expect("市民接入", {"citizen": _ROOM, "operator": _ROOM, "unit": _ROOM}, begun)


async def emergency(stage: Stage, say: Say) -> None:
    """110 is brought in by one request: nobody presses a key, and the citizen's number is shown there."""
    manner = Manner(Kind.SERVICE, needs_key=False, shows_caller=True, urgent=True)
    line = (Post("line", "公安报警", "110"),)
    begun = asyncio.get_running_loop().time()
    await stage.service.hub.summon(stage.actor.call_id, Wanted("110", "公安报警", line, manner=manner))
    say("话务员一键接入 110")
    await stage.expect("110应答即入", {"citizen": _ROOM, "operator": _ROOM, "unit": _ROOM}, begun)


@asynccontextmanager
async def on_stage(service: Service, phones: Phones, far_end: str, say: Say) -> AsyncIterator[Stage]:
    """A citizen in talk with the operator, and a telephone behind the trunk; the call ends with the block."""
    await log_in(service, phones, OPERATOR.id)
    actions: list[Action] = [Press("4", 1.5), _STAYS]
    ports, folder = phones.ports, phones.directory
    async with (
        phone("operator", answering(rings=0.3), phones.line(ports.operator, 20), folder),
        phone("far-end", far_end, phones.line(ports.duty, 40), folder),
        phone("citizen", citizen(CITIZEN, "12345", actions), phones.line(ports.citizen, 60), folder),
    ):
        say("市民拨打 12345，按 4（求助）")
        actor = await _first_call(service)
        stage = Stage(service, actor, Shown())
        await stage.expect("话务员应答", {"citizen": _TALK, "operator": _TALK})
        yield stage
        await actor.ask(actor.hang_up)
        await _recorded(stage)


async def _first_call(service: Service) -> CallActor:
    async with asyncio.timeout(_STEP_S):
        while not (calls := service.hub.in_progress()):  # noqa: ASYNC110 - a telephone changes it
            await asyncio.sleep(_LOOK_S)
    return calls[0]


async def _recorded(stage: Stage) -> None:
    """Wait for the call's record: one ticket, and whoever was rung as what came of it."""
    call_id, tickets = stage.actor.call_id, 0
    async with asyncio.timeout(_STEP_S):
        while not tickets:
            async with stage.service.database.acquire() as connection:
                tickets = await connection.fetchval("SELECT count(*) FROM tickets WHERE call_id = $1", call_id)
            await asyncio.sleep(_LOOK_S)
    async with stage.service.database.acquire() as connection:
        outcomes = [str(row["outcome"]) for row in await connection.fetch(QUERIES["call_attempts"], call_id)]
        kinds = [event.kind.value for event in await store.load_events(connection, call_id)]
    stage.shown.hold("一通电话一张工单", str(tickets), "1")
    if outcomes:
        stage.shown.hold("呼叫结果已记录", "、".join(outcomes), "accepted")
    if "held" in kinds:
        stage.shown.hold("保持与取回成对", str(kinds.count("held") - kinds.count("resumed")), "0")


def _place(conference: str, application: str, bridge: str) -> str:
    if conference:
        return _ROOM
    if application == "MusicOnHold":
        return _MUSIC
    return _TALK if bridge else application


def _said(places: Mapping[str, str]) -> str:
    return "，".join(f"{role}：{place}" for role, place in sorted(places.items()))


Play = Callable[[Stage, Say], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Show:
    """A demonstration that can be asked for by name. `far_end` is the scenario of the telephone behind the trunk."""

    about: str
    play: Play
    far_end: str


_DUTY_OFFICER = answering([Press("1", 1.0), _STAYS], rings=0.5)
SHOWS: Mapping[str, Show] = {
    "hold": Show("保持与取回：谁也不会掉线", hold, _DUTY_OFFICER),
    "consult": Show("先咨询单位，再接入市民", consult, _DUTY_OFFICER),
    "emergency": Show("一键接入110，对方无须按键", emergency, answering([_STAYS], rings=0.5)),
}


async def show(name: str, service: Service, phones: Phones, say: Say) -> Shown:
    """Play one of SHOWS. Raises PhoneError, TimeoutError where the telephones do not play along."""
    wanted = SHOWS[name]
    async with on_stage(service, phones, wanted.far_end, say) as stage:
        await wanted.play(stage, say)
    return stage.shown
