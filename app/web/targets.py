"""Whom a request asks for: a unit, a service number, a colleague or a queue; and the telephones that ring for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ami_bridge.arrangement import Wanted
from ami_bridge.errands import DUTY, Kind, Mode, Post, own_people
from app.calls.hub import NoSuchCall
from app.calls.node import NodeLink
from app.calls.ringing import posts_of, service_wanted
from app.db.queries import QUERIES
from app.operators.roster import Queue
from app.people.model import Person
from app.units import store as units
from app.units.duty import NobodyOnDutyError
from app.units.store import UnknownUnitError
from app.web.keys import DATABASE, HUB, SETTINGS, ZONE
from app.web.problems import Problem
from app.web.views import not_found

_Id = Annotated[str | None, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_SUPERVISING: Mapping[str, Mode] = {
    "listen": Mode.LISTEN,
    "whisper": Mode.WHISPER,
    "barge": Mode.JOIN,
    "take": Mode.TAKE,
}


class Target(BaseModel):
    """Exactly one of the four: a unit (its duty phones), a service number (110), a colleague, a queue (who is free)."""

    model_config = ConfigDict(extra="forbid")

    unit_id: _Id = None
    service: _Id = None
    operator_id: _Id = None
    queue: _Id = None

    @model_validator(mode="after")
    def _one(self) -> Target:
        if sum(each is not None for each in (self.unit_id, self.service, self.operator_id, self.queue)) != 1:
            raise ValueError("name one of unit_id, service, operator_id, queue")
        return self


async def wanted(request: web.Request, call_id: str, target: Target, mode: Mode, who: Person) -> Wanted:
    """Who is to be rung, and how. Raises Problem 404 for whom there is not, 409 for who cannot be rung now."""
    if target.unit_id is not None:
        name, posts = await duty_of(request, target.unit_id)
        return Wanted(target.unit_id, name, posts, mode, DUTY, who.name)
    if target.service is not None:
        return _service(request, target.service, mode, who)
    if target.operator_id is not None:
        return _colleague(request, call_id, target.operator_id, mode, who)
    return _of_queue(request, call_id, target.queue or "", mode, who)


def queue_of(request: web.Request, target: Target) -> str | None:
    """The queue a target names; None for other targets. Raises Problem 404 for a queue there is not."""
    return _queue(request, target.queue).name if target.queue is not None else None


def supervisor(request: web.Request, call_id: str, mode: str, who: Person) -> Wanted:
    """A supervisor's own telephone. Raises Problem 409 where there is none, or it is engaged."""
    if who.operator_id is None:
        raise Problem(409, "No telephone", "Your account has no operator id, and so no telephone that could ring.")
    return _rung(request, call_id, who.operator_id, _SUPERVISING[mode], Kind.SUPERVISOR, who)


def _service(request: web.Request, name: str, mode: Mode, who: Person) -> Wanted:
    service = request.app[SETTINGS].service(name)
    if service is None:
        raise not_found("service", name)
    return replace(service_wanted(service), mode=mode, asked_by=who.name)


def _colleague(request: web.Request, call_id: str, operator_id: str, mode: Mode, who: Person) -> Wanted:
    if request.app[HUB].book.current.operator(operator_id) is None:
        raise not_found("operator", operator_id)
    return _rung(request, call_id, operator_id, mode, Kind.OPERATOR, who)


def _rung(request: web.Request, call_id: str, operator_id: str, mode: Mode, kind: Kind, who: Person) -> Wanted:
    hub = request.app[HUB]
    known, here = hub.book.current.operator(operator_id), _node(request, call_id).operator(operator_id)
    # Who is in this very call is told so by the arrangement.
    if operator_id not in (hub.operators_of(call_id) or frozenset()):
        if not here.registered:
            raise Problem(409, "The operator has no telephone now", f"{operator_id} is not registered on this node.")
        if here.busy:
            raise Problem(409, "The operator is engaged", f"{operator_id} is in a call, or rings for one.")
    name = known.name if known else who.name
    return Wanted(operator_id, name, (Post.of_operator(operator_id, name),), mode, own_people(kind), who.name)


def _of_queue(request: web.Request, call_id: str, queue: str, mode: Mode, who: Person) -> Wanted:
    found = _queue(request, queue)
    posts = _node(request, call_id).free_operators(queue)
    if not posts:
        raise Problem(409, "Nobody is free", f"No operator of queue {queue} is ready now.")
    return Wanted(queue, found.title or queue, posts, mode, own_people(Kind.QUEUE), who.name)


def _queue(request: web.Request, name: str) -> Queue:
    found = request.app[HUB].book.current.queue(name)
    if found is None:
        raise not_found("queue", name)
    return found


def _node(request: web.Request, call_id: str) -> NodeLink:
    try:
        return request.app[HUB].node_of(call_id)
    except NoSuchCall as error:
        raise Problem(404, "No such call in progress", f"Call {call_id} is not in progress.") from error


async def duty_of(request: web.Request, unit_id: str) -> tuple[str, tuple[Post, ...]]:
    """A unit's name and the telephones of who is on duty there now. Raises Problem 404, 409."""
    try:
        async with request.app[DATABASE].acquire() as connection:
            chain = await units.duty_chain(connection, unit_id, datetime.now(UTC), request.app[ZONE])
            name = await connection.fetchval(QUERIES["unit_name"], unit_id)
    except UnknownUnitError as error:
        raise not_found("unit", unit_id) from error
    except NobodyOnDutyError as error:
        raise Problem(409, "Nobody on duty", str(error)) from error
    return name, posts_of(chain)
