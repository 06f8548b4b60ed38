"""The stage of the demonstration: a whole service with its own ports and data directory, and one unit to call."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.db.pool import Connection, Database
from app.main import Service, running_service
from app.people import accounts
from app.people.model import Person
from app.settings import (
    AsteriskSettings,
    NumberSettings,
    OperatorSettings,
    QueueSettings,
    Settings,
    SpeechSettings,
    TrunkSettings,
    UnitCallSettings,
    WebSettings,
    load_settings,
)
from app.units import store as units
from app.units.importing import UnitChange
from app.units.model import Contact, Unit

HOST = "127.0.0.1"
OPERATOR = OperatorSettings(id="op1001", name="话务员王芳")
COLLEAGUE = OperatorSettings(id="op1002", name="话务员李娜")
UNIT = Unit(
    id="water",
    name="市水务局",
    remit="供水、排水、水管维修",
    keywords=("自来水", "水管", "漏水", "停水"),
    contacts=(
        Contact("A", name="赵强", phone="87650001", hours=""),
        Contact("B", name="钱丽", phone="87650002"),
        Contact("leader", name="孙局长", phone="87650003"),
    ),
)
_RTP_PORTS = 400


@dataclass(frozen=True, slots=True)
class Ports:
    """UDP and TCP ports that were free a moment ago."""

    sip: int
    ami: int
    http: int
    web: int
    duty: int
    operator: int
    citizen: int
    colleague: int
    far_trunk: int
    rtp: int


def free_ports() -> Ports:
    """Find free ports. SIP ports must be free for UDP and TCP, the RTP range only at its start."""
    held = [_bound(kind) for kind in (socket.SOCK_DGRAM,) * 6 + (socket.SOCK_STREAM,) * 3]
    numbers = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    sip, duty, operator, citizen, colleague, far_trunk, ami, http, web = numbers
    return Ports(sip, ami, http, web, duty, operator, citizen, colleague, far_trunk, _rtp_start())


def own_trunk(port: int, name: str = "trunk", priority: int = 1) -> TrunkSettings:
    """A trunk that is this machine: its calls go out to a telephone at this port."""
    return TrunkSettings(
        name=name, addresses=(HOST,), outbound_host=HOST, outbound_port=port, qualify_seconds=0, priority=priority
    )


def demo_settings(
    data_dir: Path, ports: Ports, *, web_port: int | None = None, sections: Mapping[str, Any] | None = None
) -> Settings:
    """A city with two operators, reached over a trunk that is this machine; `sections` are put over the usual ones."""
    usual: dict[str, Any] = {
        "data_dir": data_dir,
        "web": WebSettings(host=HOST, port=web_port or ports.web),
        "asterisk": AsteriskSettings(
            sip_host=HOST,
            qualify_seconds=0,
            sip_port=ports.sip,
            ami_port=ports.ami,
            http_port=ports.http,
            rtp_start=ports.rtp,
            rtp_end=ports.rtp + _RTP_PORTS,
        ),
        "trunks": (own_trunk(ports.duty),),
        "numbers": (NumberSettings(number="12345", menu="full"),),
        "operators": (OPERATOR, COLLEAGUE),
        "queue": QueueSettings(wrapup_seconds=0),
        "units": UnitCallSettings(ring_seconds=15),
        "speech": SpeechSettings(live_calls=1),
    }
    return load_settings(**(usual | dict(sections or {})))


@asynccontextmanager
async def stage(settings: Settings) -> AsyncIterator[Service]:
    """The running service with the demonstration's unit in its directory."""
    async with running_service(settings) as service:
        await service.ready()
        async with service.database.transaction() as connection:
            await _enter(connection, UNIT)
        yield service


async def _enter(connection: Connection, unit: Unit) -> None:
    """Put a unit into the directory, or bring it up to date."""
    now = datetime.now(UTC)
    try:
        before = await units.get(connection, unit.id)
    except LookupError:
        before = None
    change = UnitChange(row=1, unit=unit, before=before, changes=(), happened_on=now.date(), late=False)
    await units.save(connection, change, now, "demo")


async def console_user(database: Database) -> tuple[str, str]:
    """An account for the console with a password made now; returns name and password."""
    password = f"{secrets.token_urlsafe(12)}-Aa1"
    person = Person("demo", "supervisor")
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        try:
            await accounts.get(connection, person.name)
        except LookupError:
            await accounts.add(connection, person, password, now)
        else:
            await accounts.set_password(connection, person.name, password, now)
    return person.name, password


def _bound(kind: socket.SocketKind) -> socket.socket:
    bound = socket.socket(socket.AF_INET, kind)
    bound.bind((HOST, 0))
    return bound


def _rtp_start() -> int:
    """An even port with room for the range above it and clear of the ports that the system hands out."""
    return 20000 + secrets.randbelow(10) * 1000
