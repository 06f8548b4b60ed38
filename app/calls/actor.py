"""One call, one task: everything that happens to it passes through here in order.

The decisions are the tables of `ami_bridge.conference`; this shell turns changes into call events, and the table's
commands into AMI actions. An action whose outcome is unknown is never sent again: the next look at Asterisk decides.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from ami_bridge import conference, routes, verbs
from ami_bridge.calls import Call, Party, Role, State
from ami_bridge.changes import Leg
from ami_bridge.conference import Command, Phase, RefusedError, Signal, ThereAlreadyError, ThreeParty, attempt_number
from ami_bridge.errands import DUTY, Errand, Manner, Mode, Outcome, Post, Summons
from ami_bridge.errors import AmiActionFailed, AmiError, ChannelGone
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
_PHASES = {
    State.MENU: Phase.ALONE,
    State.QUEUED: Phase.ALONE,
    State.TALKING: Phase.TALKING,
    State.CONFERENCE: Phase.CONFERENCE,
    State.HELD: Phase.CONSULT,
    State.AFTER: Phase.ALONE,
    State.ENDED: Phase.OVER,
}


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
    ) -> None:
        self.call_id = call_id
        self.state = ThreeParty(call_id)
        self.ended = False
        self.restored = False
        self.cleared: asyncio.Future[tuple[Leg, ...]] = asyncio.get_running_loop().create_future()
        self._session = session
        self._settings = settings
        self._emit = emit
        self._announce = announce
        self._look = look
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

    async def operator_joined(self) -> None:
        """An operator and the citizen can talk."""
        if self.state.phase is Phase.ALONE:
            self.state, _ = conference.operator_joined(self.state)

    async def operator_left(self) -> None:
        """The operator is gone."""
        await self._step(conference.operator_left)

    async def citizen_left(self) -> None:
        """The citizen is gone: whoever is still there is hung up."""
        await self._step(conference.citizen_left)

    async def finished(self) -> None:
        """Nothing more can happen to the call."""
        self.ended = True

    async def unit_key(self, attempt_id: str, outcome: Outcome) -> None:
        """The duty officer pressed a key, or none (an answering machine)."""
        if outcome is not Outcome.ACCEPTED:
            await self.attempt_failed(attempt_id, outcome)
            return
        self._attempt_over(attempt_id, outcome)
        if self.state.phase in {Phase.ALONE, Phase.OVER}:
            await self._hang_up_party(attempt_id)
            return
        await self._step(partial(conference.accepted, attempt_id=attempt_id))

    async def attempt_failed(self, attempt_id: str, outcome: Outcome, code: int = 0) -> None:
        """This ring came to nothing (`code` is SIP's): the next trunk is tried, else the next post rings."""
        if attempt_id in self.state.units:
            return
        known = attempt_id in self.state.summons
        if known:
            self._try_next_trunk(attempt_id, outcome, code)
        self.state, following = conference.attempt_failed(self.state, attempt_id)
        if known:
            self._attempt_over(attempt_id, outcome, code, goes_on=following is not None)
        if following:
            await self._ring(following)

    async def attempt_lost(self, attempt_id: str) -> None:
        """A ring ended while the service was away: the next post rings. How it ended, the journal tells."""
        self.state, following = conference.attempt_failed(self.state, attempt_id)
        if following:
            await self._ring(following)

    def _try_next_trunk(self, attempt_id: str, outcome: Outcome, code: int) -> None:
        summons, way = self.state.summons[attempt_id], self._ways.pop(attempt_id, None)
        if way is None:
            return
        ways = self._settings.ways_of(summons)
        remaining = routes.following(summons, way, ways, outcome, code)
        summons = replace(summons, remaining=remaining)
        self.state = replace(self.state, summons={**self.state.summons, attempt_id: summons})

    async def unit_left(self, attempt_id: str) -> None:
        """A unit that had joined is gone."""
        await self._step(partial(conference.unit_left, attempt_id=attempt_id))

    # What people ask for.

    async def summon(self, target: str, name: str, mode: Mode, posts: tuple[Post, ...], manner: Manner = DUTY) -> str:
        """Ring the first of somebody's telephones; returns the attempt id.

        Raises ThereAlreadyError, RefusedError, ValueError, AmiError.
        """
        before = self.state
        self.state, summons = conference.summon(self.state, target, name, mode, posts, manner)
        try:
            await self._ring(summons)
        except AmiActionFailed:
            self.state = replace(before, attempts_made=self.state.attempts_made)
            raise
        return summons.attempt_id

    async def bring_in(self) -> None:
        """End the consultation or the hold: the citizen joins."""
        await self._step(lambda state: conference.step(state, Signal.BRING_CITIZEN))
        self.event(Kind.RESUMED, source="people")

    async def hold(self) -> None:
        await self._step(lambda state: conference.step(state, Signal.HOLD))
        self.event(Kind.HELD, source="people")

    async def transfer(self) -> None:
        await self._step(conference.transfer)

    async def mute(self, party: str, muted: bool) -> None:
        """Mute or unmute one party of the conference. Raises NoSuchParty, RefusedError."""
        if self.state.phase not in {Phase.CONFERENCE, Phase.CONSULT}:
            raise RefusedError(self.state.phase, Signal.HOLD)
        await verbs.mute(self._session, self.call_id, self._channel_of(party), muted=muted)
        self.event(Kind.MUTED if muted else Kind.UNMUTED, source="people", party=party)

    async def drop(self, party: str) -> None:
        """Take one party out of the call: an attempt stops ringing, a person is hung up on."""
        if party in self.state.summons:
            summons = self.state.summons[party]
            self.state = replace(self.state, summons={**self.state.summons, party: replace(summons, remaining=())})
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
        call = self._look()
        parties = call.parties.values() if call else ()
        return {
            "phase": self.state.phase.value,
            "state": call.state.value if call else "ended",
            "parties": [_shown(party) for party in parties if not party.gone],
            "summons": [
                {"party_id": s.attempt_id, "unit_id": s.target, "unit_name": s.name, "post": s.post.post}
                for s in self.state.summons.values()
            ],
        }

    def restore(self, errands: Mapping[str, Errand], told: Told) -> Mode | None:
        """Take the state off the live model after a restart; how an accepted unit is to be joined that waits for it.

        `errands` says of each duty phone why it rings; `told` is what the call's own events say of it, of the posts
        after it, and of the attempts that ended meanwhile: what was to follow them, follows now.
        """
        call = self._look()
        if call is None:
            return None
        units = {party.uniqueid: _target_of(party.uniqueid, errands, told) for party in call.units}
        numbers = [attempt_number(uid) for uid, p in call.parties.items() if p.role is Role.UNIT]
        known = dict(told.attempts) | dict(self.state.summons)
        ringing = [party.uniqueid for party in call.ringing if party.uniqueid in errands]
        lost = [attempt_id for attempt_id in (*told.open, *told.broken_off) if attempt_id not in call.parties]
        self.restored = True
        self.state = replace(
            self.state,
            phase=_PHASES[call.state],
            operator_present=call.operator is not None,
            units=units,
            summons={
                attempt_id: known.get(attempt_id) or _resumed(attempt_id, errands[attempt_id])
                for attempt_id in (*ringing, *lost, *self.state.summons)
                if attempt_id not in units
            },
            attempts_made=max((self.state.attempts_made, told.attempts_made, *numbers)),
        )
        for attempt_id in lost:
            self.post(partial(self.attempt_lost, attempt_id))
        if self.state.phase is not Phase.TALKING or not units:
            return None
        modes = {errands[unit].mode for unit in units if unit in errands}
        return Mode.CONSULT if modes == {Mode.CONSULT} else Mode.JOIN

    async def join_waiting_unit(self, mode: Mode) -> None:
        """The service died between the unit's key and the move: the move is made now."""
        signal = Signal.ACCEPTED_CONSULT if mode is Mode.CONSULT else Signal.ACCEPTED_JOIN
        await self._step(lambda state: conference.step(state, signal))

    # Carrying out.

    async def _step(self, decide: Callable[[ThreeParty], conference.Step]) -> None:
        self.state, commands = decide(self.state)
        for command in commands:
            await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
        carry_out = self._performers()[command]
        with contextlib.suppress(ChannelGone):
            await carry_out()

    def _performers(self) -> Mapping[Command, Callable[[], Awaitable[None]]]:
        return {
            Command.RING: _nothing,
            Command.MOVE_BOTH: self._move_both,
            Command.MOVE_OPERATOR: self._move_operator,
            Command.HOLD_CITIZEN: self._hold_citizen,
            Command.MOVE_OPERATOR_HOLD_CITIZEN: self._move_operator_hold_citizen,
            Command.MOVE_CITIZEN: self._move_citizen,
            Command.RELEASE_CITIZEN: self._release_citizen,
            Command.HANG_UP_OPERATOR: self._hang_up_operator,
            Command.HANG_UP_UNITS: self._hang_up_units,
            Command.CANCEL_ATTEMPTS: self._cancel_attempts,
        }

    async def _ring(self, summons: Summons) -> None:
        loop = asyncio.get_running_loop()
        way = self._settings.way(summons)
        longest = self._settings.ring_s + 3 * self._settings.key_s + _ATTEMPT_GRACE_S
        # On the disk before the telephone rings: a service that dies now finds it there.
        data = summons.as_data() | {"trunk": way.trunk if way else ""}
        await self._announce(CallEvent(self.call_id, Kind.ATTEMPT_STARTED, datetime.now(UTC), data, "service"))
        if way is None:
            self.post(partial(self.attempt_failed, summons.attempt_id, Outcome.FAILED))
            return
        self._ways[summons.attempt_id] = way
        overdue = partial(self.attempt_failed, summons.attempt_id, Outcome.FAILED)
        self._timers[summons.attempt_id] = loop.call_later(longest, self.post, overdue)
        try:
            await originate(self._session, self._settings, self.call_id, summons, way, self._category(), self._caller())
        except AmiActionFailed:
            self._attempt_over(summons.attempt_id, Outcome.FAILED)
            raise

    def _attempt_over(self, attempt_id: str, outcome: Outcome, code: int = 0, *, goes_on: bool = False) -> None:
        timer = self._timers.pop(attempt_id, None)
        if timer:
            timer.cancel()
        self.event(Kind.ATTEMPT_ENDED, attempt=attempt_id, outcome=outcome.value, code=code, goes_on=goes_on)

    async def _move_both(self) -> None:
        started = asyncio.get_running_loop().time()
        await self._redirect_both("hotline-conf", "hotline-conf")
        took_ms = (asyncio.get_running_loop().time() - started) * 1000
        self.event(Kind.MOVED, source="service", what="conference", milliseconds=round(took_ms, 1))

    async def _move_operator(self) -> None:
        await self._redirect(self._operator_channel(), "hotline-conf", f"operator-{self.call_id}")

    async def _hold_citizen(self) -> None:
        await self._redirect(self._citizen_channel(), "hotline-hold", f"citizen-{self.call_id}")

    async def _move_operator_hold_citizen(self) -> None:
        await self._redirect_both("hotline-hold", "hotline-conf")

    async def _move_citizen(self) -> None:
        await self._redirect(self._citizen_channel(), "hotline-conf", f"citizen-{self.call_id}")

    async def _release_citizen(self) -> None:
        await self._redirect(self._citizen_channel(), "hotline-after", "s")

    async def _redirect(self, channel: str, context: str, extension: str) -> None:
        await verbs.redirect(self._session, channel, verbs.Target(context, extension))

    async def _redirect_both(self, citizen_context: str, operator_context: str) -> None:
        citizen = verbs.Target(citizen_context, f"citizen-{self.call_id}")
        operator = verbs.Target(operator_context, f"operator-{self.call_id}")
        await verbs.redirect_both(self._session, self._citizen_channel(), citizen, self._operator_channel(), operator)

    async def _hang_up_operator(self) -> None:
        await self._hang_up_role(Role.OPERATOR)

    async def _hang_up_units(self) -> None:
        await self._hang_up_role(Role.UNIT)

    async def _hang_up_role(self, role: Role) -> None:
        call = self._look()
        for party in list(call.parties.values()) if call else ():
            if party.role is role and not party.gone:
                await self._hang_up(party.channel)

    async def _cancel_attempts(self) -> None:
        for attempt_id in list(self.state.summons):
            await self._hang_up_party(attempt_id)

    async def _hang_up_party(self, party_id: str) -> None:
        with contextlib.suppress(NoSuchParty):
            await self._hang_up(self._channel_of(party_id))

    async def _hang_up(self, channel: str) -> None:
        """Hang up; a channel that is gone already is what was wanted."""
        with contextlib.suppress(AmiActionFailed):
            await verbs.hang_up(self._session, channel)

    def _citizen_channel(self) -> str:
        return self._channel_of(self.call_id)

    def _operator_channel(self) -> str:
        call = self._look()
        if call is None or call.operator is None:
            raise NoSuchParty("no operator is in this call")
        return call.operator.channel

    def _channel_of(self, party_id: str) -> str:
        call = self._look()
        party = call.parties.get(party_id) if call else None
        if party is None or party.gone:
            raise NoSuchParty(f"{party_id} is not in this call")
        return party.channel

    def _caller(self) -> str:
        call = self._look()
        return number_of(call.caller) if call else ""

    def _category(self) -> str:
        call = self._look()
        return call.category if call else ""


def _target_of(attempt_id: str, errands: Mapping[str, Errand], told: Told) -> str:
    """The unit that a party of the conference belongs to; empty where nothing says it."""
    summons, errand = told.attempts.get(attempt_id), errands.get(attempt_id)
    if summons is not None:
        return summons.whom
    return _resumed(attempt_id, errand).whom if errand else ""


def _resumed(attempt_id: str, errand: Errand) -> Summons:
    return Summons(Manner(errand.kind), errand.target, "", errand.mode, attempt_id, Post(errand.post, "", ""))


def _shown(party: Party) -> dict[str, Any]:
    return {
        "party_id": party.uniqueid,
        "role": party.role.value,
        "name": party.name,
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


async def _nothing() -> None:
    """The summons itself rings the phone."""
