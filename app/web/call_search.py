"""Finding calls and people over HTTP: search, one caller's whole history, bookmarks, and recordings drawn as peaks."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.calls.search import Asked, statement
from app.db.queries import QUERIES
from app.people.audit import Entry, caller_subject
from app.people.audit import record as note
from app.people.caller_views import searched_for
from app.people.rights import may
from app.web.auth import allow, call_row, check, masks
from app.web.guard import storable
from app.web.keys import DATABASE, HUB, PLACES, SETTINGS, TICKETS
from app.web.origin import address
from app.web.problems import Problem
from app.web.ticket_sight import visible
from app.web.views import View, not_found, record
from recordings.peaks import PER_SECOND, peaks

_HISTORY = 200


class BookmarkBody(BaseModel):
    """A place in a call, in seconds from the first bridging, and why it is remembered."""

    model_config = ConfigDict(extra="forbid")

    at_seconds: float = Field(ge=0, le=86_400, allow_inf_nan=False)
    note: str = Field("", max_length=500)


class CallerHistoryView(View):
    async def get(self, caller: str, /) -> web.Response:
        """One person's calls and tickets by their number, latest first, at most 200 of each; the look is audited.

        `place` is where the number is registered, as far as its first digits tell, `lists` the city's lists of callers
        that it stands on.

        What a caller did who would not be named, and confidential reports, are not found by their number.

        Tags: calls
        """
        who = check(self.request, "ticket.caller")
        check(self.request, "call.list")
        number = self.request.app[TICKETS].number(caller)
        async with self.request.app[DATABASE].acquire() as connection:
            sql, arguments = statement(Asked(number=number, limit=_HISTORY))
            calls = [record(row) for row in await connection.fetch(sql, *arguments)]
            tickets = [record(row) for row in await connection.fetch(QUERIES["tickets_of_caller"], number, _HISTORY)]
            subject = caller_subject(number)
            detail = {"calls": [call["id"] for call in calls], "tickets": [one["number"] for one in tickets]}
            await note(connection, Entry(who, "caller.history", subject, address(self.request), detail))
        for call in calls:
            call.pop("anonymous")
        known = self.request.app[HUB].book.current.caller_lists
        return self.json(
            {
                "number": number,
                "place": self.request.app[PLACES].of(number),
                "lists": sorted(name for name, numbers in known.items() if number in numbers),
                "calls": calls,
                "tickets": [visible(one, who, masks=masks(self.request)) for one in tickets],
            }
        )


class BookmarksView(View):
    async def get(self, call_id: str, /) -> web.Response:
        """What people marked in a call.

        Tags: recordings
        """
        check(self.request, "transcript.read", await call_row(self.request, call_id), named=("call", call_id))
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["bookmarks"], call_id)
        return self.json([record(row) for row in rows])

    async def post(self, call_id: str, /, body: BookmarkBody) -> web.Response:
        """Mark a place in a call, with a note.

        Tags: recordings
        """
        who = check(self.request, "transcript.read", await call_row(self.request, call_id), named=("call", call_id))
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["bookmark_add"], call_id, body.at_seconds, body.note, who.name)
        if row is None:
            raise not_found("call", call_id)
        return self.json(record(row), status=201)


class BookmarkView(View):
    async def delete(self, call_id: str, bookmark_id: int, /) -> web.Response:
        """Take a mark away again; only who made it, or a supervisor.

        Tags: recordings
        """
        who = check(self.request, "transcript.read", await call_row(self.request, call_id), named=("call", call_id))
        anybody = who.role == "supervisor"
        async with self.request.app[DATABASE].acquire() as connection:
            gone = await connection.fetchval(
                QUERIES["bookmark_remove"], call_id, bookmark_id, None if anybody else who.name
            )
        if gone is None:
            raise not_found("bookmark", str(bookmark_id))
        return web.Response(status=204)


class PeaksView(View):
    async def get(self, recording_id: int, /) -> web.Response:
        """How loud each speaker is, tenth by tenth of a second: of a track that one, of the mixed copy every track.

        Tags: recordings
        """
        check(self.request, "recording.play")
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_recording"], recording_id)
            if row is None:
                raise not_found("recording", str(recording_id))
            rights, named = await call_row(self.request, row["call_id"]), ("recording", str(recording_id))
            check(self.request, "recording.play", rights, named=named)
            rows = await connection.fetch(QUERIES["tracks_with_peaks"], row["call_id"], recording_id)
        tracks = [
            {"id": one["id"], "role": one["role"], "name": one["name"], "peaks": await self._peaks(one)} for one in rows
        ]
        return self.json({"seconds": row["seconds"], "per_second": PER_SECOND, "tracks": tracks})

    async def _peaks(self, row: Mapping[str, Any]) -> list[int]:
        """As they were computed once, else now."""
        if row["peaks"] is not None:
            return list(row["peaks"])
        path = self.request.app[SETTINGS].recordings_dir / row["path"]
        if not path.is_file():
            raise Problem(410, "Recording gone", "The file is not in the store; `hotline doctor` lists such rows.")
        found = await asyncio.to_thread(peaks, path)
        async with self.request.app[DATABASE].acquire() as connection:
            await connection.execute(QUERIES["keep_peaks"], row["id"], found)
        return found


async def found_calls(request: web.Request, asked: Asked, after: str | None) -> dict[str, Any]:
    """A page of calls. Raises Problem 403 for what the person may not look by, 422 for what is no place in it."""
    who = await allow(request, "call.list")
    if asked.number and not may(who, "ticket.caller"):
        raise Problem(403, "Not allowed", f"the role {who.role} may not look for callers")
    if asked.words and not may(who, "transcript.read"):
        raise Problem(403, "Not allowed", f"the role {who.role} may not look for what was said")
    if asked.number:
        await searched_for(request.app[DATABASE], who, asked.number, address(request))
    sql, arguments = statement(asked if after is None else _after(asked, after))
    async with request.app[DATABASE].acquire() as connection:
        rows = [dict(row) for row in await connection.fetch(sql, *arguments)]
    following = _next(rows[-1]) if len(rows) == asked.limit else None
    return {"items": rows, "next": following}


def _next(row: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([row["started_at"].isoformat(), row["id"]]).encode()).decode()


def _after(asked: Asked, after: str) -> Asked:
    try:
        started_at, call_id = json.loads(base64.urlsafe_b64decode(after.encode()))
        at = datetime.fromisoformat(started_at)
        if at.tzinfo is None or not (isinstance(call_id, str) and storable(call_id)):
            raise ValueError("not a position in a list")
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem(
            422, "The request does not fit", "`after` is not the `next` of a page.", code="not-a-page"
        ) from error
    return replace(asked, after=(at, call_id))
