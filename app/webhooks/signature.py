"""The signature of a delivery: HMAC-SHA256 (RFC 2104) over the time and the body. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "Hotline-Signature"
TOLERANCE_S = 300
"""How old a signed delivery may be before a receiver should take it for a replay."""

_FORM = re.compile(r"t=(?P<at>[0-9]{1,12}),v1=(?P<digest>[0-9a-f]{64})")


def sign(secret: str, at: int, body: bytes) -> str:
    """The header's value, `t=<epoch seconds>,v1=<hex digest>`; signed is `<epoch seconds>.<body>`."""
    return f"t={at},v1={_digest(secret, at, body)}"


def verify(secret: str, header: str, body: bytes, now: int, *, tolerance: int = TOLERANCE_S) -> bool:
    """Whether a receiver should believe a delivery: made with the secret, not altered, not older than `tolerance` s."""
    match = _FORM.fullmatch(header)
    if match is None or abs(now - int(match["at"])) > tolerance:
        return False
    return hmac.compare_digest(match["digest"], _digest(secret, int(match["at"]), body))


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
