"""Web push over HTTP: the key for browsers, telling a browser from now on, and no more."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.people.tokens import digest
from app.push import subscriptions
from app.push.message import BadSubscription, public_key, subscription
from app.web.auth import check, secret_of
from app.web.drafts import account
from app.web.keys import DATABASE, SETTINGS, TICKETS
from app.web.problems import Problem
from app.web.views import View


class PushKeys(BaseModel):
    """As `PushSubscription.toJSON` has them, in base64url."""

    model_config = ConfigDict(extra="forbid")

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class PushBody(BaseModel):
    """A browser's subscription."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Annotated[str, Field(max_length=1000)]
    keys: PushKeys


class PushView(View):
    async def get(self) -> web.Response:
        """The `applicationServerKey` for browsers; null where the hotline pushes nothing.

        Tags: live
        """
        check(self.request, "live.follow")
        if self.request.app[SETTINGS].push.contact is None:
            return self.json({"public_key": None})
        async with self.request.app[DATABASE].acquire() as connection:
            return self.json({"public_key": public_key(await subscriptions.key(connection))})

    async def put(self, body: PushBody) -> web.Response:
        """Push the person's notices to this browser until they log out there. Of one person's browsers at most ten.

        Tags: live
        """
        who = account(check(self.request, "live.follow"))
        app = self.request.app
        if app[SETTINGS].push.contact is None:
            raise Problem(409, "No push", "The administrator sets [push] contact in hotline.toml.")
        try:
            found = subscription(body.endpoint, body.keys.p256dh, body.keys.auth)
        except BadSubscription as error:
            raise Problem(422, "The request does not fit", str(error)) from error
        secret = secret_of(self.request)
        async with app[DATABASE].transaction() as connection:
            session = digest(secret) if secret else None
            await subscriptions.subscribe(connection, who.name, session, found, app[TICKETS].now())
        return web.Response(status=204)

    async def delete(self, endpoint: str) -> web.Response:
        """Push nothing more to this browser; one that is not known is no error.

        Tags: live
        """
        who = account(check(self.request, "live.follow"))
        async with self.request.app[DATABASE].acquire() as connection:
            await subscriptions.unsubscribe(connection, who.name, endpoint)
        return web.Response(status=204)
