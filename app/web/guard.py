"""What no handler should have to think of: pages of others, bodies that are no JSON, text that no database can keep."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from app.web.origin import same_origin
from app.web.problems import Handler, Problem

_BODIES = frozenset({"POST", "PUT", "PATCH"})
_CHANGES = _BODIES | {"DELETE"}
# Fetch Metadata: what browsers say of pages that are not of this very origin.
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})
# Where files are uploaded, which the handler reads itself, no more than it takes.
_FORMS = re.compile(
    r"/api/(?:tickets/[0-9-]+/attachments|units/import|duty/import|prompts/[A-Za-z-]+/[a-z0-9-]+/sounds)"
)


@web.middleware
async def guard_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends with a session of ours (CSRF), bodies that are not JSON or cannot be read,
    and NUL and lone surrogates wherever they stand (RFC 8259 section 8.2).
    """
    if request.method in _CHANGES and _foreign(request):
        raise Problem(403, "Foreign page", "A page of another site sent this; only our own pages may.")
    if not all(map(storable, (request.path, *request.query.keys(), *request.query.values()))):
        raise _unstorable("The address")
    is_form = request.content_type.startswith("multipart/") and _FORMS.fullmatch(request.path)
    if request.method in _BODIES and request.can_read_body and not is_form:
        if request.content_type != "application/json":
            raise Problem(415, "Body not declared as JSON", "Send the body with Content-Type: application/json.")
        if not _plain(await _body(request)):
            raise _unstorable("The body")
    return await handler(request)


def storable(text: str) -> bool:
    """Whether Postgres can keep the text."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _foreign(request: web.Request) -> bool:
    """A browser names the page's origin with whatever changes something; programs name none."""
    return not same_origin(request) or request.headers.get("Sec-Fetch-Site") in _FOREIGN_SITES


async def _body(request: web.Request) -> Any:
    try:
        return await request.json()
    except (ValueError, LookupError, RecursionError) as error:
        raise Problem(400, "Malformed JSON", "The body is not JSON in UTF-8.") from error


def _plain(value: Any) -> bool:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text if not storable(text):
                return False
            case dict() as mapping:
                waiting += [*mapping.keys(), *mapping.values()]
            case list() as items:
                waiting += items
    return True


def _unstorable(where: str) -> Problem:
    return Problem(422, "The request does not fit", f"{where} holds a character that cannot be stored.")
