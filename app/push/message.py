"""What is pushed to a browser: few words, sealed for it (RFC 8291), and who sends them (VAPID, RFC 8292). Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

LIFE = timedelta(hours=24)
"""How long a push service keeps what it could not deliver; older notices are not pushed."""

_TOKEN_LIFE = timedelta(hours=12)
_POINT_BYTES, _SECRET_BYTES = 65, 16
_MOST_CHARACTERS = 80
_GIST_ENDS = re.compile("[：，。；:;]")


class BadSubscription(ValueError):  # noqa: N818 - named for what is the matter
    """What a browser said cannot be pushed to; the text says why."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser listens, and its keys: a point of P-256, uncompressed (65 bytes), and 16 bytes."""

    endpoint: str
    public_key: bytes
    secret: bytes


def subscription(endpoint: str, p256dh: str, auth: str) -> Subscription:
    """As browsers say it (PushSubscription.toJSON), keys in base64url. Raises BadSubscription."""
    try:
        parts = urlsplit(endpoint)
        sound = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise BadSubscription("the endpoint is no https address")
    public_key, secret = _unpacked(p256dh, "p256dh"), _unpacked(auth, "auth")
    if len(secret) != _SECRET_BYTES:
        raise BadSubscription(f"auth has {len(secret)} bytes, not {_SECRET_BYTES}")
    if len(public_key) != _POINT_BYTES:
        raise BadSubscription(f"p256dh has {len(public_key)} bytes, not {_POINT_BYTES}")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError as error:
        raise BadSubscription("p256dh is no point of P-256") from error
    return Subscription(endpoint, public_key, secret)


def new_key() -> str:
    """A private key for the installation, as PEM."""
    made = Vapid02()
    made.generate_keys()
    return str(made.private_pem().decode())


def public_key(private_pem: str) -> str:
    """What browsers are given as `applicationServerKey`, in base64url."""
    numbers = Vapid02.from_pem(private_pem.encode()).public_key.public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def sealed(content: Mapping[str, str], to: Subscription) -> bytes:
    """The body of the request: encrypted for this browser with a key made for this one message."""
    plain = json.dumps(content, ensure_ascii=False).encode()
    key = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(plain, private_key=key, dh=to.public_key, auth_secret=to.secret, version="aes128gcm")
    return body


def headers(to: Subscription, private_pem: str, contact: str, now: datetime) -> dict[str, str]:
    """The request's headers. `contact`: whom the push service may write to, `mailto:` or `https:`."""
    parts = urlsplit(to.endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + _TOKEN_LIFE).timestamp()),
        "sub": contact,
    }
    signed: dict[str, str] = Vapid02.from_pem(private_pem.encode()).sign(claims)
    return {
        **signed,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(LIFE.total_seconds())),
        "Urgency": "high",
    }


def content_of(number: str, text: str) -> dict[str, str]:
    """What the browser shows: no more than what happened to which ticket, as a locked screen shows it to all."""
    return {
        "title": "12345 工单通知",
        "body": f"{gist(text)}（{number}）",
        "path": f"/desk/ticket/{number}",
        "tag": number,
    }


def gist(text: str) -> str:
    """A notice up to where it goes into particulars: reasons, names and limits come after the first stop."""
    return _GIST_ENDS.split(text, maxsplit=1)[0][:_MOST_CHARACTERS]


def _unpacked(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSubscription(f"{name} is no base64url") from error
