"""Calls over HTTP: looking at them, and acting on those in progress."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from ami_bridge.errands import LISTENING
from app.calls import store
from app.calls.actor import CallActor
from app.calls.events import CallEvent
from app.calls.hub import NoSuchCall
from app.calls.search import Asked, Outcome
from app.db.queries import QUERIES
from app.people import audit
from app.people.model import Person
from app.people.rights import may
from app.web.auth import allow, call_row, check, masks
from app.web.call_search import found_calls
from app.web.keys import DATABASE, HUB, SETTINGS, TICKETS
from app.web.origin import address
from app.web.outgoing import CallOut, call_out
from app.web.problems import Problem
from app.web.telephony import telephony
from app.web.views import View, not_found, record

# GB/T 33358-2016: a message is answered within a day.
MESSAGE_ANSWERED_WITHIN = timedelta(hours=24)
From = Annotated[datetime | None, Field(alias="from")]
Seconds = Annotated[float | None, Field(ge=0, le=86_400, allow_inf_nan=False)]
_KNOW_WHO_LISTENS = frozenset({"supervisor", "auditor"})
_CALLER = frozenset({"caller", "caller_name", "caller_raw"})


class Switch(BaseModel):
    """Turn something on or off."""

    model_config = ConfigDict(extra="forbid")

    on: bool = True


class CallsView(View):
    async def get(
        self,
        before: datetime | None = None,
        limit: int = 50,
        number: str = "",
        from_: From = None,
        to: datetime | None = None,
        operator: str = "",
        unit: str = "",
        queue: str = "",
        outcome: Outcome | None = None,
        min_seconds: Seconds = None,
        max_seconds: Seconds = None,
        q: str = "",
        after: str | None = None,
    ) -> web.Response:
        """List calls, latest first; `before` continues a list.

        With any of the other filters (`q`: words that were said) a page `{items, next}`, continued by `after`.

        Tags: calls
        """
        who, most = await allow(self.request, "call.list"), max(1, min(limit, 500))
        wanted = (number, from_, to, operator, unit, queue, outcome, min_seconds, max_seconds, q, after)
        if any(one is not None and one != "" for one in wanted):
            asked = Asked(
                number=self.request.app[TICKETS].number(number),
                since=self.aware(from_),
                before=self.aware(to),
                operator=operator,
                unit=unit,
                queue=queue,
                outcome=outcome,
                shortest_s=min_seconds,
                longest_s=max_seconds,
                words=q.strip(),
                limit=most,
            )
            page = await found_calls(self.request, asked, after)
            return self.json(page | {"items": [_listed(call, who) for call in page["items"]]})
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["list_calls"], self.aware(before), most)
        return self.json([_listed(record(row), who) for row in rows])

    async def post(self, body: CallOut) -> web.Response:
        """Call somebody: your own telephone rings first, then theirs, and both are in one call, recorded and kept.

        A request with an `Idempotency-Key` that was sent before is answered with the call that it led to. Numbers that
        nobody has called from, and that stand on no ticket, need a right of their own.

        Tags: calls
        """
        return await call_out(self, body)


class ServicesView(View):
    async def get(self) -> web.Response:
        """The service numbers that can be brought into a call, emergencies first.

        Tags: calls
        """
        check(self.request, "service.list")
        shown = [
            {"id": one.id, "name": one.name, "emergency": one.emergency} for one in self.request.app[SETTINGS].services
        ]
        return self.json(sorted(shown, key=lambda one: not one["emergency"]))


class MissedCallsView(View):
    async def get(self, limit: int = 100) -> web.Response:
        """Calls that ended before a person answered and were not called back yet.

        First those who asked to be called back, in the order in which they began to wait (`place`); then messages, the
        oldest first, with the time by which they must be answered (`answer_by`) and their recordings (`messages`);
        then the others, latest first.

        Tags: calls
        """
        who = await allow(self.request, "call.list")
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["missed_calls"], max(1, min(limit, 500)))
        return self.json([_listed(record(row), who) | {"answer_by": _answer_by(row["message_at"])} for row in rows])


class CallView(View):
    async def get(self, call_id: str, /) -> web.Response:
        """One call: its record, events, parties, attempts, recordings, ticket.

        Tags: calls
        """
        who = await allow(self.request, "call.read", call_id=call_id)
        # A unit that sees no whole numbers finds none in a call, either.
        masked = who.role == "unit" and masks(self.request)
        named = not masked and not (await call_row(self.request, call_id)).protected_caller
        async with self.request.app[DATABASE].acquire() as connection:
            call = await connection.fetchrow(QUERIES["get_call"], call_id)
            if call is None:
                raise not_found("call", call_id)
            events = await store.load_events(connection, call_id)
            parties = await connection.fetch(QUERIES["call_parties"], call_id)
            attempts = await connection.fetch(QUERIES["call_attempts"], call_id)
            recordings = await connection.fetch(QUERIES["call_recordings"], call_id)
            ticket = await connection.fetchrow(QUERIES["ticket_of_call"], call_id)
        return self.json(
            (record(call) if named else _unnamed(record(call)))
            | {
                "live": live_state(self.request, call_id),
                "events": [_event(event, named=named) for event in events if _may_know(self.request, who, event.data)],
                "parties": [record(row) for row in parties],
                "attempts": [record(row) for row in attempts if _may_know(self.request, who, row)],
                "recordings": [record(row) for row in recordings],
                "ticket": record(ticket) if ticket else None,
            }
        )


class CallbackView(View):
    async def post(self, call_id: str, /) -> web.Response:
        """Put down that a missed caller was called back (漏接回拨); a second time changes nothing.

        Tags: calls
        """
        who = await allow(self.request, "call.callback", call_id=call_id)
        async with self.request.app[DATABASE].transaction() as connection:
            found = await connection.fetchrow(QUERIES["lock_missed_call"], call_id)
            if found is None or found["outcome"] != "missed":
                raise Problem(409, "Not a missed call", "Only a call that nobody answered can be called back.")
            at = found["called_back_at"]
            if at is None:
                at = self.request.app[TICKETS].now()
                await connection.execute(QUERIES["mark_called_back"], call_id, at)
                entry = audit.Entry(who, "call.callback", f"call:{call_id}", address(self.request))
                await audit.record(connection, entry)
        return self.json({"id": call_id, "called_back_at": at})


class HoldView(View):
    async def post(self, call_id: str, /, body: Switch) -> web.Response:
        """The citizen hears music (`on: true`) or comes back (`on: false`).

        Tags: calls
        """
        await allow(self.request, "call.hold", call_id=call_id)
        return await act(self, call_id, lambda actor: actor.hold if body.on else actor.bring_in)


class RecordView(View):
    async def post(self, call_id: str, /, body: Switch) -> web.Response:
        """Pause (`on: false`) or resume the recording, for what must not be kept (a card number).

        Tags: calls
        """
        await allow(self.request, "call.record", call_id=call_id)
        return await act(self, call_id, lambda actor: lambda: actor.record(body.on))


class HangupView(View):
    async def post(self, call_id: str, /) -> web.Response:
        """End the call.

        Tags: calls
        """
        await allow(self.request, "call.hangup", call_id=call_id)
        return await act(self, call_id, lambda actor: actor.hang_up)


def live_state(request: web.Request, call_id: str) -> dict[str, Any] | None:
    """Where a call in progress stands now, or None when it has ended."""
    try:
        actor = request.app[HUB].actor(call_id)
    except NoSuchCall:
        return None
    return actor.snapshot()


def _listed(call: dict[str, Any], who: Person) -> dict[str, Any]:
    """A line of a list. A protected caller's number is seen at the ticket only, where the look is in the audit log."""
    protected = call.pop("anonymous", False) or call["confidential"]
    return _unnamed(call) if protected or not may(who, "ticket.caller") else call


def _answer_by(message_at: datetime | None) -> datetime | None:
    return message_at + MESSAGE_ANSWERED_WITHIN if message_at else None


def _unnamed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "" if key in _CALLER else value for key, value in values.items()}


def _may_know(request: web.Request, who: Person, told: Mapping[str, Any]) -> bool:
    """Who listened in is for supervisors and auditors; for whom they heard, where the settings say so."""
    listening = told.get("mode") in LISTENING
    return not listening or who.role in _KNOW_WHO_LISTENS or request.app[SETTINGS].supervision.shown


def _event(event: CallEvent, *, named: bool) -> dict[str, Any]:
    shown = event.shown()
    return shown if named else shown | {"data": _unnamed(shown["data"])}


def actor_of(request: web.Request, call_id: str) -> CallActor:
    """The actor of a call in progress. Raises Problem 404."""
    try:
        return request.app[HUB].actor(call_id)
    except NoSuchCall as error:
        raise Problem(404, "No such call in progress", f"Call {call_id} is not in progress.") from error


async def act(view: View, call_id: str, choose: Callable[[CallActor], Callable[[], Awaitable[None]]]) -> web.Response:
    """Do one thing to a call in progress; the answer is how it stands then."""
    actor = actor_of(view.request, call_id)
    await telephony(actor.ask(choose(actor)))
    return view.json(live_state(view.request, call_id))
