"""A browser that is pushed to, and its maker's push service over TLS on 127.0.0.1, which keeps what it is sent."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Any

import http_ece
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.certificates import certificate


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class PushedBrowser:
    """Its keys; only it can read what was sealed for it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = token_bytes(16)
        self.point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": packed(self.point), "auth": packed(self._auth)}

    def read(self, body: bytes) -> Any:
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth, version="aes128gcm")
        return json.loads(plain)


@dataclass
class PushService:
    """Answers `statuses` one after the other, then 201; `got`: for which browser, the body and its headers."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.match_info["browser"], await request.read(), dict(request.headers)))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 201)


@asynccontextmanager
async def push_service(directory: Path) -> AsyncIterator[PushService]:
    files = certificate(directory / "push-service")
    made = PushService()
    made.trust.load_verify_locations(files["tls_certificate"])
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(files["tls_certificate"], files["tls_key"])
    app = web.Application()
    app.router.add_post("/{browser}", made.take)
    server = TestServer(app, scheme="https", host="127.0.0.1")
    await server.start_server(ssl=offered)
    try:
        made.url = str(server.make_url("/")).rstrip("/")
        yield made
    finally:
        await server.close()
