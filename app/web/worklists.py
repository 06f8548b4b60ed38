"""Work lists over HTTP: which page is asked for, what is in it, and how many tickets are in each."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from app.people.model import Person
from app.tickets import worklists
from app.tickets.worklists import Place, Sort, Wanted
from app.web.auth import check
from app.web.guard import storable
from app.web.keys import DATABASE, TICKETS
from app.web.problems import Problem
from app.web.views import View

# `list` is a word of Python's own.
ListName = Annotated[worklists.List | Literal["all"] | None, Field(alias="list")]


class CountsView(View):
    async def get(self) -> web.Response:
        """How many tickets are in each of the person's work lists.

        Tags: tickets
        """
        who = check(self.request, "ticket.list")
        async with self.request.app[DATABASE].acquire() as connection:
            counted = await worklists.counts(connection, [who], self.request.app[TICKETS].now())
        return self.json(counted[who])


def work_list(who: Person, name: worklists.List, text: str, sort: Sort | None, after: str | None, limit: int) -> Wanted:
    """The page asked for. Raises Problem 403 for a list that is not the role's, 422 for a place in another list."""
    if name not in worklists.lists_of(who):
        raise Problem(403, "Not allowed", f"the role {who.role} has no list {name}", code="no-such-list")
    sort = sort or worklists.default_sort(name)
    return Wanted(name, sort, text, _place(after, sort), limit)


async def work_page(request: web.Request, who: Person, wanted: Wanted) -> tuple[Sequence[dict[str, Any]], str | None]:
    """The rows of the page, not yet narrowed to what the person may see, and where it goes on."""
    async with request.app[DATABASE].acquire() as connection:
        rows = await worklists.page(connection, who, wanted, request.app[TICKETS].now())
    following = _after(rows[-1], wanted.sort) if len(rows) == wanted.limit else None
    return [{key: value for key, value in row.items() if key != "place"} for row in rows], following


def _after(row: Mapping[str, Any], sort: Sort) -> str:
    place = worklists.place_of(row, sort)
    return base64.urlsafe_b64encode(json.dumps([sort, place.value, place.number]).encode()).decode()


def _place(after: str | None, sort: Sort) -> Place | None:
    if after is None:
        return None
    try:
        sorted_by, value, number = json.loads(base64.urlsafe_b64decode(after.encode()))
        if sorted_by != sort or not (isinstance(value, str) and isinstance(number, str) and storable(value + number)):
            raise ValueError("not a position in this list")
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem(
            422, "The request does not fit", "`after` is not the `next` of a page of this list.", code="not-a-page"
        ) from error
    return Place(value, number)
