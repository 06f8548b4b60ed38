"""One Asterisk node: its ordered event stream in, an actor for each of its calls, its operators, its heartbeat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, assert_never

import structlog

from ami_bridge import changes as c
from ami_bridge import events as e
from ami_bridge import resync, verbs
from ami_bridge.agi import AgiChannels
from ami_bridge.arrangement import Wanted
from ami_bridge.calls import Call, Calls, State, fold
from ami_bridge.errands import Errand, Post
from ami_bridge.errors import AgiFailed, AmiActionFailed, AmiError
from ami_bridge.model import is_outgoing, outgoing_call, outgoing_id
from ami_bridge.operators import MemberStep, Operator, Operators, OperatorState, PauseOperator, fold_operators
from ami_bridge.routes import Dial
from ami_bridge.session import AmiNode, AmiSession
from app.calls import dialogue, translate
from app.calls.actor import CallActor
from app.calls.events import CallEvent, Kind
from app.calls.lease import HEARTBEAT, claim, confirm, this_process
from app.calls.outgoing import Outgoing
from app.calls.restoring import Told, told_by
from app.calls.ringing import CallSettings, Ways
from app.calls.trunks import Trunks, watch
from app.menus import MenuSet
from app.operators.choose import CallFacts, Place
from app.settings import NodeSettings, RouteSettings, TrunkSettings

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 1.0
# On a node where something moves all the time no look is quiet; then the newest one has to do.
_LOOKS = 5
_FALLBACK = verbs.Target("hotline-fallback", "s")
_QUEUE = verbs.Target("hotline-queue", "s")
# Channels of others may outlive the citizen's by this much before the call's ticket is opened all the same.
_CLEARED_S = 0.5
# Work left over after the citizen's hangup (a ringing phone that will not stop) is given up after this.
_LINGER_S = 60.0
_SHOWN_OPERATOR_EVENTS = (e.Member, e.MemberRemoved, e.AgentCalled, e.AgentConnect, e.AgentRingNoAnswer)


class SeatsOfAllNodes(Protocol):
    """What a node tells of its operators, to whom it concerns over all nodes."""

    async def node_up(self, node: NodeLink) -> None: ...

    def changed(self, names: Iterable[str], at: datetime) -> None: ...

    def paused(self, operator_id: str, reason: str) -> None: ...

    def took_call(self, operator_id: str, call_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class NodeContext:
    """What every node needs of the service. `show` publishes on the live feed; `emit` keeps a call event.

    `announce` keeps an event and returns when it is on the disk: before the action that it announces is sent.
    `history` gives everything told of a call so far, in order, also when another process told it.
    `overhear` is told every change, for the text of calls in progress. `lookup` finds a ticket for a caller;
    `ended_unseen` is told of an ended call that this process did not see whole, with the time at which it was last
    known alive if not even its end was seen (None where Asterisk's journal cannot be read). `wrap_up` gives the time
    after a call of some queue; `choose_queue` says where a call is to wait; `service` who a menu's emergency number is,
    `dialled` whom an operator means who hands over by telephone.
    """

    menus: MenuSet
    call_settings: Callable[[Ways], CallSettings]
    trunks: Sequence[TrunkSettings]
    routes: Sequence[RouteSettings]
    emit: Callable[[CallEvent], None]
    announce: Callable[[CallEvent], Awaitable[None]]
    history: Callable[[str], Awaitable[list[CallEvent]]]
    show: Callable[[str, dict[str, Any]], None]
    overhear: Callable[[c.Change], None]
    lookup: Callable[[str], dialogue.Lookup]
    ended_unseen: Callable[[str, datetime | None], None] | None
    now: Callable[[], datetime]
    wrap_up: Callable[[str], timedelta]
    choose_queue: Callable[[CallFacts], Place]
    service: Callable[[str], Wanted | None]
    dialled: Callable[[str], Awaitable[Wanted | None]]
    seats: Callable[[], SeatsOfAllNodes]


class NodeLink:
    """Drives one node. `run` returns only by being cancelled, or raises AmiLoginRefused, DrivenByAnother."""

    def __init__(self, settings: NodeSettings, context: NodeContext) -> None:
        self.name = settings.name
        self.calls = Calls()
        self.actors: dict[str, CallActor] = {}
        self.operators = Operators(context.wrap_up)
        self.trunks = Trunks(context.trunks, context.routes)
        # Since when each call waits in the queue it is in.
        self.queued_at: dict[str, datetime] = {}
        self._settings = settings
        self._context = context
        self._agi = AgiChannels()
        self._group: asyncio.TaskGroup | None = None
        # From losing the node until it has been looked at, events wait here.
        self._catching_up = True
        self._buffer: list[e.Event] = []
        self.answered_at: datetime | None = None
        # Whether this process, and no other, drives the node.
        self._me = this_process()
        self._ours = False
        # The menu that leads each caller, and over which connection to Asterisk.
        self._menus: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._connections = 0
        self._made = 0
        # Calls that ended while we could not see it: Asterisk's journal tells them whole.
        self._unseen: set[str] = set()
        self._lost_at: datetime | None = None
        self.session = AmiSession(
            AmiNode(
                settings.name,
                settings.ami_host,
                settings.ami_port,
                settings.ami_username,
                settings.ami_secret.get_secret_value(),
            ),
            on_event=self._on_event,
            on_up=self._on_up,
            on_down=self._on_down,
        )

    @property
    def connected(self) -> bool:
        return self.session.connected

    @property
    def served(self) -> bool:
        """Whether we have looked at the node and follow it."""
        return self.session.connected and not self._catching_up

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self.session.run(), name=f"ami {self.name}")
            group.create_task(self._beat(), name=f"heartbeat {self.name}")
            group.create_task(watch(self.trunks, self.session, self._trunks_changed), name=f"trunks {self.name}")

    def _trunks_changed(self) -> None:
        self._context.show("trunks", {"node": self.name})

    async def _beat(self) -> None:
        """Tell the dialplan every second that the service is there; when it stops, the fallback menu answers."""
        while True:
            if self.session.connected and self._ours:
                await self._tell_alive()
            await asyncio.sleep(_HEARTBEAT_S)

    async def _tell_alive(self) -> None:
        """Raises DrivenByAnother where another service has taken the node."""
        try:
            await confirm(self.session, self._me)
            await verbs.set_global(self.session, HEARTBEAT, str(int(time.time())))
        except AmiError as error:
            log.warning("heartbeat failed", node=self.name, error=type(error).__name__)
        else:
            self.answered_at = datetime.now(UTC)

    async def gone(self, call_id: str) -> bool:
        """Whether Asterisk does not have this call any more: False where it cannot be asked."""
        if not self.served:
            return False
        try:
            return call_id not in resync.there(await verbs.look(self.session))
        except AmiError:
            return False

    def _on_event(self, event: e.Event) -> None:
        self._agi.feed(event)
        if self._catching_up:
            self._buffer.append(event)
        else:
            self._take(event)

    def _take(self, event: e.Event, source: str = "ami") -> None:
        self._operators_event(event)
        self._context.seats().changed(self.operators.take_changed(), event.at)
        for change in fold(self.calls, event):
            self._changed(change, source)
        if isinstance(event, e.AsyncAgiStart) and event.uniqueid in self.calls:
            self._start_menu(event.channel, event.uniqueid)

    def _changed(self, change: c.Change, source: str = "ami") -> None:
        self._follow_queue(change)
        event = translate.event_of(change, source)
        if event and change.call_id not in self._unseen:
            self._context.emit(event)
        self._context.show("calls", {"call": change.call_id, "change": type(change).__name__})
        self._context.overhear(change)
        actor = self._actor(change)
        if actor:
            self._tell(actor, change)

    def _follow_queue(self, change: c.Change) -> None:
        match change:
            case c.Queued(call_id=call_id, at=at):
                self.queued_at[call_id] = at
            case c.OperatorJoined(call_id=call_id, operator=operator):
                self._context.seats().took_call(operator, call_id)
            case c.CallCleared(call_id=call_id):
                self.queued_at.pop(call_id, None)
            case _:
                pass

    def _actor(self, change: c.Change) -> CallActor | None:
        actor = self.actors.get(change.call_id)
        if actor is None and isinstance(change, c.CallStarted):
            actor = self._new_actor(change.call_id)
        return actor

    def _new_actor(self, call_id: str) -> CallActor:
        actor = CallActor(
            call_id,
            self.session,
            self._context.call_settings(self._ways),
            self._context.emit,
            self._context.announce,
            partial(self._look, call_id),
            self.free_operators,
            partial(self._close, call_id),
        )
        self.actors[call_id] = actor
        self._spawn(self._run_actor(actor), f"call {call_id}")
        return actor

    # Calls that go out.

    def outgoing_id(self) -> str:
        """An id that no other call has."""
        self._made += 1
        return outgoing_id(self.name, datetime.now(UTC), self._made)

    async def call_out(self, out: Outgoing, started: CallEvent) -> str:
        """Begin a call that `started` tells of, which is stored already; returns the asker's attempt id.

        Raises as `CallActor.summon`.
        """
        call = outgoing_call(out.call_id, self.name, out.number, started.at)
        self.calls.put_party(call, call.citizen)
        actor = self._new_actor(out.call_id)
        self._context.emit(started)
        attempt: str = await actor.ask(partial(actor.call_out, out.asker, out.far))
        return attempt

    def _close(self, call_id: str) -> None:
        """A call that goes out is over, and whom it called has no channel whose hangup would tell it."""
        self._take(e.Hangup(self.name, datetime.now(UTC), "", call_id, verbs.NORMAL_CLEARING), "service")

    def _found_outgoing(self, told: Mapping[str, Told]) -> None:
        """Calls that went out from a service that is gone: their own events tell whom they call."""
        for call_id, known in told.items():
            if is_outgoing(call_id) and call_id not in self.calls and known.number and known.started_at:
                call = outgoing_call(call_id, self.name, known.number, known.started_at)
                self.calls.put_party(call, call.citizen)

    async def _run_actor(self, actor: CallActor) -> None:
        try:
            await actor.run()
        finally:
            self.actors.pop(actor.call_id, None)

    def _ways(self, number: str, urgent: bool) -> tuple[Dial, ...]:
        return self.trunks.ways(number, self.calls, urgent=urgent)

    def _look(self, call_id: str) -> Call | None:
        return self.calls.get(call_id)

    def _tell(self, actor: CallActor, change: c.Change) -> None:
        match change:
            case c.Queued(queue=queue):
                actor.post(partial(actor.citizen_waits, queue))
            case c.OperatorJoined(party=party, operator=operator):
                actor.post(partial(actor.operator_joined, party, operator))
            case c.OperatorLeft(party=party) | c.ListenerLeft(party=party) | c.UnitLeft(attempt=party):
                actor.post(partial(actor.party_left, party))
            case c.OperatorWanted(party=party):
                actor.post(partial(actor.operator_wanted, party))
            case c.Referred():
                actor.post(partial(self._refer, actor, change))
            case c.UnitKey(attempt=attempt, outcome=outcome):
                actor.post(partial(actor.unit_key, attempt, outcome))
            case c.UnitAttemptFailed(attempt=attempt, outcome=outcome, code=code):
                actor.post(partial(actor.attempt_failed, attempt, outcome, code))
            case c.CallEnded():
                actor.post(actor.citizen_left)
                self._spawn(self._end(actor, change), f"end of {change.call_id}")
            case c.CallCleared():
                actor.cleared.set_result(change.legs)
            case _:
                self._tell_of_far_end(actor, change)

    def _tell_of_far_end(self, actor: CallActor, change: c.Change) -> None:
        match change:
            case c.CitizenAnswered():
                actor.post(actor.citizen_answered)
            case c.CitizenKey(outcome=outcome):
                actor.post(partial(actor.citizen_key, outcome))
            case c.CitizenUnreached(outcome=outcome, code=code):
                actor.post(partial(actor.citizen_unreached, outcome, code))
            case c.CitizenJoined():
                actor.post(actor.citizen_joined)
            case _:
                pass

    async def _end(self, actor: CallActor, ended: c.CallEnded) -> None:
        """Write the end of a call as soon as all its channels are gone, at most half a second after the citizen's."""
        legs: tuple[c.Leg, ...] = ()
        try:
            async with asyncio.timeout(_CLEARED_S):
                legs = await asyncio.shield(actor.cleared)
        except TimeoutError:
            call = self.calls.get(actor.call_id)
            legs = legs_so_far(call, ended.at) if call else ()
        unseen = actor.call_id in self._unseen
        if (actor.restored or unseen) and self._context.ended_unseen:
            # Only the journal knows this call whole.
            self._context.ended_unseen(actor.call_id, self._lost_at if unseen else None)
        else:
            self._context.emit(CallEvent(ended.call_id, Kind.LEGS, ended.at, translate.legs_data(legs)))
            self._context.emit(CallEvent(ended.call_id, Kind.ENDED, ended.at, {"cause": ended.cause}))
        await asyncio.wait({actor.cleared}, timeout=_LINGER_S)
        actor.post(actor.finished)
        self._unseen.discard(actor.call_id)

    def _start_menu(self, channel: str, call_id: str) -> None:
        """One menu leads a caller; one that a lost connection left behind makes room."""
        connection, running = self._menus.get(call_id, (0, None))
        if running is not None and not running.done():
            if connection == self._connections:
                return
            running.cancel()
        menu = self._spawn(self._menu(channel, call_id), f"menu {call_id}")
        self._menus[call_id] = self._connections, menu
        menu.add_done_callback(partial(self._menu_over, call_id))

    def _menu_over(self, call_id: str, menu: asyncio.Task[None]) -> None:
        if self._menus.get(call_id, (0, None))[1] is menu:
            del self._menus[call_id]

    async def _menu(self, channel: str, call_id: str) -> None:
        call = self.calls[call_id]
        caller = dialogue.Caller(
            channel=channel,
            agi=self._agi.open(self.session, channel, call_id),
            session=self.session,
            sound=self._context.menus.sound,
            seconds=self._context.menus.seconds,
            lookup=self._context.lookup(translate.number_of(call.caller)),
            tell=partial(self._menu_event, call_id),
            number_known=bool(translate.number_of(call.caller)),
            choose_queue=partial(self._choose_queue, call),
            ring_service=partial(self._ring_service, call_id),
        )
        try:
            await dialogue.run(self._context.menus.of_number(call.dialled), caller, self._context.now())
        except AgiFailed as error:
            log.error("menu failed: the caller goes to the fallback menu", call=call_id, why=str(error))
            await self._to_fallback(channel)
        except AmiError as error:
            log.info("menu ended", call=call_id, why=type(error).__name__)

    def _choose_queue(self, call: Call, category: str, language: str, menu_queue: str) -> Place:
        caller = translate.number_of(call.caller)
        return self._context.choose_queue(CallFacts(call.dialled, category, language, caller, menu_queue))

    def _ring_service(self, call_id: str, service: str) -> None:
        """The menu's emergency key: the number is rung while the caller goes on to the queue."""
        actor, wanted = self.actors.get(call_id), self._context.service(service)
        if actor is not None and wanted is not None:
            actor.post(partial(self._summon, actor, wanted))

    async def _summon(self, actor: CallActor, wanted: Wanted) -> None:
        await actor.summon(wanted)

    async def _refer(self, actor: CallActor, change: c.Referred) -> None:
        await actor.referred(change, await self._context.dialled(change.number))

    async def _to_fallback(self, channel: str) -> None:
        """Do not leave the caller in silence until the dialplan's own timeout strikes."""
        try:
            await verbs.redirect(self.session, channel, _FALLBACK)
        except AmiError as error:
            log.warning("not sent to the fallback menu", channel=channel, why=type(error).__name__)

    def _menu_event(self, call_id: str, kind: Kind, **data: object) -> None:
        self._context.emit(CallEvent(call_id, kind, datetime.now(UTC), data, "service"))

    async def _on_up(self, session: AmiSession) -> None:
        """Look at Asterisk: what was missed is told as if it had just happened, then what came meanwhile."""
        await claim(session, self._me)
        self._ours = True
        # From here on calls are ours: not only after the next beat.
        await self._tell_alive()
        snapshot = await self._quiet_look(session)
        now = datetime.now(UTC)
        known = set(self.calls)
        if self._context.ended_unseen:
            self._unseen = known - resync.there(snapshot)
        told = await self._told(resync.call_ids(snapshot) - known)
        self._found_outgoing(told)
        self._take_what_no_look_shows()
        missed = resync.missed_events(self.calls, snapshot, now)
        for event in missed:
            self._take(event, "resync")
        for event in resync.member_events(self.operators.memberships(self.name), snapshot, now):
            self._operators_event(event)
        self._catch_up()
        for channel in resync.orphans(snapshot, self.calls):
            await _hang_up(session, channel.channel)
        self._restore(snapshot, told)
        self._context.seats().changed(self.operators.take_changed(), now)
        await self._context.seats().node_up(self)
        self._context.show("nodes", {"node": self.name, "connected": True})
        log.info(
            "node up", node=self.name, calls=len(self.calls), found=len(set(self.calls) - known), missed=len(missed)
        )

    async def _quiet_look(self, session: AmiSession) -> resync.Snapshot:
        """A look at Asterisk during which nothing moved that it shows, if one can be had.

        What moved before it and is shown by it is not told afterwards: a call would be set back to where it was.
        """
        snapshot = await verbs.look(session)
        for _ in range(_LOOKS):
            if not any(resync.is_shown(event) for event in self._buffer):
                break
            self._buffer = [event for event in self._buffer if not resync.is_shown(event)]
            snapshot = await verbs.look(session)
        return snapshot

    def _take_what_no_look_shows(self) -> None:
        """Keys, refusals and causes of calls that we know, before the look says without them that a channel is gone."""
        waiting, self._buffer = self._buffer, []
        for event in waiting:
            known = self.calls.of_channel(getattr(event, "uniqueid", "")) is not None
            if known and not resync.is_shown(event):
                self._take(event)
            else:
                self._buffer.append(event)

    def _catch_up(self) -> None:
        """Take the events that came while we were looking; those the look told already change nothing."""
        self._catching_up = False
        waiting, self._buffer = self._buffer, []
        for event in waiting:
            self._take(event)

    async def _told(self, call_ids: Iterable[str]) -> dict[str, Told]:
        """What their own events say of calls that another process, now gone, was driving."""
        found = sorted(call_ids)
        histories = await asyncio.gather(*(self._context.history(call_id) for call_id in found))
        return {call_id: told_by(events) for call_id, events in zip(found, histories, strict=True)}

    def _restore(self, snapshot: resync.Snapshot, told: Mapping[str, Told]) -> None:
        accounts = {uniqueid: Errand.read(channel.account) for uniqueid, channel in snapshot.channels.items()}
        errands = {uniqueid: errand for uniqueid, errand in accounts.items() if errand}
        for call_id in list(self.calls):
            actor = self.actors.get(call_id) or self._new_actor(call_id)
            actor.restore(errands, told.get(call_id, Told()))
            channel = snapshot.channels.get(call_id)
            if channel is not None and channel.in_async_agi and call_id in self.calls:
                self._start_menu(channel.channel, call_id)

    def _operators_event(self, event: e.Event) -> None:
        for command in fold_operators(self.operators, event):
            log.info("operator paused: three calls unanswered", node=self.name, operator=command.operator)
            self._context.seats().paused(command.operator, command.reason)
            self._spawn(self._pause(command), f"pause {command.operator}")
        if isinstance(event, _SHOWN_OPERATOR_EVENTS):
            self._context.show("operators", {"node": self.name})

    async def _pause(self, command: PauseOperator) -> None:
        try:
            await verbs.queue_pause(self.session, command.queue, command.operator, paused=True, reason=command.reason)
        except AmiError as error:
            log.warning("operator not paused", operator=command.operator, why=type(error).__name__)

    def operator(self, operator_id: str) -> Operator:
        """How an operator stands on this node."""
        return self.operators.get((self.name, operator_id)) or Operator(operator_id)

    def free_operators(self, queue: str) -> tuple[Post, ...]:
        """The telephones of a queue's operators who are ready now, the best first; of all queues without a name."""
        now = self._context.now()
        ready = [
            one
            for one in self.operators.values()
            if one.state(now) is OperatorState.READY and (not queue or one.queues.get(queue) is False)
        ]
        longest = sorted(ready, key=lambda one: (one.penalties.get(queue, 0), one.since or now))
        return tuple(Post.of_operator(one.operator) for one in longest)

    async def member_step(self, operator: str, step: MemberStep) -> None:
        """Change one membership. Raises what the action raises; a step that is done already is done."""
        match step.what:
            case "add":
                work = self._add_member(operator, step)
            case "remove":
                work = verbs.queue_remove(self.session, step.queue, operator)
            case "pause":
                work = verbs.queue_pause(
                    self.session, step.queue, operator, paused=bool(step.reason), reason=step.reason
                )
            case "penalty":
                work = verbs.queue_penalty(self.session, step.queue, operator, step.penalty)
            case _:
                assert_never(step.what)
        await work

    async def _add_member(self, operator: str, step: MemberStep) -> None:
        """A second click, or somebody else at the same moment, finds the operator there: the pause is made sure of."""
        try:
            await verbs.queue_add(self.session, step.queue, operator, penalty=step.penalty, paused_for=step.reason)
        except AmiActionFailed as refused:
            if "Already there" not in refused.reason:
                raise
            paused = bool(step.reason)
            await verbs.queue_pause(self.session, step.queue, operator, paused=paused, reason=step.reason)

    def spawn_member_step(self, operator: str, step: MemberStep) -> None:
        """As `member_step`, without waiting; the next look at the operator tries again what did not succeed."""
        self._spawn(self._member_step(operator, step), f"seat of {operator}")

    async def _member_step(self, operator: str, step: MemberStep) -> None:
        try:
            await self.member_step(operator, step)
        except AmiError as error:
            log.warning("operator not held back", node=self.name, operator=operator, why=type(error).__name__)

    def send_to_queue(self, call: Call, queue: str, priority: int) -> None:
        """Send a caller who waits on to another queue."""
        actor = self.actors.get(call.call_id)
        if actor is not None:
            actor.post(partial(self._send_to_queue, call, queue, priority))

    async def _send_to_queue(self, call: Call, queue: str, priority: int) -> None:
        now = self.calls.get(call.call_id)
        if now is None or now.state is not State.QUEUED or now.ringing:
            return
        channel = now.citizen.channel
        await verbs.set_variable(self.session, channel, "HOTLINE_QUEUE", queue)
        await verbs.set_variable(self.session, channel, "QUEUE_PRIO", str(priority))
        await verbs.redirect(self.session, channel, _QUEUE)
        log.info("caller flows over", call=call.call_id, queue=queue)

    def _on_down(self, session: AmiSession) -> None:
        log.warning("node lost", node=self.name, calls=len(self.calls))
        if not self._catching_up:
            self._lost_at = self.answered_at
        self._catching_up, self._ours = True, False
        self._connections += 1
        self._buffer = []
        self._agi.connection_lost(session)
        self._context.show("nodes", {"node": self.name, "connected": False})

    def _spawn(self, work: Awaitable[None], name: str) -> asyncio.Task[None]:
        if self._group is None:
            raise RuntimeError("the node is not running")
        return self._group.create_task(_contained(work, name), name=name)


async def _contained(work: Awaitable[None], name: str) -> None:
    """The edge where a fault in the work for one call ends that work only, not the service with all other calls."""
    try:
        await work
    except Exception:
        log.exception("fault in one call's work", work=name)


async def _hang_up(session: AmiSession, channel: str) -> None:
    with suppress(AmiActionFailed):
        await verbs.hang_up(session, channel)


def legs_so_far(call: Call, at: datetime) -> tuple[c.Leg, ...]:
    """The legs of a call of which some channel is still up: its open interval ends now."""
    return tuple(
        c.Leg(
            party.uniqueid,
            party.role.value,
            party.name,
            (*party.bridged, (party.bridged_since, max(at, party.bridged_since)))
            if party.bridged_since
            else party.bridged,
        )
        for party in call.parties.values()
        if party.bridged or party.bridged_since
    )
