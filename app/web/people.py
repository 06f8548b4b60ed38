"""Logging in and out over HTTP."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.people import tokens
from app.people.login import DEVICE_KNOWN_FOR, LoginRefused, TooManyAttempts, log_in
from app.people.rights import ACTIONS, may
from app.settings import Settings
from app.web.auth import COOKIE, person, secret_of
from app.web.keys import DATABASE, PHONES, SETTINGS
from app.web.origin import address, secure
from app.web.problems import Problem
from app.web.views import View

# By this a browser is known from which somebody has logged in before: others' wrong passwords do not stop it.
_DEVICE, _DEVICE_LENGTH = "hotline_device", 100


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
            device = self.request.cookies.get(_DEVICE, "")[:_DEVICE_LENGTH] or None
            where, now = address(self.request), datetime.now(UTC)
            session = await log_in(database, body.name, body.password, where, now, device=device)
        except LoginRefused as error:
            raise Problem(401, "Login refused", str(error)) from error
        except TooManyAttempts as error:
            seconds = math.ceil((error.until - datetime.now(UTC)).total_seconds())
            headers, args = {"Retry-After": str(max(1, seconds))}, {"seconds": max(1, seconds)}
            raise Problem(429, "Too many attempts", str(error), headers=headers, args=args) from error
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
        answer.set_cookie(
            _DEVICE,
            session.device,
            max_age=round(DEVICE_KNOWN_FOR.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=secure(self.request),
            path="/api/login",
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
        """Who is logged in, what their role may do (`rights`, `may`), and what the pages must know of the settings.

        Tags: people
        """
        who = person(self.request)
        rights = [action for action in ACTIONS if may(who, action)]
        in_browser = who.operator_id in self.request.app[PHONES]
        return self.json(
            {
                "name": who.name,
                "role": who.role,
                "unit_id": who.unit_id,
                "operator_id": who.operator_id,
                "rights": rights,
                "may": rights,
                "browser_phone": in_browser,
                "settings": _settings(self.request.app[SETTINGS]) | {"browser_phone": in_browser},
            }
        )


def _settings(settings: Settings) -> dict[str, Any]:
    """What a page must know; nothing secret, nothing of the machine."""
    return {
        "timezone": settings.timezone,
        "profile": settings.regulation.profile,
        "queue": settings.queue.name,
        "wrapup_seconds": settings.queue.wrapup_seconds,
        "ring_seconds": settings.units.ring_seconds,
        "live_text": settings.speech.live_calls > 0,
        "attachments": {
            "most_bytes": settings.attachments.most_bytes,
            "most_per_ticket": settings.attachments.most_per_ticket,
            "types": settings.attachments.types,
        },
    }
