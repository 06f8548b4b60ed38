"""Where a request comes from: the client's own address and scheme, also behind a proxy that the city trusts."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from app.web.keys import SETTINGS


def address(request: web.Request) -> str:
    """The client's address, for the audit log and the limits on guessing.

    What a trusted proxy (`web.trusted_proxies`) says it took the request from; anybody else's word is not taken.
    """
    found = request.remote or ""
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _trusted(request, found) or not _is_address(hop.strip()):
            break
        found = hop.strip()
    return found


def secure(request: web.Request) -> bool:
    """Whether the client's own connection is encrypted."""
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    return request.secure or (_trusted(request, request.remote or "") and forwarded.strip().lower() == "https")


def same_origin(request: web.Request) -> bool:
    """Whether a browser sends this from a page of ours; programs name no origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        named = urlsplit(origin).netloc
    except ValueError:
        return False
    return named in {request.host, request.headers.get("X-Forwarded-Host", request.host)}


def _trusted(request: web.Request, text: str) -> bool:
    return _is_address(text) and any(
        ip_address(text) in network for network in request.app[SETTINGS].web.trusted_proxies
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
