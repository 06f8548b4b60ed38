"""The queue and its operators over HTTP."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.calls.hub import NoSuchOperator
from app.people.rights import Row
from app.web.auth import check
from app.web.calls import telephony
from app.web.keys import HUB
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
