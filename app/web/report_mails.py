"""Reports by mail, over HTTP: asking for one, seeing what became of it, having it sent now, ending it."""

from __future__ import annotations

from typing import Annotated, Literal

import asyncpg
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.people.model import Person
from app.reports import orders
from app.reports.rhythm import Rhythm
from app.web.auth import check
from app.web.drafts import account
from app.web.keys import DATABASE, SETTINGS, TICKETS, ZONE
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found, record


class ReportMailRequest(BaseModel):
    """A report by mail: each morning, on Mondays or on the first of the month, for the days that ended before."""

    model_config = ConfigDict(extra="forbid")

    report: Annotated[str, Field(max_length=40)]
    rhythm: Rhythm
    hour: Annotated[int, Field(ge=0, le=23)] = 8
    recipients: Annotated[list[Annotated[str, Field(max_length=254)]], Field(min_length=1, max_length=20)]
    file: Literal["xlsx", "csv"] = "xlsx"
    unit: Annotated[str, Field(max_length=40)] | None = None
    category: Annotated[str, Field(max_length=40)] | None = None


class ReportMailsView(View):
    async def get(self) -> web.Response:
        """The reports that the person has by mail; supervisors see everybody's.

        Tags: reports
        """
        who = check(self.request, "report.export")
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["report_mail_list"], None if _all(who) else who.name)
        return self.json([record(row) for row in rows])

    async def post(self, body: ReportMailRequest) -> web.Response:
        """Have a report mailed from now on. At most 50 a person.

        Tags: reports
        """
        who = account(check(self.request, "report.export"))
        app = self.request.app
        mail, now = app[SETTINGS].mail, app[TICKETS].now()
        if mail.host is None:
            raise Problem(409, "No mail server", "The administrator sets [mail] host and sender in hotline.toml.")
        order = orders.Order(**body.model_dump())
        try:
            order.check(now, mail.recipient_domains)
            async with app[DATABASE].transaction() as connection:
                row = await orders.place(connection, order, who, now, app[ZONE], address(self.request))
        except orders.NoAddress as error:
            raise Problem(422, "Not a mail address", str(error), args={"address": error.address}) from error
        except orders.AddressOutside as error:
            args = {"address": error.address, "domains": error.domains}
            raise Problem(422, "Reports may not go there", str(error), args=args) from error
        except ValueError as error:
            raise Problem(422, "The request does not fit", str(error)) from error
        except asyncpg.ForeignKeyViolationError as error:
            raise not_found("unit", order.unit or "") from error
        except orders.TooManyOrders as error:
            told = f"At most {orders.MOST} are kept."
            raise Problem(409, "Too many reports by mail", told, args={"most": orders.MOST}) from error
        return self.json(record(dict(row)), status=201)


class ReportMailView(View):
    async def post(self, order_id: int, /) -> web.Response:
        """Mail it now, too, for what ended before today.

        Tags: reports
        """
        who = account(check(self.request, "report.export"))
        async with self.request.app[DATABASE].transaction() as connection:
            row = await connection.fetchrow(QUERIES["report_mail_get"], order_id)
            if row is None or not (_all(who) or row["user_name"] == who.name):
                raise not_found("report by mail", str(order_id))
            await orders.ask_for(connection, order_id, self.request.app[TICKETS].now())
        return self.json({"id": order_id}, status=202)

    async def delete(self, order_id: int, /) -> web.Response:
        """Mail it no more.

        Tags: reports
        """
        who = account(check(self.request, "report.export"))
        async with self.request.app[DATABASE].transaction() as connection:
            ended = await orders.cancel(connection, order_id, who, any_owner=_all(who), address=address(self.request))
        if not ended:
            raise not_found("report by mail", str(order_id))
        return web.Response(status=204)


def _all(who: Person) -> bool:
    """Whether the person answers for everybody's."""
    return who.role == "supervisor"
