"""The audit log as a table for a spreadsheet; taking it out is in the log itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from app.people import audit
from app.people.audit import Entry, Recorded, record
from app.reports.export import CSV, harmless
from app.web.audit import From, Searched, searched
from app.web.auth import check
from app.web.keys import DATABASE, ZONE
from app.web.origin import address
from app.web.views import View

_MOST = 50_000
_TITLES = ("编号", "时间", "人员", "角色", "来源地址", "操作", "对象", "详情")


class AuditExportView(View):
    async def get(
        self,
        from_: From = None,
        to: datetime | None = None,
        user: str | None = None,
        subject: str | None = None,
        action: str | None = None,
        caller: str | None = None,
    ) -> web.Response:
        """The audit log as CSV, the newest first, at most 50,000 lines; filters as of the list.

        Tags: people
        """
        who = check(self.request, "audit.read")
        asked: Searched = searched(self, from_, to, subject, caller)
        async with self.request.app[DATABASE].transaction() as connection:
            lines = await audit.read(
                connection, asked.since, asked.before, user_name=user, subject=asked.subject, action=action, limit=_MOST
            )
            detail = {"lines": len(lines)}
            await record(connection, Entry(who, "audit.export", "audit", address(self.request), detail))
        headers = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="audit.csv"'}
        return web.Response(body=_csv(lines, self.request.app[ZONE]), content_type=CSV, headers=headers)


def _csv(lines: Sequence[Recorded], zone: ZoneInfo) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_TITLES)
    for line in lines:
        at = f"{line.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        detail = json.dumps(dict(line.detail), ensure_ascii=False)
        cells = (line.user_name, line.role, line.address or "", line.action, line.subject, detail)
        writer.writerow([line.id, at, *map(harmless, cells)])
    return ("\ufeff" + out.getvalue()).encode()
