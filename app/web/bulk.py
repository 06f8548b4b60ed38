"""The same action on several tickets at once: each by itself, with a result for each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.people.rights import Action as Right
from app.tickets.actions import MODELS, Args
from app.web.auth import check
from app.web.offers import PATHS, right_of
from app.web.problems import Problem
from app.web.tickets import perform
from app.web.views import View

_MOST = 100
Number = Annotated[str, Field(pattern=r"^[0-9]{8}-[0-9]{6}$")]


class BulkRequest(BaseModel):
    """`action` is named as its path is (`dispatch`, `urge`, `merge`), `body` is what that path takes."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field(max_length=40)
    numbers: tuple[Number, ...] = Field(min_length=1, max_length=_MOST)
    body: dict[str, Any] = {}
    role: Literal["leader"] | None = None


class BulkView(View):
    async def post(self, body: BulkRequest) -> web.Response:
        """Do one action to up to 100 tickets, in the order given; one that is refused does not hinder the others.

        Tags: tickets
        """
        if body.action not in PATHS:
            known = ", ".join(PATHS)
            raise Problem(422, "The request does not fit", f"No such action; known: {known}.", code="no-such-action")
        who = check(self.request, right_of(body.action))
        if body.role is not None and who.role != "supervisor":
            raise Problem(
                403, "Not allowed", "only a supervisor puts down what the leader in charge decided", code="leader-only"
            )
        args = _arguments(body)
        leader = body.role == "leader"
        right = right_of(body.action)
        return self.json([await _one(self.request, right, number, args, leader) for number in body.numbers])


async def _one(request: web.Request, right: Right, number: str, args: Args, leader: bool) -> dict[str, Any]:
    try:
        outcome = await perform(request, right, number, args, leader=leader)
    except Problem as problem:
        return {"number": number, "outcome": None, "problem": problem.document()}
    return {"number": number, "outcome": outcome, "problem": None}


def _arguments(body: BulkRequest) -> Args:
    try:
        return MODELS[PATHS[body.action]].model_validate(body.body)
    except ValidationError as error:
        errors = [
            {"where": "body", "field": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()
        ]
        raise Problem(422, "The request does not fit", errors[0]["what"], errors=errors) from error
