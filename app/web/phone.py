"""The operator's telephone in the browser: the account it registers with, and what the desk's page may reach."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from aiohttp import web
from yarl import URL

from app.people.caller_views import look
from app.people.rights import Forbidden, Row
from app.settings import Settings
from app.web.auth import person
from app.web.headers import policy
from app.web.ice import ice_configuration
from app.web.keys import DATABASE, PHONES, SETTINGS
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found

_PATH = "/ws"
# The Host header is the client's word, and goes into a header of ours.
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")


class PhoneView(View):
    async def get(self, operator_id: str, /) -> web.Response:
        """What the operator's own browser registers with at Asterisk: WebSocket, SIP URI, realm, `HA1` (RFC 2617).

        `ice`: the STUN and TURN servers to use, with a password for a while.

        Tags: queue
        """
        row = Row(operator_ids=frozenset({operator_id}))
        subject = f"operator:{operator_id[:40]}"
        try:
            await look(
                self.request.app[DATABASE],
                person(self.request),
                "operator.phone",
                subject,
                row,
                address(self.request),
            )
        except Forbidden as error:
            raise Problem(403, "Not allowed", str(error)) from error
        phone = self.request.app[PHONES].get(operator_id)
        if phone is None:
            raise not_found("browser phone", operator_id)
        websocket = _websocket(self.request)
        if websocket is None:
            raise Problem(409, "No way to Asterisk", "Set web.phone_url: this Asterisk is not the service's own.")
        account = {"websocket": str(websocket), "uri": phone.uri, "realm": phone.realm, "ha1": phone.ha1}
        ice = ice_configuration(self.request.app[SETTINGS].ice, operator_id, datetime.now(UTC))
        return self.json(account | {"ice": ice})


def content_policy(request: web.Request) -> str:
    """The desk's Content-Security-Policy: Asterisk's WebSocket is within reach, if there are phones for it."""
    websocket = _websocket(request) if request.app[PHONES] else None
    return policy(str(websocket.origin())) if websocket else policy()


def _websocket(request: web.Request) -> URL | None:
    return websocket_url(request.app[SETTINGS], request.url.raw_host or "")


def websocket_url(settings: Settings, host: str) -> URL | None:
    """Where a browser that knows this service by the name `host` reaches Asterisk; None when it cannot be known."""
    own = settings.asterisk
    if settings.web.phone_url:
        return URL(settings.web.phone_url)
    if not settings.owns_asterisk or not _HOST.fullmatch(host):
        return None
    if own.tls_certificate and own.tls_key:
        return URL.build(scheme="wss", host=host, port=own.https_port, path=_PATH)
    return URL.build(scheme="ws", host=host, port=own.http_port, path=_PATH)
