"""Keeps the audit log provable: seals new lines every minute, notes the last seal, and sends lines on to a syslog."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

import asyncpg
import structlog

from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.people import chain
from app.settings import AuditSettings

log = structlog.get_logger(__name__)

_EVERY_S = 60.0
_AT_ONCE = 500
_PATIENCE_S = 10.0
# RFC 5424, section 6.2.1: facility 13 (log audit), severity 6 (informational).
_AUDIT_INFO = 13 * 8 + 6


@dataclass(slots=True)
class AuditKeeper:
    """Seals, and sends on where `settings` name a syslog; any number of workers may do so."""

    database: Database
    settings: AuditSettings
    noted: int = 0

    async def run(self) -> None:
        """Every minute, until cancelled."""
        while True:
            try:
                await self.once()
            except (DatabaseUnavailable, asyncpg.PostgresError) as error:
                log.warning("the audit log waits for its next turn", error=type(error).__name__)
            except OSError as error:
                log.error("the audit log is not sent on", syslog=self.settings.syslog, error=str(error))
            await asyncio.sleep(_EVERY_S)

    async def once(self) -> None:
        """Do what is due. Raises DatabaseUnavailable, asyncpg.PostgresError, OSError: the syslog does not take it."""
        head = await chain.seal_new(self.database)
        if head.place != self.noted:
            # The log of the worker leaves the database's reach: there the seal is believed.
            log.info("audit log sealed", head=str(head))
            self.noted = head.place
        if address := self.settings.syslog_address:
            while await self._send_on(address):
                pass

    async def _send_on(self, address: tuple[str, int]) -> bool:
        """Send the next lines; whether there may be more. After a fault a line may come a second time."""
        async with self.database.transaction() as connection:
            place = await connection.fetchval(QUERIES["audit_forwarded_lock"])
            links = await chain.following(connection, place, _AT_ONCE) if place is not None else ()
            if links:
                await asyncio.to_thread(send, address, self.settings.syslog_protocol, links)
                await connection.execute(QUERIES["audit_forwarded_set"], links[-1].place)
        return len(links) == _AT_ONCE


def send(address: tuple[str, int], protocol: Literal["tcp", "udp"], links: Sequence[chain.Link]) -> None:
    """Send links of the chain to a syslog server (RFC 5424), each a message of facility log audit (13).

    Over TCP each ends with a line feed (RFC 6587, section 3.4.2). Raises OSError.
    """
    messages = [_message(link) for link in links]
    if protocol == "tcp":
        with socket.create_connection(address, _PATIENCE_S) as connection:
            connection.sendall(b"".join(message + b"\n" for message in messages))
        return
    [(family, kind, _, _, resolved), *_] = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)
    with socket.socket(family, kind) as sending:
        for message in messages:
            sending.sendto(message, resolved)


def _message(link: chain.Link) -> bytes:
    at = link.line.at.astimezone(UTC).isoformat(timespec="microseconds") if link.line else "-"
    line = chain.line_text(link.line) if link.line else "gone"
    head = chain.Head(link.place, link.seal)
    return f"<{_AUDIT_INFO}>1 {at} {socket.gethostname()} hotline-audit - - - {head} {line}".encode()
