"""What is proposed for a matter while it is still being told, over HTTP."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.tickets.proposing import proposed
from app.web.auth import check
from app.web.keys import DATABASE
from app.web.views import View


class WhatWasSaid(BaseModel):
    """The citizen's words so far."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class ProposalsView(View):
    async def post(self, body: WhatWasSaid) -> web.Response:
        """Units, category and place for what was said so far, each with how sure and by which words; nothing is kept.

        Tags: tickets
        """
        check(self.request, "ticket.create")
        async with self.request.app[DATABASE].acquire() as connection:
            return self.json(await proposed(connection, body.text))
