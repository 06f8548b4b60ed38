"""A SIP user agent of a few lines, for requests that no decent phone sends (RFC 3261, over UDP)."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import socket
from dataclasses import dataclass

REPLY_S = 3.0


@dataclass(frozen=True, slots=True)
class Agent:
    """Sends from `host`, an address of this machine, to `server`; every request from a port of its own."""

    server: tuple[str, int]
    host: str = "127.0.0.1"

    async def invite(
        self, dialled: str, from_header: str | bytes, *, user: str = "", password: str = "", extra: str = ""
    ) -> str:
        """The final status line of an INVITE, or `` when there is no reply. The call is not taken further."""
        return await asyncio.to_thread(self._invite, dialled, from_header, user, password, extra)

    async def register(self, user: str, password: str) -> str:
        """The final status line of a REGISTER with digest authentication (RFC 3261, section 22)."""
        return await asyncio.to_thread(self._register, user, password)

    def _invite(self, dialled: str, from_header: str | bytes, user: str, password: str, extra: str) -> str:
        sdp = f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
        uri = f"sip:{dialled}@{self.server[0]}:{self.server[1]}"
        headers = f"{extra}Content-Type: application/sdp\r\n"
        return self._exchange("INVITE", uri, from_header, f"<{uri}>", headers, sdp, (user, password))

    def _register(self, user: str, password: str) -> str:
        uri = f"sip:{self.server[0]}:{self.server[1]}"
        address = f"<sip:{user}@{self.server[0]}>"
        return self._exchange("REGISTER", uri, address, address, "Expires: 60\r\n", "", (user, password))

    def _exchange(
        self,
        method: str,
        uri: str,
        from_header: str | bytes,
        to: str,
        headers: str,
        body: str,
        account: tuple[str, str],
    ) -> str:
        call_id, raw_from = secrets.token_hex(8), from_header
        if isinstance(raw_from, str):
            raw_from = raw_from.encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((self.host, 0))
            sock.settimeout(REPLY_S)
            port = sock.getsockname()[1]
            authorization = ""
            for cseq in (1, 2):
                before = (
                    f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host}:{port};branch=z9hG4bK{call_id}{cseq}\r\n"
                    f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\nTo: {to}\r\n"
                    f"Contact: <sip:agent@{self.host}:{port}>\r\n{authorization}{headers}"
                )
                after = f";tag={call_id}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                sock.sendto(before.encode() + b"From: " + raw_from + after.encode(), self.server)
                reply = _final(sock)
                if " 401 " not in reply.partition("\r\n")[0] or not account[0]:
                    break
                authorization = _digest(method, uri, reply, *account)
        return reply.partition("\r\n")[0]


def _final(sock: socket.socket) -> str:
    try:
        while (reply := sock.recv(65535).decode(errors="replace")).startswith("SIP/2.0 1"):
            pass
    except TimeoutError:
        return ""
    return reply


def _digest(method: str, uri: str, challenge: str, user: str, password: str) -> str:
    """The Authorization header for a challenge (RFC 2617, `qop=auth`)."""
    nonce, realm = (re.findall(rf'{name}="([^"]*)"', challenge)[0] for name in ("nonce", "realm"))
    opaque = "".join(re.findall(r'opaque="([^"]*)"', challenge))
    secret, request = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{secret}:{nonce}:00000001:c:auth:{request}")
    return (
        f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", opaque="{opaque}"\r\n'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
