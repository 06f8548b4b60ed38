"""One call, one task: everything that happens to it passes through here in order.

The decisions are those of `ami_bridge.arrangement`; this shell turns changes into call events, and the moves from one
arrangement to the next into AMI actions. An action whose outcome is unknown is never sent again: Asterisk is looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, assert_never

import structlog

from ami_bridge import arrangement, routes, verbs
from ami_bridge.arrangement import Arrangement, Other, Place, RefusedError, ThereAlreadyError, Wanted
from ami_bridge.calls import Call, Party
from ami_bridge.changes import Leg, Referred
from ami_bridge.errands import STAFF, Errand, Outcome, Post, Summons, own_people
from ami_bridge.errands import Kind as Whose
from ami_bridge.errors import AmiActionFailed, AmiError, ChannelGone
from ami_bridge.model import Role, attempt_call_id, attempt_number
from ami_bridge.moves import HangUp, Move, MoveBoth, Ring, Step, Where, moves
from ami_bridge.observed import accepted_already, observed, resumed
from ami_bridge.routes import Dial
from ami_bridge.session import AmiSession
from app.calls.events import CallEvent, Kind
from app.calls.restoring import Told
from app.calls.ringing import CallSettings, originate
from app.calls.translate import number_of

log = structlog.get_logger(__name__)

# An attempt must end by itself (no answer, key, hangup); this much later it is ended for it.
_ATTEMPT_GRACE_S = 15.0
_REQUEST_DEADLINE_S = 10.0
# After a command that failed Asterisk is looked at again, so often and so much later.
_LOOKS = 5
_LOOK_AFTER_S = 1.0
# Ahead of everybody who waits: whoever was with somebody already does not wait twice.
_FIRST = "100"
# What is heard by who is alone in the room (res_musiconhold.c: a channel's own class goes before all others).
_MUSIC, _HOLD_MUSIC = "CHANNEL(musicclass)", "hotline"


class NoSuchParty(LookupError):  # noqa: N818 - named for what is the matter
    """The party is not, or no longer, in the call."""


class CallActor:
    """The single place where one call is changed.

    `post` queues work from the ordered AMI stream, the HTTP interface and timers alike; `run` does it, one after the
    other. A failing step is an event of the call (FAULT), never the end of the actor. `cleared` is done, with the
    legs, when all channels of the call are gone.
    """

    def __init__(
        self,
        call_id: str,
        session: AmiSession,
        settings: CallSettings,
        emit: Callable[[CallEvent], None],
        announce: Callable[[CallEvent], Awaitable[None]],
        look: Callable[[], Call | None],
        colleagues: Callable[[str], tuple[Post, ...]],
        close: Callable[[], None],
    ) -> None:
        self.call_id = call_id
        self.state = Arrangement(call_id)
        self.ended = False
        self.restored = False
        self.cleared: asyncio.Future[tuple[Leg, ...]] = asyncio.get_running_loop().create_future()
        self._session = session
        self._settings = settings
        self._emit = emit
        self._announce = announce
        self._look = look
        self._colleagues = colleagues
        self._close = close
        # Every ring of this call, and the attempts of which no end was told yet.
        self._summons: dict[str, Summons] = {}
        self._open: set[str] = set()
        self._failures = 0
        self._work: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._ways: dict[str, Dial] = {}

    def post(self, work: Callable[[], Awaitable[None]]) -> None:
        """Queue one step."""
        self._work.put_nowait(work)

    async def ask(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Queue one step and wait for its result; what it raises is raised here. TimeoutError after 10 s."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.post(partial(_answer, work, answer))
        async with asyncio.timeout(_REQUEST_DEADLINE_S):
            return await answer

    async def run(self) -> None:
        """Do the queued steps until the call has ended and nothing is left to do."""
        try:
            while not (self.ended and self._work.empty()):
                work = await self._work.get()
                await self._do(work)
        finally:
            for timer in self._timers.values():
                timer.cancel()

    def event(self, kind: Kind, at: datetime | None = None, *, source: str = "ami", **data: object) -> None:
        """Tell the world one step of this call."""
        self._emit(CallEvent(self.call_id, kind, at or datetime.now(UTC), data, source))

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (RefusedError, ThereAlreadyError) as refused:
            log.info("step refused", call=self.call_id, why=str(refused))
        except (AmiError, NoSuchParty) as error:
            log.warning("step failed", call=self.call_id, error=type(error).__name__, why=str(error))
            self.event(Kind.FAULT, source="service", what=type(error).__name__)
        except Exception as error:
            # The edge where a fault of ours costs one step; the call, and all others, go on.
            log.exception("fault in a step", call=self.call_id)
            self.event(Kind.FAULT, source="service", what=type(error).__name__)

    # What happened, as told by the live model of calls.

    async def operator_joined(self, party_id: str, name: str) -> None:
        """An operator and the citizen can talk."""
        await self._become(arrangement.operator_joined(self.state, party_id, name))

    async def citizen_waits(self, queue: str) -> None:
        """The citizen is in a queue."""
        self.state = arrangement.citizen_waits(self.state, queue)
        await self._become(arrangement.settled(self.state))

    async def party_left(self, party_id: str) -> None:
        """A party that had joined, or listened, is gone."""
        await self._become(arrangement.left(self.state, party_id))

    async def citizen_left(self) -> None:
        """The citizen is gone: whoever is still there is hung up."""
        await self._become(arrangement.citizen_left(self.state))

    async def finished(self) -> None:
        """Nothing more can happen to the call."""
        self.ended = True

    async def unit_key(self, attempt_id: str, outcome: Outcome) -> None:
        """Who was rung pressed a key, or none (an answering machine), or needs none."""
        if outcome is not Outcome.ACCEPTED:
            await self.attempt_failed(attempt_id, outcome)
            return
        self._attempt_over(attempt_id, outcome)
        summons = self.state.summons.get(attempt_id)
        await self._become(arrangement.accepted(self.state, attempt_id))
        if summons is not None and attempt_id in self.state.others:
            self._tell_of_supervision(summons)

    async def attempt_failed(self, attempt_id: str, outcome: Outcome, code: int = 0) -> None:
        """This ring came to nothing (`code` is SIP's): the next trunk is tried, else the next post rings."""
        if attempt_id not in self._open:
            return
        posts = self._following(self._summons[attempt_id], outcome, code)
        after = arrangement.attempt_failed(self.state, attempt_id, posts, outcome.value)
        self._attempt_over(attempt_id, outcome, code, goes_on=after.attempts_made > self.state.attempts_made)
        await self._become(after)

    async def citizen_answered(self) -> None:
        """Whom the hotline calls has lifted the telephone, and hears who calls."""
        if self.state.far is not None and self.state.far.attempt_id in self._open:
            self.event(Kind.ATTEMPT_ANSWERED, attempt=self.state.far.attempt_id)

    async def citizen_key(self, outcome: Outcome) -> None:
        """Whom the hotline calls is let into the room, or not."""
        far = self.state.far
        if far is None or outcome is not Outcome.ACCEPTED:
            await self.citizen_unreached(outcome)
            return
        if far.attempt_id in self._open:
            self._attempt_over(far.attempt_id, outcome)
        await self._become(arrangement.far_accepted(self.state))

    async def citizen_unreached(self, outcome: Outcome, code: int = 0) -> None:
        """A try to reach whom the hotline calls came to nothing."""
        far = self.state.far
        if far is not None and far.attempt_id in self._open:
            await self.attempt_failed(far.attempt_id, outcome, code)
        self._close_if_over()

    async def citizen_joined(self) -> None:
        """Whom the hotline calls can talk: who waited with the ring-back tone hears music from now on, when alone."""
        await self._become(arrangement.far_accepted(self.state))
        for other in self.state.inside:
            with contextlib.suppress(NoSuchParty, AmiActionFailed):
                await verbs.set_variable(self._session, self._channel_of(other.party_id), _MUSIC, _HOLD_MUSIC)

    async def attempt_lost(self, attempt_id: str) -> None:
        """A ring ended while the service was away: the next post rings. How it ended, the journal tells."""
        summons = self._summons[attempt_id]
        await self._become(arrangement.attempt_failed(self.state, attempt_id, summons.remaining, "lost"))

    async def operator_wanted(self, party_id: str) -> None:
        """A party of the conference asks for an operator: whoever had the call is rung, then who is free."""
        if self.state.staff or any(other.staff for other in self.state.ringing):
            return
        self.event(Kind.OPERATOR_WANTED, source="people", party=party_id)
        call = self._look()
        had = [p.name for p in call.parties.values() if p.role is Role.OPERATOR] if call else []
        posts = {name: Post.of_operator(name) for name in reversed(had)}
        posts |= {post.phone: post for post in self._colleagues(self.state.queue) if post.phone not in posts}
        target, manner = self.state.queue or "operators", own_people(Whose.QUEUE)
        await self.summon(Wanted(target, "", tuple(posts.values()), manner=manner))

    def _following(self, summons: Summons, outcome: Outcome, code: int) -> tuple[Post, ...]:
        way = self._ways.pop(summons.attempt_id, None)
        if way is None:
            return summons.remaining
        return routes.following(summons, way, self._settings.ways_of(summons), outcome, code)

    def _tell_of_supervision(self, summons: Summons) -> None:
        if summons.kind is Whose.SUPERVISOR:
            data = {"mode": summons.mode.value, "supervisor": summons.target, "party": summons.attempt_id}
            self.event(Kind.SUPERVISED, None, source="people", **data)

    # What people ask for.

    async def call_out(self, asker: Wanted, far: Summons) -> str:
        """Ring the telephone of who asks, and then the far end; returns the attempt id. Raises as `summon`."""
        try:
            await self._become(arrangement.call_out(self.state, asker, far))
        except (ValueError, RefusedError):
            self.state = replace(self.state, citizen=Place.GONE)
            self._close_if_over()
            raise
        return next(iter(self.state.summons), "")

    async def summon(self, wanted: Wanted) -> str:
        """Ring the first of somebody's telephones; returns the attempt id.

        Raises ThereAlreadyError, RefusedError, ValueError, AmiError.
        """
        before, after = self.state, arrangement.summon(self.state, wanted)
        await self._become(after)
        return arrangement.summoned(before, after).attempt_id

    async def hand_over(self, wanted: Wanted, operator: str = "") -> str:
        """The operator leaves, and whoever is wanted gets the citizen; returns the attempt id. Raises as `summon`."""
        before, after = self.state, arrangement.hand_over(self.state, wanted, operator)
        self._tell_hand_over(self._leaving(operator), wanted.manner.kind, wanted.target)
        await self._become(after)
        return arrangement.summoned(before, after).attempt_id

    async def referred(self, how: Referred, wanted: Wanted | None) -> None:
        """An operator's own telephone hands the citizen over; None: to a number that nobody has."""
        if how.left:
            self.state = arrangement.let_go(self.state, how.operator)
            if wanted is None:
                self._tell_refused(how)
            else:
                self._tell_hand_over(how.operator, wanted.manner.kind, wanted.target)
            await self._become(arrangement.referred(self.state, how.operator, wanted))
            return
        with contextlib.suppress(RefusedError, ThereAlreadyError):
            if wanted is not None:
                await self.hand_over(wanted, how.operator)
                return
        self._tell_refused(how)
        await verbs.say_to(self._session, how.party, self._settings.back_prompt)

    def _tell_refused(self, how: Referred) -> None:
        self.event(Kind.TRANSFER_REFUSED, source="people", operator=how.operator, number=how.number)

    async def to_queue(self, queue: str, operator: str = "") -> None:
        """The citizen goes to the head of a queue. Raises RefusedError."""
        after = arrangement.to_queue(self.state, queue)
        self._tell_hand_over(self._leaving(operator), Whose.QUEUE, queue)
        await self._become(after)

    def _leaving(self, operator: str) -> str:
        leaving = self.state.operator(operator)
        return leaving.name if leaving else ""

    def _tell_hand_over(self, operator: str, kind: Whose, target: str) -> None:
        self.event(Kind.HANDED_OVER, source="people", operator=operator, whose=kind.value, to=target)

    async def supervise(self, wanted: Wanted) -> str:
        """A supervisor listens, or takes part; one who listens already is rung anew. Raises as `summon`."""
        await self._listens_no_more(wanted.target)
        return await self.summon(wanted)

    async def supervise_no_more(self, operator_id: str) -> None:
        """A supervisor listens no longer, or leaves the talk. Raises NoSuchParty."""
        if await self._listens_no_more(operator_id):
            return
        there = [one for one in self.state.others.values() if one.kind is Whose.SUPERVISOR and one.name == operator_id]
        if not there:
            raise NoSuchParty(f"{operator_id or 'nobody'} does not listen to this call")
        await self._become(arrangement.drop(self.state, there[0].party_id))

    async def _listens_no_more(self, operator_id: str) -> bool:
        listening = [one for one in self.state.others.values() if one.listens and one.name == operator_id]
        for one in listening:
            await self._become(arrangement.drop(self.state, one.party_id))
        return bool(listening)

    async def bring_in(self) -> None:
        """End the consultation or the hold: the citizen joins."""
        await self._become(arrangement.bring_in(self.state))

    async def hold(self) -> None:
        await self._become(arrangement.hold(self.state))

    async def transfer(self, operator: str = "") -> None:
        """The operator leaves the others talking."""
        await self._become(arrangement.leave(self.state, operator))

    async def mute(self, party: str, muted: bool) -> None:
        """Mute or unmute one party of the conference. Raises NoSuchParty, RefusedError."""
        if not self.state.in_room:
            raise RefusedError(self.state.phase, "mute: nobody is in the conference")
        await verbs.mute(self._session, self.call_id, self._channel_of(party), muted=muted)
        self.event(Kind.MUTED if muted else Kind.UNMUTED, source="people", party=party)

    async def drop(self, party: str) -> None:
        """Take one party out of the call: an attempt stops ringing, a person is hung up on."""
        if party in self.state.others:
            await self._become(arrangement.drop(self.state, party))
            return
        await self._hang_up(self._channel_of(party))

    async def hang_up(self) -> None:
        """End the whole call."""
        await self._hang_up_party(self.call_id)

    async def record(self, on: bool) -> None:
        """Pause or resume every recorder of the call; what is said meanwhile is silence in the tracks."""
        call = self._look()
        for party in call.parties.values() if call else ():
            if party.present:
                fields = {"Channel": party.channel, "Direction": "both", "State": "0" if on else "1"}
                await self._session.action("MixMonitorMute", fields)
        self.event(Kind.RECORDING_RESUMED if on else Kind.RECORDING_PAUSED, source="people")

    def snapshot(self) -> dict[str, Any]:
        """Where the call stands, for the screen."""
        call, others = self._look(), self.state.others
        parties = call.parties.values() if call else ()
        return {
            "phase": self.state.phase,
            "place": self.state.citizen.value,
            "state": call.state.value if call else "ended",
            "came_back": self.state.came_back,
            "listeners": self._listeners(),
            "parties": [
                _shown(party, others.get(party.uniqueid))
                for party in parties
                if not party.gone and party.role is not Role.LISTENER
            ],
            "summons": [
                {
                    "party_id": s.attempt_id,
                    "kind": s.kind.value,
                    "unit_id": s.target,
                    "unit_name": s.name,
                    "post": s.post.post,
                    "mode": s.mode.value,
                }
                for s in self.state.summons.values()
                if s.kind is not Whose.SUPERVISOR
            ],
        }

    def _listeners(self) -> list[str]:
        others = self.state.others.values()
        return [one.name for one in others if one.place is Place.LISTEN] if self._settings.listeners_shown else []

    def restore(self, errands: Mapping[str, Errand], told: Told) -> None:
        """Take the state off the live model after a restart.

        `errands` says of each telephone why it rings; `told` is what the call's own events say of it, of the posts
        after it, and of the attempts that ended meanwhile: what was to follow them, follows now.
        """
        call = self._look()
        if call is None:
            return
        self.restored = True
        read = {uid: resumed(uid, errand) for uid, errand in errands.items() if uid in call.parties}
        self._summons = read | dict(told.attempts) | self._summons
        numbers = [attempt_number(uid) for uid in call.parties if attempt_call_id(uid)]
        made = max((self.state.attempts_made, told.attempts_made, *numbers))
        far = told.far or self.state.far
        found = observed(call, self._summons, replace(self.state, attempts_made=made, far=far))
        rung = far.attempt_id if far else ""
        there = {*call.parties, rung} if call.citizen.channel else {*call.parties}
        lost = [attempt for attempt in (*told.open, *told.broken_off) if attempt not in there]
        # What was to ring before the connection was lost may have no channel yet.
        known = [*lost, *(attempt for attempt in self.state.summons if attempt not in there)]
        known = [attempt for attempt in known if attempt != rung]
        if rung in told.open or rung in self._open:
            self._open.add(rung)
        self.state = replace(
            found,
            others=dict(found.others) | {attempt: arrangement.ringing(self._summons[attempt]) for attempt in known},
        )
        self._open |= self.state.summons.keys() - set(lost)
        for attempt_id in lost:
            self.post(partial(self.attempt_lost, attempt_id))
        self.post(self.settle)

    async def settle(self) -> None:
        """Do what follows from how things are: what a service that was killed, or a failed command, left half done."""
        call = self._look()
        after = self.state
        for attempt_id in accepted_already(call) if call else ():
            after = arrangement.accepted(after, attempt_id)
        await self._become(arrangement.settled(after))

    async def _look_again(self) -> None:
        call = self._look()
        if call is None:
            return
        self.state = observed(call, self._summons, self.state)
        await self.settle()

    # Carrying out.

    async def _become(self, after: Arrangement) -> None:
        """Carry out what leads from the arrangement as it is to another; announce first whom it rings.

        After a failure nothing more is done: nobody is hung up for a citizen who was not moved. Raises AmiError.
        """
        todo = moves(self.state, after)
        self._tell_moved(self.state, after)
        for step in todo:
            if isinstance(step, Ring):
                await self._announce_ring(step.summons)
        self.state = arrangement.without_gone(after)
        for step in todo:
            try:
                await self._carry_out(step)
            except (AmiError, NoSuchParty) as error:
                if isinstance(error, ChannelGone | NoSuchParty) and not isinstance(step, MoveBoth):
                    # Its hangup follows, or has been told.
                    continue
                self._look_later()
                raise
        self._failures = 0
        self._close_if_over()

    def _close_if_over(self) -> None:
        """A call that goes out is over without a hangup of whom it called, where they never had a channel."""
        call = self._look()
        if self.state.citizen is Place.GONE and call and call.outgoing and not call.citizen.channel:
            self._close()

    def _tell_moved(self, before: Arrangement, after: Arrangement) -> None:
        if after.citizen is Place.QUEUE and after.came_back and before.citizen is not Place.QUEUE:
            self.event(Kind.CAME_BACK, source="service", why=after.came_back, queue=after.queue)

    def _look_later(self) -> None:
        self._failures += 1
        if self._failures <= _LOOKS:
            again = asyncio.get_running_loop().call_later(_LOOK_AFTER_S, self.post, self._look_again)
            self._timers[f"look {self._failures}"] = again

    async def _carry_out(self, step: Step) -> None:
        match step:
            case Move(to=to):
                await self._move(to)
            case MoveBoth(to=to, operator_id=operator_id):
                await self._move_both(to, operator_id)
            case Ring(summons=summons):
                await self._ring(summons)
            case HangUp(party_id=party_id):
                await self._hang_up_party(party_id)
            case _:
                assert_never(step)

    async def _move(self, to: Where) -> None:
        channel = self._channel_of(self.call_id)
        if to is Where.QUEUE:
            if self.state.queue:
                await verbs.set_variable(self._session, channel, "HOTLINE_QUEUE", self.state.queue)
            await verbs.set_variable(self._session, channel, "QUEUE_PRIO", _FIRST)
        await verbs.redirect(self._session, channel, self._target(to))

    async def _move_both(self, to: Where, operator_id: str) -> None:
        started = asyncio.get_running_loop().time()
        operator = verbs.Target("hotline-conf", f"operator-{self.call_id}")
        channels = self._channel_of(self.call_id), self._channel_of(operator_id)
        await verbs.redirect_both(self._session, channels[0], self._target(to), channels[1], operator)
        if to is Where.ROOM:
            took_ms = (asyncio.get_running_loop().time() - started) * 1000
            self.event(Kind.MOVED, source="service", what="conference", milliseconds=round(took_ms, 1))

    def _target(self, to: Where) -> verbs.Target:
        match to:
            case Where.ROOM:
                return verbs.Target("hotline-conf", f"citizen-{self.call_id}")
            case Where.HOLD:
                return verbs.Target("hotline-hold", f"citizen-{self.call_id}")
            case Where.QUEUE:
                return verbs.Target("hotline-queue", "s")
            case Where.OFFER:
                return verbs.Target("hotline-offer", "s")
            case Where.AFTER:
                return verbs.Target("hotline-after", "s")
            case _:
                raise ValueError(f"nobody is sent to {to.value}")

    async def _announce_ring(self, summons: Summons) -> None:
        """On the disk before the telephone rings: a service that dies now finds it there."""
        way = self._settings.way(summons)
        if way is not None:
            self._ways[summons.attempt_id] = way
        data = summons.as_data() | {"trunk": way.trunk if way else ""}
        await self._announce(CallEvent(self.call_id, Kind.ATTEMPT_STARTED, datetime.now(UTC), data, "service"))
        self._summons[summons.attempt_id] = summons
        self._open.add(summons.attempt_id)

    async def _ring(self, summons: Summons) -> None:
        loop, way = asyncio.get_running_loop(), self._ways.get(summons.attempt_id)
        failed = partial(self.attempt_failed, summons.attempt_id, Outcome.FAILED)
        if way is None and summons.kind not in STAFF:
            self.post(failed)
            return
        longest = self._settings.ring_s + 3 * self._settings.key_s + _ATTEMPT_GRACE_S
        self._timers[summons.attempt_id] = loop.call_later(longest, self.post, failed)
        try:
            await originate(
                self._session,
                self._settings,
                self.call_id,
                summons,
                way,
                category=self._category(),
                caller=self._caller(),
                spied=self._spied(),
                asks=self.state.citizen is Place.RINGING,
            )
        except AmiActionFailed as error:
            log.warning("not rung", call=self.call_id, why=error.reason)
            self.post(failed)

    def _spied(self) -> str:
        """Whom a supervisor is to listen to."""
        operator = self.state.operator()
        return operator.party_id if operator else ""

    def _attempt_over(self, attempt_id: str, outcome: Outcome, code: int = 0, *, goes_on: bool = False) -> None:
        timer = self._timers.pop(attempt_id, None)
        if timer:
            timer.cancel()
        self._open.discard(attempt_id)
        self.event(Kind.ATTEMPT_ENDED, attempt=attempt_id, outcome=outcome.value, code=code, goes_on=goes_on)

    async def _hang_up_party(self, party_id: str) -> None:
        with contextlib.suppress(NoSuchParty):
            await self._hang_up(self._channel_of(party_id))

    async def _hang_up(self, channel: str) -> None:
        """Hang up; a channel that is gone already is what was wanted."""
        with contextlib.suppress(AmiActionFailed):
            await verbs.hang_up(self._session, channel)

    def _channel_of(self, party_id: str) -> str:
        call = self._look()
        party = call.parties.get(party_id) if call else None
        if party is None or party.gone or not party.channel:
            raise NoSuchParty(f"{party_id} is not in this call")
        return party.channel

    def _caller(self) -> str:
        call = self._look()
        return number_of(call.caller) if call else ""

    def _category(self) -> str:
        call = self._look()
        return call.category if call else ""


def _shown(party: Party, other: Other | None) -> dict[str, Any]:
    return {
        "party_id": party.uniqueid,
        "role": party.role.value,
        "name": party.name,
        "place": other.place.value if other else None,
        "joined_at": party.joined_at.isoformat() if party.joined_at else None,
        "in_conference": party.in_conference,
        "muted": party.muted,
    }


async def _answer(work: Callable[[], Awaitable[Any]], answer: asyncio.Future[Any]) -> None:
    """Give the result, or what was raised, to whoever asked."""
    try:
        result = await work()
    except Exception as error:  # noqa: BLE001 - carried over to the asker, who may have gone
        if not answer.done():
            answer.set_exception(error)
    else:
        if not answer.done():
            answer.set_result(result)
