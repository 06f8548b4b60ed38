"""Webhooks over HTTP: registering endpoints, looking at what was not taken, trying it again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.people import audit
from app.web.auth import check
from app.web.keys import DATABASE
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found, record
from app.webhooks import outbox
from app.webhooks.outbox import BadWebhookError, UnknownWebhookError


class WebhookRequest(BaseModel):
    """Where to send changes of tickets; without a secret one is generated."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000, pattern=r"^https?://")
    secret: str | None = Field(None, min_length=outbox.SHORTEST_SECRET, max_length=200)


class WebhooksView(View):
    async def get(self) -> web.Response:
        """The registered endpoints, and how much waits or was given up for each.

        Tags: webhooks
        """
        check(self.request, "webhook.change")
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["webhook_list"])
        return self.json([record(row) for row in rows])

    async def post(self, body: WebhookRequest) -> web.Response:
        """Register an endpoint; the answer shows the secret, this once.

        Tags: webhooks
        """
        who = check(self.request, "webhook.change")
        try:
            async with self.request.app[DATABASE].transaction() as connection:
                made = await outbox.add(connection, body.url, body.secret)
                entry = audit.Entry(who, "webhook.add", f"webhook:{made.id}", address(self.request))
                await audit.record(connection, entry)
        except BadWebhookError as error:
            raise Problem(422, "The request does not fit", str(error)) from error
        return self.json(asdict(made), status=201)


class WebhookView(View):
    async def get(
        self, webhook_id: int, /, state: Literal["waiting", "delivered", "given_up"] | None = None, limit: int = 100
    ) -> web.Response:
        """The latest deliveries of an endpoint: their state, attempts, last error; never their content.

        Tags: webhooks
        """
        check(self.request, "webhook.change")
        async with self.request.app[DATABASE].acquire() as connection:
            if not await connection.fetchval(QUERIES["webhook_exists"], webhook_id):
                raise not_found("webhook", str(webhook_id))
            rows = await connection.fetch(QUERIES["webhook_deliveries"], webhook_id, state, max(1, min(limit, 500)))
        return self.json({"id": webhook_id, "deliveries": [record(row) for row in rows]})

    async def delete(self, webhook_id: int, /) -> web.Response:
        """Tell this endpoint nothing more.

        Tags: webhooks
        """
        who = check(self.request, "webhook.change")
        try:
            async with self.request.app[DATABASE].transaction() as connection:
                await outbox.remove(connection, webhook_id)
                entry = audit.Entry(who, "webhook.remove", f"webhook:{webhook_id}", address(self.request))
                await audit.record(connection, entry)
        except UnknownWebhookError as error:
            raise not_found("webhook", str(webhook_id)) from error
        return web.Response(status=204)


class RedeliverView(View):
    async def post(self, webhook_id: int, /) -> web.Response:
        """Try again what was given up.

        Tags: webhooks
        """
        check(self.request, "webhook.change")
        try:
            async with self.request.app[DATABASE].transaction() as connection:
                again = await outbox.redeliver(connection, webhook_id)
        except UnknownWebhookError as error:
            raise not_found("webhook", str(webhook_id)) from error
        return self.json({"redelivered": again}, status=202)
