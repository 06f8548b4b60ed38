"""Operators over HTTP: how they stand, what they wish, and adding, changing and retiring them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import asyncpg
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from ami_bridge.operators import SYSTEM_REASONS
from app.calls.seats import NoSuchOperator, NoTelephone
from app.db.pool import Connection
from app.operators import store
from app.operators.roster import Operator, Roster
from app.operators.store import KnownInRoster, RosterError, UnknownInRoster
from app.people import audit
from app.people.rights import Action, Row
from app.settings import Level, Skill
from app.web.auth import check
from app.web.keys import DATABASE, HUB, PHONE_SECRET
from app.web.origin import address
from app.web.problems import Problem
from app.web.telephony import telephony
from app.web.views import View, not_found
from asterisk_conf.values import Plain

Name = Annotated[Plain, Field(max_length=40)]
Skills = Annotated[dict[Skill, Level], Field(max_length=50)]


class OperatorState(BaseModel):
    """`ready` joins the queues, `paused` needs a reason, `away` leaves them.

    A pause during a call begins when the call ends; `after_call` says that this is meant, and changes nothing else.
    """

    model_config = ConfigDict(extra="forbid")

    state: Literal["ready", "paused", "away"]
    reason: str = Field("", max_length=40, pattern=r"^[^\x00-\x1f\x7f,]*$")
    after_call: bool = False


class OperatorNew(BaseModel):
    """`id` is the SIP user; `webrtc` means a telephone in the browser; `skills` are names with levels, 9 the best."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9]{1,31}$")
    name: Name
    webrtc: bool = False
    skills: Skills = Field(default_factory=dict)


class OperatorChange(BaseModel):
    """What is left out stays. `skills` replaces all of them; `retired: false` brings a retired operator back."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    webrtc: bool | None = None
    skills: Skills | None = None
    retired: bool | None = None


class OperatorsView(View):
    async def get(self) -> web.Response:
        """All operators and their states.

        Tags: operators
        """
        check(self.request, "operator.list")
        return self.json(self.request.app[HUB].seats.operators())

    async def post(self, body: OperatorNew) -> web.Response:
        """Add an operator; the telephone can register at once. The answer shows its password, this once.

        Tags: operators
        """
        operator = Operator(**body.model_dump())
        await change_roster(
            self.request, "operator.change", f"operator:{body.id}", lambda to: store.add_operator(to, operator)
        )
        password = "" if body.webrtc else self.request.app[PHONE_SECRET](body.id)
        return self.json(_written(operator) | {"password": password}, status=201)


class OperatorView(View):
    async def get(self, operator_id: str, /) -> web.Response:
        """One operator and the state.

        Tags: operators
        """
        check(self.request, "operator.list")
        return self.json(_shown(self.request, operator_id))

    async def patch(self, operator_id: str, /, body: OperatorChange) -> web.Response:
        """Change an operator's name, telephone or skills, while calls run.

        Tags: operators
        """
        changes = body.model_dump(exclude_none=True)
        roster = await self._change(operator_id, changes)
        return self.json(_written(next(one for one in roster.operators if one.id == operator_id)))

    async def delete(self, operator_id: str, /) -> web.Response:
        """Retire an operator: no calls, no SIP account. A call in progress is finished; old calls keep the name.

        Tags: operators
        """
        await self._change(operator_id, {"retired": True})
        return web.Response(status=204)

    async def _change(self, operator_id: str, changes: dict[str, Any]) -> Roster:
        roster = self.request.app[HUB].book.current
        before = next((one for one in roster.operators if one.id == operator_id), None)
        if before is None:
            check(self.request, "operator.change")
            raise not_found("operator", operator_id)
        after = before.model_copy(update=changes)
        return await change_roster(
            self.request, "operator.change", f"operator:{operator_id}", lambda to: store.change_operator(to, after)
        )


class OperatorStateView(View):
    async def get(self, operator_id: str, /) -> web.Response:
        """One operator's state: ready, paused, ringing, talking, wrap-up or offline, and since when.

        Tags: operators
        """
        check(self.request, "operator.list")
        return self.json(_shown(self.request, operator_id))

    async def put(self, operator_id: str, /, body: OperatorState) -> web.Response:
        """Become ready, pause with a reason (after the call, if there is one), or leave the queues.

        Tags: operators
        """
        check(self.request, "operator.state", Row(operator_ids=frozenset({operator_id})))
        if body.state == "paused" and not body.reason:
            raise Problem(422, "A pause needs a reason", "Say why: it is part of the figures.")
        if body.reason in SYSTEM_REASONS:
            raise Problem(422, "Not a reason", f"{body.reason} is what the service itself says; name another reason.")
        try:
            await telephony(self.request.app[HUB].seats.wish(operator_id, body.state, body.reason))
        except NoSuchOperator as error:
            raise not_found("operator", operator_id) from error
        except NoTelephone as error:
            raise Problem(409, "No telephone", str(error)) from error
        return self.json({"id": operator_id, "state": body.state, "reason": body.reason})


async def change_roster(
    request: web.Request, right: Action, subject: str, work: Callable[[Connection], Awaitable[None]]
) -> Roster:
    """Change operators or queues, with an entry in the audit log; say in HTTP's terms why it was not done."""
    who = check(request, right)

    async def audited(connection: Connection) -> None:
        await work(connection)
        await audit.record(connection, audit.Entry(who, right, subject, address(request)))

    try:
        return await request.app[HUB].book.change(request.app[DATABASE], audited)
    except UnknownInRoster as error:
        raise not_found(*subject.split(":", 1)) from error
    except KnownInRoster as error:
        raise Problem(409, "Known already", str(error)) from error
    except RosterError as error:
        raise Problem(422, "The request does not fit", str(error)) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        text = f"The database refuses this value ({error.constraint_name})."
        raise Problem(422, "The request does not fit", text) from error


def _shown(request: web.Request, operator_id: str) -> dict[str, Any]:
    found = [one for one in request.app[HUB].seats.operators() if one["id"] == operator_id]
    if not found:
        raise not_found("operator", operator_id)
    return found[0]


def _written(operator: Operator) -> dict[str, Any]:
    return operator.model_dump(mode="json")
