"""Headers of every response: what a browser may do with it, and that nobody keeps what is personal."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from app.web.problems import Handler

# Scripts, styles and connections of our own only, none of them inline: text that slipped into a page stays text.
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


def policy(*reached: str) -> str:
    """The Content-Security-Policy; `reached` are origins that a page may connect to besides ours."""
    return "; ".join((*_POLICY, " ".join(("connect-src 'self'", *reached))))


_ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@web.middleware
async def headers_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: errors have these headers too."""
    response = await handler(request)
    if response.prepared:
        return response
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    kept = "no-store" if request.path.startswith("/api/") else "no-cache"
    response.headers.setdefault("Cache-Control", kept)
    return response
