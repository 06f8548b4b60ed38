"""Reports over HTTP: which there are, and each as JSON, CSV or XLSX."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from aiohttp import hdrs, web
from pydantic import Field

from app.people.audit import Entry, record
from app.people.model import Person
from app.people.rights import Row
from app.reports.answer import Asked, answer
from app.reports.catalogue import REPORTS, Report
from app.reports.export import CSV, XLSX, to_csv, to_xlsx
from app.reports.question import QuestionError, ask
from app.reports.sheet import Sheet
from app.web.auth import check
from app.web.keys import DATABASE, TICKETS, ZONE
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found

# `from` is a word of Python's own.
From = Annotated[date | None, Field(alias="from")]
Format = Literal["json", "csv", "xlsx"]


class ReportsView(View):
    async def get(self) -> web.Response:
        """The reports that the person may read, with their columns.

        Tags: reports
        """
        who = check(self.request, "report.read")
        return self.json([_summary(report) for report in REPORTS.values() if _for(report, who)])


class ReportView(View):
    async def get(
        self,
        name: str,
        /,
        from_: From = None,
        to: date | None = None,
        unit: str | None = None,
        category: str | None = None,
        format: Format = "json",
    ) -> web.Response:
        """One report; what each figure counts is defined in docs/figures.md.

        Tags: reports
        """
        who = check(self.request, "report.read" if format == "json" else "report.export")
        if name not in REPORTS:
            raise not_found("report", name)
        days = {"first_day": from_, "last_day": to}
        asked = await self._asked(name, unit=_own_unit(who, name, unit), category=category, **days)
        if who.role == "unit":
            check(self.request, "report.read", Row(unit_ids=frozenset({asked.question.unit or ""})))
        sheet = await answer(self.request.app[DATABASE], asked, confidential=who.role != "unit")
        return self.json(sheet.as_dict()) if format == "json" else await self._file(sheet, format, who)

    async def _asked(self, name: str, **narrowed: Any) -> Asked:
        """The question as it is asked today. Raises Problem 422."""
        desk, zone = self.request.app[TICKETS], self.request.app[ZONE]
        now = desk.now()
        try:
            question = ask(name, now.astimezone(zone).date(), **narrowed)
        except QuestionError as error:
            raise Problem(422, "The request does not fit", str(error)) from error
        return Asked(question, (await desk.place()).profile, now, zone)

    async def _file(self, sheet: Sheet, form: Format, who: Person) -> web.Response:
        """What leaves the service as a file is in the audit log."""
        question = sheet.question
        entry = Entry(who, "report.export", f"report:{question.report.name}", address(self.request))
        async with self.request.app[DATABASE].transaction() as connection:
            await record(connection, entry)
        file = f"{question.report.name}-{question.first_day}-{question.last_day}.{form}"
        return web.Response(
            body=to_csv(sheet) if form == "csv" else to_xlsx(sheet),
            content_type=CSV if form == "csv" else XLSX,
            charset="utf-8" if form == "csv" else None,
            headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{file}"'},
        )


def _own_unit(who: Person, name: str, unit: str | None) -> str | None:
    """A unit's account asks for its own unit, also when it names none. Raises Problem 403."""
    if who.role != "unit":
        return unit
    if not _for(REPORTS[name], who):
        raise Problem(403, "Not allowed", f"The report {name} is about the whole hotline, not about one unit.")
    return unit or who.unit_id


def _for(report: Report, who: Person) -> bool:
    return who.role != "unit" or "unit" in report.filters


def _summary(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": report.title,
        "about": report.about,
        "filters": sorted(report.filters),
        "columns": [{"name": name, "title": title} for name, title in report.columns.items()],
    }
