"""Errors of the HTTP interface as problem documents (RFC 9457)."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
import structlog
from aiohttp import web

from ami_bridge.arrangement import RefusedError, ThereAlreadyError
from app.db.pool import DatabaseUnavailable
from app.web.problem_words import CODES

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# RFC 9110 section 11.6.1: who is told to log in is told how.
_HEADERS: Mapping[int, dict[str, str]] = {401: {"WWW-Authenticate": 'Bearer realm="hotline"'}}
# A value outside what a column, or an index on it, can hold.
_UNSTORABLE = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)
_EXPECTED = (RefusedError, ThereAlreadyError, DatabaseUnavailable, *_UNSTORABLE)


class Problem(Exception):  # noqa: N818  (RFC 9457 calls it so)
    """A refusal with its HTTP status; `extra` members (for example `article`) go into the document.

    `code` names the kind of problem for good, in any language: the title in kebab case unless another is given. Each
    has its words in `problem_words.yaml`, which `args` complete.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
        args: Mapping[str, str | int | float] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers or {}
        self.code = code or code_of(title)
        self.arguments = dict(args or {})
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """The problem document's members."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "args": self.arguments,
            **self.extra,
        }

    def response(self) -> web.Response:
        return web.Response(
            status=self.status,
            text=json.dumps(self.document(), ensure_ascii=False),
            content_type="application/problem+json",
            headers={**_HEADERS.get(self.status, {}), **self.headers},
        )


def code_of(title: str) -> str:
    """The stable name of a kind of problem that has this title."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into a problem document; nothing internal is shown to the client."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except _EXPECTED as error:
        return _expected(error).response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _of_aiohttp(error).response()
    except Exception as error:  # noqa: BLE001 - the outermost edge: a document for the client, the place for the log
        log.error("request failed", path=request.path, method=request.method, **_what(error))
        return Problem(500, "Internal error", "The log has the details.").response()


def _what(error: Exception) -> dict[str, str]:
    """The error for the log without its text, which may quote a caller: DETAIL lines, values that did not fit."""
    known = {"error": type(error).__name__, "where": "".join(traceback.format_tb(error.__traceback__))}
    if isinstance(error, asyncpg.PostgresError):
        known |= {"sqlstate": str(error.sqlstate), "constraint": str(error.constraint_name or "")}
    return known


def _of_aiohttp(error: web.HTTPException) -> Problem:
    allowed = error.headers.get("Allow")
    code = f"http-{error.status}" if f"http-{error.status}" in CODES else "http-other"
    if allowed is None:
        return Problem(error.status, error.reason, code=code)
    return Problem(error.status, error.reason, f"Allowed here: {allowed}.", headers={"Allow": allowed}, code=code)


def _expected(error: Exception) -> Problem:
    match error:
        case RefusedError():
            return Problem(409, "Not possible now", str(error), phase=error.phase)
        case ThereAlreadyError(party_id=party_id, ringing=True):
            return Problem(409, "Ringing already", str(error), code="the-unit-is-ringing-already", party_id=party_id)
        case ThereAlreadyError(party_id=party_id):
            return Problem(409, "There already", str(error), code="the-unit-is-in-the-call-already", party_id=party_id)
        case DatabaseUnavailable():
            return Problem(503, "Database away", "The database does not answer; calls go on. Try again.")
    return Problem(422, "The request does not fit", "A value lies outside what can be stored.")
