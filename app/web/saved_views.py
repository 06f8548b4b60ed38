"""Searches kept by name, over HTTP: a page of the desk with its filters, for whoever saved it."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.web.auth import person
from app.web.drafts import account
from app.web.keys import DATABASE
from app.web.problems import Problem
from app.web.views import View, record

_MOST = 100


class SavedViewBody(BaseModel):
    """A page of the desk as its address says it: `/tickets/all?unit=water`."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,40}$")]
    path: Annotated[str, Field(pattern=r"^/[a-z][A-Za-z0-9/_-]*(\?[^\s\x00-\x1f\x7f-\x9f]*)?$", max_length=2000)]


class SavedViewsView(View):
    async def get(self) -> web.Response:
        """The person's saved searches, by name.

        Tags: drafts
        """
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["saved_views"], person(self.request).name)
        return self.json([record(row) for row in rows])

    async def put(self, body: SavedViewBody) -> web.Response:
        """Keep a search; one of the same name is replaced. At most 100 a person.

        Tags: drafts
        """
        who = account(person(self.request))
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["saved_view_save"], who.name, body.name.strip(), body.path)
        if row is None:
            raise Problem(409, "Too many saved searches", f"At most {_MOST} are kept.", args={"most": _MOST})
        return self.json(record(row))

    async def delete(self, name: str) -> web.Response:
        """Forget a search; one that is not there is no error.

        Tags: drafts
        """
        async with self.request.app[DATABASE].acquire() as connection:
            await connection.execute(QUERIES["saved_view_remove"], person(self.request).name, name)
        return web.Response(status=204)
