"""The queue and its operators over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.calls.hub import NoSuchOperator
from app.people.rights import Row
from app.units import store as units
from app.units.duty import NobodyOnDutyError
from app.units.store import UnknownUnitError
from app.web.auth import check
from app.web.calls import telephony
from app.web.keys import DATABASE, HUB, ZONE
from app.web.problems import Problem
from app.web.views import View, not_found


class OperatorState(BaseModel):
    """`ready` joins the queue, `paused` needs a reason, `away` leaves the queue."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["ready", "paused", "away"]
    reason: str = Field("", max_length=40, pattern=r"^[^\x00-\x1f\x7f,]*$")


class QueueView(View):
    async def get(self) -> web.Response:
        """Who waits, in order, and how the operators stand.

        Tags: queue
        """
        check(self.request, "queue.read")
        hub = self.request.app[HUB]
        return self.json({"waiting": hub.waiting(), "operators": hub.operators()})


class OperatorsView(View):
    async def get(self) -> web.Response:
        """All operators and their states.

        Tags: queue
        """
        check(self.request, "operator.list")
        return self.json(self.request.app[HUB].operators())


class OperatorStateView(View):
    async def get(self, operator_id: str, /) -> web.Response:
        """One operator's state: ready, paused, ringing, talking, wrap-up or away.

        Tags: queue
        """
        check(self.request, "operator.list")
        found = [operator for operator in self.request.app[HUB].operators() if operator["id"] == operator_id]
        if not found:
            raise not_found("operator", operator_id)
        return self.json(found[0])

    async def put(self, operator_id: str, /, body: OperatorState) -> web.Response:
        """Become ready, pause with a reason, or leave the queue.

        Tags: queue
        """
        check(self.request, "operator.state", Row(operator_ids=frozenset({operator_id})))
        if body.state == "paused" and not body.reason:
            raise Problem(422, "A pause needs a reason", "Say why: it is part of the figures.")
        try:
            await telephony(self.request.app[HUB].set_operator(operator_id, body.state, body.reason))
        except NoSuchOperator as error:
            raise not_found("operator", operator_id) from error
        return self.json({"id": operator_id, "state": body.state, "reason": body.reason})


class UnitsView(View):
    async def get(self, q: str = "") -> web.Response:
        """The directory, or the units that fit some words.

        Tags: units
        """
        check(self.request, "unit.list")
        async with self.request.app[DATABASE].acquire() as connection:
            found = await (units.search(connection, q) if q.strip() else units.list_units(connection))
        listed = [
            {"id": u.id, "name": u.name, "tier": u.tier, "parent": u.parent, "remit": u.remit, "keywords": u.keywords}
            for u in found
        ]
        return self.json(listed)


class DutyView(View):
    async def get(self, unit_id: str, at: datetime | None = None) -> web.Response:
        """Whom a three-party call with this unit would dial now (or `at`), in order.

        Tags: units
        """
        check(self.request, "duty.read", Row(unit_ids=frozenset({unit_id})))
        zone = self.request.app[ZONE]
        when = (at if at.tzinfo else at.replace(tzinfo=zone)) if at else datetime.now(zone)
        try:
            async with self.request.app[DATABASE].acquire() as connection:
                posts = await units.duty_chain(connection, unit_id, when, zone)
        except UnknownUnitError as error:
            raise not_found("unit", unit_id) from error
        except NobodyOnDutyError as error:
            raise Problem(409, "Nobody on duty", str(error)) from error
        return self.json([{"post": post.post, "name": post.name, "phone": post.phone} for post in posts])
