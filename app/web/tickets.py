"""Tickets over HTTP: lists, one ticket, and every action of the regulation engine."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.matters.clock import Calendar
from app.matters.model import Action, Category, Status
from app.people.audit import Entry
from app.people.audit import record as note
from app.people.caller_views import confidential_listed, look, protected_caller, searched_for
from app.people.model import Person
from app.people.rights import Action as Right
from app.people.rights import Forbidden, may, sees_content
from app.tickets.actions import MODELS, Args, ReceiveArgs, UnitArgs
from app.tickets.correction import CorrectArgs
from app.tickets.counting import counting
from app.tickets.engine import Outcome
from app.tickets.limits import late_limits, open_limits
from app.tickets.refusal import Refusal
from app.tickets.service import actor_of
from app.tickets.store import CallTaken, CannotMerge, ChangedMeanwhile, NoSuchTicket, hydrate
from app.tickets.worklists import Sort
from app.web.auth import call_row, check, masks
from app.web.guard import storable
from app.web.keys import DATABASE, TICKETS, ZONE
from app.web.offers import offers, right_of
from app.web.origin import address
from app.web.problems import Problem
from app.web.ticket_sight import CALLER, concerns, row_of, visible
from app.web.views import View, dumps, not_found
from app.web.worklists import ListName, work_list, work_page

CallId = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,100}$")]
_MOST = 200
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})"')
_MATTER = ("place", "persons", "happened_at", "request")
Why = Annotated[str, Field(max_length=500)]


class TicketsView(View):
    async def get(
        self,
        status: Status | None = None,
        category: Category | None = None,
        unit: str | None = None,
        caller: str | None = None,
        late: bool = False,
        received_from: datetime | None = None,
        received_to: datetime | None = None,
        text: str | None = None,
        after: str | None = None,
        limit: int = 50,
        list_: ListName = None,
        q: str = "",
        sort: Sort | None = None,
    ) -> web.Response:
        """List tickets, latest first; `after` is the `next` of the page before.

        With `list` a page of that work list, narrowed by `q` (a number, a caller's number, words of the content) and
        sorted by `sort`; the other filters do not narrow it.

        Tags: tickets
        """
        who = check(self.request, "ticket.list")
        if list_ is not None and list_ != "all":
            wanted = work_list(who, list_, q, sort, after, max(1, min(limit, _MOST)))
            rows, following = await work_page(self.request, who, wanted)
            await _note_list(self.request, who, rows)
            return self.json(
                {"items": [visible(row, who, masks=masks(self.request)) for row in rows], "next": following}
            )
        if list_ == "all" and sort not in {None, "received"}:
            raise Problem(422, "The request does not fit", "`all` is sorted by `received` only.", code="no-such-sort")
        text = q or text
        if caller is not None and not may(who, "ticket.caller"):
            raise Problem(403, "Not allowed", f"the role {who.role} may not look for callers")
        if caller:
            number = self.request.app[TICKETS].number(caller)
            await searched_for(self.request.app[DATABASE], who, number, address(self.request))
        cursor = _cursor(after)
        count = max(1, min(limit, _MOST))
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(
                QUERIES["list_tickets"],
                status,
                category,
                unit,
                self.request.app[TICKETS].number(caller) if caller else caller,
                late,
                self.aware(received_from),
                self.aware(received_to),
                text,
                who.unit_id if who.role == "unit" else None,
                *cursor,
                count,
            )
        await _note_list(self.request, who, [dict(row) for row in rows])
        following = _next(rows[-1]) if len(rows) == count else None
        name = "items" if list_ else "tickets"
        return self.json(
            {name: [visible(dict(row), who, masks=masks(self.request)) for row in rows], "next": following}
        )

    async def post(self, body: ReceiveArgs, call_id: CallId | None = None) -> web.Response:
        """Receive a request that did not come by telephone, or write down what is said on a call (`call_id`).

        Tags: tickets
        """
        who = check(self.request, "ticket.create")
        if call_id is not None:
            check(self.request, "call.read", await call_row(self.request, call_id), named=("call", call_id))
        with _call_free():
            outcome = accepted(await self.request.app[TICKETS].receive(body, actor_of(who), call_id))
        return self.json(summary(outcome), status=201)


class TicketView(View):
    async def get(self, number: str, /) -> web.Response:
        """One ticket with its limits, history and notices; what the person may not see is left out.

        Tags: tickets
        """
        who = check(self.request, "ticket.read")
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
        if row is None or not concerns(dict(row), who):
            raise not_found("ticket", number)
        await _note_look(self.request, who, dict(row))
        whole = await _with_all(self.request, who, dict(row))
        answer = self.json(whole | await offers(self.request, who, dict(row)))
        answer.headers[hdrs.ETAG] = f'"{row["version"]}"'
        return answer

    async def patch(self, number: str, /, body: CorrectArgs) -> web.Response:
        """Correct what was taken down on the call, before the dispatch; `If-Match` as for the actions.

        Tags: tickets
        """
        who = check(self.request, "ticket.correct")
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
        if row is None:
            raise not_found("ticket", number)
        check(self.request, "ticket.correct", row_of(dict(row)))
        if row["anonymous"] and body.anonymous is False:
            # Before it is done: who lifts the protection may look at the caller and put it back.
            entry = Entry(who, "ticket.unprotect", f"ticket:{number}", address(self.request))
            async with self.request.app[DATABASE].transaction() as connection:
                await note(connection, entry)
        correcting = self.request.app[TICKETS].correct(number, body, actor_of(who), version=version_of(self.request))
        outcome = await _unless_changed(self.request, who, number, body, correcting)
        return self.json(summary(accepted(outcome)))


class CallLink(BaseModel):
    """The call that a ticket was written for."""

    model_config = ConfigDict(extra="forbid")

    call_id: CallId


class TicketCallView(View):
    async def put(self, number: str, /, body: CallLink) -> web.Response:
        """Link a ticket that has no call to the call it was written for, while it goes on or afterwards.

        Tags: tickets
        """
        who = check(self.request, "ticket.correct")
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
        if row is None:
            raise not_found("ticket", number)
        check(self.request, "ticket.correct", row_of(dict(row)))
        check(self.request, "call.read", await call_row(self.request, body.call_id), named=("call", body.call_id))
        with _call_free():
            linked = row["call_id"] == body.call_id or await self.request.app[TICKETS].link(number, body.call_id)
        if not linked:
            raise Problem(409, "Ticket has a call", "The ticket belongs to another call.")
        async with self.request.app[DATABASE].acquire() as connection:
            entry = Entry(who, "ticket.link", f"ticket:{number}", address(self.request), {"call": body.call_id})
            await note(connection, entry)
        return self.json({"number": number, "call_id": body.call_id})


class CallerView(View):
    async def get(self, number: str, /, reason: Why = "") -> web.Response:
        """Who the caller is; a look at one who will not be named, or whose report is confidential, is audited.

        A unit from which numbers are masked says why it needs to see this one (`reason`), which is in the audit log.

        Tags: tickets
        """
        who = check(self.request, "ticket.caller")
        database = self.request.app[DATABASE]
        async with database.acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
        if row is None or not concerns(dict(row), who):
            raise not_found("ticket", number)
        try:
            found = await protected_caller(database, who, number, address(self.request))
        except Forbidden as error:
            raise Problem(403, "Not allowed", str(error)) from error
        check(self.request, "ticket.caller", row_of(dict(row)))
        if who.role == "unit" and masks(self.request):
            await _unmasked(self.request, who, number, reason.strip())
        if found is not None:
            return self.json({"phone": found.phone, "name": found.name, "address": found.address})
        return self.json({key.removeprefix("caller_"): row[key] for key in CALLER})


async def _unmasked(request: web.Request, who: Person, number: str, reason: str) -> None:
    """A look at a masked number is in the audit log, with its reason, before it is shown. Raises Problem 422."""
    if not reason:
        text = "Say why the whole number is needed: it is in the audit log."
        raise Problem(422, "The request does not fit", text, code="reason-needed")
    entry = Entry(who, "ticket.unmask", f"ticket:{number}", address(request), {"reason": reason})
    async with request.app[DATABASE].acquire() as connection:
        await note(connection, entry)


def action_view(name: str, action: Action) -> type[View]:
    """The view of one action: the engine's argument model is its body."""
    model = MODELS[action]
    right = right_of(name)

    async def post(self: View, number: str, /, body: Args, role: Literal["leader"] | None = None) -> web.Response:
        who = check(self.request, right)
        if role is not None and who.role != "supervisor":
            raise Problem(
                403, "Not allowed", "only a supervisor puts down what the leader in charge decided", code="leader-only"
            )
        return self.json(await perform(self.request, right, number, body, leader=role == "leader"))

    post.__annotations__ = {"number": str, "body": model, "role": Literal["leader"] | None, "return": web.Response}
    post.__doc__ = f"{(model.__doc__ or action.value).strip()}\n\nTags: tickets"
    post.__qualname__ = f"{action.name.title().replace('_', '')}View.post"
    return type(f"{action.name.title().replace('_', '')}View", (View,), {"post": post, "__module__": __name__})


async def perform(request: web.Request, right: Right, number: str, body: Args, *, leader: bool) -> dict[str, Any]:
    """One action on a ticket by the person asking; what it led to. Raises Problem."""
    who, tickets = check(request, right), request.app[TICKETS]
    await _require_part(request, who, number, right)
    actor = actor_of(who, unit=_unit_of(body), leader=leader)
    try:
        acting = tickets.act(number, body, actor, version=version_of(request))
        outcome = await _unless_changed(request, who, number, body, acting)
    except CannotMerge as error:
        raise Problem(409, "Cannot be merged", str(error)) from error
    except NoSuchTicket as error:
        raise not_found("ticket", number) from error
    return summary(accepted(outcome))


class PublicTicketsView(View):
    async def get(self, limit: int = 50) -> web.Response:
        """What was published: request, time, answer, satisfaction; never the caller.

        Tags: public
        """
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["published_tickets"], max(1, min(limit, _MOST)))
        return self.json([_published(dict(row)) for row in rows])


def accepted(outcome: Outcome | Refusal) -> Outcome:
    """The outcome, or the refusal as a problem document naming the rule and its article."""
    if isinstance(outcome, Refusal):
        raise Problem(
            409,
            "Refused by the regulation",
            outcome.message,
            code=f"rule-{outcome.rule}",
            args={"message": outcome.message},
            rule=outcome.rule,
            article=outcome.article,
        )
    return outcome


def summary(outcome: Outcome) -> dict[str, Any]:
    """What an action led to."""
    return {
        "number": outcome.ticket.number,
        "status": outcome.ticket.status.value,
        "limits": {name.value: at for name, at in outcome.limits.items()},
        "late": [limit.value for limit in outcome.late],
        "notices": [{"to": notice.to, "kind": notice.kind, "text": notice.text} for notice in outcome.notices],
    }


def _whole(
    row: dict[str, Any],
    who: Person,
    history: list[dict[str, Any]],
    notices: list[dict[str, Any]],
    now: datetime,
    calendar: Calendar,
    *,
    masks: bool,
) -> dict[str, Any]:
    """One ticket with its limits, and with all that hangs on it for those who see its content."""
    ticket = hydrate(row["state"], "", "", "")
    limits = open_limits(ticket, now)
    shown = visible(row, who, masks=masks) | {
        "limits": {name.value: at for name, at in limits.items()},
        "counting": {name.value: asdict(how) for name, how in counting(ticket, limits, calendar).items()},
        "late_now": [name.value for name in late_limits(ticket, now)],
        "warnings": list(ticket.warnings),
    }
    if not sees_content(who, row_of(row)):
        bare = [{key: entry[key] for key in ("n", "at", "action")} for entry in history]
        return shown | {"history": bare, "notices": []}
    matter = ticket.matter.model_dump(mode="json", include=set(_MATTER))
    parts = [part.model_dump(mode="json") for part in ticket.assignments]
    # What other units are told is not for a unit that only has a part in the ticket.
    told = [one for one in notices if who.role != "unit" or one["recipient"] == who.unit_id]
    return shown | matter | {"history": history, "notices": told, "assignments": parts}


async def _require_part(request: web.Request, who: Person, number: str, right: Right) -> None:
    """A unit acts on its own tickets only, and does not learn of others."""
    if who.role != "unit":
        return
    async with request.app[DATABASE].acquire() as connection:
        row = await connection.fetchrow(QUERIES["get_ticket"], number)
    if row is None or not concerns(dict(row), who):
        raise not_found("ticket", number)
    check(request, right, row_of(dict(row)))


async def _note_list(request: web.Request, who: Person, rows: Sequence[Mapping[str, Any]]) -> None:
    """Which confidential tickets a list shows with their content is in the audit log before they are shown."""
    shown = [str(row["number"]) for row in rows if row["confidential"] and sees_content(who, row_of(dict(row)))]
    await confidential_listed(request.app[DATABASE], who, shown, address(request))


async def _note_look(request: web.Request, who: Person, row: Mapping[str, Any]) -> None:
    """A look at a confidential ticket's content is in the audit log before it is shown."""
    rights = row_of(row)
    if not row["confidential"] or not sees_content(who, rights):
        return
    try:
        await look(request.app[DATABASE], who, "ticket.read", f"ticket:{row['number']}", rights, address(request))
    except Forbidden as error:
        raise Problem(403, "Not allowed", str(error)) from error


@contextmanager
def _call_free() -> Iterator[None]:
    try:
        yield
    except CallTaken as error:
        raise Problem(409, "Call has a ticket", str(error)) from error


def version_of(request: web.Request) -> int | None:
    """The version that the person saw, when they say so (`If-Match`, RFC 9110 section 13.1.1). Raises Problem 422."""
    said = request.headers.get(hdrs.IF_MATCH, "*")
    if said == "*":
        return None
    found = _VERSION.fullmatch(said)
    if found is None:
        raise Problem(422, "The request does not fit", "If-Match is not the ETag of a ticket.", code="not-a-version")
    return int(found[1])


async def _unless_changed(
    request: web.Request, who: Person, number: str, body: BaseModel, work: Awaitable[Outcome | Refusal]
) -> Outcome | Refusal:
    """What came of it; when somebody else changed the ticket since, both versions side by side (Problem 409)."""
    try:
        return await work
    except ChangedMeanwhile as error:
        async with request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
        current = await _with_all(request, who, dict(row)) if row and concerns(dict(row), who) else None
        raise Problem(
            409,
            "Changed meanwhile",
            str(error),
            args={"version": error.version},
            current=json.loads(dumps(current, request.app[ZONE])),
            yours=body.model_dump(mode="json", exclude_unset=True),
        ) from error


async def _with_all(request: web.Request, who: Person, row: dict[str, Any]) -> dict[str, Any]:
    async with request.app[DATABASE].acquire() as connection:
        history = await connection.fetch(QUERIES["ticket_history"], row["number"])
        notices = await connection.fetch(QUERIES["ticket_notices"], row["number"])
    tickets = request.app[TICKETS]
    calendar = tickets.latest.calendar
    told = list(map(dict, history)), list(map(dict, notices))
    whole = _whole(row, who, *told, tickets.now(), calendar, masks=masks(request))
    return whole | {"calls": await _calls_about(request, who, row)}


async def _calls_about(request: web.Request, who: Person, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls that the hotline made about the ticket, as far as they are this person's to know; latest last."""
    if not sees_content(who, row_of(row)):
        return []
    unit = who.unit_id if who.role == "unit" else None
    async with request.app[DATABASE].acquire() as connection:
        rows = await connection.fetch(QUERIES["calls_about_ticket"], row["number"], unit)
    heard = may(who, "transcript.read")
    return [dict(one) | ({} if heard else {"said": None}) for one in rows]


def _unit_of(args: Args) -> str:
    return args.unit if isinstance(args, UnitArgs) else ""


def _published(row: dict[str, Any]) -> dict[str, Any]:
    ticket = hydrate(row.pop("state"), "", "", "")
    replies = [part.reply.text for part in ticket.active if part.reply]
    told = [part.informed_at for part in ticket.active if part.informed_at]
    answer = ticket.answer.text if ticket.answer else "\n".join(replies)
    return row | {"answer": answer, "informed_at": min(told, default=None)}


def _cursor(after: str | None) -> tuple[datetime | None, str | None]:
    if after is None:
        return None, None
    try:
        received_at, number = json.loads(base64.urlsafe_b64decode(after.encode()))
        at = datetime.fromisoformat(received_at)
        if at.tzinfo is None or not storable(str(number)):
            raise ValueError("not a position in a list")
        return at, str(number)
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem(
            422, "The request does not fit", "`after` is not the `next` of a page.", code="not-a-page"
        ) from error


def _next(row: Mapping[str, Any]) -> str:
    position = json.dumps([row["received_at"].isoformat(), row["number"]])
    return base64.urlsafe_b64encode(position.encode()).decode()
