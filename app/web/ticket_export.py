"""A work list as a worksheet."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from app.people.audit import Entry, record
from app.reports.export import XLSX
from app.tickets.export import to_xlsx
from app.tickets.worklists import Sort
from app.web.auth import check, masks
from app.web.keys import DATABASE, TICKETS, ZONE
from app.web.origin import address
from app.web.problems import Problem
from app.web.ticket_sight import visible
from app.web.views import View
from app.web.worklists import ListName, work_list, work_page

_MOST_ROWS = 10_000


class ExportView(View):
    async def get(self, list_: ListName, q: str = "", sort: Sort | None = None) -> web.Response:
        """A work list as XLSX, at most 10,000 rows, with what the person may see; the export is in the audit log.

        Tags: tickets
        """
        who = check(self.request, "ticket.list")
        if list_ is None or list_ == "all":
            raise Problem(422, "The request does not fit", "Name one of the work lists.", code="no-such-list")
        rows, _ = await work_page(self.request, who, work_list(who, list_, q, sort, None, _MOST_ROWS))
        async with self.request.app[DATABASE].acquire() as connection:
            detail = {"list": list_, "rows": len(rows)}
            entry = Entry(who, "ticket.export", f"list:{list_}", address(self.request), detail)
            await record(connection, entry)
        zone, now = self.request.app[ZONE], self.request.app[TICKETS].now()
        shown = [visible(dict(row), who, masks=masks(self.request)) for row in rows]
        place = await self.request.app[TICKETS].place()
        book = await asyncio.to_thread(to_xlsx, list_, shown, place.name, zone)
        name = f"{list_}-{now.astimezone(zone):%Y%m%d-%H%M}.xlsx"
        headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
        return web.Response(body=book, content_type=XLSX, headers=headers)
