"""Errors of the HTTP interface as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

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
    except RefusedError as refused:
        return Problem(409, "Not possible now", str(refused)).response()
    except DatabaseUnavailable:
        return Problem(503, "Database away", "The database does not answer; calls go on. Try again.").response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return Problem(error.status, error.reason).response()
    except Exception:  # the outermost edge: whatever it is, the client gets a document and the log the traceback
        log.exception("request failed", path=request.path, method=request.method)
        return Problem(500, "Internal error", "The log has the details.").response()
