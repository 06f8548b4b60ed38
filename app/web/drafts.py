"""Drafts over HTTP: what somebody typed and has not sent yet, kept for them until they send it or throw it away."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.people.model import Person
from app.web.auth import SHELL, person
from app.web.keys import DATABASE, ZONE
from app.web.problems import Problem
from app.web.views import View, dumps, not_found, record

_MOST_BYTES = 200_000


class DraftBody(BaseModel):
    """`version` is the one that was read, 0 for a draft that was not there."""

    model_config = ConfigDict(extra="forbid")

    value: dict[str, Any] | list[Any] | str | bool | int | float
    version: int = Field(0, ge=0, le=2_000_000_000)


class DraftsView(View):
    async def get(self) -> web.Response:
        """The person's drafts, the latest first, without what is in them.

        Tags: drafts
        """
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["draft_list"], person(self.request).name)
        return self.json([record(row) for row in rows])


class DraftView(View):
    async def get(self, key: str, /) -> web.Response:
        """One of the person's own drafts.

        Tags: drafts
        """
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["draft_get"], person(self.request).name, key)
        if row is None:
            raise not_found("draft", key)
        return self.json(record(row) | {"key": key})

    async def put(self, key: str, /, body: DraftBody) -> web.Response:
        """Keep a draft of at most 200,000 bytes; 409 with the other version when another browser kept one meanwhile.

        Tags: drafts
        """
        who = account(person(self.request))
        if len(json.dumps(body.value, ensure_ascii=False).encode()) > _MOST_BYTES:
            raise Problem(413, "Draft too large", f"At most {_MOST_BYTES} bytes.", args={"bytes": _MOST_BYTES})
        async with self.request.app[DATABASE].transaction() as connection:
            if body.version == 0:
                kept = await connection.fetchrow(QUERIES["draft_add"], who.name, key, body.value)
            else:
                kept = await connection.fetchrow(QUERIES["draft_save"], who.name, key, body.value, body.version)
            other = None if kept else await connection.fetchrow(QUERIES["draft_get"], who.name, key)
        if kept is None:
            raise _not_kept(other and json.loads(dumps(record(other), self.request.app[ZONE])), body)
        return self.json({"key": key, "value": body.value, **record(kept)})

    async def delete(self, key: str, /) -> web.Response:
        """Throw a draft away; one that is not there is no error.

        Tags: drafts
        """
        async with self.request.app[DATABASE].acquire() as connection:
            await connection.execute(QUERIES["draft_remove"], person(self.request).name, key)
        return web.Response(status=204)


def account(who: Person) -> Person:
    """Somebody for whom things can be kept. Raises Problem 403 for the command line."""
    if who is SHELL:
        raise Problem(403, "Not allowed", "The command line has no account to keep things for.", code="no-account")
    return who


def _not_kept(other: dict[str, Any] | None, body: DraftBody) -> Problem:
    """Why a draft was not kept: it is another version by now, it has gone, or there are too many."""
    if other is not None:
        version = int(other["version"])
        text = f"The draft is version {version} now."
        return Problem(409, "Changed meanwhile", text, args={"version": version}, current=other, yours=body.value)
    if body.version:
        text = "The draft has been sent or thrown away; keep it anew with version 0."
        return Problem(409, "Draft gone", text, current=None, yours=body.value)
    return Problem(409, "Too many drafts", "At most 200 drafts are kept for one person.")
