"""Calls that the hotline makes, over HTTP: whom somebody may call, asked once, called once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal

import asyncpg
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ami_bridge.arrangement import Wanted
from ami_bridge.errors import AmiDisconnected
from app.calls import store
from app.calls.hub import Engaged, OutboundCeiling
from app.calls.node import NodeLink
from app.calls.outgoing import Outgoing, operator_asks
from app.calls.seats import NoTelephone
from app.db.queries import QUERIES
from app.dialler.rules import Reason
from app.numbers import caller_number
from app.people import audit
from app.people.model import Person
from app.people.rights import sees_caller
from app.web.auth import check
from app.web.keys import DATABASE, HUB, SETTINGS
from app.web.origin import address
from app.web.problems import Problem
from app.web.targets import duty_of
from app.web.telephony import telephony
from app.web.ticket_sight import concerns, row_of
from app.web.views import View, not_found

# What may stand in a header field (RFC 9110, section 5.5), and no more than a client makes up for one request.
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class CallTo(BaseModel):
    """Whom to call: the caller of a ticket, whoever an earlier call came from or went to, or any number."""

    model_config = ConfigDict(extra="forbid")

    ticket: str | None = Field(None, max_length=40)
    whom: Literal["caller"] = "caller"
    call: str | None = Field(None, pattern=r"^[A-Za-z0-9.-]{1,100}$")
    number: str | None = Field(None, max_length=40)

    @model_validator(mode="after")
    def _one(self) -> CallTo:
        if sum(each is not None for each in (self.ticket, self.call, self.number)) != 1:
            raise ValueError("name one of ticket, call, number")
        return self


class CallOut(BaseModel):
    """Whom the hotline is to call, and why."""

    model_config = ConfigDict(extra="forbid")

    to: CallTo
    reason: Reason = "contact"


@dataclass(frozen=True, slots=True)
class Found:
    """Whose number it is, and what the call is about."""

    number: str = field(repr=False)
    whom: str
    ticket: str | None = None
    call: str | None = None
    protected: bool = False


async def call_out(view: View, body: CallOut) -> web.Response:
    """Keep the call, then ring the asker's telephone. Raises Problem."""
    request = view.request
    who, key = check(request, "call.dial"), _request_key(request)
    found = await whose(request, who, body.to)
    if key and (known := await _asked_already(request, who, key)):
        return _again(view, known, found, body)
    node, asker = await _asker(request, who)
    _counted(request)
    about = (found.whom, found.ticket, found.call, key, who.unit_id, found.protected)
    out = Outgoing(node.outgoing_id(), found.number, body.reason, who.name, asker, *about)
    async with _called_once(), request.app[DATABASE].transaction() as connection:
        started = await store.begin(connection, out, node.name, datetime.now(UTC))
        if started is not None:
            subject = f"ticket:{found.ticket}" if found.ticket else f"call:{found.call or out.call_id}"
            detail = {"call": out.call_id, "reason": out.reason}
            await audit.record(connection, audit.Entry(who, "call.dial", subject, address(request), detail))
    if started is None:
        known = await _asked_already(request, who, key or "")
        return _again(view, known or {}, found, body)
    party = await telephony(node.call_out(out, started))
    return view.json({"id": out.call_id, "party_id": party}, status=HTTPStatus.ACCEPTED)


@asynccontextmanager
async def _called_once() -> AsyncIterator[None]:
    """Nobody is called twice at once, whoever asks. Raises Problem 409."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "calls_one_to_a_person":
            raise
        raise Problem(409, "Being called already", "This number is being called at this moment.") from error


async def _asker(request: web.Request, who: Person) -> tuple[NodeLink, Wanted]:
    """Whose telephone rings first, and over which node: an operator's own, of a unit's account its duty telephones."""
    if who.unit_id is not None:
        name, posts = await duty_of(request, who.unit_id)
        try:
            return request.app[HUB].any_node(), Wanted(who.unit_id, name, posts, asked_by=who.name)
        except AmiDisconnected as error:
            raise Problem(503, "Asterisk is away", "No call can be made now.", code="asterisk-away") from error
    if who.operator_id is None:
        raise Problem(409, "No telephone", "Your account has no operator id, and so no telephone that could ring.")
    return _node(request, who.operator_id), operator_asks(who.operator_id, who.name)


async def whose(request: web.Request, who: Person, to: CallTo) -> Found:
    """Whom somebody may call. Raises Problem 403, 404, 409."""
    if to.ticket is not None:
        return await _of_ticket(request, who, to.ticket)
    if who.role == "unit":
        raise Problem(403, "Not allowed", "A unit calls the callers of its own tickets.")
    if to.call is not None:
        return await _of_call(request, to.call)
    check(request, "call.dial_number")
    number = caller_number(to.number or "", request.app[SETTINGS].area_code)
    return Found(_dialled(number), "number")


async def _of_ticket(request: web.Request, who: Person, number: str) -> Found:
    async with request.app[DATABASE].acquire() as connection:
        row = await connection.fetchrow(QUERIES["get_ticket"], number)
    if row is None or not concerns(dict(row), who):
        raise not_found("ticket", number)
    check(request, "call.dial", row_of(dict(row)))
    if not sees_caller(who, row_of(dict(row))):
        raise _protected()
    phone = caller_number(row["caller_phone"] or "", request.app[SETTINGS].area_code)
    protected = row_of(dict(row)).protected_caller
    return Found(_dialled(phone), "caller", ticket=number, protected=protected)


async def _of_call(request: web.Request, call_id: str) -> Found:
    async with request.app[DATABASE].acquire() as connection:
        row = await connection.fetchrow(QUERIES["call_to_return"], call_id)
    if row is None:
        raise not_found("call", call_id)
    if row["confidential"] or row["anonymous"]:
        raise _protected()
    return Found(_dialled(row["caller"]), "caller", ticket=row["ticket"], call=call_id)


def _protected() -> Problem:
    return Problem(
        403, "The caller is protected", "Who it is, and the number, are not for you.", code="caller-protected"
    )


def _dialled(number: str) -> str:
    if not number:
        raise Problem(409, "No number", "There is no number that could be called.")
    return number


def _node(request: web.Request, operator_id: str) -> NodeLink:
    try:
        return request.app[HUB].node_with_phone(operator_id)
    except NoTelephone as error:
        raise Problem(409, "The operator has no telephone now", str(error)) from error
    except Engaged as error:
        raise Problem(409, "The operator is engaged", str(error)) from error


def _counted(request: web.Request) -> None:
    try:
        request.app[HUB].count_out()
    except OutboundCeiling as error:
        raise Problem(429, "Too many outbound calls", str(error)) from error


def _request_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        text = "Idempotency-Key must be 1 to 200 characters that can be seen."
        raise Problem(422, "The request does not fit", text, code="not-a-request-key")
    return key


async def _asked_already(request: web.Request, who: Person, key: str) -> dict[str, Any] | None:
    async with request.app[DATABASE].acquire() as connection:
        row = await connection.fetchrow(QUERIES["outgoing_by_key"], who.name, key)
    return dict(row) if row else None


def _again(view: View, known: dict[str, Any], found: Found, body: CallOut) -> web.Response:
    """The call that was asked for before. Raises Problem 422 where the same key was another request's."""
    same = (known.get("reason"), known.get("about_ticket"), known.get("about_call"))
    if same != (body.reason, found.ticket, found.call):
        text = "This Idempotency-Key was used for another call."
        raise Problem(422, "The request does not fit", text, code="request-key-used")
    return view.json({"id": known["id"], "party_id": None})
