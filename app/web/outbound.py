"""The dialler's list over HTTP: what is to be called and why not yet, whom never, stopping and going on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.calls.dialling import Planned
from app.dialler import store
from app.dialler.plan import Decision
from app.dialler.rules import Reason
from app.dialler.store import Listed, State, Wanted
from app.numbers import caller_number
from app.people import audit
from app.web.auth import check
from app.web.keys import DATABASE, DIALLING, SETTINGS, TICKETS
from app.web.origin import address
from app.web.outgoing import CallTo, whose
from app.web.problems import Problem
from app.web.views import View, not_found

_SHOWN = 500
_Number = Annotated[str, Field(min_length=2, max_length=40)]


class WantedBody(BaseModel):
    """A call that is to be made: whom (as for `POST /api/calls`) and why; a smaller priority goes first."""

    model_config = ConfigDict(extra="forbid")

    to: CallTo
    reason: Reason = "contact"
    not_before: datetime | None = None
    priority: int = Field(100, ge=0, le=1000)


class StateBody(BaseModel):
    """`stopped`: nothing is dialled; `paused`: nothing for these reasons. Calls in progress go on."""

    model_config = ConfigDict(extra="forbid")

    stopped: bool = False
    paused: frozenset[Reason] = frozenset()


class NeverBody(BaseModel):
    """A number that is not called any more, and why; `until`: then it may be again."""

    model_config = ConfigDict(extra="forbid")

    number: _Number
    why: str = Field(min_length=1, max_length=500)
    until: datetime | None = None


class OutboundCallsView(View):
    async def get(self) -> web.Response:
        """What the dialler would do now: each wanted call in the order in which they are made, with `why` it is made
        now or not yet, and the `earliest` time at which it may be looked at again.

        Tags: calls
        """
        check(self.request, "outbound.list")
        async with self.request.app[DATABASE].acquire() as connection:
            planned = await self.request.app[DIALLING].look(connection)
        return self.json(_shown(planned, enabled=self.request.app[SETTINGS].dialler.enabled))

    async def post(self, body: WantedBody) -> web.Response:
        """Put a call on the dialler's list; one that is on it already stays as it is (200).

        Tags: calls
        """
        who = check(self.request, "outbound.change")
        found = await whose(self.request, who, body.to)
        at = self.request.app[TICKETS].now()
        wanted = Wanted(
            found.number,
            body.reason,
            who.name,
            found.ticket,
            found.call,
            self.aware(body.not_before),
            body.priority,
        )
        async with self.request.app[DATABASE].transaction() as connection:
            if any(row["number"] == found.number for row in await store.never(connection, at)):
                raise Problem(409, "Never called", "This number is on the list of those who are never called.")
            wish_id, new = await store.want(connection, wanted, at)
            if new:
                entry = audit.Entry(who, "outbound.want", f"wanted:{wish_id}", address(self.request))
                await audit.record(connection, entry)
        return self.json({"id": wish_id, "new": new}, status=201 if new else 200)


class OutboundCallView(View):
    async def delete(self, wish_id: int, /) -> web.Response:
        """Take a call off the list; one that is being made goes on.

        Tags: calls
        """
        who = check(self.request, "outbound.change")
        async with self.request.app[DATABASE].transaction() as connection:
            if not await store.end(connection, wish_id, self.request.app[TICKETS].now(), "withdrawn"):
                raise not_found("wanted call", str(wish_id))
            entry = audit.Entry(who, "outbound.withdraw", f"wanted:{wish_id}", address(self.request))
            await audit.record(connection, entry)
        return web.Response(status=204)


class OutboundStateView(View):
    async def put(self, body: StateBody) -> web.Response:
        """Stop everything at once, or the calls of some reasons, or go on.

        Tags: calls
        """
        who = check(self.request, "outbound.change")
        wanted = State(body.stopped, body.paused, who.name, self.request.app[TICKETS].now())
        async with self.request.app[DATABASE].transaction() as connection:
            await store.set_state(connection, wanted)
            detail = {"stopped": body.stopped, "paused": sorted(body.paused)}
            await audit.record(connection, audit.Entry(who, "outbound.state", "dialler", address(self.request), detail))
        return self.json(_state(wanted))


class NeverCalledView(View):
    async def get(self) -> web.Response:
        """The numbers that are never called.

        Tags: calls
        """
        check(self.request, "outbound.list")
        async with self.request.app[DATABASE].acquire() as connection:
            return self.json(await store.never(connection, self.request.app[TICKETS].now()))

    async def post(self, body: NeverBody) -> web.Response:
        """Never call a number, or not before `until`.

        Tags: calls
        """
        who, at = check(self.request, "outbound.change"), self.request.app[TICKETS].now()
        number = caller_number(body.number, self.request.app[SETTINGS].area_code)
        if not number:
            raise Problem(409, "No number", "There is no number that could be called.")
        until = self.aware(body.until)
        async with self.request.app[DATABASE].transaction() as connection:
            await store.never_call(connection, number, body.why, who.name, at, until)
            subject = audit.caller_subject(number)
            entry = audit.Entry(who, "outbound.never", subject, address(self.request), {"why": body.why})
            await audit.record(connection, entry)
        shown = {"number": number, "why": body.why, "added_by": who.name, "added_at": at, "until": until}
        return self.json(shown, status=201)


class NeverCalledNumberView(View):
    async def delete(self, number: str, /) -> web.Response:
        """A number may be called again.

        Tags: calls
        """
        who = check(self.request, "outbound.change")
        known = caller_number(number, self.request.app[SETTINGS].area_code)
        async with self.request.app[DATABASE].transaction() as connection:
            if not await store.may_be_called_again(connection, known):
                raise not_found("never called", number)
            subject = audit.caller_subject(known)
            await audit.record(connection, audit.Entry(who, "outbound.again", subject, address(self.request)))
        return web.Response(status=204)


def _shown(planned: Planned, *, enabled: bool) -> dict[str, Any]:
    listed = {one.wish.id: one for one in planned.listed}
    items = [_item(listed[decision.wish.id], decision) for decision in planned.decisions[:_SHOWN]]
    return {"enabled": enabled, **_state(planned.state), "wanted": len(planned.decisions), "items": items}


def _item(one: Listed, decision: Decision) -> dict[str, Any]:
    wish = one.wish
    return {
        "id": wish.id,
        "number": "" if one.protected else wish.number,
        "reason": wish.reason,
        "about_ticket": one.ticket,
        "about_call": one.call,
        "wanted_by": one.wanted_by,
        "wanted_at": wish.wanted_at,
        "not_before": wish.not_before,
        "priority": wish.priority,
        "tried": wish.tried,
        "last_at": wish.last_at,
        "last": wish.last,
        "why": decision.why,
        "earliest": decision.earliest,
    }


def _state(state: State) -> dict[str, Any]:
    return {
        "stopped": state.stopped,
        "paused": sorted(state.paused),
        "changed_by": state.changed_by,
        "changed_at": state.changed_at,
    }
