"""Errors of the HTTP interface as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog
from aiohttp import web

from ami_bridge.conference import RefusedError
from app.db.pool import DatabaseUnavailable

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(Exception):  # noqa: N818  (RFC 9457 calls it so)
    """A refusal with its HTTP status; `extra` members (for example `article`) go into the document."""

    def __init__(self, status: int, title: str, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail
        self.extra = extra

    def response(self) -> web.Response:
        document = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        return web.Response(
            status=self.status,
            text=json.dumps(document | self.extra, ensure_ascii=False),
            content_type="application/problem+json",
        )


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into a problem document; nothing internal is shown to the client."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except (RefusedError, DatabaseUnavailable, asyncpg.DataError) as error:
        return _expected(error).response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = Problem(error.status, error.reason).response()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception:  # the outermost edge: whatever it is, the client gets a document and the log the traceback
        log.exception("request failed", path=request.path, method=request.method)
        return Problem(500, "Internal error", "The log has the details.").response()


def _expected(error: RefusedError | DatabaseUnavailable | asyncpg.DataError) -> Problem:
    match error:
        case RefusedError():
            return Problem(409, "Not possible now", str(error))
        case DatabaseUnavailable():
            return Problem(503, "Database away", "The database does not answer; calls go on. Try again.")
    # A number or a time that the column cannot hold.
    return Problem(422, "The request does not fit", "A value lies outside what can be stored.")
