"""The STUN and TURN servers that a browser's telephone is given, with a password of its own for a while. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from app.settings import IceSettings


def ice_configuration(settings: IceSettings, user: str, now: datetime) -> dict[str, Any]:
    """What `RTCPeerConnection` takes (W3C WebRTC, section 4.2): `iceServers` and `iceTransportPolicy`.

    TURN's user name is the second since the epoch until which the password is good, and who has it; the password is its
    HMAC with the secret that the TURN server shares (coturn, `use-auth-secret`; draft-uberti-behave-turn-rest-00).
    """
    servers: list[dict[str, str]] = []
    for url in settings.servers:
        if settings.secret is None or not url.startswith("turn"):
            servers.append({"urls": url})
            continue
        until = now + timedelta(seconds=settings.credential_seconds)
        name = f"{int(until.timestamp())}:{user}"
        digest = hmac.new(settings.secret.get_secret_value().encode(), name.encode(), hashlib.sha1).digest()
        servers.append({"urls": url, "username": name, "credential": base64.b64encode(digest).decode()})
    return {"iceServers": servers, "iceTransportPolicy": "relay" if settings.relay_only else "all"}
