"""Logging in and out over HTTP."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.people import tokens
from app.people.login import LoginRefused, TooManyAttempts, log_in
from app.people.rights import ACTIONS, may
from app.web.auth import COOKIE, person, secret_of
from app.web.keys import DATABASE, PHONES
from app.web.origin import address, secure
from app.web.problems import Problem
from app.web.views import View


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
    password: str = Field(max_length=256)


class LoginView(View):
    async def post(self, body: Credentials) -> web.Response:
        """Log in: sets the session cookie and returns the token for programs.

        Tags: people
        """
        database = self.request.app[DATABASE]
        try:
            session = await log_in(database, body.name, body.password, address(self.request), datetime.now(UTC))
        except LoginRefused as error:
            raise Problem(401, "Login refused", str(error)) from error
        except TooManyAttempts as error:
            seconds = math.ceil((error.until - datetime.now(UTC)).total_seconds())
            headers = {"Retry-After": str(max(1, seconds))}
            raise Problem(429, "Too many attempts", str(error), headers=headers) from error
        who = session.person
        answer = self.json(
            {
                "name": who.name,
                "role": who.role,
                "unit_id": who.unit_id,
                "operator_id": who.operator_id,
                "token": session.token.secret,
                "expires_at": session.token.expires_at,
            }
        )
        answer.set_cookie(
            COOKIE, session.token.secret, httponly=True, samesite="Strict", secure=secure(self.request), path="/"
        )
        return answer


class LogoutView(View):
    async def post(self) -> web.Response:
        """End the session, whether it came as the cookie or as a bearer token; API tokens stay good.

        Tags: people
        """
        secret = secret_of(self.request)
        if secret:
            async with self.request.app[DATABASE].acquire() as connection:
                await tokens.end_session(connection, secret, datetime.now(UTC))
        answer = web.Response(status=204)
        answer.del_cookie(COOKIE, path="/")
        return answer


class MeView(View):
    async def get(self) -> web.Response:
        """Who is logged in, what their role may do, and whether their telephone is in the browser (`browser_phone`).

        Tags: people
        """
        who = person(self.request)
        known = {"name": who.name, "role": who.role, "unit_id": who.unit_id, "operator_id": who.operator_id}
        rights = [action for action in ACTIONS if may(who, action)]
        return self.json({**known, "may": rights, "browser_phone": who.operator_id in self.request.app[PHONES]})
