"""Queues over HTTP: who waits where, today's figures, and changing queues, routes, callers' lists and pause reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.db.pool import DatabaseUnavailable
from app.db.queries import QUERIES
from app.operators import store
from app.operators.roster import Queue, Route
from app.settings import PauseReason, PhoneNumber
from app.web.auth import check
from app.web.keys import DATABASE, HUB, ZONE
from app.web.operators import change_roster
from app.web.problems import Problem
from app.web.views import View, not_found

_IN_TIME_S = 15
_FIGURES = ("offered", "answered", "in_time", "given_up")
ListName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class QueueChange(BaseModel):
    """What is left out stays; null takes a value away."""

    model_config = ConfigDict(extra="allow")


class Routes(BaseModel):
    """All routes; the first that fits a call says where it waits."""

    model_config = ConfigDict(extra="forbid")

    routes: tuple[Route, ...] = Field(max_length=500)


class Numbers(BaseModel):
    """Callers' numbers as the network sends them."""

    model_config = ConfigDict(extra="forbid")

    numbers: tuple[PhoneNumber, ...] = Field(max_length=20000)


class Reasons(BaseModel):
    """The reasons that are offered for a pause, in order."""

    model_config = ConfigDict(extra="forbid")

    reasons: tuple[PauseReason, ...] = Field(min_length=1, max_length=50)


class QueueView(View):
    async def get(self) -> web.Response:
        """Who waits, in order, and how the operators stand.

        Tags: queues
        """
        check(self.request, "queue.read")
        hub = self.request.app[HUB]
        return self.json({"waiting": hub.waiting(), "operators": hub.seats.operators()})


class QueuesView(View):
    async def get(self) -> web.Response:
        """Every queue now and today: waiting, longest wait, operators by state, offered, answered, given up.

        Tags: queues
        """
        check(self.request, "queue.read")
        today, roster = await self._today(), self.request.app[HUB].book.current
        live = self.request.app[HUB].seats.queues()
        return self.json(
            [_settings(roster.queue(queue["name"])) | queue | _of_today(today, queue, roster.general) for queue in live]
        )

    async def post(self, body: Queue) -> web.Response:
        """Add a queue; operators who have its skills belong to it at once.

        Tags: queues
        """
        await change_roster(self.request, "queue.change", f"queue:{body.name}", lambda to: store.add_queue(to, body))
        return self.json(_settings(body), status=201)

    async def _today(self) -> dict[str, dict[str, int]] | None:
        midnight = datetime.now(self.request.app[ZONE]).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            async with self.request.app[DATABASE].acquire() as connection:
                rows = await connection.fetch(QUERIES["queues_today"], midnight, _IN_TIME_S)
        except DatabaseUnavailable:
            return None
        return {row["queue"]: {name: row[name] for name in _FIGURES} for row in rows}


class QueueSettingsView(View):
    async def get(self, queue: str, /) -> web.Response:
        """How a queue is set up.

        Tags: queues
        """
        check(self.request, "queue.read")
        found = self.request.app[HUB].book.current.queue(queue)
        if found is None:
            raise not_found("queue", queue)
        return self.json(_settings(found))

    async def patch(self, queue: str, /, body: QueueChange) -> web.Response:
        """Change a queue while calls wait in it.

        Tags: queues
        """
        check(self.request, "queue.change")
        before = self.request.app[HUB].book.current.queue(queue)
        if before is None:
            raise not_found("queue", queue)
        try:
            after = Queue.model_validate(before.model_dump() | (body.model_extra or {}) | {"name": before.name})
        except ValidationError as error:
            raise Problem(422, "The request does not fit", store.problem_of(error)) from error
        await change_roster(self.request, "queue.change", f"queue:{queue}", lambda to: store.change_queue(to, after))
        return self.json(_settings(after))


class RoutesView(View):
    async def get(self) -> web.Response:
        """Which calls go to which queue, in the order in which they are tried.

        Tags: queues
        """
        check(self.request, "queue.read")
        return self.json({"routes": [route.model_dump() for route in self.request.app[HUB].book.current.routes]})

    async def put(self, body: Routes) -> web.Response:
        """Replace all routes.

        Tags: queues
        """
        if len({route.place for route in body.routes}) < len(body.routes):
            raise Problem(422, "The request does not fit", "Two routes have the same place.")
        await change_roster(self.request, "queue.change", "queue:routes", lambda to: store.put_routes(to, body.routes))
        return self.json({"routes": [route.model_dump() for route in body.routes]})


class CallerListView(View):
    async def get(self, list_name: ListName, /) -> web.Response:
        """The numbers of one list.

        Tags: queues
        """
        check(self.request, "queue.change")
        numbers = self.request.app[HUB].book.current.caller_lists.get(list_name, frozenset())
        return self.json({"numbers": sorted(numbers)})

    async def put(self, list_name: ListName, /, body: Numbers) -> web.Response:
        """Replace one list of callers' numbers; an empty one is gone.

        Tags: queues
        """
        subject = f"caller-list:{list_name}"
        await change_roster(
            self.request, "queue.change", subject, lambda to: store.put_caller_list(to, list_name, body.numbers)
        )
        return self.json({"numbers": sorted(set(body.numbers))})


class PauseReasonsView(View):
    async def get(self) -> web.Response:
        """The reasons that are offered for a pause.

        Tags: queues
        """
        check(self.request, "operator.list")
        return self.json({"reasons": list(self.request.app[HUB].book.current.pause_reasons)})

    async def put(self, body: Reasons) -> web.Response:
        """Replace the reasons.

        Tags: queues
        """
        await change_roster(
            self.request, "queue.change", "queue:pause-reasons", lambda to: store.put_pause_reasons(to, body.reasons)
        )
        return self.json({"reasons": list(dict.fromkeys(body.reasons))})


def _settings(queue: Queue | None) -> dict[str, Any]:
    return queue.model_dump(mode="json") if queue else {}


def _of_today(
    today: dict[str, dict[str, int]] | None, queue: dict[str, Any], general: str
) -> dict[str, dict[str, int] | None]:
    """Figures of today; calls of before queues had names count for the general one."""
    if today is None:
        return {"today": None}
    counted = dict.fromkeys(_FIGURES, 0)
    for name in (queue["name"], *([""] if queue["name"] == general else [])):
        for figure, value in today.get(name, {}).items():
            counted[figure] += value
    counted["offered"] += queue["talking"] + queue["waiting"]
    counted["answered"] += queue["talking"]
    return {"today": counted}
