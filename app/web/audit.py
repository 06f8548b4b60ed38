"""The audit log over HTTP, for the auditor."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from app.people import audit
from app.web.auth import check
from app.web.keys import DATABASE, TICKETS
from app.web.views import View

# `from` is a word of Python's own.
From = Annotated[datetime | None, Field(alias="from")]
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Searched:
    """The period asked for, and about what."""

    since: datetime
    before: datetime
    subject: str | None


def searched(
    view: View, from_: datetime | None, to: datetime | None, subject: str | None, caller: str | None
) -> Searched:
    """What is asked for in the terms of the log."""
    about = audit.caller_subject(view.request.app[TICKETS].number(caller)) if caller else subject
    return Searched(view.aware(from_) or _FIRST, view.aware(to) or _LAST, about)


class AuditView(View):
    async def get(
        self,
        from_: From = None,
        to: datetime | None = None,
        user: str | None = None,
        subject: str | None = None,
        action: str | None = None,
        caller: str | None = None,
        below: int | None = None,
        limit: int = 100,
    ) -> web.Response:
        """Who looked at or changed what, the newest first; `below` (the last `id` of a page) continues.

        `subject` is such as `ticket:20260930-000001`, `call:...`, `user:...`; `caller` a caller's number, for looks at
        their history; `action` the beginning of an action's name.

        Tags: people
        """
        check(self.request, "audit.read")
        asked = searched(self, from_, to, subject, caller)
        async with self.request.app[DATABASE].acquire() as connection:
            lines = await audit.read(
                connection,
                asked.since,
                asked.before,
                user_name=user,
                subject=asked.subject,
                action=action,
                below=below,
                limit=max(1, min(limit, 1000)),
            )
        return self.json([asdict(line) for line in lines])
