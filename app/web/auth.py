"""Who is asking, and whether they may: sessions and API tokens on the way in, rights at every handler."""

from __future__ import annotations

import hmac
import math
import time
from datetime import UTC, datetime

from aiohttp import web

from app.db.queries import QUERIES
from app.people import tokens
from app.people.model import Person
from app.people.rights import Action, Forbidden, Row, require
from app.web.keys import DATABASE, HUB, REQUESTS, SETTINGS, SHELL_TOKEN, STRANGERS
from app.web.limits import Buckets
from app.web.origin import address
from app.web.problems import Handler, Problem
from app.web.views import not_found

COOKIE = "hotline_session"
# Whoever can read the installation's secrets works at its command line.
SHELL = Person("shell", "supervisor")
_PERSON = web.RequestKey("person", Person)
_OPEN_PATHS = frozenset({"/", "/desk", "/healthz", "/readyz", "/metrics", "/api/login", "/api/problem-codes"})
_OPEN_PREFIXES = ("/static/", "/desk/", "/api/docs", "/api/public/")


@web.middleware
async def auth_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the person behind a token; only the pages that show nothing are open to all."""
    if request.path in _OPEN_PATHS or request.path.startswith(_OPEN_PREFIXES) or request.path == "/api/openapi.json":
        return await handler(request)
    request[_PERSON] = await _known(request)
    return await handler(request)


async def _known(request: web.Request) -> Person:
    """Who asks, within the limits on asking. Raises Problem 401 and 429."""
    secret, now = secret_of(request), time.monotonic()
    found = await _whose(request, secret) if secret is not None else None
    if found is None:
        _count(request.app[STRANGERS], address(request), now)
        if secret is None:
            raise Problem(401, "Log in first", "Send a session cookie or an API token (Authorization: Bearer).")
        raise Problem(401, "Log in again", "The token is unknown, expired or revoked.")
    if found is not SHELL:
        _count(request.app[REQUESTS], found.name, now)
    return found


def _count(buckets: Buckets, key: str, now: float) -> None:
    wait = math.ceil(buckets.wait(key, now))
    if wait:
        text = f"Try again in {wait} s; the limits are set under [web]."
        raise Problem(429, "Too many requests", text, headers={"Retry-After": str(wait)}, args={"seconds": wait})
    buckets.take(key, now)


async def _whose(request: web.Request, secret: str) -> Person | None:
    if hmac.compare_digest(secret.encode(errors="surrogatepass"), request.app[SHELL_TOKEN].encode()):
        return SHELL
    async with request.app[DATABASE].acquire() as connection:
        return await tokens.whose(connection, secret, datetime.now(UTC))


async def still_known(request: web.Request) -> bool:
    """Whether what a request came with is good still: for what outlives the request's beginning."""
    secret = secret_of(request)
    return secret is not None and await _whose(request, secret) == person(request)


def person(request: web.Request) -> Person:
    """Who is asking. Raises Problem 401 where nobody logged in."""
    found: Person | None = request.get(_PERSON)
    if found is None:
        raise Problem(401, "Log in first")
    return found


def check(
    request: web.Request, action: Action, row: Row | None = None, *, named: tuple[str, str] | None = None
) -> Person:
    """The person asking, when their role may do this (to this row). Raises Problem 403.

    `named`: what kind of thing the row is, and its name; of what is not its own a unit is told 404, as if it were not.
    """
    asking = person(request)
    try:
        require(asking, action, row)
    except Forbidden as error:
        if asking.role == "unit" and row is not None and named is not None:
            raise not_found(*named) from error
        raise Problem(403, "Not allowed", str(error), args={"role": asking.role, "action": action}) from error
    return asking


async def allow(request: web.Request, action: Action, *, call_id: str | None = None) -> Person:
    """As `check`, for a call: operators act on calls they take part in, units see those they joined."""
    if call_id is None:
        return check(request, action)
    check(request, action)
    return check(request, action, await call_row(request, call_id), named=("call", call_id))


async def call_row(request: web.Request, call_id: str) -> Row:
    """What the rights must know of a call. Raises Problem 404."""
    async with request.app[DATABASE].acquire() as connection:
        found = await connection.fetchrow(QUERIES["call_rights"], call_id)
    live = request.app[HUB].operators_of(call_id)
    if found is None and live is None:
        raise not_found("call", call_id)
    if found is None:
        return Row(operator_ids=live or frozenset())
    return Row(
        unit_ids=frozenset(found["units"]),
        operator_ids=frozenset([*found["operators"], *(live or ())]),
        confidential=found["confidential"],
        discipline_unit=found["discipline_unit"],
        protected_caller=found["anonymous"] or found["confidential"],
    )


def masks(request: web.Request) -> bool:
    """Whether the city masks callers' numbers for units."""
    return request.app[SETTINGS].units.mask_callers


def secret_of(request: web.Request) -> str | None:
    """The token that came with a request: in the header, else in the cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(COOKIE)
