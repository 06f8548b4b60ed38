"""The audit log over HTTP, for the auditor."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from app.people import audit
from app.web.auth import check
from app.web.keys import DATABASE
from app.web.views import View

# `from` is a word of Python's own.
From = Annotated[datetime | None, Field(alias="from")]
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class AuditView(View):
    async def get(
        self,
        from_: From = None,
        to: datetime | None = None,
        user: str | None = None,
        subject: str | None = None,
        below: int | None = None,
        limit: int = 100,
    ) -> web.Response:
        """Who looked at or changed what, the newest first; `below` (the last `id` of a page) continues.

        Tags: people
        """
        check(self.request, "audit.read")
        since, before = self.aware(from_) or _FIRST, self.aware(to) or _LAST
        async with self.request.app[DATABASE].acquire() as connection:
            lines = await audit.read(
                connection, since, before, user_name=user, subject=subject, below=below, limit=max(1, min(limit, 1000))
            )
        return self.json([asdict(line) for line in lines])
