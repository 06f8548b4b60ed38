"""Short demonstrations of what a call can go through, played by SIP phones and judged by what Asterisk itself shows.

`hotline demo NAME`; the three-party call with speech, transcript and ticket is `app.demo.play`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ami_bridge import verbs
from ami_bridge.arrangement import Wanted
from ami_bridge.errands import Kind, Manner, Mode, Post
from ami_bridge.model import Role
from app.calls import store
from app.calls.actor import CallActor
from app.calls.events import Kind as EventKind
from app.calls.outgoing import Outgoing, operator_asks
from app.calls.ringing import service_wanted
from app.db.queries import QUERIES
from app.demo.play import CITIZEN, Phones, Say, duty_posts, log_in, register_phone
from app.demo.scenarios import Action, Press, Wait, answering, citizen, refusing
from app.demo.sipp import phone
from app.demo.stage import COLLEAGUE, OPERATOR, UNIT, Ports, own_trunk
from app.main import Service
from app.settings import EMERGENCIES, QueueLineSettings, QueueRouteSettings

_STEP_S = 20.0
_LOOK_S = 0.02
_STAYS = Wait(120)
_ROOM, _MUSIC, _TALK, _LISTENS, _RINGS = "三方会议", "等待音乐", "与话务员的通话", "监听", "振铃"


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

    def __init__(self, service: Service, actor: CallActor, shown: Shown, outcomes: Sequence[str]) -> None:
        self.service = service
        self.actor = actor
        self.shown = shown
        self.outcomes = outcomes
        [self._node] = service.hub.nodes.values()

    async def places(self) -> Mapping[str, str]:
        """Where Asterisk has each party, by role; the second operator is the colleague."""
        snapshot, call = await verbs.look(self._node.session), self._node.calls.get(self.actor.call_id)
        found: dict[str, str] = {}
        for party in call.parties.values() if call else ():
            channel = snapshot.channels.get(party.uniqueid)
            if channel is not None:
                role = "colleague" if party.name == COLLEAGUE.id else party.role.value
                is_citizen = party.role is Role.CITIZEN
                found[role] = _place(channel.conference, channel.application, channel.bridge, citizen=is_citizen)
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
    police, *_ = EMERGENCIES
    begun = asyncio.get_running_loop().time()
    await stage.service.hub.summon(stage.actor.call_id, service_wanted(police))
    say("话务员一键接入 110")
    await stage.expect("110应答即入", {"citizen": _ROOM, "operator": _ROOM, "unit": _ROOM}, begun)


async def hand_over(stage: Stage, say: Say) -> None:
    """The operator hands the citizen over and leaves at once: music until the unit answers."""
    wanted = Wanted(UNIT.id, UNIT.name, duty_posts())
    begun = asyncio.get_running_loop().time()
    await stage.service.hub.hand_over(stage.actor.call_id, wanted)
    say("话务员把市民转接给市水务局，随即退出")
    await stage.expect("单位应答前市民听音乐", {"citizen": _MUSIC, "unit": _RINGS}, begun)
    await stage.expect("单位接起，与市民通话", {"citizen": _ROOM, "unit": _ROOM}, begun)


async def colleague(stage: Stage, say: Say) -> None:
    """A colleague is asked first, then has the call: the first operator leaves the two talking."""
    await stage.service.hub.summon(stage.actor.call_id, replace(_COLLEAGUE, mode=Mode.CONSULT))
    say("话务员先与同事说明情况，市民听音乐")
    await stage.expect("同事先听情况", {"citizen": _MUSIC, "operator": _ROOM, "colleague": _ROOM})
    begun = await stage.ask(stage.actor.transfer)
    say("话务员转接后退出")
    await stage.expect("同事接手通话", {"citizen": _ROOM, "colleague": _ROOM}, begun)


async def supervise(stage: Stage, say: Say) -> None:
    """A supervisor listens, then takes part, then has the call."""
    begun = asyncio.get_running_loop().time()
    await stage.ask(lambda: stage.actor.supervise(replace(_SUPERVISOR, mode=Mode.LISTEN)))
    say("班长监听：双方不受影响")
    await stage.expect("班长监听", {"citizen": _TALK, "operator": _TALK, "colleague": _LISTENS}, begun)
    begun = await stage.ask(lambda: stage.actor.supervise(replace(_SUPERVISOR, mode=Mode.JOIN)))
    say("班长强插：三人通话")
    await stage.expect("班长强插", {"citizen": _ROOM, "operator": _ROOM, "colleague": _ROOM}, begun)
    begun = await stage.ask(stage.actor.transfer)
    say("话务员退出，班长接手")
    await stage.expect("班长接手", {"citizen": _ROOM, "colleague": _ROOM}, begun)


async def overflow(stage: Stage, say: Say) -> None:
    """The citizen had waited for an enterprise seat that nobody sits at, and flowed over to the general queue."""
    say("企业专席无人，超过最长等候后转入综合受理")
    async with stage.service.database.acquire() as connection:
        events = await store.load_events(connection, stage.actor.call_id)
    queues = [str(event.data["queue"]) for event in events if event.kind is EventKind.QUEUED]
    waited = [event.at for event in events if event.kind is EventKind.QUEUED]
    stage.shown.hold("先在企业专席等候，再转入综合受理", "、".join(dict.fromkeys(queues)), "enterprise、hotline")
    stage.shown.ms["专席等候"] = (waited[-1] - waited[0]).total_seconds() * 1000


async def trunk_failover(stage: Stage, say: Say) -> None:
    """The first trunk refuses: the same telephone is rung over the second at once."""
    begun = asyncio.get_running_loop().time()
    await stage.service.hub.summon(stage.actor.call_id, Wanted(UNIT.id, UNIT.name, duty_posts()))
    say("第一条中继拒绝，立即改走第二条")
    await stage.expect("经第二条中继接通单位", {"citizen": _ROOM, "operator": _ROOM, "unit": _ROOM}, begun)


async def click_to_dial(stage: Stage, say: Say) -> None:
    """A colleague calls a citizen: the own telephone first, then theirs."""
    say("另一位话务员点击拨打：先响自己的话机，再呼叫市民")
    wanted = {"citizen": _ROOM, "colleague": _ROOM}
    await _called(stage, operator_asks(COLLEAGUE.id, COLLEAGUE.id), "话务员与市民通话", wanted)


async def unit_calls_citizen(stage: Stage, say: Say) -> None:
    """A duty officer calls the citizen through the hotline, without knowing the number."""
    say("市水务局要联系来电人：先响值班电话，按1后由热线呼叫市民")
    wanted = {"citizen": _ROOM, "unit": _ROOM}
    await _called(stage, Wanted(UNIT.id, UNIT.name, duty_posts()), "单位与市民通话", wanted, UNIT.id)


async def _called(stage: Stage, asker: Wanted, what: str, wanted: Mapping[str, str], unit: str | None = None) -> None:
    """The hotline calls a citizen for whoever asks; what becomes of it is on record."""
    service, begun = stage.service, asyncio.get_running_loop().time()
    [node] = service.hub.nodes.values()
    out = Outgoing(node.outgoing_id(), _CALLED, "inform", "demo", asker, "caller", unit=unit)
    async with service.database.transaction() as connection:
        started = await store.begin(connection, out, node.name, datetime.now(UTC))
    if started is None:
        raise RuntimeError("asked for twice")
    await node.call_out(out, started)
    actor = service.hub.actor(out.call_id)
    await Stage(service, actor, stage.shown, ()).expect(what, wanted, begun)
    await actor.ask(actor.hang_up)
    reached = None
    async with asyncio.timeout(_STEP_S):
        while reached is None:
            async with service.database.acquire() as connection:
                reached = (await connection.fetch(QUERIES["get_call"], out.call_id))[0]["reached"]
            await asyncio.sleep(_LOOK_S)
    stage.shown.hold("呼出结果已记录", str(reached), "person")


@asynccontextmanager
async def on_stage(service: Service, phones: Phones, wanted: Show, say: Say) -> AsyncIterator[Stage]:
    """A citizen in talk with the operator, and a telephone behind the trunk; the call ends with the block."""
    await log_in(service, phones, OPERATOR.id)
    await register_phone(service, phones, COLLEAGUE.id, phones.ports.colleague)
    actions: list[Action] = [Press("4", 1.5), _STAYS]
    ports, folder = phones.ports, phones.directory
    async with (
        phone("operator", answering(rings=0.3), phones.line(ports.operator, 20), folder),
        phone("colleague", answering(rings=0.5), phones.line(ports.colleague, 80), folder, calls=2),
        phone("far-trunk", refusing("503 Service Unavailable"), phones.line(ports.far_trunk, 100), folder),
        phone("far-end", wanted.far_end, phones.line(ports.duty, 40), folder, calls=2),
        phone("citizen", citizen(CITIZEN, "12345", actions), phones.line(ports.citizen, 60), folder),
    ):
        say("市民拨打 12345，按 4（求助）")
        actor = await _first_call(service)
        stage = Stage(service, actor, Shown(), wanted.outcomes)
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
        stage.shown.hold("呼叫结果已记录", "、".join(outcomes), "、".join(stage.outcomes))
    if "held" in kinds:
        stage.shown.hold("保持与取回成对", str(kinds.count("held") - kinds.count("resumed")), "0")


def _place(conference: str, application: str, bridge: str, *, citizen: bool) -> str:
    if conference:
        return _ROOM
    if application == "MusicOnHold":
        return _MUSIC
    if application == "ChanSpy":
        return _LISTENS
    if bridge:
        return _TALK
    # It rings, or is asked for its key.
    return application if citizen else _RINGS


def _said(places: Mapping[str, str]) -> str:
    return "，".join(f"{role}：{place}" for role, place in sorted(places.items()))


Play = Callable[[Stage, Say], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Show:
    """A demonstration that can be asked for by name. `far_end` is the scenario of the telephone behind the trunk.

    `outcomes` are what the rings of the call must come to; `sections` are settings over the demonstration's usual ones.
    """

    about: str
    play: Play
    far_end: str
    outcomes: tuple[str, ...] = ("accepted",)
    sections: Callable[[Ports], Mapping[str, Any]] = lambda _: {}


def _enterprise(_: Ports) -> Mapping[str, Any]:
    """A queue of its own for whoever presses 4, at which nobody sits."""
    line = QueueLineSettings(
        name="enterprise", title="企业专席", skills=("enterprise",), longest_wait=5, overflow_to="hotline"
    )
    return {"queues": (line,), "queue_routes": (QueueRouteSettings(place=1, queue="enterprise", category="help"),)}


def _two_trunks(ports: Ports) -> Mapping[str, Any]:
    return {"trunks": (own_trunk(ports.far_trunk, "first"), own_trunk(ports.duty, "second", priority=2))}


_OWN_PEOPLE = Post.of_operator(COLLEAGUE.id, COLLEAGUE.name)
_COLLEAGUE = Wanted(COLLEAGUE.id, COLLEAGUE.name, (_OWN_PEOPLE,), manner=Manner(Kind.OPERATOR, needs_key=False))
_SUPERVISOR = Wanted(COLLEAGUE.id, "班长", (_OWN_PEOPLE,), manner=Manner(Kind.SUPERVISOR, needs_key=False))
_CALLED = "13800000001"
_DUTY_OFFICER = answering([Press("1", 1.0), _STAYS], rings=0.5)
_NOBODY = refusing()
SHOWS: Mapping[str, Show] = {
    "hold": Show("保持与取回：谁也不会掉线", hold, _DUTY_OFFICER),
    "consult": Show("先咨询单位，再接入市民", consult, _DUTY_OFFICER),
    "hand-over": Show("盲转：话务员即刻退出，市民不会落空", hand_over, _DUTY_OFFICER),
    "colleague": Show("先与同事说明，再由同事接手", colleague, _NOBODY),
    "overflow": Show("专席无人，转入综合受理", overflow, _NOBODY, (), _enterprise),
    "supervise": Show("班长监听、强插、接手", supervise, _NOBODY, ("accepted", "accepted")),
    "trunk-failover": Show("中继故障，改走下一条", trunk_failover, _DUTY_OFFICER, ("failed", "accepted"), _two_trunks),
    "click-to-dial": Show("点击拨打：先响自己的话机，再呼叫市民", click_to_dial, answering([_STAYS], rings=0.5)),
    "unit-calls-citizen": Show("单位经热线联系来电人，不知其号码", unit_calls_citizen, _DUTY_OFFICER),
    "emergency": Show("一键接入110，对方无须按键", emergency, answering([_STAYS], rings=0.5)),
}


async def show(name: str, service: Service, phones: Phones, say: Say) -> Shown:
    """Play one of SHOWS. Raises PhoneError, TimeoutError where the telephones do not play along."""
    wanted = SHOWS[name]
    async with on_stage(service, phones, wanted, say) as stage:
        await wanted.play(stage, say)
    return stage.shown
