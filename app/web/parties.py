"""Who takes part in a call in progress: brought in, consulted, handed the call, let go; supervisors who listen."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from ami_bridge.errands import Mode
from app.people import audit
from app.people.rights import Row
from app.web.auth import allow, call_row
from app.web.calls import act, actor_of, live_state
from app.web.keys import DATABASE, HUB
from app.web.origin import address
from app.web.problems import Problem
from app.web.targets import Target, queue_of, supervisor, wanted
from app.web.telephony import telephony
from app.web.views import View


class PartyRequest(Target):
    """Bring somebody in: into the talk at once (`join`), or with the operator alone first (`consult`)."""

    mode: Literal["join", "consult"] = "join"


class PartyChange(BaseModel):
    """Mute or unmute a party; `mode: join` ends a consultation and brings the citizen in."""

    model_config = ConfigDict(extra="forbid")

    muted: bool | None = None
    mode: Literal["join"] | None = None


class HandOver(BaseModel):
    """Who is to have the call. `attended`: a word with them first; `/transfer` or hanging up then leaves them to it."""

    model_config = ConfigDict(extra="forbid")

    to: Target
    attended: bool = False


class Supervise(BaseModel):
    """Hear everybody (`listen`), be heard by the operator alone (`whisper`) or by all (`barge`), or have the call."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["listen", "whisper", "barge", "take"] = "listen"


class PartiesView(View):
    async def post(self, call_id: str, /, body: PartyRequest) -> web.Response:
        """Bring in a unit (三方通话; post B and the leader follow where post A does not accept), 110, or a colleague.

        A queue is whoever of its operators is free, one after the other. 409 with `party_id` when that one rings or
        takes part already.

        Tags: calls
        """
        who = await allow(self.request, "call.add_party", call_id=call_id)
        asked = await wanted(self.request, call_id, body, Mode(body.mode), who)
        attempt = await telephony(self.request.app[HUB].summon(call_id, asked))
        return self.json({"party_id": attempt, "unit_id": asked.target, "posts": len(asked.posts)}, status=202)


class PartyView(View):
    async def patch(self, call_id: str, party_id: str, /, body: PartyChange) -> web.Response:
        """Mute, unmute, or bring the citizen into a consultation.

        Tags: calls
        """
        await allow(self.request, "call.change_party", call_id=call_id)
        actor = actor_of(self.request, call_id)
        muted = body.muted
        if muted is not None:
            await telephony(actor.ask(lambda: actor.mute(party_id, muted)))
        if body.mode == "join":
            await telephony(actor.ask(actor.bring_in))
        return self.json(live_state(self.request, call_id))

    async def delete(self, call_id: str, party_id: str, /) -> web.Response:
        """Drop one party, or stop ringing a duty phone.

        Tags: calls
        """
        await allow(self.request, "call.drop_party", call_id=call_id)
        actor = actor_of(self.request, call_id)
        await telephony(actor.ask(lambda: actor.drop(party_id)))
        return self.json(live_state(self.request, call_id))


class TransferView(View):
    async def post(self, call_id: str, /) -> web.Response:
        """The operator leaves the others talking (转接); of several operators the one who asks.

        Tags: calls
        """
        who = await allow(self.request, "call.transfer", call_id=call_id)
        mine = who.operator_id or ""
        return await act(self, call_id, lambda actor: lambda: actor.transfer(mine))


class HandOverView(View):
    async def post(self, call_id: str, /, body: HandOver) -> web.Response:
        """Hand the call over: the operator leaves at once, and the citizen hears music until somebody answers.

        Where nobody does, the operator is rung again, and after that the citizen is the first of the queue. To a
        queue, the citizen waits there ahead of all others (`party_id` is null). With `attended` it begins as a
        consultation.

        Tags: calls
        """
        who = await allow(self.request, "call.transfer", call_id=call_id)
        hub, mine = self.request.app[HUB], who.operator_id or ""
        queue = queue_of(self.request, body.to)
        if queue is not None and not body.attended:
            actor = actor_of(self.request, call_id)
            await telephony(actor.ask(lambda: actor.to_queue(queue, mine)))
            return self._answer(None, queue)
        mode = Mode.CONSULT if body.attended else Mode.HAND_OVER
        asked = await wanted(self.request, call_id, body.to, mode, who)
        ring = hub.summon(call_id, asked) if body.attended else hub.hand_over(call_id, asked, mine)
        return self._answer(await telephony(ring), asked.target)

    def _answer(self, party_id: str | None, to: str) -> web.Response:
        return self.json({"party_id": party_id, "to": to}, status=202)


class SuperviseView(View):
    async def post(self, call_id: str, /, body: Supervise) -> web.Response:
        """Ring the supervisor's own telephone: whoever lifts it hears the call, or takes part in it.

        Another mode than before rings anew. Every request is in the audit log before it is carried out. Refused on
        calls whose caller is protected.

        Tags: calls
        """
        who = await allow(self.request, "call.supervise", call_id=call_id)
        self._unprotected(await call_row(self.request, call_id))
        asked = supervisor(self.request, call_id, body.mode, who)
        async with self.request.app[DATABASE].transaction() as connection:
            detail = {"mode": body.mode}
            subject = f"call:{call_id}"
            await audit.record(connection, audit.Entry(who, "call.supervise", subject, address(self.request), detail))
        actor = actor_of(self.request, call_id)
        party = await telephony(actor.ask(lambda: actor.supervise(asked)))
        return self.json({"party_id": party, "mode": body.mode}, status=202)

    async def delete(self, call_id: str, /) -> web.Response:
        """Listen no longer; of a supervisor who takes part in the talk: leave it.

        Tags: calls
        """
        who = await allow(self.request, "call.supervise", call_id=call_id)
        actor = actor_of(self.request, call_id)
        await telephony(actor.ask(lambda: actor.supervise_no_more(who.operator_id or "")))
        return self.json(live_state(self.request, call_id))

    def _unprotected(self, row: Row) -> None:
        if row.protected_caller:
            raise Problem(403, "The caller is protected", "Nobody listens in on a caller who is to stay unknown.")
