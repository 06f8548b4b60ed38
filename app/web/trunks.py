"""The trunks over HTTP: which of them can be used now, and why not the others."""

from __future__ import annotations

from aiohttp import web

from app.web.auth import check
from app.web.keys import HUB
from app.web.views import View


class TrunksView(View):
    async def get(self) -> web.Response:
        """Every trunk of every node: whether it is up, why not, and how many calls go out over it.

        Tags: queue
        """
        check(self.request, "trunk.list")
        return self.json(self.request.app[HUB].trunks())
